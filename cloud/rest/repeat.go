package rest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
	"muster/attendance"
)

// Repeats keeps what came of requests that may come twice.
type Repeats interface {
	BeginRequest(ctx context.Context, org attendance.OrgID, id, request []byte) (access.Repeat, error)
	FinishRequest(ctx context.Context, m access.RepeatMark, status int, answer []byte) error
	BreakRequest(ctx context.Context, m access.RepeatMark) error
}

// The header by which a client names a request, so that sending it again, after an
// answer that got lost, does nothing again (draft-ietf-httpapi-idempotency-key).
const (
	keyHeader  = "Idempotency-Key"
	maxKey     = 200
	maxKept    = 1 << 20          // bytes of an answer
	finishTime = 10 * time.Second // for keeping an answer whose client has gone
)

// keptHeaders are those of an answer that come again with it.
var keptHeaders = []string{"Content-Type", "Content-Language", "Etag", "Location"}

// kept is an answer as it is kept, before it is sealed.
type kept struct {
	Header map[string]string
	Body   []byte
}

// changes tells whether a request of a method changes something: then it may come
// with a key. PUT and DELETE take one too: what they did a moment ago may have been
// undone by somebody else meanwhile, and a late second one would do it again.
func changes(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete:
		return true
	default:
		return false
	}
}

// onceOnly does a request with an Idempotency-Key once: the same one again gets the
// same answer.
func (a *api) onceOnly(ctx huma.Context, next func(huma.Context)) {
	key := strings.Trim(ctx.Header(keyHeader), `"`)
	secret, signedIn := ctx.Context().Value(tokenKey).(string)
	if key == "" || !changes(ctx.Method()) || !signedIn {
		next(ctx)
		return
	}
	if len(key) > maxKey || strings.Trim(key, printable) != "" {
		a.refuse(ctx, invalid(keyHeader, access.Malformed))
		return
	}
	op := ctx.Operation()
	if op.BodyReadTimeout > 0 {
		_ = ctx.SetReadDeadline(time.Now().Add(op.BodyReadTimeout)) //nolint:errcheck // not every connection can
	}
	body, err := io.ReadAll(io.LimitReader(ctx.BodyReader(), op.MaxBodyBytes+1))
	if err != nil {
		a.refuse(ctx, problem(http.StatusBadRequest, "The request's body broke off."))
		return
	}
	u := ctx.URL()
	hash := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%s%s", ctx.Method(), u.EscapedPath(), u.RawQuery, matching(ctx), body))
	id := sha256.Sum256(fmt.Appendf(nil, "muster repeat\n%s\n%s", secret, key))
	known, err := a.Store.BeginRequest(ctx.Context(), userOf(ctx.Context()).Org, id[:], hash[:])
	if err != nil {
		a.refuseError(ctx, err)
		return
	}
	switch known.State {
	case access.RepeatOther:
		a.refuse(ctx, named(http.StatusUnprocessableEntity, "idempotency-key-reused", "This Idempotency-Key came with another request before."))
	case access.RepeatRunning:
		ctx.SetHeader("Retry-After", "1")
		a.refuse(ctx, named(http.StatusConflict, "still-running", "The same request is being worked on at this moment."))
	case access.RepeatUnknown:
		a.refuse(ctx, named(http.StatusConflict, "outcome-unknown", "The same request was cut off after something of it had been done. Look at what is there before you send it with another Idempotency-Key."))
	case access.RepeatDone:
		a.answerAgain(ctx, secret, key, known)
	default:
		a.answerOnce(ctx, next, secret, key, access.RepeatMark{ID: id[:], Began: known.Began}, body)
	}
}

// matching is the condition of a request as a part of what it is.
func matching(ctx huma.Context) string {
	if m := ctx.Header("If-Match"); m != "" {
		return "If-Match: " + m + "\n"
	}
	return ""
}

const printable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:~+/=@ "

// namedForEver are operations that keep the request's name with what they do, for as long
// as that is there: done again, they find it and answer as before. An attempt that was cut
// off is simply made again.
var namedForEver = map[string]bool{"send-invitations": true}

// answerOnce lets the request through and keeps its answer, unless trying again
// may give another.
func (a *api) answerOnce(ctx huma.Context, next func(huma.Context), secret, key string, mark access.RepeatMark, body []byte) {
	r := &recorder{asked: ctx, body: bytes.NewReader(body), header: map[string]string{}}
	settled := false
	defer func() {
		if !settled { // it panicked
			a.settle(ctx.Context(), mark, unkept, nil)
		}
	}()
	once := huma.WithValue(r, repeatKey, hex.EncodeToString(mark.ID))
	if !namedForEver[ctx.Operation().OperationID] {
		once = huma.WithValue(once, access.RepeatKey{}, mark)
	}
	next(once)
	settled = true
	var answer []byte
	status := r.status
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusRequestTimeout, http.StatusTooManyRequests:
		status = unkept // the same request may go better later
	default:
		if status == 0 || status >= 500 || r.answer.Len() > maxKept {
			status = unkept
			break
		}
		raw, err := json.Marshal(kept{r.header, r.answer.Bytes()})
		if err != nil {
			status = unkept
			break
		}
		answer = seal(secret, key, raw)
	}
	a.settle(ctx.Context(), mark, status, answer)
}

// unkept is what settle is told in the place of a status where no answer is kept.
const unkept = 0

// settle keeps an answer, or none, also when nobody waits for it any more.
func (a *api) settle(ctx context.Context, m access.RepeatMark, status int, answer []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	var err error
	if status == unkept {
		err = a.Store.BreakRequest(ctx, m)
	} else {
		err = a.Store.FinishRequest(ctx, m, status, answer)
	}
	if err != nil {
		a.Logger.ErrorContext(ctx, "an answer that may be asked for again", "err", err)
	}
}

func (a *api) answerAgain(ctx huma.Context, secret, key string, known access.Repeat) {
	var k kept
	raw, err := unseal(secret, key, known.Answer)
	if err == nil {
		err = json.Unmarshal(raw, &k)
	}
	if err != nil {
		a.refuseError(ctx, fmt.Errorf("read an answer that was kept: %w", err))
		return
	}
	for name, value := range k.Header {
		ctx.SetHeader(name, value)
	}
	ctx.SetHeader("Idempotency-Replayed", "true")
	ctx.SetStatus(known.Status)
	if _, err := ctx.BodyWriter().Write(k.Body); err != nil {
		a.Logger.DebugContext(ctx.Context(), "answer", "err", err) // whoever asked is gone
	}
}

// sealer is made of what only the client has: the cloud keeps neither the token nor
// the key, so that an answer with a code in it can't be read from the database.
func sealer(secret, key string) (cipher.AEAD, error) {
	k, err := hkdf.Key(sha256.New, []byte(secret+"\n"+key), nil, "muster repeat answer", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func seal(secret, key string, answer []byte) []byte {
	c, err := sealer(secret, key)
	if err != nil {
		return nil // the sizes are fixed
	}
	return c.Seal(nil, nil, answer, nil)
}

func unseal(secret, key string, sealed []byte) ([]byte, error) {
	c, err := sealer(secret, key)
	if err != nil {
		return nil, err
	}
	return c.Open(nil, nil, sealed, nil)
}

// asked is the request; by its own name it would hide its method Context.
type asked = huma.Context

// recorder passes a request on that has been read already, and remembers what is
// answered.
type recorder struct {
	asked
	body   io.Reader
	status int
	header map[string]string
	answer bytes.Buffer
}

// BodyReader returns what was read before.
func (r *recorder) BodyReader() io.Reader { return r.body }

// SetReadDeadline does nothing: the body is here, and net/http would take a bound that
// ends now for a client that has gone.
func (r *recorder) SetReadDeadline(time.Time) error { return nil }

// SetStatus remembers the status and passes it on.
func (r *recorder) SetStatus(status int) {
	r.status = status
	r.asked.SetStatus(status)
}

// SetHeader remembers the headers that an answer comes again with.
func (r *recorder) SetHeader(name, value string) {
	for _, k := range keptHeaders {
		if strings.EqualFold(name, k) {
			r.header[k] = value
		}
	}
	r.asked.SetHeader(name, value)
}

// BodyWriter writes to the client and into memory, as far as that is kept.
func (r *recorder) BodyWriter() io.Writer {
	return io.MultiWriter(r.asked.BodyWriter(), &atMost{&r.answer})
}

// atMost takes a little more than is kept and drops the rest.
type atMost struct{ b *bytes.Buffer }

func (m *atMost) Write(p []byte) (int, error) {
	if room := maxKept + 1 - m.b.Len(); room > 0 {
		m.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// repeatOf names a request for ever; empty: it has no Idempotency-Key.
func repeatOf(ctx context.Context) string {
	s, _ := ctx.Value(repeatKey).(string)
	return s
}
