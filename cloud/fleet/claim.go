package fleet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// claim begins an activation.
func (s *Service) claim(r *http.Request, q wire.ClaimRequest) (wire.ClaimReply, error) {
	if _, err := publicKey(q.PublicKey); err != nil {
		return wire.ClaimReply{}, badRequest(err.Error())
	}
	if len(q.Hardware) > 400 || len(q.Version) > 64 {
		return wire.ClaimReply{}, badRequest("hardware or version is too long")
	}
	where := access.NetworkOf(r.RemoteAddr)
	// Whoever has a code is no stranger: a lorry of tablets may come from one
	// address. Wrong codes have a limit of their own, and nothing of them is kept.
	if q.ActivationCode == "" && (!s.claims.Allow(where) || !s.allClaims.Allow("")) {
		return wire.ClaimReply{}, access.ErrTooMany
	}
	now := s.Now()
	secret := newDeviceCode()
	c := device.ClaimRecord{
		ID: attendance.NewID[string](), DeviceCode: hash(secret), Key: q.PublicKey,
		Claim: device.Claim{
			Hardware: printable(q.Hardware), Version: printable(q.Version), Address: access.HostOf(r.RemoteAddr),
			Created: now, Expires: now.Add(claimLife),
		},
	}
	if err := s.keepClaim(r, &c, q.ActivationCode, where); err != nil {
		return wire.ClaimReply{}, err
	}
	shown := showCode(c.UserCode)
	return wire.ClaimReply{
		DeviceCode: secret, UserCode: shown, VerificationURL: s.PublicURL + "/activate", CompleteURL: s.PublicURL + "/activate?code=" + shown,
		Words: device.Words(q.PublicKey), Expires: c.Expires, IntervalSeconds: int(pollInterval.Seconds()),
	}, nil
}

// keepClaim stores the claim under a user code that no other waiting claim has.
func (s *Service) keepClaim(r *http.Request, c *device.ClaimRecord, activation, where string) error {
	if activation != "" {
		c.UserCode = newCode()
		return s.redeem(r, *c, activation, where)
	}
	for range 10 {
		c.UserCode = newCode()
		if err := s.Store.AddClaim(r.Context(), *c); !errors.Is(err, access.ErrConflict) {
			return err
		}
	}
	return errors.New("no free user code in ten draws")
}

// redeem turns an activation code into an approved claim; wrong ones are counted.
func (s *Service) redeem(r *http.Request, c device.ClaimRecord, typed, where string) error {
	select {
	case s.redeeming <- struct{}{}:
		defer func() { <-s.redeeming }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	right, ok := s.activationCodes.try(where)
	if !ok {
		return access.ErrTooMany
	}
	code, ok := parseCode(typed)
	if !ok {
		right()
		return access.ErrNotFound
	}
	err := s.Store.RedeemActivation(r.Context(), hash(code), c)
	if err == nil {
		right()
		s.Logger.Info("tablet activated by code", "address", where)
	}
	return err
}

// poll tells whether somebody has decided.
func (s *Service) poll(r *http.Request, q wire.PollRequest) (wire.PollReply, error) {
	c, err := s.byDeviceCode(r, q.DeviceCode)
	if err != nil {
		return wire.PollReply{}, err
	}
	if !s.polls.Allow(c.ID) {
		return wire.PollReply{}, access.ErrTooMany
	}
	if c.Revoked {
		return wire.PollReply{}, access.ErrForbidden
	}
	return wire.PollReply{State: c.State}, nil
}

func (s *Service) byDeviceCode(r *http.Request, code string) (device.ClaimRecord, error) {
	if code == "" || len(code) > 200 {
		return device.ClaimRecord{}, access.ErrNotFound
	}
	return s.Store.ClaimByDeviceCode(r.Context(), hash(code))
}

// publicKey reads a key as it stands in a claim.
func publicKey(der []byte) (*ecdsa.PublicKey, error) {
	k, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("the public key can't be read")
	}
	key, err := p256(k)
	if err != nil {
		return nil, err
	}
	// The words are those of the bytes that came, the certificate is for the key:
	// there must be one form only.
	if same, err := x509.MarshalPKIXPublicKey(key); err != nil || !bytes.Equal(same, der) {
		return nil, errors.New("the public key is not in its plain PKIX form")
	}
	return key, nil
}

func p256(k any) (*ecdsa.PublicKey, error) {
	key, ok := k.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("the key must be ECDSA on P-256, not %T", k)
	}
	return key, nil
}

// printable makes a stranger's words fit to be shown to a manager on one line.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100])
	}
	return strings.TrimSpace(s)
}
