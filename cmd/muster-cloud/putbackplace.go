package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What stands beside a database while a backup is put in its place, and after that.
const (
	freshSuffix     = ".new"        // the backup's copy, while it is made ready
	restoringSuffix = ".restoring-" // and a stamp: the same, ready; no cloud starts beside it
	replacedSuffix  = ".replaced-"  // and a stamp: what was there before
)

// place is where a backup is put: a database's path, and the stamp of what is replaced.
type place struct{ database, stamp string }

// placeFor returns the place of a database. Where putting a backup there was cut off it is
// the same as then, so that what was moved aside and what was not get one name.
func placeFor(database string) (place, error) {
	begun, err := siblings(database, restoringSuffix)
	switch {
	case err != nil:
		return place{}, err
	case len(begun) == 0:
		return place{database, stamp(time.Now())}, nil
	case len(begun) > 1:
		return place{}, fmt.Errorf("there can't be several of these: %s; leave the newest one", strings.Join(begun, ", "))
	}
	p := place{database, strings.TrimPrefix(begun[0], database+restoringSuffix)}
	if exists(p.replaced()) && exists(database) { // somebody else did something
		return place{}, fmt.Errorf("%s is moved aside already, as %s: one of the two has to go elsewhere", database, p.replaced())
	}
	return p, nil
}

func (p place) fresh() string     { return p.database + freshSuffix }
func (p place) restoring() string { return p.database + restoringSuffix + p.stamp }
func (p place) replaced() string  { return p.database + replacedSuffix + p.stamp }

// clear removes what a run that was cut off has made of its backup. What keeps clouds
// from starting stays, without the room that it takes.
func (p place) clear(backup string) error {
	from, err := os.Stat(backup)
	if err != nil {
		return err
	}
	for _, made := range []string{p.fresh(), p.restoring()} {
		if is, err := os.Stat(made); err == nil && os.SameFile(from, is) {
			return fmt.Errorf("%s is what an earlier run has made of a backup: name the backup", backup)
		}
	}
	if err := os.Truncate(p.restoring(), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return p.remove()
}

// remove removes the backup's copy that is not ready.
func (p place) remove() error {
	var errs []error
	for _, suffix := range append([]string{""}, beside...) {
		if err := os.Remove(p.fresh() + suffix); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// change is one change of a folder: a file gets another name, or none where to is empty.
// Of those between two syncs, a power cut may leave any.
type change struct {
	from, to string
	must     bool   // it is a fault if there is no such file
	sync     string // only this folder is synced
}

// changes returns what puts the copy of a backup, when it is ready and on the disk, in its
// place. From the first sync on no cloud starts, see unfinished, until the last change.
// What belonged to the database before has gone from beside it when the new one comes.
func (p place) changes() []change {
	sync := change{sync: filepath.Dir(p.database)}
	return []change{
		{from: p.fresh(), to: p.restoring(), must: true},
		sync,
		{from: p.database + logSuffix, to: p.replaced() + logSuffix},
		{from: p.database + journalSuffix, to: p.replaced() + journalSuffix},
		{from: p.database + indexSuffix},
		{from: p.database, to: p.replaced()},
		sync,
		{from: p.restoring(), to: p.database, must: true},
		sync,
	}
}

func (c change) do() (err error) {
	switch {
	case c.sync != "":
		return syncFile(c.sync)
	case c.to == "":
		err = os.Remove(c.from)
	default:
		err = os.Rename(c.from, c.to)
	}
	if !c.must && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// unfinished returns an error where a cloud must not open a database: a backup was being
// put in its place and that was cut off, so that it may be without its log, or where it
// was there is nothing, and a cloud would begin anew there.
func unfinished(database string) error {
	begun, err := siblings(database, restoringSuffix)
	if err != nil {
		return err
	}
	if len(begun) > 0 {
		return fmt.Errorf("a backup was being put in the place of %s when that was cut off: run \"muster-cloud restored --backup FILE\" again, then start the cloud", database)
	}
	if is, err := os.Stat(database); err == nil && is.Size() > 0 {
		return nil
	}
	left, err := siblings(database, replacedSuffix)
	if err != nil {
		return err
	}
	if fresh := database + freshSuffix; exists(fresh) {
		left = append(left, fresh)
	}
	if len(left) > 0 {
		return fmt.Errorf("there is no database %s, but %s, left by a backup that was to be put there: run \"muster-cloud restored --backup FILE\" again, then start the cloud; a new cloud needs another folder", database, left[len(left)-1])
	}
	return nil
}

// siblings returns the files beside a database whose names begin with its own and a
// suffix, without the logs of such files.
func siblings(database, suffix string) (paths []string, err error) {
	dir, name := filepath.Split(database)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look beside the database: %w", err)
	}
	for _, e := range entries {
		ofAnother := slices.ContainsFunc(beside, func(s string) bool { return strings.HasSuffix(e.Name(), s) })
		if strings.HasPrefix(e.Name(), name+suffix) && !ofAnother {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
