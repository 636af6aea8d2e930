package bundle

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

const (
	magic      = "Muster export 1\n"
	signPrefix = "muster export v1\x00"
	batchBytes = wire.MaxMessage / 4
	batchRows  = 500
)

// Header says who writes a file.
type Header struct {
	Device      attendance.DeviceID // empty where that is lost
	Org         attendance.OrgID
	Created     time.Time
	All         bool   // confirmed rows too
	Certificate []byte // X.509, DER; empty: the file is not signed
	Key         crypto.Signer
}

// Writer writes a file. Make one with NewWriter; without Close the file is worth
// nothing.
type Writer struct {
	to     io.Writer
	sum    hash.Hash
	key    crypto.Signer
	bodies [][]byte
	size   int
	rows   uint64
	heads  []*wire.StreamHead
}

// NewWriter begins a file.
func NewWriter(to io.Writer, h Header) (*Writer, error) {
	w := &Writer{sum: sha256.New(), key: h.Key}
	w.to = io.MultiWriter(to, w.sum)
	if _, err := io.WriteString(w.to, magic); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	head := &wire.ExportHeader{Device: string(h.Device), Organisation: string(h.Org), CreatedUs: h.Created.UnixMicro(), All: h.All}
	if h.Key != nil {
		head.Certificate = h.Certificate
	}
	return w, w.part(&wire.ExportPart{Of: &wire.ExportPart_Header{Header: head}})
}

func (w *Writer) part(p *wire.ExportPart) error {
	if _, err := protodelim.MarshalTo(w.to, p); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Row adds a row.
func (w *Writer) Row(r device.Row) error {
	body, err := proto.Marshal(wire.FromRow(r))
	if err != nil {
		return fmt.Errorf("export: row %d: %w", r.Seq, err)
	}
	return w.Body(r.Stream, r.Seq, body)
}

// Body adds a row that is a message already, as damaged ones are kept.
func (w *Writer) Body(stream uuid.UUID, seq uint64, body []byte) error {
	w.rows++
	if n := len(w.heads); n == 0 || !bytes.Equal(w.heads[n-1].GetStream(), stream[:]) {
		w.heads = append(w.heads, &wire.StreamHead{Stream: stream[:], First: seq})
	}
	h := w.heads[len(w.heads)-1]
	h.First, h.Last, h.Rows = min(h.First, seq), max(h.Last, seq), h.Rows+1
	if len(w.bodies) > 0 && (w.size+len(body) > batchBytes || len(w.bodies) == batchRows) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.bodies, w.size = append(w.bodies, body), w.size+len(body)
	return nil
}

func (w *Writer) flush() error {
	if len(w.bodies) == 0 {
		return nil
	}
	batch := wire.PackBodies(w.bodies)
	w.bodies, w.size = nil, 0
	return w.part(&wire.ExportPart{Of: &wire.ExportPart_Batch{Batch: batch}})
}

// Rows returns how many rows were added.
func (w *Writer) Rows() int { return int(min(w.rows, 1<<31)) }

// Close ends the file and signs it. Bringing it to the disk is the caller's.
func (w *Writer) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	end := &wire.ExportEnd{Rows: w.rows, Heads: w.heads}
	if w.key != nil {
		digest, err := digestOf(w.sum.Sum(nil), end)
		if err != nil {
			return err
		}
		if end.Signature, err = w.key.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
			return fmt.Errorf("export: sign: %w", err)
		}
	}
	return w.part(&wire.ExportPart{Of: &wire.ExportPart_End{End: end}})
}

// digestOf is what the signature is made of.
func digestOf(before []byte, end *wire.ExportEnd) ([]byte, error) {
	h := sha256.New()
	h.Write([]byte(signPrefix))
	h.Write(before)
	// Written out by hand: how a message is encoded is not the same in all versions.
	fmt.Fprintf(h, "%d %d\n", end.GetRows(), len(end.GetHeads()))
	for _, s := range end.GetHeads() {
		if len(s.GetStream()) != 16 {
			return nil, errors.New("export: stream: must have 16 bytes")
		}
		fmt.Fprintf(h, "%x %d %d %d\n", s.GetStream(), s.GetFirst(), s.GetLast(), s.GetRows())
	}
	return h.Sum(nil), nil
}
