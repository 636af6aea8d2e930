package portal

import (
	"io"
	"net/http"

	"muster/access"
	"muster/invite"
)

// standard is what a password must meet, and how far the one that is being typed
// does.
type standard struct {
	Check  string // where a password is judged while it is typed
	Length int    // the shortest that is taken, in characters
	Typed  bool   // something was judged
	Long   bool   // it is long enough
	Strong bool   // it would not be guessed soon
	Score  int    // 0 to 4
	Why    string // what is wrong with it, as the key of a message, where the two don't say it
	Good   bool
	Wrong  string // what was wrong with the one that was sent, as the key of a message
}

// With is the standard after a password was sent that isn't taken.
func (s standard) With(wrong string) standard {
	s.Wrong = wrong
	return s
}

func (v *visit) emptyStandard(check string) standard {
	return standard{Check: check, Length: v.Password}
}

// judge judges what the form holds and answers with the standard alone.
func (v *visit) judge(self invite.Self, password, check string) error {
	s := v.emptyStandard(check)
	if password != "" {
		got, err := v.Accounts.JudgePassword(v.r.Context(), self, password)
		if err != nil {
			return err
		}
		s.Typed, s.Score, s.Good = true, got.Score, got.Problem == ""
		s.Long = got.Length >= s.Length
		s.Strong = got.Score >= access.MinScore
		if s.Long {
			s.Why = got.Problem
		}
	}
	part, err := v.pages.Part(v.text.Tag, "standard", s)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(v.w, part) // nobody to tell when the browser has gone
	return nil
}

// checkNew judges a password for somebody who is about to claim. Nothing is kept.
func (v *visit) checkNew() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.checks.Allow(v.network()) || !v.proven(f) {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	link, err := v.Accounts.ReadLink(v.r.Context(), v.r.PathValue("secret"))
	if err != nil || link.State != invite.LinkGood {
		v.w.WriteHeader(http.StatusNoContent)
		return err
	}
	if _, chosen := v.texts.Chosen(v.r); !chosen {
		if lang, ok := v.texts.In(link.Language); ok {
			v.text = lang
		}
	}
	return v.judge(link.Self, f.Raw("password"), "/join/"+v.r.PathValue("secret")+"/check")
}

// checkOwn is the same for somebody who is signed in.
func (v *visit) checkOwn() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.checks.Allow(v.network()) {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return v.judge(v.self, f.Raw("password"), "/my/check")
}
