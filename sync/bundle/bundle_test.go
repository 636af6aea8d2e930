package bundle_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/bundle"
)

// shelf stands for the cloud's store: rows by id, and what was put aside.
type shelf struct {
	origins map[attendance.DeviceID]device.Origin
	rows    map[uuid.UUID]device.Hash
	aside   map[string]int // by reason
}

func (s *shelf) Origin(_ context.Context, dev attendance.DeviceID) (device.Origin, error) {
	o, ok := s.origins[dev]
	if !ok {
		return o, access.ErrNotFound
	}
	return o, nil
}

func (s *shelf) Present(_ context.Context, _ attendance.DeviceID, rows []device.Row) ([]bool, error) {
	there := make([]bool, len(rows))
	for i, r := range rows {
		_, there[i] = s.rows[r.ID]
	}
	return there, nil
}

func (s *shelf) Deliver(_ context.Context, all []device.Delivery) ([]device.Outcome, error) {
	for _, d := range all {
		for _, r := range d.Rows {
			s.rows[r.ID] = r.Hash
		}
		for _, b := range d.Broken {
			s.aside[b.Reason]++
		}
	}
	return make([]device.Outcome, len(all)), nil
}

func (s *shelf) NoteImport(context.Context, access.Actor, attendance.DeviceID, int) error { return nil }

var (
	org     = attendance.NewID[attendance.OrgID]()
	dev     = attendance.NewID[attendance.DeviceID]()
	created = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
)

type tablet struct {
	key  *ecdsa.PrivateKey
	cert []byte
	pkix []byte
}

func newTablet(tb testing.TB) tablet {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: string(dev)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	pkix, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	return tablet{key, cert, pkix}
}

// rowsOf makes rows an hour apart from the tablet's first hour on.
func rowsOf(n int) []device.Row {
	var all []device.Row
	prev := device.Hash{}
	stream := uuid.Must(uuid.NewV7())
	for i := range n {
		r := device.Row{
			Stream: stream, Seq: uint64(i + 1), ID: uuid.Must(uuid.NewV7()), Kind: device.KindPunch, Payload: []byte{1, 2, 3}, Prev: prev,
			Clock: attendance.ClockReading{Device: created.Add(time.Duration(i+1) * time.Hour), BootID: "boot", Trust: attendance.TrustEstimated},
		}
		r.Hash = r.Sum()
		prev = r.Hash
		all = append(all, r)
	}
	return all
}

func export(tb testing.TB, t tablet, signed bool, rows []device.Row) []byte {
	tb.Helper()
	var b bytes.Buffer
	h := bundle.Header{Device: dev, Org: org, Created: created}
	if signed {
		h.Key, h.Certificate = t.key, t.cert
	}
	w, err := bundle.NewWriter(&b, h)
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func cloudWith(t tablet, revoked time.Time) (*shelf, bundle.Receiver) {
	s := &shelf{
		origins: map[attendance.DeviceID]device.Origin{dev: {Org: org, Name: "Gate 2", Created: created, Revoked: revoked, Keys: [][]byte{t.pkix}}},
		rows:    map[uuid.UUID]device.Hash{}, aside: map[string]int{},
	}
	return s, bundle.Receiver{Store: s, Now: func() time.Time { return created.Add(100 * time.Hour) }}
}

func TestEveryRowArrivesOnce(t *testing.T) {
	t.Parallel()
	tab := newTablet(t)
	s, r := cloudWith(tab, time.Time{})
	rows := rowsOf(1200)
	for _, row := range rows[:100] {
		s.rows[row.ID] = row.Hash
	}
	file := bytes.NewReader(export(t, tab, true, rows))
	look, err := r.Look(t.Context(), file, org, dev)
	if err != nil || look.Rows != 1200 || look.New != 1100 || look.There != 100 || look.Broken != 0 || len(s.rows) != 100 {
		t.Fatalf("%+v, %v; %d rows here", look, err, len(s.rows))
	}
	if !look.From.Equal(rows[0].Clock.Device) || !look.To.Equal(rows[1199].Clock.Device) {
		t.Errorf("from %v to %v", look.From, look.To)
	}
	if v, err := r.Take(t.Context(), file, org, ""); err != nil || v.New != 1100 || len(s.rows) != 1200 {
		t.Fatalf("%+v, %v; %d rows here", v, err, len(s.rows))
	}
	if v, err := r.Take(t.Context(), file, org, dev); err != nil || v.New != 0 || v.There != 1200 {
		t.Errorf("again: %+v, %v", v, err)
	}
	for _, row := range rows {
		if s.rows[row.ID] != row.Hash {
			t.Fatalf("row %d is not what was written", row.Seq)
		}
	}
}

// A revoked tablet's rows count up to its revocation; a clock that was never set
// shows nothing.
func TestRevokedTablet(t *testing.T) {
	t.Parallel()
	tab := newTablet(t)
	s, r := cloudWith(tab, created.Add(10*time.Hour+time.Minute))
	rows := rowsOf(20)
	unset := rowsOf(1)[0]
	unset.Clock.Device = time.Unix(0, 0)
	unset.Hash = unset.Sum()
	v, err := r.Take(t.Context(), bytes.NewReader(export(t, tab, true, append(rows, unset))), "", "")
	if err != nil || v.New != 10 || v.Late != 11 || len(s.rows) != 10 || s.aside[bundle.ReasonRevoked] != 11 {
		t.Errorf("%+v, %v, aside %v", v, err, s.aside)
	}
}

func TestUnsignedGoesToQuarantine(t *testing.T) {
	t.Parallel()
	tab := newTablet(t)
	s, r := cloudWith(tab, time.Time{})
	file := bytes.NewReader(export(t, tab, false, rowsOf(5)))
	if _, err := r.Take(t.Context(), file, "", ""); !errors.Is(err, bundle.ErrUnsigned) {
		t.Errorf("taken for nobody's: %v", err)
	}
	if v, err := r.Take(t.Context(), file, org, dev); err != nil || v.Broken != 5 || len(s.rows) != 0 || s.aside[device.ReasonUnsigned] != 5 {
		t.Errorf("%+v, %v, aside %v", v, err, s.aside)
	}
}

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	tab, stranger := newTablet(t), newTablet(t)
	s, r := cloudWith(tab, time.Time{})
	good := export(t, tab, true, rowsOf(30))
	other := attendance.NewID[attendance.OrgID]()
	for name, c := range map[string]struct {
		file []byte
		org  attendance.OrgID
		dev  attendance.DeviceID
		want error
	}{
		"empty":                   {nil, org, dev, bundle.ErrFormat},
		"something else":          {bytes.Repeat([]byte("PK\x03\x04"), 1000), org, dev, bundle.ErrFormat},
		"cut off":                 {good[:len(good)-20], org, dev, bundle.ErrFormat},
		"something behind":        {append(bytes.Clone(good), 'x'), org, dev, bundle.ErrFormat},
		"a length of four GB":     {append([]byte("Muster export 1\n"), 0xff, 0xff, 0xff, 0xff, 0x0f), org, dev, bundle.ErrFormat},
		"of another organisation": {good, other, dev, bundle.ErrOrigin},
		"of another tablet":       {good, org, attendance.NewID[attendance.DeviceID](), bundle.ErrOrigin},
		"signed by somebody else": {export(t, stranger, true, rowsOf(3)), org, dev, bundle.ErrSignature},
	} {
		if _, err := r.Take(t.Context(), bytes.NewReader(c.file), c.org, c.dev); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// Not a single byte may be another.
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 0x10
		if _, err := r.Take(t.Context(), bytes.NewReader(bad), org, dev); err == nil {
			t.Fatalf("taken with byte %d changed", at)
		}
	}
	if len(s.rows) != 0 || len(s.aside) != 0 {
		t.Errorf("something was kept: %d rows, %v", len(s.rows), s.aside)
	}
}

func FuzzTake(f *testing.F) {
	tab := newTablet(f)
	f.Add(export(f, tab, true, rowsOf(3)))
	f.Add(export(f, tab, false, rowsOf(1)))
	f.Add([]byte("Muster export 1\n\x02\x0a\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, r := cloudWith(tab, time.Time{})
		_, err := r.Take(t.Context(), bytes.NewReader(file), org, dev)
		if err != nil && len(s.rows)+len(s.aside) > 0 {
			t.Errorf("refused (%v) and yet kept", err)
		}
	})
}

// Only an admin of the organisation imports, and hears why a file is refused.
func TestImportTakesAnAdmin(t *testing.T) {
	t.Parallel()
	tab := newTablet(t)
	s, r := cloudWith(tab, time.Time{})
	file := export(t, tab, true, rowsOf(3))
	admin := access.Actor{User: "u", Org: org, Role: access.OrgAdmin}
	for name, actor := range map[string]access.Actor{
		"manager": {User: "u", Org: org, Role: access.SiteManager, Sites: []attendance.SiteID{"s"}}, "viewer": {User: "u", Org: org, Role: access.Viewer}, "nobody": {},
	} {
		if _, err := r.Import(t.Context(), actor, dev, file, true); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var no access.Invalid
	if _, err := r.Import(t.Context(), admin, dev, file[:100], true); !errors.As(err, &no) || no.Problem != access.NotAnExport {
		t.Errorf("half a file: %v", err)
	}
	if v, err := r.Import(t.Context(), admin, dev, file, false); err != nil || v.New != 3 || len(s.rows) != 0 {
		t.Errorf("a look: %+v, %v", v, err)
	}
	if v, err := r.Import(t.Context(), admin, dev, file, true); err != nil || v.New != 3 || len(s.rows) != 3 {
		t.Errorf("%+v, %v", v, err)
	}
}
