package pages

import (
	"errors"
	"io"
	"net/http"

	"muster/access"
)

// PhotoLimit is as many bytes as a form with a picture has at the most.
const PhotoLimit = 12 << 20

// ReadUpload reads the file that came with a form of at most so many bytes. There may
// be several fields for it, because on a phone one opens the camera and another what
// is stored; what is wrong is said of the first.
func ReadUpload(w http.ResponseWriter, r *http.Request, limit int64, field string, others ...string) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	for _, name := range append([]string{field}, others...) {
		file, header, err := r.FormFile(name)
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			return nil, access.Invalid{Field: field, Problem: access.TooBig}
		case errors.Is(err, http.ErrMissingFile):
			continue
		case err != nil:
			return nil, ErrBadForm
		}
		defer file.Close() //nolint:errcheck // it was only read
		if header.Size > 0 {
			return io.ReadAll(file)
		}
	}
	return nil, access.Invalid{Field: field, Problem: access.Required}
}
