package store

import (
	"encoding/json"

	"muster/intake"
)

// keptRow is a row as intake_rows has it. A cell that says what the record says
// letter by letter, as nearly all do, isn't kept twice: its field is in Said.
type keptRow struct {
	*intake.Row
	Said int `json:",omitempty"` // bits, in the order of sayings
}

// sayings are the texts of a record that a cell may say. Their order is that of bits
// that are stored: never change it.
func sayings(r *intake.Record) [7]struct {
	field intake.Field
	text  string
} {
	return [7]struct {
		field intake.Field
		text  string
	}{
		{intake.Email, r.Email},
		{intake.ExternalID, r.ExternalID},
		{intake.Phone, r.Phone},
		{intake.FirstName, r.FirstName},
		{intake.LastName, r.LastName},
		{intake.Number, r.Number},
		{intake.Language, r.Language},
	}
}

func packRow(r intake.Row) ([]byte, error) {
	kept := keptRow{Row: &r}
	if len(r.Cells) > 0 {
		rest := map[intake.Field]string{}
		for i, s := range sayings(&r.Record) {
			if s.text != "" && r.Cells[s.field] == s.text {
				kept.Said |= 1 << i
			}
		}
		for f, text := range r.Cells {
			if !kept.says(f) {
				rest[f] = text
			}
		}
		r.Cells = rest
	}
	return json.Marshal(kept)
}

func (k *keptRow) says(f intake.Field) bool {
	if k.Said != 0 {
		for i, s := range sayings(&k.Record) {
			if s.field == f {
				return k.Said&(1<<i) != 0
			}
		}
	}
	return false
}

func unpackRow(data []byte, into *intake.Row) error {
	kept := keptRow{Row: into}
	if err := json.Unmarshal(data, &kept); err != nil || kept.Said == 0 {
		return err
	}
	if into.Cells == nil {
		into.Cells = make(map[intake.Field]string, 8)
	}
	for i, s := range sayings(&into.Record) {
		if kept.Said&(1<<i) != 0 {
			into.Cells[s.field] = s.text
		}
	}
	return nil
}
