package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	xlanguage "golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"muster/access"
	"muster/invite"
)

// policyPage is what an organisation decides about inviting.
type policyPage struct {
	*form
	Letters invitePages
	SMS     Way
	Lives   []choice
	Given   []choice // lives of codes given by hand
	Regions []choice
	Faces   bool // the cloud can keep face references
}

// lives are the lengths of time that a link may be good, in hours.
var lives = []int{24, 3 * 24, 7 * 24, 14 * 24, 30 * 24, 60 * 24, 90 * 24}

// regions are the countries most asked for.
var regions = []string{"DE", "AT", "CH", "RU", "BY", "KZ", "GB", "US", "FR", "PL", "NL", "BE", "IT", "ES", "CZ", "UA", "TR", "RO", "DK", "SE", "NO", "FI"}

func (v *visit) policy() error {
	p, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	f := newForm()
	set := func(field string, on bool) {
		if on {
			f.Set(field, "1")
		}
	}
	set("details", p.Details)
	set("photo", p.Photo)
	set("provisioned", p.InviteProvisioned)
	set("face_id", p.FaceID)
	f.Set("singles", map[bool]string{true: "now", false: "silent"}[p.InviteSingles])
	f.Set("ways", map[bool]string{true: "sms", false: "email"}[p.SMS && !p.EmailOnly])
	f.Set("life", strconv.Itoa(int(p.Life/time.Hour)))
	f.Set("handout_life", strconv.Itoa(int(p.HandoutLife/time.Hour)))
	f.Set("region", p.Region)
	return v.showPolicy(http.StatusOK, f, p)
}

func (v *visit) showPolicy(status int, f *form, p invite.Policy) error {
	page := policyPage{form: f, Letters: v.invitePages("policy"), Lives: v.lifeChoices(p.Life), Given: v.lifeChoices(p.HandoutLife), Regions: v.regionChoices(p.Region), Faces: v.people.KeepsFaces()}
	if v.mail != nil {
		page.SMS = v.mail.Ways().SMS
	}
	return v.show(status, "app", "policy", "policy", page)
}

// lifeChoices are the usual lengths of time, and the one that was chosen before.
func (v *visit) lifeChoices(now time.Duration) []choice {
	var all []choice
	there := false
	for _, h := range lives {
		life := time.Duration(h) * time.Hour
		if !there && now <= life && now > 0 {
			if there = true; now < life {
				all = append(all, choice{Value: strconv.Itoa(int(now / time.Hour)), Label: v.text.Span(now)})
			}
		}
		all = append(all, choice{Value: strconv.Itoa(h), Label: v.text.Span(life)})
	}
	return all
}

// regionChoices names the countries in the reader's language, and the one that
// was chosen before.
func (v *visit) regionChoices(now string) []choice {
	names := display.Regions(xlanguage.MustParse(v.text.Tag))
	known := regions
	if !slices.Contains(known, now) {
		known = append([]string{now}, regions...)
	}
	var all []choice
	for _, r := range known {
		label := r
		if region, err := xlanguage.ParseRegion(r); err == nil && names != nil {
			label = names.Name(region) + " (" + r + ")"
		}
		all = append(all, choice{Value: r, Label: label})
	}
	slices.SortFunc(all, func(a, b choice) int { return cmp.Compare(a.Label, b.Label) })
	return all
}

func (v *visit) savePolicy() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	p.Details, p.Photo, p.InviteProvisioned = f.Get("details") != "", f.Get("photo") != "", f.Get("provisioned") != ""
	p.InviteSingles, p.FaceID = f.Get("singles") == "now", f.Get("face_id") != ""
	if ways := f.Get("ways"); ways != "" { // where there is a choice
		p.EmailOnly, p.SMS = ways != "sms", ways == "sms"
	}
	for field, to := range map[string]*time.Duration{"life": &p.Life, "handout_life": &p.HandoutLife} {
		hours, err := strconv.Atoi(f.Get(field))
		if err != nil || hours < 1 || hours > 90*24 {
			f.Reject(field, access.OutOfRange)
			continue
		}
		*to = time.Duration(hours) * time.Hour
	}
	p.Region = cmp.Or(f.Get("region"), p.Region)
	if _, err := xlanguage.ParseRegion(p.Region); err != nil || len(p.Region) != 2 {
		f.Reject("region", access.Unknown)
	}
	if !f.Bad() {
		if asked, err := v.askFacesOff(f, p); asked || err != nil {
			return err
		}
		if err := f.Take(v.people.SetPolicy(v.r.Context(), v.actor, p)); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showPolicy(http.StatusUnprocessableEntity, f, p)
	}
	return v.done("saved", "/invitations/policy")
}
