package outbox

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/sync/wire"
)

// told is what of an acknowledgement is about this journal's rows.
type told struct {
	mine    bool // it is not about others in their place
	through uint64
	sparse  []uint64
	// The first place, 0: none, that counts as told and for which the cloud has only
	// what another one told. Where it was settled before, a cloud that was restored from a
	// backup has lost the row since.
	foreign uint64
}

// vouched finds out which of this journal's rows the cloud means.
func (o *Outbox) vouched(ctx context.Context, stream uuid.UUID, ack *wire.JournalAck) (t told, err error) {
	current := stream == o.stream
	is, other, err := o.same(ctx, stream, ack.GetLinked(), ack.GetHash())
	if err != nil || other {
		return told{}, err
	}
	if is {
		t.through = ack.GetLinked()
	}
	if current {
		t.through = max(t.through, min(ack.GetThrough(), o.window.Through()))
	}
	var foreign []uint64
	if len(ack.GetAside()) > 0 || ack.GetAsideAfter() > 0 {
		if foreign, other, err = o.foreign(ctx, stream, ack); err != nil || other {
			return told{}, err
		}
		settled, err := o.settled(ctx, stream)
		if err != nil {
			return told{}, err
		}
		if ack.GetAsideAfter() > settled {
			t.through = min(t.through, settled) // the cloud doesn't say which they are
		}
		if len(foreign) > 0 {
			t.foreign, t.through = foreign[0], min(t.through, foreign[0]-1)
		}
	}
	for i, seq := range ack.GetSparse() {
		var hash []byte
		if i < len(ack.GetSparseHashes()) {
			hash = ack.GetSparseHashes()[i]
		}
		is, other, err := o.same(ctx, stream, seq, hash)
		if err != nil || other {
			return told{}, err
		}
		if is || len(hash) == 0 && current && o.window.Was(seq) && !slices.Contains(foreign, seq) {
			t.sparse = append(t.sparse, seq)
		}
	}
	t.mine = true
	return t, nil
}

// same compares a row with the one that the cloud has in its place; other: it is
// another. Of a hash that wasn't given, or a row that is not here, neither is known.
func (o *Outbox) same(ctx context.Context, stream uuid.UUID, seq uint64, hash []byte) (same, other bool, err error) {
	if len(hash) == 0 {
		return false, false, nil
	}
	own, ok, err := o.store.Hash(ctx, stream, seq)
	if err != nil {
		return false, false, fmt.Errorf("outbox: %w", err)
	}
	return ok && bytes.Equal(own[:], hash), ok && !bytes.Equal(own[:], hash), nil
}

// foreign returns the places, in order, of which the cloud has only what lies in
// quarantine and was not told by this tablet: somebody else did who goes on from a copy
// of its data, and a disk had spoiled that. Its own row is not there. other: already
// before such a place the cloud has another one's rows; the hashes of those behind it
// don't tell, for what is spoiled breaks the chain.
func (o *Outbox) foreign(ctx context.Context, stream uuid.UUID, ack *wire.JournalAck) (seqs []uint64, other bool, err error) {
	for _, a := range ack.GetAside() {
		if _, other, err := o.same(ctx, stream, a.GetSeq()-1, a.GetBefore()); err != nil || other {
			return nil, true, err
		}
		sum, ok, err := o.store.BodySum(ctx, stream, a.GetSeq())
		if err != nil {
			return nil, false, fmt.Errorf("outbox: %w", err)
		}
		hash, _, err := o.store.Hash(ctx, stream, a.GetSeq())
		if err != nil {
			return nil, false, fmt.Errorf("outbox: %w", err)
		}
		if ok && !slices.ContainsFunc(a.GetSums(), func(b []byte) bool { return bytes.Equal(b, sum[:]) || bytes.Equal(b, hash[:]) }) {
			seqs = append(seqs, a.GetSeq())
		}
	}
	slices.Sort(seqs)
	return seqs, false, nil
}

// settled returns through which row of a stream the cloud has everything, as was
// confirmed before.
func (o *Outbox) settled(ctx context.Context, stream uuid.UUID) (uint64, error) {
	standing, err := o.store.Standing(ctx)
	if err != nil {
		return 0, fmt.Errorf("outbox: %w", err)
	}
	for _, s := range standing {
		if s.Stream == stream {
			return s.Through, nil
		}
	}
	return 0, nil
}
