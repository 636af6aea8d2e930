package protocol_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3" // to look at the databases from outside
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/internal/protocol"
	"muster/sync/wire"
)

const (
	tablets = 2
	people  = 4
)

// letter is a message on its way.
type letter struct {
	tablet  int
	replica int // where to, on the way up
	leaf    wire.Leaf
	body    []byte
}

// tick is a punch that somebody saw confirmed.
type tick struct {
	id      string
	tablet  int
	pruned  uuid.UUID // the stream that its tablet had it in last, once it has it no more
	gone    bool      // with a tablet that was set back before it could send it, or with both sides' data
	alarmed bool      // with the cloud's data, after the tablet had pruned it: that must raise the alarm
}

// world is the tablets, the cloud, the line between them and the true time.
type world struct {
	t        rapid.TB
	ctx      context.Context //nolint:containedctx // of one run
	dir      string
	now      time.Time
	template *template
	cloud    *cloud
	tablets  []*tablet
	up, down []letter
	shown    []*tick
	boots    int
	files    int
}

func newWorld(ctx context.Context, t rapid.TB) *world {
	p, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: ctx, template: p, now: p.began.Add(time.Hour)}
	w.dir, err = os.MkdirTemp(memory, "run")
	w.must(err)
	w.cloud = &cloud{w: w}
	w.cloud.place, err = on.place(w)
	w.must(err)
	w.cloud.open()
	for i := range tablets {
		tab := &tablet{w: w, n: i, dir: filepath.Join(w.dir, fmt.Sprint("tablet", i)), self: p.at[i], at: wire.Address{Org: p.at[i].Org, Device: p.at[i].Device}}
		w.must(copyFolder(p.tablets[i], tab.dir))
		w.tablets = append(w.tablets, tab)
		tab.reboot()
		tab.start()
	}
	return w
}

func (w *world) end() {
	for _, t := range w.tablets {
		_ = errors.Join(t.Close(), t.peek.Close())
	}
	_ = errors.Join(w.cloud.place.close(w.cloud.db), w.cloud.place.free())
	_ = os.RemoveAll(w.dir)
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

// time is the cloud's clock: the true one, but never the same twice.
func (w *world) time() time.Time {
	w.now = w.now.Add(time.Microsecond)
	return w.now
}

func (w *world) file(name string) string {
	w.files++
	return filepath.Join(w.dir, fmt.Sprint(name, w.files))
}

// image is a database as it lies on the disk, in use or not.
type image struct{ db, wal []byte }

func (w *world) image(path string) image {
	db, err := os.ReadFile(path)
	w.must(err)
	wal, err := os.ReadFile(path + "-wal")
	if !errors.Is(err, os.ErrNotExist) {
		w.must(err)
	}
	return image{db, wal}
}

// put puts an image in the place of a database that nobody has open. What a tablet
// has noted beside it is set back as well, as with the whole disk.
func (w *world) put(i image, path string) {
	for _, name := range []string{path + "-wal", path + "-shm", filepath.Join(filepath.Dir(path), "tablet.note")} {
		if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
			w.must(err)
		}
	}
	w.must(os.WriteFile(path, i.db, 0o600))
	if len(i.wal) > 0 {
		w.must(os.WriteFile(path+"-wal", i.wal, 0o600))
	}
}

func (w *world) set(found *sql.Rows) map[string]bool {
	defer found.Close() //nolint:errcheck // it was only read
	all := map[string]bool{}
	for found.Next() {
		var s string
		w.must(found.Scan(&s))
		all[s] = true
	}
	w.must(found.Err())
	return all
}

func compact(id string) string { return strings.ReplaceAll(id, "-", "") }

func rowID(w *world, body []byte) string {
	var m wire.JournalRow
	w.must(proto.Unmarshal(body, &m))
	return fmt.Sprintf("%x", m.GetId())
}

// arrive brings messages to the replica that they are for.
func (w *world) arrive(letters ...letter) {
	if len(letters) == 0 {
		return
	}
	w.cloud.replicas[letters[0].replica].take(letters...)
	w.cloud.check()
}

// hear brings a message to its tablet, if it listens.
func (w *world) hear(l letter) {
	t := w.tablets[l.tablet]
	if t.session == nil {
		return
	}
	err := t.session.Receive(w.ctx, w.now, l.leaf, l.body)
	if errors.Is(err, protocol.ErrNewStream) {
		t.session = nil
	}
	if l.leaf != wire.DownAck {
		return
	}
	// What has left the outbox is in the cloud; one that was restored is told so
	// only by the next answer.
	if w.cloud.restores == 0 {
		if lacks := missing(t.settledRows(), w.cloud.everything()); len(lacks) > 0 {
			w.t.Fatalf("%v left the outbox of tablet %d and the cloud doesn't have it", lacks, t.n)
		}
	}
}
