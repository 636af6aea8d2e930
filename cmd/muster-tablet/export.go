package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"muster/device/store"
	"muster/sync/bundle"
)

type exportCommand struct {
	place
	All bool   `help:"Rows that the cloud has confirmed too."`
	To  string `arg:"" name:"file" type:"path" help:"File to write, or a folder such as the mounted stick."`
}

// Run writes what waits in the tablet's store, and in those that were set aside,
// to files: each has what one tablet wrote.
func (c exportCommand) Run(ctx context.Context) error {
	databases, err := store.Databases(c.Data)
	if err != nil {
		return err
	}
	to, now := c.To, time.Now()
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, "muster-"+now.UTC().Format("20060102T150405Z")+".export")
	}
	written, failed := 0, error(nil)
	for i, path := range databases {
		stock, err := store.Take(ctx, path, c.All)
		if err != nil {
			// A stick with most of it is better than none.
			failed = errors.Join(failed, fmt.Errorf("%s: %w", filepath.Base(path), err))
			continue
		}
		name := to
		if i > 0 {
			name = fmt.Sprintf("%s-%d", to, i)
		}
		n, err := exportStock(stock, name, c.All, now)
		if err != nil {
			return errors.Join(failed, err)
		}
		written += n
	}
	if written == 0 && failed == nil {
		fmt.Println("nothing to export: the cloud has every row")
	}
	return failed
}

// exportStock writes a file with the tablet's own rows, and another with those of
// whoever it was before. It returns how many files.
func exportStock(stock store.Stock, name string, all bool, now time.Time) (n int, err error) {
	for _, part := range []struct {
		name string
		rows []store.Body
		held bool
	}{{name, stock.Own, false}, {name + "-unsigned", stock.Held, true}} {
		if len(part.rows) == 0 {
			continue
		}
		h := bundle.Header{Created: now, All: all}
		if !part.held {
			h.Device, h.Org = stock.Identity.Device, stock.Identity.Org
			if h.Key, err = signer(stock.Credential.Key); err != nil {
				return n, err
			}
			h.Certificate = stock.Credential.Certificate
		}
		if err := writeExport(part.name, h, part.rows); err != nil {
			return n, err
		}
		n++
		fmt.Printf("%s: %d rows\n", part.name, len(part.rows))
	}
	return n, nil
}

func signer(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("the tablet's key: %w", err)
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the tablet's key: it is a %T", key)
	}
	return s, nil
}

// writeExport writes a file that is whole or not there: a stick may be pulled out
// at any moment.
func writeExport(name string, h bundle.Header, rows []store.Body) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".muster-export-*")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(fillExport(f, h, rows), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func fillExport(f *os.File, h bundle.Header, rows []store.Body) error {
	w, err := bundle.NewWriter(f, h)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.Body(r.Stream, r.Seq, r.Row); err != nil {
			return err
		}
	}
	return w.Close()
}
