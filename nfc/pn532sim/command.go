package pn532sim

import (
	"encoding/binary"
	"time"
)

// Command codes (UM0701-02, 7).
const (
	cmdDiagnose            = 0x00
	cmdGetFirmwareVersion  = 0x02
	cmdGetGeneralStatus    = 0x04
	cmdReadRegister        = 0x06
	cmdWriteRegister       = 0x08
	cmdReadGPIO            = 0x0C
	cmdWriteGPIO           = 0x0E
	cmdSetSerialBaudRate   = 0x10
	cmdSetParameters       = 0x12
	cmdSAMConfiguration    = 0x14
	cmdPowerDown           = 0x16
	cmdRFConfiguration     = 0x32
	cmdInDataExchange      = 0x40
	cmdInCommunicateThru   = 0x42
	cmdInDeselect          = 0x44
	cmdInListPassiveTarget = 0x4A
	cmdInPSL               = 0x4E
	cmdInRelease           = 0x52
	cmdInSelect            = 0x54
	cmdInAutoPoll          = 0x60
)

// automaticRATS is the bit of SetParameters that has a card asked for its ATS.
const automaticRATS = 0x10

// firmware is what a PN532 of firmware 1.6 says of itself.
var firmware = []byte{0x32, 0x01, 0x06, 0x07}

// run carries out one command: its code and parameters.
func (c *Chip) run(now time.Time, command []byte) {
	code, args := command[0], command[1:]
	done := func(data ...byte) { c.answer(append([]byte{code + 1}, data...)) }
	switch code {
	case cmdDiagnose:
		c.diagnose(args, done)
	case cmdGetFirmwareVersion:
		done(firmware...)
	case cmdGetGeneralStatus:
		c.generalStatus(done)
	case cmdReadRegister:
		c.readRegisters(args, done)
	case cmdWriteRegister:
		c.writeRegisters(args, done)
	case cmdReadGPIO:
		done(0, 0, 0)
	case cmdWriteGPIO, cmdSetSerialBaudRate, cmdSAMConfiguration:
		done()
	case cmdSetParameters:
		if len(args) != 1 {
			c.refuse()
			return
		}
		c.params = args[0]
		done()
	case cmdPowerDown:
		c.setField(false)
		done(statusOK)
	case cmdRFConfiguration:
		c.configureRF(args, done)
	case cmdInListPassiveTarget:
		c.listTargets(command)
	case cmdInAutoPoll:
		c.autoPoll(now, command)
	case cmdInDataExchange:
		c.dataExchange(args, done)
	case cmdInCommunicateThru:
		c.communicateThru(args, done)
	case cmdInPSL:
		done(statusOK)
	case cmdInSelect:
		c.selectTarget(args, done)
	case cmdInDeselect, cmdInRelease:
		c.release(args, done)
	default:
		c.refuse()
	}
}

// diagnose carries out the communication line test, which gives back what it is
// given, and says yes to the other tests.
func (c *Chip) diagnose(args []byte, done func(...byte)) {
	switch {
	case len(args) == 0:
		c.refuse()
	case args[0] == 0x00:
		done(args...)
	default:
		done(statusOK)
	}
}

func (c *Chip) generalStatus(done func(...byte)) {
	field, n := byte(0), byte(0)
	if c.field {
		field = 1
	}
	var targets []byte
	for i, t := range c.targets {
		if t != nil {
			n++
			targets = append(targets, byte(i+1), 0x00, 0x00, 0x00) // 106 kbit/s both ways, type A
		}
	}
	out := append([]byte{statusOK, field, n}, targets...)
	done(append(out, 0x00)...)
}

func (c *Chip) readRegisters(args []byte, done func(...byte)) {
	if len(args) == 0 || len(args)%2 != 0 {
		c.refuse()
		return
	}
	var out []byte
	for ; len(args) > 0; args = args[2:] {
		out = append(out, c.registers[binary.BigEndian.Uint16(args)])
	}
	done(out...)
}

func (c *Chip) writeRegisters(args []byte, done func(...byte)) {
	if len(args) == 0 || len(args)%3 != 0 {
		c.refuse()
		return
	}
	for ; len(args) > 0; args = args[3:] {
		c.registers[binary.BigEndian.Uint16(args)] = args[2]
	}
	done()
}

// configureRF follows the items of RFConfiguration that matter here: the field
// (01) and how often to try to activate a card (05).
func (c *Chip) configureRF(args []byte, done func(...byte)) {
	if len(args) < 2 {
		c.refuse()
		return
	}
	switch args[0] {
	case 0x01:
		c.setField(args[1]&0x01 != 0)
	case 0x05:
		if len(args) != 4 {
			c.refuse()
			return
		}
		c.retries = args[3]
	}
	done()
}
