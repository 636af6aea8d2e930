package store

import (
	"bytes"
	"encoding/binary"
)

// orientation returns the EXIF orientation of a JPEG, 1 to 8, or 0 where it says
// none that makes sense. It walks the JPEG's segments to the Exif one (APP1) and
// looks for tag 0x0112 in the first directory of the TIFF structure in it
// (CIPA DC-008, section 4.6). Each offset is checked against what is there.
func orientation(jpeg []byte) int {
	if !bytes.HasPrefix(jpeg, []byte{0xff, 0xd8}) {
		return 0
	}
	for rest := jpeg[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker := rest[1]
		size := int(binary.BigEndian.Uint16(rest[2:])) + 2 // with the marker
		if marker == 0xda || size < 4 || size > len(rest) {
			return 0 // the picture itself begins, or the segment is cut off
		}
		if body, ok := bytes.CutPrefix(rest[4:size], []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return tiffOrientation(body)
		}
		rest = rest[size:]
	}
	return 0
}

func tiffOrientation(tiff []byte) int {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 0
	}
	if len(tiff) < 8 {
		return 0
	}
	start := uint64(order.Uint32(tiff[4:]))
	if start+2 > uint64(len(tiff)) {
		return 0
	}
	const entry = 12 // bytes: tag, type, count, value
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(entries) < entry {
			return 0
		}
		const tag, short = 0x0112, 3
		if order.Uint16(entries) == tag {
			value := int(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != short || order.Uint32(entries[4:]) != 1 || value < 1 || value > 8 {
				return 0
			}
			return value
		}
		entries = entries[entry:]
	}
	return 0
}
