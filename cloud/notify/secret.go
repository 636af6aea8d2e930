package notify

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// Secret is a password or a key. It prints as dots wherever somebody prints it by
// mistake; Reveal gives it.
type Secret struct{ text string }

const hidden = "••••"

// longestSecret is more than any password or PEM key has, and less than a file
// that was named by mistake.
const longestSecret = 64 << 10

// NewSecret keeps text out of logs.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal gives the secret itself, to hand it to the provider.
func (s Secret) Reveal() string { return s.text }

// Empty tells that there is none.
func (s Secret) Empty() bool { return s.text == "" }

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return hidden }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// ReadSecret reads a secret from a file; line ends at its end don't count, since
// editors write them. An empty file is an error.
func ReadSecret(path string) (Secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return Secret{}, fmt.Errorf("read a secret: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, longestSecret+1))
	if err != nil {
		return Secret{}, fmt.Errorf("read a secret from %s: %w", path, err)
	}
	if len(raw) > longestSecret {
		return Secret{}, fmt.Errorf("%s is too long for a secret: more than %d bytes", path, longestSecret)
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" {
		return Secret{}, fmt.Errorf("the secret in %s is empty", path)
	}
	return Secret{text}, nil
}

// errNoSecret says that the environment holds none.
var errNoSecret = errors.New("is not set")

func secretFromEnvironment(name string) (Secret, error) {
	text := os.Getenv(name)
	if text == "" {
		return Secret{}, fmt.Errorf("environment variable %s %w", name, errNoSecret)
	}
	return Secret{text}, nil
}
