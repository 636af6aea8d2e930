package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"muster/access"
)

// The password standard, in characters. There is no rule about kinds of
// characters: length counts, and that nobody would guess it soon (NIST SP
// 800-63B; see strength).
const (
	MinPassword = 12
	MaxPassword = 128
)

// defaultCost is the second recommended option of RFC 9106: 64 MiB, three
// passes, four lanes. It lies above what OWASP asks as a minimum.
var defaultCost = argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 4, SaltLength: 16, KeyLength: 32}

// Option changes how a store is opened.
type Option func(*Store)

// PasswordCost sets what hashing a password costs: memory in KiB, passes over
// it, and lanes. Tests take little; nothing else has a reason to.
func PasswordCost(memoryKiB, passes uint32, lanes uint8) Option {
	return func(s *Store) {
		cost := argon2id.Params{Memory: memoryKiB, Iterations: passes, Parallelism: lanes, SaltLength: 16, KeyLength: 32}
		s.passwords, s.codes = newPasswords(cost), newPasswords(cost)
	}
}

// passwords hashes and checks passwords. Only a few at a time, because each
// takes much memory and anybody can ask for one without signing in.
type passwords struct {
	cost  argon2id.Params
	slots chan struct{}
	decoy func() string // the hash of a password that nobody knows
}

func newPasswords(cost argon2id.Params) *passwords {
	return &passwords{cost: cost, slots: make(chan struct{}, 4), decoy: sync.OnceValue(func() string {
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		h, err := argon2id.CreateHash(string(b), &cost)
		if err != nil {
			return "" // the random source never fails; an empty hash matches nothing
		}
		return h
	})}
}

func (p *passwords) take(ctx context.Context) (release func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash returns the PHC form of a password's hash.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	release, err := p.take(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	h, err := argon2id.CreateHash(norm.NFC.String(password), &p.cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return h, nil
}

// check tells whether a password is the one that was hashed, and whether the
// hash was made at another cost than today's. An empty hash is no password's,
// but checking against it takes just as long.
func (p *passwords) check(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	release, err := p.take(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	real := hash != "" && utf8.RuneCountInString(password) <= MaxPassword
	if !real {
		hash, password = p.decoy(), "x"
	}
	match, cost, err := argon2id.CheckHash(norm.NFC.String(password), hash)
	if err != nil {
		return false, false, fmt.Errorf("check password: %w", err)
	}
	return match && real, *cost != p.cost, nil
}

// checkPassword holds a new password to the standard. It may not be what
// somebody would try first: the person's own address or name, or the
// organisation's name.
func checkPassword(password string, u access.User, organisation string) error {
	invalid := func(problem string) error { return access.Invalid{Field: "password", Problem: problem} }
	if !utf8.ValidString(password) || len(password) > 4*MaxPassword {
		return invalid(access.TooLong)
	}
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n == 0:
		return invalid(access.Required)
	case n < MinPassword:
		return invalid(access.TooShort)
	case n > MaxPassword:
		return invalid(access.TooLong)
	}
	if strings.ContainsFunc(password, unicode.IsControl) {
		return invalid(access.Malformed)
	}
	one, _ := utf8.DecodeRuneInString(password)
	if strings.Trim(password, string(one)) == "" {
		return invalid(access.OneCharacter)
	}
	local, _, _ := strings.Cut(u.Email, "@")
	words := []string{u.Email, local, u.Name, organisation}
	for _, known := range words {
		if known != "" && squeeze(password) == squeeze(known) {
			return invalid(access.Guessable)
		}
	}
	if strength(password, words) < access.MinScore {
		return invalid(access.Weak)
	}
	return nil
}

// squeeze leaves only what tells two words apart: no case, no spaces.
func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFC.String(s))), "")
}
