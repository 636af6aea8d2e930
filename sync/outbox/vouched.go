package outbox

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"muster/sync/wire"
)

// vouched returns what of an acknowledgement is about this journal's rows; mine is
// false where it is about others in their place.
func (o *Outbox) vouched(ctx context.Context, stream uuid.UUID, ack *wire.JournalAck) (through uint64, sparse []uint64, mine bool, err error) {
	current := stream == o.stream
	same := func(seq uint64, hash []byte) (same, other bool, err error) {
		if len(hash) == 0 {
			return false, false, nil
		}
		own, ok, err := o.store.Hash(ctx, stream, seq)
		if err != nil {
			return false, false, fmt.Errorf("outbox: %w", err)
		}
		return ok && bytes.Equal(own[:], hash), ok && !bytes.Equal(own[:], hash), nil
	}
	is, other, err := same(ack.GetLinked(), ack.GetHash())
	if err != nil || other {
		return 0, nil, false, err
	}
	if is {
		through = ack.GetLinked()
	}
	if current {
		through = max(through, min(ack.GetThrough(), o.window.Through()))
	}
	var foreign []uint64 // rows that only somebody else has told
	if len(ack.GetAside()) > 0 || ack.GetAsideAfter() > 0 {
		settled, err := o.settled(ctx, stream)
		if err != nil {
			return 0, nil, false, err
		}
		if foreign, err = o.foreign(ctx, stream, ack, settled); err != nil {
			return 0, nil, false, err
		}
		// What was confirmed before is so for good.
		if ack.GetAsideAfter() > settled {
			through = min(through, settled) // the cloud doesn't say which they are
		} else if len(foreign) > 0 {
			through = min(through, foreign[0]-1)
		}
	}
	for i, seq := range ack.GetSparse() {
		var hash []byte
		if i < len(ack.GetSparseHashes()) {
			hash = ack.GetSparseHashes()[i]
		}
		is, other, err := same(seq, hash)
		if err != nil || other {
			return 0, nil, false, err
		}
		if is || len(hash) == 0 && current && o.window.Was(seq) && !slices.Contains(foreign, seq) {
			sparse = append(sparse, seq)
		}
	}
	return through, sparse, true, nil
}

// foreign returns the places behind those that are settled, in order, of which the
// cloud has only what lies in quarantine and was not told by this tablet: somebody
// else did who goes on from a copy of its data, and a disk had spoiled that. Its own
// row never came there.
func (o *Outbox) foreign(ctx context.Context, stream uuid.UUID, ack *wire.JournalAck, settled uint64) (seqs []uint64, err error) {
	for _, a := range ack.GetAside() {
		if a.GetSeq() <= settled {
			continue
		}
		sum, ok, err := o.store.Told(ctx, stream, a.GetSeq())
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		hash, _, err := o.store.Hash(ctx, stream, a.GetSeq())
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		if ok && !slices.ContainsFunc(a.GetSums(), func(b []byte) bool { return bytes.Equal(b, sum[:]) || bytes.Equal(b, hash[:]) }) {
			seqs = append(seqs, a.GetSeq())
		}
	}
	slices.Sort(seqs)
	return seqs, nil
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
