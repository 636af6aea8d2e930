package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Photos keeps what people look like.
type Photos interface {
	SetPhoto(ctx context.Context, actor access.Actor, id attendance.ProfileID, image []byte) error
	Photo(ctx context.Context, actor access.Actor, photoID string) ([]byte, error)
}

// A picture as it comes from a camera, and how long it may take to come.
const (
	maxPicture  = 8 << 20 // bytes
	pictureTime = time.Minute
)

type picture struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *api) photos() {
	tags := []string{"Employees"}
	image := func(types ...string) map[string]*huma.MediaType {
		all := map[string]*huma.MediaType{}
		for _, t := range types {
			all[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
		return all
	}
	register(a, huma.Operation{
		OperationID: "set-photo", Method: http.MethodPut, Path: "/api/v1/employees/{id}/photo", Tags: tags,
		Summary:     "Give an employee a photo",
		Description: "Any JPEG or PNG of up to 8 MiB and 40 megapixels. The square in its middle is kept, 256 pixels wide.",
		Errors:      []int{http.StatusNotFound, http.StatusRequestEntityTooLarge}, MaxBodyBytes: maxPicture, BodyReadTimeout: pictureTime,
		RequestBody: &huma.RequestBody{Required: true, Content: image("image/jpeg", "image/png")},
	}, func(ctx context.Context, actor access.Actor, in *struct {
		ID      string `path:"id"`
		RawBody []byte
	},
	) (*body[employee], error) {
		return a.setPhoto(ctx, actor, in.ID, append([]byte{}, in.RawBody...)) // never nil, which would remove the photo
	})
	register(a, huma.Operation{
		OperationID: "remove-photo", Method: http.MethodDelete, Path: "/api/v1/employees/{id}/photo", Tags: tags,
		Summary: "Take an employee's photo away", Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*body[employee], error) {
		return a.setPhoto(ctx, actor, in.ID, nil)
	})
	register(a, huma.Operation{
		OperationID: "get-photo", Method: http.MethodGet, Path: "/api/v1/photos/{id}", Tags: tags, Summary: "Get a photo",
		Errors: []int{http.StatusNotFound}, Responses: map[string]*huma.Response{"200": {Description: "OK", Content: image("image/jpeg")}},
	}, func(ctx context.Context, actor access.Actor, in *byID) (*picture, error) {
		jpeg, err := a.Store.Photo(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		// The id is a hash of the photo, so it never changes; but it is only for
		// whoever asked.
		return &picture{ContentType: "image/jpeg", CacheControl: "private, max-age=86400, immutable", Body: jpeg}, nil
	})
}

func (a *api) setPhoto(ctx context.Context, actor access.Actor, id string, image []byte) (*body[employee], error) {
	key, err := found[attendance.ProfileID](id)
	if err != nil {
		return nil, err
	}
	if err := a.Store.SetPhoto(ctx, actor, key, image); err != nil {
		return nil, err
	}
	return a.employee(ctx, actor, id)
}
