package activation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// step does the one thing that comes next, and tells how long to wait after it.
func (a *Activation) step(ctx context.Context, p device.Progress) (*device.Grant, time.Duration, error) {
	switch {
	case len(p.Key) == 0:
		key, err := firstKey()
		if err != nil {
			return nil, 0, err
		}
		p.Key = key
		return nil, 0, a.keep(ctx, p)
	case p.Code != "":
		return nil, 0, a.claimWithCode(ctx, p)
	case p.DeviceCode == "":
		return nil, 0, a.claim(ctx, p, "")
	case !p.Approved:
		wait, err := a.poll(ctx, p)
		return nil, wait, err
	default:
		grant, err := a.fetch(ctx, p)
		return grant, 0, err
	}
}

// claim asks the cloud to become known, and keeps the answer.
func (a *Activation) claim(ctx context.Context, p device.Progress, activationCode string) error {
	key, err := parseKey(p.Key)
	if err != nil {
		return keepError{err}
	}
	pub, err := public(key)
	if err != nil {
		return err
	}
	var reply wire.ClaimReply
	err = a.client.post(ctx, wire.PathClaims, nil, wire.ClaimRequest{
		PublicKey: pub, Hardware: a.Hardware, Version: a.Version, ActivationCode: activationCode,
	}, &reply)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if reply.DeviceCode == "" {
		return fmt.Errorf("claim: %w", Refused{Status: 200, Code: wire.CodeInternal, Title: "answer without a device code"})
	}
	if activationCode == "" && a.problem == CodeOffline {
		a.problem = ""
	}
	return a.keep(ctx, device.Progress{
		Key: p.Key, DeviceCode: reply.DeviceCode, UserCode: reply.UserCode, URL: reply.VerificationURL, Complete: reply.CompleteURL,
		Words: device.Words(pub), Expires: reply.Expires, Interval: interval(reply.IntervalSeconds),
		Approved: activationCode != "",
	})
}

// interval keeps the cloud's wish within what makes sense.
func interval(seconds int) time.Duration {
	return min(max(time.Duration(seconds)*time.Second, time.Second), time.Minute)
}

// claimWithCode tries the code that was typed. A code that the cloud refuses is
// forgotten, and a claim that waits goes on waiting; without an answer, or when the
// cloud is too busy to look at it, the same code is tried again.
func (a *Activation) claimWithCode(ctx context.Context, p device.Progress) error {
	err := a.claim(ctx, p, p.Code)
	var no Refused
	if !errors.As(err, &no) || no.Status >= 500 || no.Code == wire.CodeTooMany {
		return err
	}
	a.problem = no.Code
	p.Code = ""
	return a.keep(ctx, p)
}

// poll asks whether somebody has decided.
func (a *Activation) poll(ctx context.Context, p device.Progress) (time.Duration, error) {
	wait := max(p.Interval, time.Second)
	var reply wire.PollReply
	err := a.client.post(ctx, wire.PathPoll, nil, wire.PollRequest{DeviceCode: p.DeviceCode}, &reply)
	switch {
	case refused(err, wire.CodeUnknownCode), refused(err, wire.CodeExpiredCode):
		return 0, a.startOver(ctx, wire.CodeExpiredCode)
	case err != nil:
		return wait, fmt.Errorf("poll: %w", err)
	}
	if a.problem == CodeOffline || a.problem == wire.CodeInternal {
		a.problem = ""
	}
	switch reply.State {
	case wire.ClaimApproved:
		p.Approved = true
		a.problem = ""
		return 0, a.keep(ctx, p)
	case wire.ClaimDenied:
		return askAgain, a.startOver(ctx, wire.CodeDenied)
	case wire.ClaimExpired:
		return 0, a.startOver(ctx, wire.CodeExpiredCode)
	default:
		return wait, nil
	}
}

// askAgain is how long a tablet that was turned down waits before it asks again
// by itself.
const askAgain = 30 * time.Second

// startOver forgets the claim and its key. A code that ran out is nobody's
// problem: the next one is on the screen at once.
func (a *Activation) startOver(ctx context.Context, why string) error {
	a.problem = ""
	if why == wire.CodeDenied {
		a.problem = why
	}
	if err := a.keep(ctx, device.Progress{}); err != nil {
		return err
	}
	a.show(device.Progress{})
	return nil
}

// fetch gets the certificate of an approved claim and ends the activation.
func (a *Activation) fetch(ctx context.Context, p device.Progress) (*device.Grant, error) {
	key, err := parseKey(p.Key)
	if err != nil {
		return nil, keepError{err}
	}
	request, err := csr(key)
	if err != nil {
		return nil, err
	}
	var reply wire.CertificateReply
	err = a.client.post(ctx, wire.PathConfirm, nil, wire.CertificateRequest{DeviceCode: p.DeviceCode, CSR: request}, &reply)
	switch {
	case refused(err, wire.CodeUnknownCode), refused(err, wire.CodeExpiredCode), refused(err, wire.CodeRevoked), refused(err, wire.CodeWrongKey):
		return nil, a.startOver(ctx, code(err))
	case refused(err, wire.CodeDenied):
		return nil, a.startOver(ctx, wire.CodeDenied)
	case refused(err, wire.CodeNotApproved):
		p.Approved = false
		return nil, a.keep(ctx, p)
	case err != nil:
		return nil, fmt.Errorf("fetch the certificate: %w", err)
	}
	grant, err := read(reply, p.Key)
	if err != nil {
		return nil, fmt.Errorf("fetch the certificate: %w", Refused{Status: 200, Code: wire.CodeInternal, Title: err.Error()})
	}
	if err := a.Store.Activate(ctx, grant); err != nil {
		return nil, keepError{err}
	}
	return &grant, nil
}
