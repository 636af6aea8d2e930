package roster

import (
	"muster/device"
	"muster/sync/wire"
)

// Verdict is what to do with a page.
type Verdict int

// The verdicts.
const (
	Apply  Verdict = iota + 1 // it joins on
	Ignore                    // everything in it is here already
	Pull                      // something between is missing, or it is of another history
)

// Judge decides whether a page joins on to what is here, and where that leads to.
// ask is of the pull that was sent from there; 0: none was.
//
// Changes of lanes that the page doesn't join on to are taken all the same: the
// page was read when the feed was at least as far as anything that is here, so
// whatever it says of a thing is as new as what is here of it. For the same reason
// a page that overlaps joins on.
func Judge(at device.FeedPosition, page *wire.FeedPage, ask uint64) (device.FeedPosition, Verdict) {
	from, to := reach(page)
	asked := page.GetAsk() != 0 && page.GetAsk() == ask
	head := page.GetHead()
	switch {
	case page.GetEpoch() == "" || ends(from, to) || !ordered(to) || head < max(to.Version, to.Urgent, to.People):
		return at, Ignore
	case page.GetSnapshot():
		return judgeSnapshot(at, page, to, ask)
	case page.GetEpoch() != at.Epoch:
		return at, Pull
	case !asked && page.GetTerm() != at.Term:
		return at, Pull // nobody has checked yet that what is here is of the same history
	case head < max(at.Version, at.Urgent, at.People):
		return at, Pull
	}
	next := at
	next.Term, next.Head = page.GetTerm(), head
	joins := false
	for _, lane := range [...]struct {
		here     *uint64
		from, to uint64
	}{{&next.Urgent, from.Urgent, to.Urgent}, {&next.People, from.People, to.People}, {&next.Version, from.Version, to.Version}} {
		if lane.from <= *lane.here && lane.to > *lane.here {
			*lane.here, joins = lane.to, true
		}
	}
	switch {
	case joins && !ordered(next):
		return at, Pull
	case joins && !asked && head < at.Head:
		return at, Pull // it may be of a feed that was set back to before what is here was read
	case joins:
		return next, Apply
	case from.Version > at.Version:
		return at, Pull
	case to.Version == at.Version && head > to.Version:
		return at, Pull
	default:
		return at, Ignore
	}
}

// judgeSnapshot decides about the first page of a snapshot. Only the answer to
// the newest pull may begin one: a late one would begin it again.
func judgeSnapshot(at device.FeedPosition, page *wire.FeedPage, to device.FeedPosition, ask uint64) (device.FeedPosition, Verdict) {
	to.Epoch, to.Term, to.Head = page.GetEpoch(), page.GetTerm(), page.GetHead()
	switch {
	case page.GetAsk() != 0 && page.GetAsk() != ask:
		return at, Ignore
	case page.GetAsk() == 0 && page.GetEpoch() == at.Epoch && to.Version <= at.Version && page.GetHead() >= at.Version:
		return at, Ignore // of a cloud that doesn't say which pull it answers
	default:
		return to, Apply
	}
}

// reach returns where a page begins and ends in each lane.
func reach(page *wire.FeedPage) (from, to device.FeedPosition) {
	from, to = device.FeedPosition{Version: page.GetFrom()}, device.FeedPosition{Version: page.GetTo()}
	from.Urgent, from.People, to.Urgent, to.People = from.Version, from.Version, to.Version, to.Version
	if page.GetLanes() {
		from.Urgent, from.People = page.GetFromUrgent(), page.GetFromPeople()
		to.Urgent, to.People = page.GetToUrgent(), page.GetToPeople()
	}
	return from, to
}

// ends tells whether a page ends before it begins.
func ends(from, to device.FeedPosition) bool {
	return to.Version < from.Version || to.Urgent < from.Urgent || to.People < from.People
}

// ordered tells whether lanes were read in their order.
func ordered(p device.FeedPosition) bool { return p.Urgent >= p.People && p.People >= p.Version }
