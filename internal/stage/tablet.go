package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Tablet is a running muster-tablet without a window, which tells what it would
// show.
type Tablet struct {
	*process

	mark int // how far Await has read
}

// TabletOptions says how to start one.
type TabletOptions struct {
	Data       string
	Cloud      string // the cloud's device address
	Authority  string
	Connstring string
	More       []string
	Env        []string // "name=value", added to the environment
	Log        io.Writer
}

func (o TabletOptions) args() []string {
	return append([]string{
		"run", "--data", o.Data, "--cloud", o.Cloud, "--cloud-ca", o.Authority, "--reader", o.Connstring,
	}, o.More...)
}

// StartTablet starts a tablet without a window.
func StartTablet(b Binaries, o TabletOptions) (*Tablet, error) {
	p, err := start("muster-tablet", o.Log, o.Env, b.Tablet, append(o.args(), "--headless")...)
	if err != nil {
		return nil, err
	}
	return &Tablet{process: p}, nil
}

// StartWindow starts a tablet with its window, on the display that the
// environment names.
func StartWindow(b Binaries, o TabletOptions) (*Tablet, error) {
	p, err := start("muster-tablet", o.Log, o.Env, b.Tablet, append(o.args(), "--tell")...)
	if err != nil {
		return nil, err
	}
	return &Tablet{process: p}, nil
}

// Shown is what a tablet without a window says that it shows.
type Shown struct {
	Scene     string   `json:"scene"`
	UserCode  string   `json:"user_code"`
	URL       string   `json:"url"`
	Words     []string `json:"words"`
	Problem   string   `json:"problem"`
	Name      string   `json:"name"`
	Number    string   `json:"number"`
	Direction string   `json:"direction"`
	Punch     string   `json:"punch"`
	Reason    string   `json:"reason"`
	Code      string   `json:"code"`
	Reader    string   `json:"reader"`
	Detail    string   `json:"detail"`
	Message   string   `json:"message"`
	Done      bool     `json:"done"`
	Failed    string   `json:"failed"`
	TodaySec  float64  `json:"today_s"`
	Approval  string   `json:"approval"` // "waiting" where somebody still approves the punch

	Step         string `json:"step"` // of an activation or an invitation
	ID           string `json:"id"`   // of the question of an invitation
	Organisation string `json:"organisation"`
	Outcome      string `json:"outcome"`
	Invitations  bool   `json:"invitations"`
	Invites      bool   `json:"invites"`
	People       []struct {
		ID     string    `json:"id"`
		Name   string    `json:"name"`
		Event  string    `json:"event"`
		Hurdle string    `json:"hurdle"`
		Fate   string    `json:"fate"`
		Waits  bool      `json:"waits"`
		Ticked bool      `json:"ticked"`
		Gone   bool      `json:"gone"`
		Again  time.Time `json:"again"`
	} `json:"people"`
	ToInvite int `json:"invite"`
	ToRemind int `json:"remind"`
	Email    int `json:"email"`
	SMS      int `json:"sms"`
	Joining  struct {
		Here    bool   `json:"here"`
		Outcome string `json:"outcome"`
	} `json:"joining"`

	Status *struct {
		Online  bool   `json:"online"`
		Waiting int    `json:"waiting"`
		Reader  string `json:"reader"`
	} `json:"status"`
}

// Await returns the next thing shown that fits, waiting for it. What was shown
// before it is passed over and not offered again.
func (t *Tablet) Await(ctx context.Context, what string, fits func(Shown) bool) (Shown, error) {
	var s Shown
	_, mark, err := t.await(ctx, t.mark, what, func(l line) bool {
		s = Shown{}
		return json.Unmarshal([]byte(l.text), &s) == nil && fits(s)
	})
	t.mark = mark
	return s, err
}

// AwaitScene returns the next scene of a name.
func (t *Tablet) AwaitScene(ctx context.Context, name string) (Shown, error) {
	return t.Await(ctx, fmt.Sprintf("the scene %q", name), func(s Shown) bool { return s.Scene == name })
}

// All returns everything that was shown so far.
func (t *Tablet) All() []Shown {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Shown
	for _, l := range t.lines {
		var s Shown
		if json.Unmarshal([]byte(l.text), &s) == nil {
			all = append(all, s)
		}
	}
	return all
}

// Type sends a line as a person at the tablet would type it: "code …", "join …"; see
// readIntents of muster-tablet.
func (t *Tablet) Type(text string) error {
	_, err := fmt.Fprintln(t.in, text)
	return err
}

// Stop ends the tablet in order.
func (t *Tablet) Stop() error { return t.stop() }

// Kill ends it as a power cut would.
func (t *Tablet) Kill() error { return t.kill() }

// Done is closed once the tablet has ended.
func (t *Tablet) Done() <-chan struct{} { return t.done }

// PID returns the number of the tablet's process.
func (t *Tablet) PID() int { return t.cmd.Process.Pid }
