package pn532sim

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

var epoch = time.Unix(1_700_000_000, 0)

func must(t testing.TB) func(*Card, error) *Card {
	return func(c *Card, err error) *Card {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func allCards(t testing.TB) []*Card {
	t.Helper()
	must := must(t)
	return []*Card{
		must(Classic([]byte{0x3A, 1, 2, 3})), must(NTAG([]byte{4, 1, 2, 3, 4, 5, 6})),
		must(SmartCard([]byte{4, 1, 2, 3, 4, 5, 6, 7, 8, 9}, &Badge{Number: "4711"})), Phone(&Badge{}),
	}
}

// ask sends a command and returns the answer's data, code first. It fails where
// there is not exactly one acknowledgement and one sound answer.
func ask(t *testing.T, c *Chip, data ...byte) []byte {
	t.Helper()
	c.Input(epoch, command(data...))
	out := c.Output()
	if !bytes.HasPrefix(out, ackFrame) {
		t.Fatalf("command % x is answered % x, without acknowledgement", data, out)
	}
	checkAnswers(t, out)
	body := out[len(ackFrame):]
	if bytes.Equal(body, errorFrame) {
		return nil
	}
	if body[3] == 0xFF && body[4] == 0xFF {
		return body[9 : len(body)-2]
	}
	return body[6 : len(body)-2]
}

// finite has the chip give up at once when no card is there.
func finite(t *testing.T, c *Chip) {
	t.Helper()
	ask(t, c, cmdRFConfiguration, 0x05, 0x00, 0x01, 0x02)
}

func wantHex(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != strings.ReplaceAll(want, " ", "") {
		t.Errorf("%s: % x, want %s", what, got, want)
	}
}

func TestCommandsWithoutCard(t *testing.T) {
	t.Parallel()
	c := NewChip()
	finite(t, c)
	wantHex(t, "firmware", ask(t, c, cmdGetFirmwareVersion), "03 32 01 06 07")
	wantHex(t, "diagnose", ask(t, c, append([]byte{cmdDiagnose, 0x00}, "libnfc"...)...), "01 00 6c69626e6663")
	wantHex(t, "write", ask(t, c, cmdWriteRegister, 0x63, 0x02, 0x80, 0x63, 0x05, 0x40), "09")
	wantHex(t, "read", ask(t, c, cmdReadRegister, 0x63, 0x02, 0x63, 0x03, 0x63, 0x05), "07 80 00 40")
	wantHex(t, "no card", ask(t, c, cmdInListPassiveTarget, 1, 0), "4b 00")
	wantHex(t, "exchange", ask(t, c, cmdInDataExchange, 1, 0x30, 0), "41 27")
	wantHex(t, "ping", ask(t, c, cmdInCommunicateThru, 0xB2), "43 01")
	wantHex(t, "release", ask(t, c, cmdInRelease, 0), "53 00")
	wantHex(t, "status", ask(t, c, cmdGetGeneralStatus), "05 00 01 00 00")
	wantHex(t, "power down", ask(t, c, cmdPowerDown, 0xF0), "17 00")
	wantHex(t, "unknown", ask(t, c, 0x8E), "")
	wantHex(t, "short", ask(t, c, cmdReadRegister, 0x63), "")
}

func TestTargetData(t *testing.T) {
	t.Parallel()
	must := must(t)
	for _, k := range []struct {
		card *Card
		want string
	}{
		{must(Classic([]byte{0x3A, 1, 2, 3})), "01 0004 08 04 3a010203"},
		{must(NTAG([]byte{4, 1, 2, 3, 4, 5, 6})), "01 0044 00 07 04010203040506"},
		{must(SmartCard([]byte{4, 1, 2, 3, 4, 5, 6, 7, 8, 9}, &Badge{})), "01 0084 20 0a 04010203040506070809 0b 788070024d5553544552"},
	} {
		c := NewChip()
		finite(t, c)
		c.Put(epoch, k.card)
		wantHex(t, "target", ask(t, c, cmdInListPassiveTarget, 1, 0), "4b01"+k.want)
		wantHex(t, "type B", ask(t, c, cmdInListPassiveTarget, 1, 3, 0), "4b 00")
	}
}

// Without automatic RATS the chip doesn't ask a card for its ATS.
func TestNoRATS(t *testing.T) {
	t.Parallel()
	c := NewChip()
	ask(t, c, cmdSetParameters, 0x04)
	c.Put(epoch, must(t)(SmartCard([]byte{4, 1, 2, 3}, &Badge{})))
	wantHex(t, "target", ask(t, c, cmdInListPassiveTarget, 1, 0), "4b01 01 0004 20 04 04010203")
}

func TestSearchByUID(t *testing.T) {
	t.Parallel()
	c := NewChip()
	finite(t, c)
	for _, card := range allCards(t) {
		c.Put(epoch, card)
	}
	wantHex(t, "7 bytes", ask(t, c, cmdInListPassiveTarget, 1, 0, 0x88, 4, 1, 2, 3, 4, 5, 6)[:7], "4b01 01 0044 00 07")
	wantHex(t, "10 bytes", ask(t, c, cmdInListPassiveTarget, 1, 0, 0x88, 4, 1, 2, 0x88, 3, 4, 5, 6, 7, 8, 9)[:7], "4b01 01 0084 20 0a")
	wantHex(t, "nobody", ask(t, c, cmdInListPassiveTarget, 1, 0, 9, 9, 9, 9), "4b 00")
}

// A search without end waits for a card, and no second acknowledgement comes.
func TestWaitingForACard(t *testing.T) {
	t.Parallel()
	for name, q := range map[string][]byte{
		"list": {cmdInListPassiveTarget, 1, 0},
		"poll": {cmdInAutoPoll, 0xFF, 1, 0x10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := NewChip()
			c.Input(epoch, command(q...))
			if out := c.Output(); !bytes.Equal(out, ackFrame) {
				t.Fatalf("answered % x, want an acknowledgement alone", out)
			}
			if _, ok := c.Next(); ok {
				t.Error("a search without end has an end")
			}
			c.Put(epoch, must(t)(Classic([]byte{0x3A, 1, 2, 3})))
			out := c.Output()
			checkAnswers(t, out)
			if bytes.HasPrefix(out, ackFrame) || !bytes.Contains(out, []byte{0x3A, 1, 2, 3}) {
				t.Errorf("answered % x, want the card alone", out)
			}
		})
	}
	t.Run("stopped by the host", func(t *testing.T) {
		t.Parallel()
		c := NewChip()
		c.Input(epoch, command(cmdInListPassiveTarget, 1, 0))
		c.Input(epoch, ackFrame)
		c.Output()
		c.Put(epoch, must(t)(Classic([]byte{0x3A, 1, 2, 3})))
		if out := c.Output(); len(out) > 0 {
			t.Errorf("answered % x to a command that was stopped", out)
		}
	})
}

func TestPollGivesUpInTime(t *testing.T) {
	t.Parallel()
	c := NewChip()
	c.Input(epoch, command(cmdInAutoPoll, 2, 3, 0x20, 0x10)) // twice 3 slots of 150 ms for two types
	c.Output()
	at, ok := c.Next()
	if want := epoch.Add(1800 * time.Millisecond); !ok || !at.Equal(want) {
		t.Fatalf("ends at %v, %v; want %v", at, ok, want)
	}
	c.Put(epoch, must(t)(Classic([]byte{0x3A, 1, 2, 3})))
	wantHex(t, "classic", c.Output()[6:19], "61 01 10 09 01 0004 08 04 3a010203")
	c.Take(c.Cards()[0])
	c.Input(epoch, command(cmdInAutoPoll, 2, 3, 0x20)) // only ISO 14443-4
	c.Output()
	c.Put(epoch, must(t)(Classic([]byte{0x3A, 1, 2, 3})))
	c.Tick(epoch.Add(899 * time.Millisecond))
	if out := c.Output(); len(out) > 0 {
		t.Errorf("answered % x too early", out)
	}
	c.Tick(epoch.Add(900 * time.Millisecond))
	if out := c.Output(); !bytes.Equal(out, reply([]byte{cmdInAutoPoll + 1, 0})) {
		t.Errorf("answered % x, want no card", out)
	}
}

func TestAppletBehindTheCard(t *testing.T) {
	t.Parallel()
	c := NewChip()
	c.Put(epoch, must(t)(SmartCard([]byte{4, 1, 2, 3}, &Badge{Number: "4711"})))
	ask(t, c, cmdInListPassiveTarget, 1, 0)
	exchange := func(apdu ...byte) []byte { return ask(t, c, append([]byte{cmdInDataExchange, 1}, apdu...)...) }
	wantHex(t, "before select", exchange(0x00, 0xCA, 0x5F, 0x50, 0x00), "41 00 6985")
	wantHex(t, "other applet", exchange(0x00, 0xA4, 0x04, 0x00, 0x02, 0xA0, 0x00), "41 00 6a82")
	wantHex(t, "select", exchange(append([]byte{0x00, 0xA4, 0x04, 0x00, byte(len(BadgeAID))}, BadgeAID...)...), "41 00 9000")
	wantHex(t, "number", exchange(0x00, 0xCA, 0x5F, 0x50, 0x00), "41 00 34373131 9000")
	wantHex(t, "other data", exchange(0x00, 0xCA, 0x00, 0x01, 0x00), "41 00 6a88")
	wantHex(t, "instruction", exchange(0x00, 0xB0, 0x00, 0x00, 0x00), "41 00 6d00")
	wantHex(t, "class", exchange(0x90, 0x10, 0x00, 0x00, 0x00), "41 00 6e00")
	wantHex(t, "length", exchange(0x00, 0x10, 0x00, 0x00, 0x09, 0x01), "41 00 6700")
	wantHex(t, "too short", exchange(0x00, 0x10), "41 00 6700")
	long := bytes.Repeat([]byte{0xAB}, 255) // the answer needs an extended frame
	echo := exchange(append([]byte{0x00, 0x10, 0x00, 0x00, 0xFF}, long...)...)
	if !bytes.Equal(echo, append(append([]byte{0x41, 0x00}, long...), 0x90, 0x00)) {
		t.Errorf("echo: % x", echo)
	}
	wantHex(t, "still there", ask(t, c, cmdInCommunicateThru, 0xB2), "43 00 a3")
	c.Take(c.Cards()[0])
	wantHex(t, "gone", ask(t, c, cmdInCommunicateThru, 0xB2), "43 01")
}

// Losing the field is losing the power: an applet forgets its selection.
func TestFieldOffResetsCards(t *testing.T) {
	t.Parallel()
	c := NewChip()
	phone := Phone(&Badge{})
	c.Put(epoch, phone)
	ask(t, c, cmdInListPassiveTarget, 1, 0)
	before := phone.UID()
	ask(t, c, append([]byte{cmdInDataExchange, 1, 0x00, 0xA4, 0x04, 0x00, byte(len(BadgeAID))}, BadgeAID...)...)
	ask(t, c, cmdRFConfiguration, 0x01, 0x00)
	ask(t, c, cmdRFConfiguration, 0x01, 0x01)
	ask(t, c, cmdInListPassiveTarget, 1, 0)
	if bytes.Equal(before, phone.UID()) {
		t.Errorf("a phone shows % x before and after", before)
	}
	wantHex(t, "number", ask(t, c, cmdInDataExchange, 1, 0x00, 0xCA, 0x5F, 0x50, 0x00), "41 00 6985")
}

func TestMemoryCards(t *testing.T) {
	t.Parallel()
	c := NewChip()
	tag := must(t)(NTAG([]byte{4, 1, 2, 3, 4, 5, 6}))
	c.Put(epoch, tag)
	ask(t, c, cmdInListPassiveTarget, 1, 0)
	wantHex(t, "page 0", ask(t, c, cmdInDataExchange, 1, 0x30, 0), "41 00 0401028f 03040506 04000000 e1101200")
	wantHex(t, "no such page", ask(t, c, cmdInDataExchange, 1, 0x30, 45), "41 01")
	wantHex(t, "no such command", ask(t, c, cmdInDataExchange, 1, 0x77), "41 01")
	c.Take(tag)
	c.Put(epoch, must(t)(Classic([]byte{0x3A, 1, 2, 3})))
	ask(t, c, cmdInListPassiveTarget, 1, 0)
	wantHex(t, "locked", ask(t, c, cmdInDataExchange, 1, 0x30, 4), "41 01")
	wantHex(t, "wrong key", ask(t, c, cmdInDataExchange, 1, 0x60, 4, 0, 0, 0, 0, 0, 0, 0x3A, 1, 2, 3), "41 14")
	wantHex(t, "key", ask(t, c, cmdInDataExchange, 1, 0x60, 4, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3A, 1, 2, 3), "41 00")
	wantHex(t, "open", ask(t, c, cmdInDataExchange, 1, 0x30, 5), "41 00"+strings.Repeat("00", 16))
	wantHex(t, "other sector", ask(t, c, cmdInDataExchange, 1, 0x30, 0), "41 01")
}

// Two targets at once, as a host with MaxTg 2 asks; and one after the other by
// deselecting, after which the first comes again.
func TestSeveralCards(t *testing.T) {
	t.Parallel()
	c := NewChip()
	one, two := must(t)(Classic([]byte{1, 1, 1, 1})), must(t)(Classic([]byte{2, 2, 2, 2}))
	c.Put(epoch, one)
	c.Put(epoch, two)
	wantHex(t, "both", ask(t, c, cmdInListPassiveTarget, 2, 0), "4b02 01 0004 08 04 01010101 02 0004 08 04 02020202")
	wantHex(t, "status", ask(t, c, cmdGetGeneralStatus), "05 00 01 02 01000000 02000000 00")
	for _, want := range []string{"01010101", "02020202", "01010101"} {
		ask(t, c, cmdInDeselect, 0)
		got := ask(t, c, cmdInListPassiveTarget, 1, 0)
		wantHex(t, "next", got[len(got)-4:], want)
	}
}

// A host that missed an answer asks for it again.
func TestAnswerAgain(t *testing.T) {
	t.Parallel()
	c := NewChip()
	ask(t, c, cmdGetFirmwareVersion)
	c.Input(epoch, nackFrame)
	wantHex(t, "again", c.Output(), hex.EncodeToString(reply([]byte{3, 0x32, 1, 6, 7})))
}

func TestFaultsSpoilWhatTheySay(t *testing.T) {
	t.Parallel()
	answer := reply([]byte{cmdGetFirmwareVersion + 1, 0x32, 0x01, 0x06, 0x07})
	ack := hex.EncodeToString(ackFrame)
	for f, check := range map[Fault]func(out []byte) bool{
		Silence:         func(out []byte) bool { return len(out) == 0 },
		SilenceAfterAck: func(out []byte) bool { return bytes.Equal(out, ackFrame) },
		Garbage:         func(out []byte) bool { return len(out) > 0 && !bytes.Contains(out, startCode) },
		BadChecksum: func(out []byte) bool {
			return len(out) == len(ackFrame)+len(answer) && sum(out[len(ackFrame)+5:len(out)-1]) != 0
		},
		BadLength:  func(out []byte) bool { return out[len(ackFrame)+3]+out[len(ackFrame)+4] != 0 },
		ErrorFrame: func(out []byte) bool { return hex.EncodeToString(out) == ack+hex.EncodeToString(errorFrame) },
		TruncatedFrame: func(out []byte) bool {
			return bytes.Equal(out, append(bytes.Clone(ackFrame), answer[:len(answer)/2]...))
		},
		ForeignReply: func(out []byte) bool { return out[len(ackFrame)+6] == cmdGetFirmwareVersion+3 },
	} {
		c := NewChip()
		c.Inject(f, 1)
		c.Input(epoch, command(cmdGetFirmwareVersion))
		if out := c.Output(); !check(out) {
			t.Errorf("%s: answered % x", f, out)
		}
		if len(c.Armed()) != 0 {
			t.Errorf("%s is armed after its one time", f)
		}
		wantHex(t, "after "+string(f), ask(t, c, cmdGetFirmwareVersion), "03 32 01 06 07")
	}
}

func TestFaultsOfTargetDataWaitForACard(t *testing.T) {
	t.Parallel()
	for f, want := range map[Fault]string{
		ATSZero:         "4b01 01 0084 20 0a 04010203040506070809 00",
		UIDLength:       "4b01 01 0084 20 ff 04010203040506070809 0b 788070024d5553544552",
		TruncatedTarget: "4b01 01 0084 20 0a",
	} {
		c := NewChip()
		finite(t, c)
		c.Inject(f, 2)
		wantHex(t, string(f)+" without a card", ask(t, c, cmdInListPassiveTarget, 1, 0), "4b 00")
		card := must(t)(SmartCard([]byte{4, 1, 2, 3, 4, 5, 6, 7, 8, 9}, &Badge{}))
		c.Put(epoch, card)
		wantHex(t, string(f), ask(t, c, cmdInListPassiveTarget, 1, 0), want)
		if c.Reads(card) != 0 {
			t.Errorf("%s counts as a read", f)
		}
		wantHex(t, string(f)+" again", ask(t, c, cmdInListPassiveTarget, 1, 0), want)
		ask(t, c, cmdInListPassiveTarget, 1, 0)
		if c.Reads(card) != 1 {
			t.Errorf("a sound answer after %s counts %d reads", f, c.Reads(card))
		}
	}
}

func TestNADFaultWaitsForAStatus(t *testing.T) {
	t.Parallel()
	c := NewChip()
	c.Inject(NADStatus, UntilCleared)
	wantHex(t, "firmware", ask(t, c, cmdGetFirmwareVersion), "03 32 01 06 07")
	wantHex(t, "exchange", ask(t, c, cmdInDataExchange, 1, 0x30, 0), "41 a7")
	wantHex(t, "and again", ask(t, c, cmdInDataExchange, 1, 0x30, 0), "41 a7")
	c.Clear()
	wantHex(t, "cleared", ask(t, c, cmdInDataExchange, 1, 0x30, 0), "41 27")
}

func TestCardsThatCantBe(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"classic of 10": second(Classic(make([]byte, 10))), "tag of 4": second(NTAG(make([]byte, 4))),
		"smart card of 5": second(SmartCard(make([]byte, 5), &Badge{})), "smart card of none": second(SmartCard(nil, &Badge{})),
	} {
		if err == nil {
			t.Errorf("%s can be made", name)
		}
	}
}

func second(_ *Card, err error) error { return err }
