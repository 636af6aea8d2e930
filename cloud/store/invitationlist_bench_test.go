package store

import (
	"fmt"
	"testing"
	"time"

	"muster/invite"
)

// crowd fills an organisation with people, a fifth of them in each of five states.
func (w *world) crowd(b *testing.B, people int) {
	b.Helper()
	states := []invite.State{
		invite.Silent,
		{Account: invite.Invited, Delivery: invite.Sent, Membership: invite.Outside},
		{Account: invite.Invited, Delivery: invite.Bounced, Membership: invite.Outside},
		{Account: invite.Active, Delivery: invite.Opened, Membership: invite.Outside},
		{Account: invite.Invited, Delivery: invite.Queued, Membership: invite.Outside},
	}
	err := w.change(b.Context(), func(t *tx) error {
		for i := range people {
			s, last := states[i%len(states)], fmt.Sprintf("Berg%06d", i*7919%people)
			if _, err := t.ExecContext(b.Context(), `INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at, sort_key, search, email, account, delivery, status)
				VALUES (?, ?, ?, 'Anna', ?, 1, 1, ?, ?, ?, ?, ?, ?)`, fmt.Sprintf("p%06d", i), w.admin.Org, fmt.Sprint(i), last, []byte(last), fold("anna "+last),
				fmt.Sprintf("p%d@example.com", i), s.Account, s.Delivery, s.Status()); err != nil {
				return err
			}
		}
		_, err := t.ExecContext(b.Context(), `INSERT INTO profile_sites (profile, site) SELECT id, ? FROM profiles WHERE org = ? ON CONFLICT DO NOTHING`, w.north.ID, w.admin.Org)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, ok := on.(files); !ok { // as it does by itself, sooner or later
		if _, err := w.write.ExecContext(b.Context(), `VACUUM ANALYZE`); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInvitationPage reads pages of the list among 100,000 people, beside the
// same among 100: the first page, one in the middle, a status, a search that
// finds much.
func BenchmarkInvitationPage(b *testing.B) {
	small, large := newWorld(b), newWorld(b)
	small.crowd(b, 100)
	large.crowd(b, 100_000)
	for name, query := range map[string]invite.Query{
		"all":    {},
		"middle": {After: cursor{Sort: []byte("Berg000050"), ID: "p"}.String()},
		"status": {Filter: invite.Filter{Status: []invite.Status{invite.Problem}}},
		"search": {Filter: invite.Filter{Text: "anna", Status: []invite.Status{invite.NotInvited}}},
	} {
		b.Run(name, func(b *testing.B) {
			took := map[*world]time.Duration{}
			for b.Loop() {
				for _, w := range []*world{small, large} {
					from := time.Now()
					if _, err := w.Invitations(b.Context(), w.admin.Actor(), query); err != nil {
						b.Fatal(err)
					}
					took[w] += time.Since(from)
				}
			}
			b.ReportMetric(float64(took[large].Microseconds())/float64(b.N), "µs/page")
			b.ReportMetric(float64(took[large])/float64(took[small]), "x-small")
		})
	}
	b.Run("tally", func(b *testing.B) {
		for b.Loop() {
			if _, err := large.Tally(b.Context(), large.admin.Actor(), invite.Filter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := large.CountInvitations(b.Context(), large.admin.Actor(), invite.Filter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, f := range map[string]invite.Filter{
		"rare":        {Text: "erg099999"},
		"rare-email":  {Email: "p99999@"},
		"rare-status": {Text: "erg099999", Status: []invite.Status{invite.Pending}},
		"nobody":      {Text: "xyz"},
		"two-letters": {Text: "zq"},
		"one-letter":  {Text: "q"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := large.Invitations(b.Context(), large.admin.Actor(), invite.Query{Filter: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
