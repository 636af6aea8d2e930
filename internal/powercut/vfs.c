// A layer between SQLite and its own way to files: it changes nothing and tells
// Go what was written, cut off, made safe, made and deleted.
#include <stdlib.h>
#include <string.h>
#include "_cgo_export.h"

#define OPEN_CREATE 0x04
#define OPEN_JOURNALS 0x80800 // rollback journal and write-ahead log: their directory is synced with them

typedef struct {
	sqlite3_file base;
	const char *path; // SQLite keeps it until close; NULL for files without a name
	int fresh;        // a journal whose directory entry has not been synced
	sqlite3_file *real;
} file;

static sqlite3_vfs *real_vfs, shim;

#define F(f) ((file *)(f))
#define R(f) (F(f)->real)
#define CALL(f, m, ...) R(f)->methods->m(R(f), ##__VA_ARGS__)

static int f_close(sqlite3_file *f) { return CALL(f, close); }
static int f_read(sqlite3_file *f, void *p, int n, int64 at) { return CALL(f, read, p, n, at); }
static int f_write(sqlite3_file *f, const void *p, int n, int64 at) {
	int rc = CALL(f, write, p, n, at);
	if (rc == 0 && F(f)->path) powercutWrite((char *)F(f)->path, (void *)p, n, at);
	return rc;
}
static int f_truncate(sqlite3_file *f, int64 size) {
	int rc = CALL(f, truncate, size);
	if (rc == 0 && F(f)->path) powercutTruncate((char *)F(f)->path, size);
	return rc;
}
static int f_sync(sqlite3_file *f, int flags) {
	int rc = CALL(f, sync, flags);
	if (rc == 0 && F(f)->path) {
		powercutSync((char *)F(f)->path, F(f)->fresh);
		F(f)->fresh = 0;
	}
	return rc;
}
static int f_size(sqlite3_file *f, int64 *n) { return CALL(f, file_size, n); }
static int f_lock(sqlite3_file *f, int l) { return CALL(f, lock, l); }
static int f_unlock(sqlite3_file *f, int l) { return CALL(f, unlock, l); }
static int f_check_lock(sqlite3_file *f, int *l) { return CALL(f, check_lock, l); }
static int f_control(sqlite3_file *f, int op, void *p) { return CALL(f, control, op, p); }
static int f_sector_size(sqlite3_file *f) { return CALL(f, sector_size); }
static int f_characteristics(sqlite3_file *f) { return CALL(f, characteristics); }
static int f_shm_map(sqlite3_file *f, int a, int b, int c, void volatile **p) { return CALL(f, shm_map, a, b, c, p); }
static int f_shm_lock(sqlite3_file *f, int a, int b, int c) { return CALL(f, shm_lock, a, b, c); }
static void f_shm_barrier(sqlite3_file *f) { CALL(f, shm_barrier); }
static int f_shm_unmap(sqlite3_file *f, int a) { return CALL(f, shm_unmap, a); }

// Version 2: without memory-mapped reading, which go-sqlite3 doesn't use.
static const io_methods methods = {2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_check_lock,
	f_control, f_sector_size, f_characteristics, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL};

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out) {
	(void)v;
	int there = 1;
	if (path && real_vfs->access(real_vfs, path, 0, &there) != 0) there = 1;
	memset(f, 0, sizeof(file));
	R(f) = (sqlite3_file *)(F(f) + 1);
	int rc = real_vfs->open(real_vfs, path, R(f), flags, out);
	if (R(f)->methods) F(f)->base.methods = &methods;
	if (rc == 0 && path) {
		F(f)->path = path;
		F(f)->fresh = !there && (flags & OPEN_JOURNALS) != 0;
		powercutOpen((char *)path);
	}
	return rc;
}
static int v_delete(sqlite3_vfs *v, const char *path, int sync) {
	(void)v;
	int rc = real_vfs->delete(real_vfs, path, sync);
	if (rc == 0) powercutDelete((char *)path, sync);
	return rc;
}

// powercut_install makes this layer the way of every connection opened from now on.
int powercut_install(void) {
	int rc = sqlite3_initialize();
	if (rc != 0) return rc;
	real_vfs = sqlite3_vfs_find(NULL);
	if (!real_vfs) return 1;
	shim = *real_vfs;
	shim.name = "powercut";
	shim.next = NULL;
	shim.file_size = (int)sizeof(file) + real_vfs->file_size;
	shim.open = v_open;
	shim.delete = v_delete;
	return sqlite3_vfs_register(&shim, 1);
}
