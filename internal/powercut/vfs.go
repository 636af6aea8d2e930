package powercut

// #cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
// #include "vfs.h"
import "C"

import (
	"fmt"
	"sync"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // the SQLite that this listens to
)

var install = sync.OnceValue(func() error {
	if rc := C.powercut_install(); rc != 0 {
		return fmt.Errorf("listen to SQLite's writes: SQLite says %d", int(rc))
	}
	return nil
})

//export powercutOpen
func powercutOpen(path *C.char) {
	if r := of(C.GoString(path)); r != nil {
		r.add(event{kind: opened, path: C.GoString(path)})
	}
}

//export powercutWrite
func powercutWrite(path *C.char, data unsafe.Pointer, n C.int, at C.int64_t) {
	if r := of(C.GoString(path)); r != nil {
		r.add(event{kind: written, path: C.GoString(path), at: int64(at), data: C.GoBytes(data, n)})
	}
}

//export powercutTruncate
func powercutTruncate(path *C.char, size C.int64_t) {
	if r := of(C.GoString(path)); r != nil {
		r.add(event{kind: truncated, path: C.GoString(path), at: int64(size)})
	}
}

//export powercutSync
func powercutSync(path *C.char, directory C.int) {
	if r := of(C.GoString(path)); r != nil {
		r.add(event{kind: synced, path: C.GoString(path), directory: directory != 0})
	}
}

//export powercutDelete
func powercutDelete(path *C.char, directory C.int) {
	if r := of(C.GoString(path)); r != nil {
		r.add(event{kind: deleted, path: C.GoString(path), directory: directory != 0})
	}
}
