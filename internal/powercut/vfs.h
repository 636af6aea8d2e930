// What this package needs of SQLite's interface to the operating system, as its
// documentation describes it. The layout is part of SQLite's stable ABI; the
// library itself is linked in by github.com/mattn/go-sqlite3, which does not
// offer its header to other packages.
#pragma once
#include <stdint.h>

typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct io_methods io_methods;
typedef int64_t int64;

struct sqlite3_file { const io_methods *methods; };

struct io_methods {
	int version;
	int (*close)(sqlite3_file *);
	int (*read)(sqlite3_file *, void *, int, int64);
	int (*write)(sqlite3_file *, const void *, int, int64);
	int (*truncate)(sqlite3_file *, int64);
	int (*sync)(sqlite3_file *, int);
	int (*file_size)(sqlite3_file *, int64 *);
	int (*lock)(sqlite3_file *, int);
	int (*unlock)(sqlite3_file *, int);
	int (*check_lock)(sqlite3_file *, int *);
	int (*control)(sqlite3_file *, int, void *);
	int (*sector_size)(sqlite3_file *);
	int (*characteristics)(sqlite3_file *);
	int (*shm_map)(sqlite3_file *, int, int, int, void volatile **);
	int (*shm_lock)(sqlite3_file *, int, int, int);
	void (*shm_barrier)(sqlite3_file *);
	int (*shm_unmap)(sqlite3_file *, int);
	int (*fetch)(sqlite3_file *, int64, int, void **);
	int (*unfetch)(sqlite3_file *, int64, void *);
};

struct sqlite3_vfs {
	int version, file_size, max_path;
	sqlite3_vfs *next;
	const char *name;
	void *data;
	int (*open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
	int (*delete)(sqlite3_vfs *, const char *, int);
	int (*access)(sqlite3_vfs *, const char *, int, int *);
	void *others[13]; // taken over as they are
};

int sqlite3_initialize(void);
sqlite3_vfs *sqlite3_vfs_find(const char *);
int sqlite3_vfs_register(sqlite3_vfs *, int);

int powercut_install(void);
