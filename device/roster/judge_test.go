package roster_test

import (
	"testing"

	"muster/device"
	"muster/device/roster"
	"muster/sync/wire"
)

// At version 5 of epoch e: what becomes of each kind of page.
func TestJudge(t *testing.T) {
	t.Parallel()
	at := device.FeedPosition{Epoch: "e", Version: 5, People: 5, Urgent: 5}
	for name, c := range map[string]struct {
		page *wire.FeedPage
		want roster.Verdict
	}{
		"the next":                                  {&wire.FeedPage{Epoch: "e", From: 5, To: 7, Head: 9}, roster.Apply},
		"overlaps":                                  {&wire.FeedPage{Epoch: "e", From: 2, To: 7, Head: 7}, roster.Apply},
		"one between is missing":                    {&wire.FeedPage{Epoch: "e", From: 6, To: 7, Head: 7}, roster.Pull},
		"seen already":                              {&wire.FeedPage{Epoch: "e", From: 3, To: 5, Head: 5}, roster.Ignore},
		"older":                                     {&wire.FeedPage{Epoch: "e", From: 1, To: 3, Head: 9}, roster.Ignore},
		"nothing new, but there is":                 {&wire.FeedPage{Epoch: "e", From: 5, To: 5, Head: 8}, roster.Pull},
		"nothing new":                               {&wire.FeedPage{Epoch: "e", From: 5, To: 5, Head: 5}, roster.Ignore},
		"another history":                           {&wire.FeedPage{Epoch: "f", From: 5, To: 7, Head: 7}, roster.Pull},
		"another history, whole":                    {&wire.FeedPage{Epoch: "f", To: 3, Head: 4, Snapshot: true}, roster.Apply},
		"the feed was set back":                     {&wire.FeedPage{Epoch: "e", From: 2, To: 3, Head: 3}, roster.Pull},
		"set back, whole":                           {&wire.FeedPage{Epoch: "e", To: 3, Head: 3, Snapshot: true}, roster.Apply},
		"an old snapshot once more":                 {&wire.FeedPage{Epoch: "e", To: 3, Head: 9, Snapshot: true}, roster.Ignore},
		"a new snapshot":                            {&wire.FeedPage{Epoch: "e", To: 9, Head: 9, Snapshot: true}, roster.Apply},
		"no history":                                {&wire.FeedPage{From: 5, To: 7, Head: 7}, roster.Ignore},
		"ends before it begins":                     {&wire.FeedPage{Epoch: "e", From: 7, To: 6, Head: 9}, roster.Ignore},
		"nobody asked, and the term is another":     {&wire.FeedPage{Epoch: "e", From: 5, To: 7, Head: 7, Term: "t"}, roster.Pull},
		"the answer, and the term is another":       {&wire.FeedPage{Epoch: "e", From: 5, To: 7, Head: 7, Term: "t", Ask: 1}, roster.Apply},
		"a snapshot that nobody waits for any more": {&wire.FeedPage{Epoch: "f", To: 7, Head: 7, Snapshot: true, Ask: 2}, roster.Ignore},
		"lanes out of order":                        {&wire.FeedPage{Epoch: "e", From: 5, To: 7, Head: 7, Lanes: true, FromUrgent: 5, ToUrgent: 6, FromPeople: 5, ToPeople: 7}, roster.Ignore},
		"what is urgent":                            {&wire.FeedPage{Epoch: "e", From: 5, To: 5, Head: 7, Lanes: true, FromUrgent: 5, ToUrgent: 6, FromPeople: 5, ToPeople: 5}, roster.Apply},
		"a gap in what is urgent":                   {&wire.FeedPage{Epoch: "e", From: 5, To: 5, Head: 7, Lanes: true, FromUrgent: 6, ToUrgent: 7, FromPeople: 5, ToPeople: 5}, roster.Pull},
		"ends after the feed's head":                {&wire.FeedPage{Epoch: "e", From: 5, To: 7, Head: 6}, roster.Ignore},
	} {
		if _, got := roster.Judge(at, c.page, 1); got != c.want {
			t.Errorf("%s: verdict %d, want %d", name, got, c.want)
		}
	}
}
