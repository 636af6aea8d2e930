package demo

import "fmt"

// page says what the desk shows.
func (s *show) page() page {
	p := page{Console: s.address.HTTP, Email: s.plan.Email, Password: s.plan.Password}
	if s.reader != nil {
		p.Reader = s.reader.HTTP
	}
	if s.display != nil {
		p.Kiosk = "http://" + s.plan.addr(s.plan.Kiosk) + "/"
	}
	return p
}

// explain prints where everything is and what to try.
func (s *show) explain() {
	fmt.Fprintf(s.Out, `
Muster is running.

  Desk      http://%s   kiosk and card reader, side by side
  Console   %s   sign in as %s with %s

Try this:
  1. The kiosk shows a code. Type it in the console under Tablets, or open the
     link of its QR code, and approve the tablet.
  2. On the desk, put Anna's card on the reader. The kiosk greets her; the punch
     is in the console, under Punches, in the same moment.
  3. Give Chen a card: Employees, Chen Wei, Assign a card; then put an unused
     card on the reader.
  4. On the desk, take the cloud away, tap, cut the kiosk's power, bring the
     cloud back: every punch that was shown arrives, once.
  5. Invite everybody: Launch, in the console. Nothing leaves this machine: the
     messages are under Invitations, Mailbox. Follow Anna's link as she would.
  6. Boris is a manager. Touch "Employee invites" on the kiosk, put his card on the
     reader, and invite or remind people from there, with the cloud or without it.

Ctrl-C ends everything. Next time it goes on from here; "make clean" forgets it.
`, s.plan.addr(s.plan.Desk), s.address.HTTP, s.plan.Email, s.plan.Password)
}
