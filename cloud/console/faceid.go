package console

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// faceIDs is how people's face references stand. Nobody here sees a picture.
type faceIDs interface {
	FaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) (faceid.Reference, error)
	RequestFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	ResetFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	CountFaces(ctx context.Context, actor access.Actor) (int, error)
	KeepsFaces() bool
}

// faceIDView is what the profile of a person says of their face reference.
type faceIDView struct {
	Person  string // profile id
	State   string // faceid.State
	Since   *moment
	Expires *moment
	Agreed  *moment // nil: there is no consent
	Version string  // of the text that was agreed to
	Spoken  string  // its language, as a tag
	Ask     bool
	Reset   bool
	Again   *moment // from when the person may be asked again after a no
	Off     bool    // the organisation has switched it off
	Alone   bool    // there is no account to answer with
}

// addFaceID tells of a person's face reference; nothing where there is none and none
// may be.
func (v *visit) addFaceID(p *employeePage, m attendance.Member, zone *time.Location) error {
	ref, err := v.people.FaceID(v.r.Context(), v.actor, m.Profile.ID)
	if err != nil || !ref.Allowed && ref.State == faceid.None {
		return err
	}
	view := &faceIDView{
		Person: string(m.Profile.ID), State: string(ref.State), Since: v.at(ref.Since, zone), Expires: v.at(ref.Expires, zone),
		Reset: ref.Can(faceid.Reset), Off: !ref.Allowed,
	}
	if ref.State.Keeps() {
		view.Agreed, view.Version, view.Spoken = v.at(ref.Agreed, zone), ref.Consent.Version, ref.Consent.Language
	}
	var soon *faceid.TooSoon
	switch err := ref.Ask(v.now()); {
	case err == nil:
		view.Ask = true
	case errors.As(err, &soon):
		view.Again = v.at(soon.Until, zone)
	case errors.Is(err, faceid.ErrUnreachable):
		view.Alone = true
	}
	p.FaceID = view
	return nil
}

func faceIDAt(m attendance.Member) string { return employeeAt(m) + "#face" }

func (v *visit) confirmRequestFaceID() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	mail, err := v.mailAboutFace(m)
	if err != nil {
		return err
	}
	return v.confirm("employees", confirmPage{
		Heading: v.text.Say("face.request.heading", "Name", m.Profile.Name()),
		Effects: []string{v.text.Say("face.request.portal"), mail, v.text.Say("face.request.free"), v.text.Say("face.request.yet")},
		Button:  v.text.Say("face.request.button"), Calm: true,
		Action: employeeAt(m) + "/face/request", Back: faceIDAt(m),
	})
}

// mailAboutFace says whether a mail would leave, and where to.
func (v *visit) mailAboutFace(m attendance.Member) (string, error) {
	ref, err := v.people.FaceID(v.r.Context(), v.actor, m.Profile.ID)
	if err != nil {
		return "", err
	}
	person, err := v.people.Invitation(v.r.Context(), v.actor, m.Profile.ID)
	if err != nil {
		return "", err
	}
	switch {
	case person.State.Account != invite.Active:
		return v.text.Say("face.request.not-active"), nil
	case person.Contact.Email == "":
		return v.text.Say("face.request.no-address"), nil
	case person.Blocked.Address == person.Contact.Email:
		return v.text.Say("face.request.blocked", "Address", person.Contact.Email), nil
	case !ref.Mailed.IsZero() && v.now().Before(ref.Mailed.Add(faceid.MailPause)):
		return v.text.Say("face.request.mailed"), nil
	default:
		return v.text.Say("face.request.mail", "Address", person.Contact.Email), nil
	}
}

func (v *visit) requestFaceID() error {
	return v.changeFaceID(v.people.RequestFaceID, "face.requested")
}

func (v *visit) confirmResetFaceID() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	ref, err := v.people.FaceID(v.r.Context(), v.actor, m.Profile.ID)
	if err != nil {
		return err
	}
	p := confirmPage{
		Heading: v.text.Say("face.reset.heading", "Name", m.Profile.Name()),
		Effects: []string{v.text.Say("face.reset.destroyed"), v.text.Say("face.reset.card"), v.text.Say("face.reset.again")},
		Button:  v.text.Say("face.reset.button"), Action: employeeAt(m) + "/face/reset", Back: faceIDAt(m),
	}
	if !ref.State.Keeps() {
		p.Heading = v.text.Say("face.take-back.heading", "Name", m.Profile.Name())
		p.Effects = []string{v.text.Say("face.take-back.portal"), v.text.Say("face.take-back.mail")}
		p.Button, p.Calm = v.text.Say("face.take-back.button"), true
	}
	return v.confirm("employees", p)
}

func (v *visit) resetFaceID() error { return v.changeFaceID(v.people.ResetFaceID, "face.was-reset") }

func (v *visit) changeFaceID(change func(context.Context, access.Actor, attendance.ProfileID) error, message string) error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	err = change(v.r.Context(), v.actor, m.Profile.ID)
	var notNow *faceid.NotNow
	var soon *faceid.TooSoon
	switch {
	case errors.As(err, &notNow), errors.As(err, &soon), errors.Is(err, faceid.ErrOff), errors.Is(err, faceid.ErrUnreachable):
		return v.done("face.not-possible", faceIDAt(m))
	case err != nil:
		return err
	}
	return v.done(message, faceIDAt(m))
}

// askFacesOff asks before Face ID is switched off while there are pictures, which
// that destroys. The form that was sent is carried on.
func (v *visit) askFacesOff(f *form, p invite.Policy) (asked bool, err error) {
	if p.FaceID || !v.people.KeepsFaces() || f.Get("faces") == "destroy" {
		return false, nil
	}
	n, err := v.people.CountFaces(v.r.Context(), v.actor)
	if err != nil || n == 0 {
		return false, err
	}
	page := confirmPage{
		Heading: v.text.Say("face.off.heading"), Effects: []string{v.text.Count("face.off.destroyed", n), v.text.Say("face.off.open"), v.text.Say("face.off.card")},
		Button: v.text.Say("face.off.button"), Action: "/invitations/policy", Back: "/invitations/policy", Fields: []hidden{{"faces", "destroy"}},
	}
	for _, field := range slices.Sorted(maps.Keys(f.Values)) {
		page.Fields = append(page.Fields, hidden{field, f.Get(field)})
	}
	return true, v.confirm("policy", page)
}
