package console_test

import (
	"net/http"
	"testing"
)

// Times that were put right stand in the log with how many punches they are of and by how
// much at most, never less than that, in each language.
func TestTimesPutRightInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tablet := string(w.tablet(w.north.ID, "Gate").at.Device)
	for _, subject := range []string{tablet + "/1/61", tablet + "/21/3600", tablet + "/300/5401", tablet + "/2/2678400", tablet, tablet + "/x/<b>"} {
		if err := w.store.Record(t.Context(), w.admin.Actor(), "redate", subject); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		lang  string
		wants []string
	}{
		{"en", []string{"1 punch, by up to 2 min", "21 punches, by up to 1 h", "300 punches, by up to 2 h", "2 punches, by up to 31 days", "/devices/" + tablet}},
		{"de", []string{"Zeiten von Buchungen berichtigt: 1 Buchung, um bis zu", "21 Buchungen, um bis zu 1 "}},
		{"ru", []string{"Исправлено время отметок: 1 отметка, не более чем на", "21 отметка, не более чем на 1 "}},
	} {
		if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada Admin", c.lang); err != nil {
			t.Fatal(err)
		}
		w.as(w.admin.Email).get("/audit?action=redate").shows(t, http.StatusOK, c.wants...)
	}
}
