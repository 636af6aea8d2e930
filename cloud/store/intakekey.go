package store

import (
	"muster/intake"
)

// trim keeps the cells of rows that may still be refused at the writing.
func trim(cells map[intake.Field]string, v intake.Verdict) map[intake.Field]string {
	if v == intake.Same {
		return nil
	}
	return cells
}

// key is by which field a record says who is meant.
func key(r intake.Record) intake.Field {
	switch {
	case r.ExternalID != "":
		return intake.ExternalID
	case r.Email != "":
		return intake.Email
	default:
		return intake.Number
	}
}
