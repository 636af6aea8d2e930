package wire

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"
)

// changesField is the number of Changes.changes.
const changesField = 1

// maxUnpacked bounds what a packed page may grow to, in bytes: whoever sends it
// could otherwise fill the reader's memory with one small message.
const maxUnpacked = 4 << 20

// Both are for use by many goroutines at a time, and start none.
var (
	packer, noPacker     = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(512<<10))
	unpacker, noUnpacker = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpacked), zstd.WithDecoderLowmem(true))
)

// AppendChange adds one encoded Change to an encoded Changes.
func AppendChange(changes, change []byte) []byte {
	changes = protowire.AppendTag(changes, changesField, protowire.BytesType)
	return protowire.AppendBytes(changes, change)
}

// Pack compresses an encoded Changes for FeedPage.Packed. The frame has a check
// sum.
func Pack(changes []byte) ([]byte, error) {
	if noPacker != nil {
		return nil, fmt.Errorf("pack changes: %w", noPacker)
	}
	return packer.EncodeAll(changes, make([]byte, 0, len(changes)/3+64)), nil
}

// Unpack returns the encoded changes of FeedPage.Packed one by one, undecoded:
// one that can't be read must not take the others with it. They share memory.
func Unpack(packed []byte) ([][]byte, error) {
	if noUnpacker != nil {
		return nil, fmt.Errorf("unpack changes: %w", noUnpacker)
	}
	rest, err := unpacker.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack changes: %w", err)
	}
	if len(rest) > maxUnpacked {
		return nil, errors.New("unpack changes: too large")
	}
	all := make([][]byte, 0, len(rest)/160+1)
	for len(rest) > 0 {
		num, typ, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return nil, fmt.Errorf("unpack changes: %w", protowire.ParseError(n))
		}
		if num != changesField || typ != protowire.BytesType {
			m := protowire.ConsumeFieldValue(num, typ, rest[n:])
			if m < 0 {
				return nil, fmt.Errorf("unpack changes: %w", protowire.ParseError(m))
			}
			rest = rest[n+m:]
			continue
		}
		body, m := protowire.ConsumeBytes(rest[n:])
		if m < 0 {
			return nil, fmt.Errorf("unpack changes: %w", protowire.ParseError(m))
		}
		all, rest = append(all, body), rest[n+m:]
	}
	return all, nil
}
