package roster

import (
	"math"
	"strings"
	"testing"
	"time"

	"muster/sync/wire"
)

// What a cloud tells of somebody's activation is taken as it is; what can't be
// understood leaves them out of the page of invites, and their card as it was.
func TestK1PendingFromTheFeed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	whole := func() *wire.Pending {
		return &wire.Pending{
			Account: "invited", Delivery: "sent", Membership: "accepted", LastUs: at.UnixMicro(), Channel: "email",
			OrderId: "0199a0b0-0000-7000-8000-000000000000", Fate: "too-soon", DealtUs: at.Add(time.Hour).UnixMicro(),
		}
	}
	p := pending(whole())
	if p == nil || p.Account != "invited" || !p.Last.Equal(at) || !p.Dealt.Equal(at.Add(time.Hour)) || p.Fate != "too-soon" || p.Order == "" {
		t.Errorf("%+v", p)
	}
	if p := pending(&wire.Pending{Account: "inactive", Delivery: "none"}); p == nil || !p.Last.IsZero() {
		t.Errorf("never asked: %+v", p)
	}
	if pending(nil) != nil {
		t.Error("somebody active is pending")
	}
	for what, spoil := range map[string]func(*wire.Pending){
		"a time before all times": func(m *wire.Pending) { m.LastUs = math.MinInt64 },
		"a time after all times":  func(m *wire.Pending) { m.DealtUs = math.MaxInt64 },
		"an endless word":         func(m *wire.Pending) { m.Reason = strings.Repeat("x", 1000) },
		"no text":                 func(m *wire.Pending) { m.Fate = "\xff" },
	} {
		m := whole()
		if spoil(m); pending(m) != nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestK3ManagersFromTheFeed(t *testing.T) {
	t.Parallel()
	m := manager(&wire.Manager{UserId: "u", Role: "site-manager", Sites: []string{"a", "b"}})
	if m == nil || m.User != "u" || m.Role != "site-manager" || len(m.Sites) != 2 {
		t.Errorf("%+v", m)
	}
	for _, m := range []*wire.Manager{nil, {}, {Role: "org-admin"}, {UserId: strings.Repeat("u", 100), Role: "org-admin"}, {UserId: "u", Role: "org-admin", Sites: []string{"\xff"}}} {
		if got := manager(m); got != nil {
			t.Errorf("%v makes a manager: %+v", m, got)
		}
	}
}
