package fleet

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"net/http"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// confirm gives the certificate of an approved claim. Asked again it gives
// another, for the same key: a tablet whose power was cut before the first one
// was on its disk is not lost.
func (s *Service) confirm(r *http.Request, q wire.CertificateRequest) (wire.CertificateReply, error) {
	c, err := s.byDeviceCode(r, q.DeviceCode)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	switch {
	case c.Revoked:
		return wire.CertificateReply{}, access.ErrForbidden
	case c.State == wire.ClaimPending:
		return wire.CertificateReply{}, problem(http.StatusConflict, wire.CodeNotApproved, "Nobody has approved this tablet yet.")
	case c.State == wire.ClaimDenied:
		return wire.CertificateReply{}, problem(http.StatusForbidden, wire.CodeDenied, "A manager has refused this tablet.")
	case c.State != wire.ClaimApproved:
		return wire.CertificateReply{}, access.ErrExpired
	}
	key, der, err := request(q.CSR)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	if !bytes.Equal(der, c.Key) {
		return wire.CertificateReply{}, problem(http.StatusForbidden, wire.CodeWrongKey, "The request is not for the claim's key.")
	}
	place, err := s.Store.Placement(r.Context(), c.Device)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	return s.issue(r.Context(), key, place)
}

// renew gives a tablet that shows its current certificate, expired or not, one
// for a new key.
func (s *Service) renew(r *http.Request, q wire.RenewRequest) (wire.CertificateReply, error) {
	old, err := s.current(r)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	place, err := s.Store.Placement(r.Context(), old.Device)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	if place.Revoked {
		return wire.CertificateReply{}, access.ErrForbidden
	}
	key, der, err := request(q.CSR)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	if bytes.Equal(der, old.Key) {
		return wire.CertificateReply{}, problem(http.StatusForbidden, wire.CodeWrongKey, "Renewal needs a new key.")
	}
	return s.issue(r.Context(), key, place)
}

// current returns the certificate that whoever asks has shown, and proved in the
// TLS handshake to hold the key of. Dates don't count here.
func (s *Service) current(r *http.Request) (device.Certificate, error) {
	none := problem(http.StatusUnauthorized, wire.CodeNoCertificate, "Renewal needs the tablet's current certificate.")
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return device.Certificate{}, none
	}
	shown := r.TLS.PeerCertificates[0]
	if s.Authority.signed(shown) != nil {
		return device.Certificate{}, none
	}
	kept, err := s.Store.Certificate(r.Context(), shown.SerialNumber.Text(16))
	if errors.Is(err, access.ErrNotFound) {
		kept, err = s.forgotten(r.Context(), shown)
	}
	switch {
	case errors.Is(err, access.ErrNotFound) || err == nil && !bytes.Equal(kept.DER, shown.Raw):
		return device.Certificate{}, none
	case err != nil:
		return device.Certificate{}, err
	}
	return kept, nil
}

// forgotten returns a certificate of ours that the store doesn't know because it
// was restored from a backup; access.ErrNotFound where that is not why.
func (s *Service) forgotten(ctx context.Context, shown *x509.Certificate) (device.Certificate, error) {
	if len(shown.Subject.Organization) != 1 {
		return device.Certificate{}, access.ErrNotFound
	}
	key, err := x509.MarshalPKIXPublicKey(shown.PublicKey)
	if err != nil {
		return device.Certificate{}, access.ErrNotFound
	}
	c := device.Certificate{
		Serial: shown.SerialNumber.Text(16), Device: attendance.DeviceID(shown.Subject.CommonName), Key: key, DER: shown.Raw,
		NotBefore: shown.NotBefore, NotAfter: shown.NotAfter,
	}
	if err := s.Store.Adopt(ctx, c, attendance.OrgID(shown.Subject.Organization[0])); err != nil {
		return device.Certificate{}, err
	}
	s.Logger.Warn("a certificate that the restored database had forgotten is known again", "device", c.Device, "serial", c.Serial)
	return c, nil
}

// request reads a certificate signing request and checks that whoever made it
// holds the key. Nothing but the key is taken from it.
func request(csr []byte) (key *ecdsa.PublicKey, der []byte, err error) {
	req, err := x509.ParseCertificateRequest(csr)
	if err != nil || req.CheckSignature() != nil {
		return nil, nil, badRequest("the certificate signing request can't be read, or isn't signed by its own key")
	}
	if key, err = p256(req.PublicKey); err != nil {
		return nil, nil, badRequest(err.Error())
	}
	if der, err = x509.MarshalPKIXPublicKey(key); err != nil {
		return nil, nil, badRequest("the key can't be written")
	}
	return key, der, nil
}

// issue makes and keeps a certificate, and says with it all that a tablet needs.
func (s *Service) issue(ctx context.Context, key *ecdsa.PublicKey, p device.Placement) (wire.CertificateReply, error) {
	if !s.certificates.Allow(string(p.Identity.Device)) {
		return wire.CertificateReply{}, access.ErrTooMany
	}
	c, err := s.Authority.certify(key, p.Identity.Device, p.Identity.Org, s.Life)
	if err != nil {
		return wire.CertificateReply{}, err
	}
	if err := s.Store.AddCertificate(ctx, c); err != nil {
		return wire.CertificateReply{}, err
	}
	s.Logger.Info("certificate issued", "device", c.Device, "serial", c.Serial, "not_after", c.NotAfter)
	return wire.CertificateReply{
		Certificate: c.DER, Authority: s.Authority.DER(), Device: string(c.Device), Org: string(p.Identity.Org),
		Site: string(p.Identity.Site), Name: p.Identity.Name, SiteName: p.Settings.Site, MQTT: s.MQTT,
		CardKey: p.Settings.CardKey[:], TimeZone: p.Settings.TimeZone, Language: p.Settings.Language,
		NotAfter: c.NotAfter, RenewAfter: c.NotAfter.Add(-s.Life / 3),
	}, nil
}
