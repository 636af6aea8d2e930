package bundle

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"hash"
	"io"

	"google.golang.org/protobuf/encoding/protodelim"

	"muster/device"
	"muster/sync/wire"
)

// Why a file is refused.
var (
	// ErrFormat: it is not an export, or was cut off or changed.
	ErrFormat = errors.New("not an export file, or cut off or changed")
	// ErrSignature: it was not signed by the key that it names.
	ErrSignature = errors.New("the signature is wrong")
	// ErrOrigin: it is not of a tablet of this organisation, or not of the one asked for.
	ErrOrigin = errors.New("the file is of another tablet, or of none that is known")
	// ErrUnsigned: it says nothing of who wrote it, and nobody said whom to take it for.
	ErrUnsigned = errors.New("the file is not signed: say which tablet it is of")
)

// maxPart bounds one part: a batch and what is around it.
const maxPart = wire.MaxMessage

// maxParts bounds a file together with the size that the caller allows.
const maxParts = 1 << 20

// content is what a file says of itself.
type content struct {
	header *wire.ExportHeader
	key    []byte // PKIX, DER: of the key that signed it; nil: nobody did
}

// meter reads and keeps the sum of what was read.
type meter struct {
	from *bufio.Reader
	sum  hash.Hash
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.sum.Write(p[:n])
	return n, err
}

func (m *meter) ReadByte() (byte, error) {
	b, err := m.from.ReadByte()
	if err == nil {
		m.sum.Write([]byte{b})
	}
	return b, err
}

// read goes through a file, gives each batch to f, and checks the signature at
// the end: what f was given counts only when there is no error.
func read(from io.Reader, f func(device.Delivery) error) (c content, err error) {
	m := &meter{bufio.NewReader(from), sha256.New()}
	begin := make([]byte, len(magic))
	if _, err := io.ReadFull(m, begin); err != nil || string(begin) != magic {
		return c, ErrFormat
	}
	var rows uint64
	for n := range maxParts {
		before := m.sum.Sum(nil)
		var p wire.ExportPart
		if err := (protodelim.UnmarshalOptions{MaxSize: maxPart}).UnmarshalFrom(m, &p); err != nil {
			return c, fmt.Errorf("%w: part %d: %w", ErrFormat, n, err)
		}
		header, batch, end := p.GetHeader(), p.GetBatch(), p.GetEnd()
		switch {
		case n == 0 && header != nil:
			c.header = header
		case n > 0 && batch != nil:
			d := wire.UnpackBatch(batch)
			rows += uint64(len(d.Rows) + len(d.Broken))
			if err := f(d); err != nil {
				return c, err
			}
		case n > 0 && end != nil:
			if _, err := m.ReadByte(); !errors.Is(err, io.EOF) {
				return c, fmt.Errorf("%w: there is something after the end", ErrFormat)
			}
			if rows > end.GetRows() {
				return c, fmt.Errorf("%w: %d rows, and the end says %d", ErrFormat, rows, end.GetRows())
			}
			c.key, err = verify(c.header, before, end)
			return c, err
		default:
			return c, fmt.Errorf("%w: part %d is not what belongs there", ErrFormat, n)
		}
	}
	return c, fmt.Errorf("%w: too many parts", ErrFormat)
}

// verify returns the key that signed a file, nil when it has no signature.
func verify(h *wire.ExportHeader, before []byte, end *wire.ExportEnd) ([]byte, error) {
	if len(end.GetSignature()) == 0 && len(h.GetCertificate()) == 0 {
		return nil, nil
	}
	cert, err := x509.ParseCertificate(h.GetCertificate())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: by a key of another kind", ErrSignature)
	}
	digest, err := digestOf(before, end)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !ecdsa.VerifyASN1(key, digest, end.GetSignature()) {
		return nil, ErrSignature
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return der, nil
}
