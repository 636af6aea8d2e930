package store

import (
	"maps"

	"muster/device"
)

// rivals finds rows that are whole and don't count, because another one was found in
// their place, though nothing says which of them was confirmed: no row follows that
// names one of them, and none is in what can be read of the log or in the database.
// Of a transaction that was refused nobody was told; but which one that was, nobody
// can say where the log can't be read. They are told as what they are.
//
// committed looks for rows where they certainly were committed. It is slow, and asked
// only where there are two.
func (f *finds) rivals(rows map[place]*versions, committed func() map[place]*versions) {
	several := map[place][]device.Row{}
	for p, v := range rows {
		if len(v.whole) > 1 {
			several[p] = v.whole
		}
	}
	if len(several) == 0 {
		return
	}
	counts := map[place]device.Row{}
	for no, all := range f.good {
		for _, row := range all {
			counts[place{no, int64(row.Seq)}] = row
		}
	}
	sure := committed()
	maps.DeleteFunc(several, func(p place, _ []device.Row) bool {
		row, ok := counts[p]
		after, next := counts[place{p.stream, p.seq + 1}]
		settled := next && after.Prev == row.Hash || sure[p] != nil && len(sure[p].whole) > 0
		return !ok || settled
	})
	for p, all := range several {
		for _, row := range all {
			if row.Hash != counts[p].Hash {
				f.doubt[p.stream] = append(f.doubt[p.stream], row)
			}
		}
	}
}
