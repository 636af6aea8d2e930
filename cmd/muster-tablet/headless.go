package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"muster/attendance"
	"muster/ui"
	"muster/ui/scene"
)

// printer is the kiosk without a screen: one JSON object a line for each change.
type printer struct {
	mu  sync.Mutex
	out *json.Encoder
}

func newPrinter(w io.Writer) *printer {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &printer{out: enc}
}

// object is one line.
type object map[string]any

// Show implements tablet.Kiosk.
func (p *printer) Show(s ui.Scene) { p.print(describe(s)) }

// SetStatus implements tablet.Kiosk.
func (p *printer) SetStatus(s ui.Status) {
	status := object{"online": s.Link.Online, "waiting": s.Waiting, "reader": s.Reader}
	if !s.Roster.IsZero() {
		status["roster"] = s.Roster.UTC().Format(time.RFC3339)
	}
	p.print(object{"status": status})
}

// print loses nothing: whoever reads sets the pace. A reader that is gone is no
// reason to stop storing punches.
func (p *printer) print(o object) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.out.Encode(o)
}

// describe puts a scene into words that don't change with the language.
func describe(s ui.Scene) object {
	switch s := s.(type) {
	case ui.Activation:
		o := object{"scene": "activation", "step": step(s.Step), "problem": s.Problem}
		if s.UserCode != "" {
			o["user_code"], o["url"], o["qr"], o["words"], o["expires"] = s.UserCode, s.URL, s.QR, s.Words, s.Expires.UTC().Format(time.RFC3339)
		}
		return o
	case ui.Ready:
		return object{"scene": "ready", "site": s.Settings.Site, "device": s.Settings.Device, "invitations": s.Invitations, "invites": s.Invites}
	case ui.Result:
		return describeReceipt(s)
	case ui.Capture:
		return object{"scene": "capture", "name": s.Name, "done": s.Done, "failed": s.Failed}
	case ui.Fault:
		return object{"scene": "fault", "reader": s.Reader, "detail": s.Detail, "storage": s.Storage}
	case ui.Locked:
		return object{"scene": "locked", "message": s.Message, "site": s.Site, "device": s.Device}
	case ui.Invitation:
		return describeInvitation(s)
	case ui.Invites:
		return describeInvites(s)
	case ui.Revoked:
		return object{"scene": "revoked"}
	default:
		return object{"scene": "unknown"}
	}
}

func describeReceipt(s ui.Result) object {
	r := s.Receipt
	if !r.Accepted {
		return object{"scene": "refused", "reason": r.Reason, "code": r.Reason.Code(), "name": r.Profile.Name()}
	}
	o := object{
		"scene": "accepted", "name": r.Profile.Name(), "number": r.Profile.Number, "direction": r.Punch.Direction.String(),
		"at": r.Punch.At.UTC().Format(time.RFC3339Nano), "punch": r.Punch.ID, "photo": len(s.Photo) > 0,
		"today_s": int64(r.Today / time.Second), "week_s": int64(r.Week / time.Second),
	}
	if r.Punch.Approval == attendance.ApprovalWaiting {
		o["approval"] = r.Punch.Approval
	}
	if s.Joining != (ui.Joining{}) {
		o["joining"] = object{"here": s.Joining.Here, "elsewhere": s.Joining.Elsewhere, "outcome": s.Joining.Outcome}
	}
	return o
}

func describeInvitation(s ui.Invitation) object {
	step := map[ui.InvitationStep]string{
		ui.InvitationCard: "card", ui.InvitationQuestion: "question", ui.InvitationAnswered: "answered", ui.InvitationWaiting: "waiting", ui.InvitationNone: "none",
	}[s.Step]
	o := object{"scene": "invitation", "step": step}
	switch s.Step {
	case ui.InvitationQuestion:
		o["id"], o["name"], o["organisation"], o["declined"] = s.ID, s.Name, s.Organisation, s.Declined
	case ui.InvitationAnswered:
		o["join"], o["failed"] = s.Join, s.Failed
	case ui.InvitationNone:
		o["outcome"] = s.Outcome
	}
	return o
}

func describeInvites(s ui.Invites) object {
	step := map[scene.InvitesStep]string{
		scene.InvitesCard: "card", scene.InvitesDenied: "denied", scene.InvitesList: "list", scene.InvitesConfirm: "confirm", scene.InvitesResult: "result",
	}[s.Step]
	people := make([]object, len(s.People))
	for i, p := range s.People {
		people[i] = object{"id": p.ID, "name": p.Name, "ticked": p.Ticked, "event": p.Event, "hurdle": p.Hurdle, "waits": p.Waits, "fate": p.Fate, "gone": p.Gone}
		if !p.Again.IsZero() {
			people[i]["again"] = p.Again.UTC().Format(time.RFC3339)
		}
	}
	return object{
		"scene": "invites", "step": step, "name": s.Manager, "people": people, "ticked": s.Ticked, "invite": s.ToInvite, "remind": s.ToRemind,
		"email": s.Email, "sms": s.SMS, "failed": s.Failed, "nobody": s.Nobody,
	}
}

func step(s ui.ActivationStep) string {
	switch s {
	case ui.WaitingForApproval:
		return "waiting"
	case ui.FetchingCertificate:
		return "fetching"
	default:
		return "asking"
	}
}
