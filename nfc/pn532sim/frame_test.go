package pn532sim

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// command frames a host's command, as libnfc does.
func command(data ...byte) []byte {
	frame := reply(data)
	i := 5
	if frame[3] == 0xFF && frame[4] == 0xFF {
		i = 8
	}
	frame[i] = hostToChip
	frame[len(frame)-2]++ // D4 for D5: the sum is one less
	return frame
}

// However the line cuts the stream up and whatever lies between, each command
// comes out once, whole and in order.
func TestFramesSurviveAnyCutting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want [][]byte
		for range rapid.IntRange(0, 6).Draw(t, "frames") {
			// Noise without the start code, such as the wake-up preamble.
			stream = append(stream, rapid.SliceOfN(rapid.SampledFrom([]byte{0x55, 0x00, 0x12}), 0, 20).Draw(t, "noise")...)
			data := rapid.SliceOfN(rapid.Byte(), 1, maxData-1).Draw(t, "data")
			stream = append(stream, command(data...)...)
			want = append(want, data)
		}
		var p frameParser
		var got [][]byte
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "cut")
			for _, in := range p.feed(stream[:n]) {
				if in.kind != inputCommand {
					t.Fatalf("an input of kind %d", in.kind)
				}
				got = append(got, in.data)
			}
			stream = stream[n:]
		}
		if len(got) != len(want) {
			t.Fatalf("%d commands, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("command %d is % x, want % x", i, got[i], want[i])
			}
		}
	})
}

func TestFrameParser(t *testing.T) {
	t.Parallel()
	good := command(0x02)
	wrongSum := bytes.Clone(good)
	wrongSum[len(wrongSum)-2] ^= 1
	wrongLength := bytes.Clone(good)
	wrongLength[4] ^= 1
	for _, c := range []struct {
		name string
		in   []byte
		want []inputKind
	}{
		{"acknowledgement", ackFrame, []inputKind{inputAck}},
		{"refusal", nackFrame, []inputKind{inputNack}},
		{"command", good, []inputKind{inputCommand}},
		{"command after a wrong checksum", append(wrongSum, good...), []inputKind{inputBad, inputCommand}},
		{"command after a wrong length", append(wrongLength, good...), []inputKind{inputBad, inputCommand}},
		{"half a command", good[:6], nil},
		{"answer instead of a command", reply([]byte{0x03}), []inputKind{inputBad}},
		{"length beyond any frame", []byte{0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x01}, []inputKind{inputBad}},
		{"nothing but noise", bytes.Repeat([]byte{0x55}, 5000), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var p frameParser
			var got []inputKind
			for _, in := range p.feed(c.in) {
				got = append(got, in.kind)
			}
			if len(got) != len(c.want) {
				t.Fatalf("%v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("%v, want %v", got, c.want)
				}
			}
			if len(p.buf) > 2*maxData {
				t.Errorf("%d bytes are kept", len(p.buf))
			}
		})
	}
}

// Whatever a host sends, the chip neither panics nor keeps it all, and each
// answer is a sound frame.
func FuzzChip(f *testing.F) {
	for _, seed := range [][]byte{
		command(cmdGetFirmwareVersion), command(cmdDiagnose, 0, 'a'), command(cmdInListPassiveTarget, 1, 0),
		command(cmdInListPassiveTarget, 2, 0, 0x88, 4), command(cmdInAutoPoll, 20, 2, 0x20, 0x10), command(cmdInDataExchange, 1, 0x30, 0),
		command(cmdInDataExchange, 1, 0, 0xA4, 4, 0, 8), command(cmdInCommunicateThru, 0xB2), command(cmdInDeselect, 0),
		command(cmdReadRegister, 0x63, 2), command(cmdWriteRegister, 0x63, 2, 1), command(cmdRFConfiguration, 5, 0, 1, 2),
		command(cmdPowerDown, 0xF0), command(cmdInSelect, 1), command(0x86), ackFrame, nackFrame,
		{0x00, 0xFF, 0xFF, 0xFF, 1, 2, 0xFD},
	} {
		f.Add(seed)
		f.Add(append(command(cmdInListPassiveTarget, 1, 0), seed...))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c := NewChip()
		for _, card := range allCards(t) {
			c.Put(epoch, card)
		}
		c.Input(epoch, in)
		if len(c.parser.buf) > maxData+16 {
			t.Errorf("%d bytes are kept", len(c.parser.buf))
		}
		checkAnswers(t, c.Output())
	})
}

// checkAnswers walks over what a chip has said, which must be nothing but frames.
func checkAnswers(t *testing.T, out []byte) {
	t.Helper()
	for len(out) > 0 {
		switch {
		case bytes.HasPrefix(out, ackFrame):
			out = out[len(ackFrame):]
			continue
		case bytes.HasPrefix(out, errorFrame):
			out = out[len(errorFrame):]
			continue
		}
		n, header := 0, 0
		switch {
		case len(out) > 8 && out[3] == 0xFF && out[4] == 0xFF && out[5]+out[6]+out[7] == 0:
			n, header = int(out[5])<<8|int(out[6]), 8
		case len(out) > 5 && out[3]+out[4] == 0:
			n, header = int(out[3]), 5
		}
		end := header + n + 2
		if header == 0 || n > maxData || len(out) < end || sum(out[header:end-1]) != 0 || out[header] != chipToHost {
			t.Fatalf("no sound frame: % x", out)
		}
		out = out[end:]
	}
}
