package store

import (
	"fmt"
	"testing"
	"time"

	"muster/invite"
)

// Nobody's mailbox is filled by asking for it again and again in other words: what
// follows a + is the same mailbox. Others get theirs.
func TestEntriesToOneMailbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	if err := w.SetWay(ctx, admin, invite.ByLink, true); err != nil {
		t.Fatal(err)
	}
	code := must(w.DrawJoinCode(ctx, admin, invite.ByLink, "", time.Time{}))(t).Code
	asked := func(email string) (mails int) {
		if must(w.AskEntry(ctx, invite.EntryRequest{Email: email, Code: code}))(t).ID != "" {
			mails++
		}
		return mails
	}
	mails := asked("nora_n@web.de")
	for i := range 10 {
		mails += asked(fmt.Sprintf("nora_n+%d@web.de", i))
	}
	if mails != entriesHour {
		t.Errorf("%d mails to one mailbox in an hour", mails)
	}
	for _, other := range []string{"noraxn@web.de", "noraxn+1@web.de", "nora_n@web.com", "nora_ni@web.de", "n@web.de"} {
		if asked(other) != 1 {
			t.Errorf("%s gets none", other)
		}
	}
}
