package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
)

// FaceIDs is how people's face references stand. No picture ever comes out of the
// API.
type FaceIDs interface {
	FaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) (faceid.Reference, error)
	RequestFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	ResetFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
}

type faceReference struct {
	State     string     `json:"state" enum:"none,requested,given,declined,withdrawn,expired" doc:"A picture is kept only while it is given."`
	Since     *time.Time `json:"since,omitempty" doc:"When it got there. Left out: ever."`
	Requested *time.Time `json:"requested,omitempty" doc:"The latest request."`
	Expires   *time.Time `json:"expires,omitempty" doc:"Until when an open request waits. Left out while the person has no active account to see it with."`
	Consent   string     `json:"consent,omitempty" doc:"The version of the text that the person agreed to, also after it was taken back." example:"2026-11"`
	Language  string     `json:"consent_language,omitempty" doc:"The language of that text." example:"de"`
	Agreed    *time.Time `json:"agreed,omitempty" doc:"When the person agreed."`
	Allowed   bool       `json:"allowed" doc:"The organisation has Face ID switched on; see face_id of the policy."`
}

func faceOut(r faceid.Reference) faceReference {
	return faceReference{
		State: string(r.State), Since: some(r.Since), Requested: some(r.Requested), Expires: some(r.Expires),
		Consent: r.Consent.Version, Language: r.Consent.Language, Agreed: some(r.Agreed), Allowed: r.Allowed,
	}
}

func (a *api) faceIDs() {
	tags := []string{"Face ID"}
	const path = "/api/v1/employees/{id}/face-id"
	do := func(o huma.Operation, change func(context.Context, access.Actor, attendance.ProfileID) error) {
		o.Path, o.Tags = path, tags
		register(a, o, func(ctx context.Context, actor access.Actor, in *byID) (*body[faceReference], error) {
			key, err := found[attendance.ProfileID](in.ID)
			if err != nil {
				return nil, err
			}
			if change != nil {
				if err := change(ctx, actor, key); err != nil {
					return nil, refusedFace(err)
				}
			}
			ref, err := a.Store.FaceID(ctx, actor, key)
			if err != nil {
				return nil, err
			}
			return &body[faceReference]{faceOut(ref)}, nil
		})
	}
	do(huma.Operation{
		OperationID: "get-face-id", Method: http.MethodGet, Summary: "Show how an employee's face reference stands", Errors: []int{http.StatusNotFound},
		Description: "Tablets don't look at faces yet.",
	}, nil)
	do(huma.Operation{
		OperationID: "request-face-id", Method: http.MethodPost, Summary: "Ask an employee for a face reference", Errors: []int{http.StatusNotFound, http.StatusConflict},
		Description: "Yes or no is up to them; they find the question in the portal. One mail says so, if the account is active. After a no, or a consent that was taken back, nobody is asked again for 30 days.",
	}, func(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
		return a.Store.RequestFaceID(ctx, actor, id)
	})
	do(huma.Operation{
		OperationID: "reset-face-id", Method: http.MethodDelete, Summary: "Take a request back, or destroy the picture that was given", Errors: []int{http.StatusNotFound, http.StatusConflict},
		Description: "Key and picture are destroyed at once. The card works as before.",
	}, func(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
		return a.Store.ResetFaceID(ctx, actor, id)
	})
}

// refusedFace says why somebody can't be asked, or nothing be reset.
func refusedFace(err error) error {
	var notNow *faceid.NotNow
	var soon *faceid.TooSoon
	switch {
	case errors.Is(err, faceid.ErrOff):
		return named(http.StatusConflict, "face-id-off", "Face ID is switched off in this organisation.")
	case errors.Is(err, faceid.ErrUnreachable):
		return named(http.StatusConflict, "not-now", "How this person stands doesn't allow it.")
	case errors.As(err, &soon):
		return named(http.StatusConflict, "too-soon", "This person said no a short while ago and isn't asked again yet.")
	case errors.As(err, &notNow):
		return named(http.StatusConflict, "not-now", "How this person's face reference stands doesn't allow it.")
	}
	return err
}
