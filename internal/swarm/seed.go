package swarm

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"

	"golang.org/x/sync/errgroup"
)

// seedAtOnce is how many requests to the API are on their way together.
const seedAtOnce = 8

// seed makes everything that the tablets need in the cloud.
func (f *Fleet) seed(ctx context.Context) error {
	sites := (f.Tablets + f.PerSite - 1) / f.PerSite
	f.sites = make([]string, sites)
	run := rand.Uint32()
	err := together(ctx, seedAtOnce, sites, func(ctx context.Context, i int) (err error) {
		f.sites[i], err = f.add(ctx, "/api/v1/sites", map[string]any{
			"name": fmt.Sprintf("%s site %04d", f.Name, i), "time_zone": "Europe/Berlin", "language": "en",
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("make sites: %w", err)
	}
	f.people = make([]person, sites*f.People)
	if len(f.people) > 1<<24 {
		return fmt.Errorf("%d people are more than there are cards for", len(f.people))
	}
	err = together(ctx, seedAtOnce, len(f.people), func(ctx context.Context, i int) error {
		if i%100 == 0 {
			f.Progress(fmt.Sprintf("%d of %d people have a card", i, len(f.people)))
		}
		uid := append(binary.BigEndian.AppendUint32([]byte{0x04}, run<<8|uint32(i)>>16), byte(i>>8), byte(i))
		f.people[i] = person{site: i / f.People, uid: uid}
		id, err := f.add(ctx, "/api/v1/employees", map[string]any{
			"first_name": fmt.Sprintf("Person %d", i), "last_name": f.Name, "language": "en", "sites": []string{f.sites[i/f.People]},
		})
		if err != nil {
			return err
		}
		return f.API.Do(ctx, http.MethodPost, "/api/v1/employees/"+id+"/cards", map[string]any{"uid": hex.EncodeToString(uid)}, nil)
	})
	if err != nil {
		return fmt.Errorf("make people: %w", err)
	}
	f.members = make([]*member, f.Tablets)
	for i := range f.members {
		f.members[i] = &member{fleet: f, no: i, name: fmt.Sprintf("%s gate %05d", f.Name, i), site: i / f.PerSite}
	}
	err = together(ctx, seedAtOnce, f.Tablets, func(ctx context.Context, i int) error {
		if i%100 == 0 {
			f.Progress(fmt.Sprintf("%d of %d activation codes", i, f.Tablets))
		}
		m := f.members[i]
		code, err := f.codeFor(ctx, m.site, m.name)
		m.code = code
		return err
	})
	if err != nil {
		return fmt.Errorf("ask for activation codes: %w", err)
	}
	return nil
}

// codeFor asks for an activation code, which is good once.
func (f *Fleet) codeFor(ctx context.Context, site int, name string) (string, error) {
	var issued struct {
		Code string `json:"code"`
	}
	err := f.API.Do(ctx, http.MethodPost, "/api/v1/activation-codes", map[string]any{"site": f.sites[site], "name": name}, &issued)
	return issued.Code, err
}

// together does n things, some at the same time, and stops at the first failure.
func together(ctx context.Context, atOnce, n int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error { return do(ctx, i) })
	}
	return g.Wait()
}

func (f *Fleet) add(ctx context.Context, path string, in any) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	err := f.API.Do(ctx, http.MethodPost, path, in, &made)
	return made.ID, err
}
