package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// People change by themselves how they are reached. Whoever finds a phone unlocked must
// not get their messages by it, and so their account: the present password is asked
// for, what was reached before is told, and an address counts only once a code that was
// sent there has been entered. A change that waits is void as soon as the password or
// what counts meanwhile is another one; nobody has to remember to end it.

const (
	contactCodeLife  = time.Hour
	contactTries     = 5           // wrong codes before another must be sent
	contactPause     = time.Minute // between two codes to the same address
	contactCodes     = 6           // in a day, of a person, and to an address from wherever
	contactLife      = 24 * time.Hour
	contactStand     = 7 * 24 * time.Hour // that the row of a change is kept
	contactRemembers = 24 * time.Hour     // that codes are counted for
	freshPassword    = time.Hour          // since it was chosen, in which whoever is still joining isn't asked for it again
)

// reachProof says that the present password was shown.
type reachProof struct{ passwordAt int64 }

// ownReach is how somebody is reached now.
type ownReach struct {
	email, phone, language string
	number, key, hash      string
	passwordAt             int64
	account                invite.Account
}

func findOwnReach(ctx context.Context, q querier, self invite.Self) (r ownReach, err error) {
	err = q.QueryRowContext(ctx, `SELECT p.email, p.phone, p.number, o.key, COALESCE(a.password, ''), COALESCE(a.password_at, 0), p.account, CASE WHEN p.language != '' THEN p.language ELSE
		COALESCE((SELECT MIN(s.language) FROM profile_sites ps JOIN sites s ON s.id = ps.site WHERE ps.profile = p.id), '') END
		FROM profiles p JOIN orgs o ON o.id = p.org LEFT JOIN accounts a ON a.profile = p.id WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, self.Profile, self.Org).
		Scan(&r.email, &r.phone, &r.number, &r.key, &r.hash, &r.passwordAt, &r.account, &r.language)
	if err != nil {
		return r, fmt.Errorf("how somebody is reached: %w", known(err))
	}
	return r, nil
}

// proveOwnReach checks the present password where address or number are to change. A
// wrong one is ErrForbidden and counts as at signing in; none is Invalid: required. Who
// has no password changes neither: there is no session without one, but for the page
// where it is chosen. Who is still joining has chosen it a moment ago.
func (s *Store) proveOwnReach(ctx context.Context, self invite.Self, to invite.Contact, current string) (*reachProof, error) {
	now, err := findOwnReach(ctx, s.read, self)
	if err != nil {
		return nil, err
	}
	switch {
	case now.email == to.Email && now.phone == to.Phone:
		return nil, nil //nolint:nilnil // nothing is to be proved
	case now.hash == "":
		return nil, access.ErrForbidden
	case now.account == invite.Claiming && s.now().Before(fromMicros(now.passwordAt).Add(freshPassword)):
		return &reachProof{now.passwordAt}, nil
	case current == "":
		return nil, access.Invalid{Field: "current", Problem: access.Required}
	}
	if err := s.countGuess(ctx, portalName(now.key, now.number)); err != nil {
		return nil, err
	}
	if ok, _, err := s.passwords.check(ctx, current, now.hash); err != nil {
		return nil, err
	} else if !ok {
		return nil, access.ErrForbidden
	}
	return &reachProof{now.passwordAt}, nil
}

// changeOwnReach has what somebody wrote take effect, or wait for a code where messages
// are sent there.
func (t *tx) changeOwnReach(ctx context.Context, self invite.Self, to invite.Contact, proof *reachProof, sms bool) error {
	now, err := findOwnReach(ctx, t, self)
	if err != nil || now.email == to.Email && now.phone == to.Phone {
		return err
	}
	if proof == nil || proof.passwordAt != now.passwordAt {
		return access.ErrForbidden
	}
	if err := t.forgetFailures(ctx, portalName(now.key, now.number)); err != nil {
		return err
	}
	err = t.newAddress(ctx, access.Actor{Org: self.Org}, self.Profile, to.Email)
	if mine := (access.Invalid{}); errors.As(err, &mine) {
		return access.Invalid{Field: mine.Field, Problem: access.Taken} // not whose it is
	}
	if err != nil {
		return err
	}
	counts := invite.Contact{Email: now.email, Phone: now.phone}
	if to.Email != now.email {
		c := contactChange{ContactChange: invite.ContactChange{Channel: invite.Email, Address: to.Email}, before: now.email, waits: to.Email != ""}
		if !c.waits {
			counts.Email = ""
		}
		if err := t.addContactChange(ctx, self, now, c); err != nil {
			return err
		}
	}
	if to.Phone != now.phone {
		c := contactChange{ContactChange: invite.ContactChange{Channel: invite.SMS, Address: to.Phone}, before: now.phone, waits: to.Phone != "" && sms}
		if !c.waits {
			counts.Phone = to.Phone
		}
		if err := t.addContactChange(ctx, self, now, c); err != nil {
			return err
		}
	}
	return t.reachBy(ctx, self, counts, "")
}

// reachBy writes how somebody is reached from now on. An address that doesn't count any
// more signs nobody in; proven is what the new one is proved to be by, if it is.
func (t *tx) reachBy(ctx context.Context, self invite.Self, c invite.Contact, proven string) error {
	now, err := findOwnReach(ctx, t, self)
	if err != nil || now.email == c.Email && now.phone == c.Phone {
		return err
	}
	if err := t.keepReach(ctx, self.Org, self.Profile, c.Email, c.Phone); err != nil {
		return err
	}
	if now.email != c.Email {
		if _, err := t.ExecContext(ctx, `UPDATE accounts SET address = ?, proven = ? WHERE profile = ? AND org = ?`, c.Email, proven, self.Profile, self.Org); err != nil {
			return fmt.Errorf("sign in by another address: %w", err)
		}
	}
	t.newsOfInvitation(self.Org, self.Profile)
	return t.audit(ctx, access.Actor{Org: self.Org}, "change-own-contact", string(self.Profile))
}

// contactChange is a row of the table contact_changes.
type contactChange struct {
	invite.ContactChange
	before     string
	waits      bool
	passwordAt int64
	code       []byte
	codedAt    int64
	sent       bool
}

// addContactChange notes a change, in the place of one that waits, and has the mails
// sent that belong to it.
func (t *tx) addContactChange(ctx context.Context, self invite.Self, now ownReach, c contactChange) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM contact_changes WHERE org = ? AND asked_at < ?`, self.Org, micros(t.now.Add(-contactStand))); err != nil {
		return fmt.Errorf("forget changes: %w", err)
	}
	ended, codes := micros(t.now), 0
	if c.waits {
		if err := t.contactCodesLeft(ctx, self, c.Address); err != nil {
			return err
		}
		ended, codes = 0, 1
	}
	if _, err := t.ExecContext(ctx, `UPDATE contact_changes SET ended_at = ? WHERE org = ? AND profile = ? AND channel = ? AND ended_at = 0`,
		micros(t.now), self.Org, self.Profile, c.Channel); err != nil {
		return fmt.Errorf("end a change: %w", err)
	}
	c.ID = attendance.NewID[invite.ContactChangeID]()
	if _, err := t.ExecContext(ctx, `INSERT INTO contact_changes (id, org, profile, channel, address, before, password_at, codes, coded_at, asked_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, self.Org, self.Profile, c.Channel, c.Address, c.before, now.passwordAt, codes, micros(t.now), micros(t.now), ended); err != nil {
		return fmt.Errorf("note a change: %w", err)
	}
	n := invite.Notice{Org: self.Org, Subject: string(c.ID), Language: now.language}
	if n.To = now.email; n.To == "" {
		n.To = now.phone
	}
	if n.To != "" {
		n.Kind = invite.ContactWarning
		if err := t.postNotice(ctx, n); err != nil {
			return err
		}
	}
	if !c.waits {
		return nil
	}
	n.Kind, n.To = invite.ContactCode, c.Address
	if err := t.postNotice(ctx, n); err != nil {
		return err
	}
	return t.audit(ctx, access.Actor{Org: self.Org}, "ask-own-contact", string(self.Profile))
}

// contactCodesLeft refuses whoever would have strangers, or their own old address,
// mailed all day. A change's codes count until a day after its latest: one that is kept
// alive by asking for more never begins anew.
func (t *tx) contactCodesLeft(ctx context.Context, self invite.Self, address string) error {
	since := micros(t.now.Add(-contactRemembers))
	for _, one := range []struct {
		where string
		args  []any
	}{
		{`org = ? AND profile = ?`, []any{self.Org, self.Profile}},
		{`address = ?`, []any{address}},
	} {
		var codes, first int64
		if err := t.QueryRowContext(ctx, `SELECT COALESCE(sum(codes), 0), COALESCE(min(coded_at), 0) FROM contact_changes WHERE codes > 0 AND coded_at > ? AND `+one.where,
			append([]any{since}, one.args...)...).Scan(&codes, &first); err != nil {
			return fmt.Errorf("count codes: %w", err)
		}
		if codes >= contactCodes {
			return access.Locked{Until: fromMicros(first).Add(contactRemembers)}
		}
	}
	return nil
}

// findContactChanges returns what of a person waits for a code.
func findContactChanges(ctx context.Context, q querier, now time.Time, org attendance.OrgID, id attendance.ProfileID) ([]contactChange, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, c *contactChange) error {
		var asked, until int64
		err := r.Scan(&c.ID, &c.Profile, &c.Channel, &c.Address, &c.before, &c.passwordAt, &c.code, &until, &c.codedAt, &c.sent, &asked)
		c.waits, c.Asked, c.Until = true, fromMicros(asked), fromMicros(until)
		return err
	}, `SELECT c.id, c.profile, c.channel, c.address, c.before, c.password_at, c.code, c.code_until, c.coded_at, c.sent_at != 0, c.asked_at
		FROM contact_changes c JOIN profiles p ON p.id = c.profile AND p.org = c.org LEFT JOIN accounts a ON a.profile = c.profile
		WHERE c.org = ? AND c.profile = ? AND c.ended_at = 0 AND c.coded_at > ? AND p.removed_at = 0 AND c.password_at = COALESCE(a.password_at, 0)
		AND c.before = CASE WHEN c.channel = 'email' THEN p.email ELSE p.phone END ORDER BY c.asked_at, c.id`, org, id, micros(now.Add(-contactLife)))
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return all, nil
}

func contactChanges(ctx context.Context, q querier, now time.Time, org attendance.OrgID, id attendance.ProfileID) ([]invite.ContactChange, error) {
	found, err := findContactChanges(ctx, q, now, org, id)
	var all []invite.ContactChange
	for _, c := range found {
		all = append(all, c.ContactChange)
	}
	return all, err
}
