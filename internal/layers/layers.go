// Package layers holds the rules of the house as data: which layer a package
// lives in, what it may import and who owns which outside library. The tests
// beside it read every file of the module and hold the rules.
//
// A package may import those of lower layers only. Two packages of the web layer,
// or of the machinery layer, never import each other: what joins the former is in
// machinery, what joins the latter in cmd.
package layers

// Layer is a package's height in the house; imports point down only.
type Layer int

// The layers, bottom up.
const (
	Nouns      Layer = iota // attendance
	Vocabulary              // roles, invitations, tablets, cards, firmware: pure
	Wire                    // the contract between tablet and cloud
	Probes                  // where a test can end a program; empty in the product
	Web                     // what answers requests is made with; no store, no broker, no neighbour
	Machinery               // everything that does something; no neighbour
	Programs                // what joins machinery
)

// Rule places one package, or with Below everything under a folder.
type Rule struct {
	Path  string // without the module's name
	Below bool
	Layer Layer
}

// House lists the rules; the first that fits a package holds.
var House = []Rule{
	{"attendance", false, Nouns},
	{"access", false, Vocabulary},
	{"invite", false, Vocabulary},
	{"intake", false, Vocabulary},
	{"attendance/faceid", false, Vocabulary},
	{"device", false, Vocabulary},
	{"nfc", false, Vocabulary},
	{"firmware", false, Vocabulary},
	{"ui/scene", false, Vocabulary},
	{"sync/wire", false, Wire},
	{"internal/failpoint", false, Probes},
	{"cloud/guard", false, Web},
	{"cloud/pages", false, Web},
	{"cloud/ratelimit", false, Web},
	{"cloud/words", false, Web},
	{"cloud/words/wordstest", false, Programs},    // for tests
	{"cloud/store/postgrestest", false, Programs}, // a server for tests and desk tools
	{"device", true, Machinery},
	{"nfc", true, Machinery},
	{"firmware", true, Machinery},
	{"sync", true, Machinery},
	{"ui", false, Machinery},
	{"cloud", true, Machinery},
	{"cmd", true, Programs},
	{"internal", true, Programs},
}

// PureImports is all of the standard library that the layers below Machinery
// may use: nothing that does I/O, starts goroutines or asks for the time zone of
// the machine it runs on. (time.LoadLocation reads the zone database; that is
// data, like Unicode tables.)
var PureImports = []string{
	"bytes", "cmp", "crypto/hmac", "crypto/rand", "crypto/sha256", "encoding/binary", "encoding/hex",
	"errors", "fmt", "hash", "iter", "maps", "math", "math/bits", "net/netip", "slices", "sort", "strconv", "strings",
	"time", "unicode", "unicode/utf8",
}

// VocabularyLibraries are the outside libraries of the layers below Machinery.
var VocabularyLibraries = []string{"github.com/google/uuid", "google.golang.org/protobuf", "github.com/klauspost/compress/zstd"}

// Owners names, for an outside library, the only packages that may import it
// outside tests. Everything else would tie the product to it in a second place.
var Owners = map[string][]string{
	"C":                                   {"nfc/reader", "internal/powercut"},
	"github.com/clausecker/nfc/v2":        {"nfc/reader"},
	"github.com/mattn/go-sqlite3":         {"device/store", "cloud/store/sqlite", "internal/powercut"},
	"github.com/jackc/pgx/v5":             {"cloud/store/postgres", "cloud/store/postgrestest"},
	"github.com/pressly/goose/v3":         {"device/store", "cloud/store/sqlite", "cloud/store/postgres", "cmd/muster-cloud"},
	"fyne.io/fyne/v2/app":                 {"cmd/muster-tablet"},
	"fyne.io/fyne/v2":                     {"ui", "cmd/muster-tablet"},
	"github.com/eclipse/paho.mqtt.golang": {"sync/link"},
	"github.com/nats-io":                  {"cloud/edge", "internal/barebroker"},
	"github.com/nicksnyder/go-i18n/v2":    {"cloud/words", "ui"},
	"github.com/pires/go-proxyproto":      {"cmd/muster-cloud"},
	"periph.io/x":                         {"device/signals"},
	"github.com/klauspost/compress":       {"sync/wire"},
	"github.com/danielgtaylor/huma/v2":    {"cloud/rest"},
	"github.com/scim2/filter-parser/v2":   {"cloud/scim"},
	"github.com/ccojocar/zxcvbn-go":       {"cloud/store"},
	"github.com/wneessen/go-mail":         {"cloud/notify"},
	"github.com/emersion":                 {"cloud/notify"},
	"github.com/tidwall/gjson":            {"cloud/notify"},
	"github.com/nyaruka/phonenumbers":     {"cloud/contact"},
	"github.com/xuri/excelize/v2":         {"cloud/sheet"},
	"github.com/wlynxg/chardet":           {"cloud/sheet"},
	"codeberg.org/go-pdf/fpdf":            {"cloud/letter"},
}
