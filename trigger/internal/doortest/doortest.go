// Package doortest is what the tests of the HTTP doors share: requests, written out and drawn, and curl.
package doortest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// Request is a request as a server would have it from 192.0.2.1, with header lines "Name: value". The target may be one
// that no URL can have.
func Request(method, target, body string, lines ...string) *http.Request {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		u = &url.URL{Path: target}
	}
	r := &http.Request{
		Method: method, URL: u, RequestURI: target, Host: "example.com", RemoteAddr: "192.0.2.1:1234",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody,
	}
	if body != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// Drawn is a request with what went into it.
type Drawn struct {
	*http.Request
	Path    string
	Query   []httpevent.Pair // as they were sent, each key with its value
	Headers []httpevent.Pair
	Text    string // the body
}

// Draw draws a request. Its body and headers are UTF-8, which every event can carry.
func Draw(t *rapid.T) Drawn {
	raw := rapid.StringMatching(`([a-zA-Z0-9+~\[\],;:]|%2[0-9A-F]|%C3%A9|é){0,4}`)
	name := rapid.SampledFrom([]string{"X-A", "X-B", "Cookie", "Accept", "User-Agent", "X-Forwarded-For"})
	value := rapid.StringMatching(`[a-z0-9"\\é=]([a-z0-9 ,"\\é=]{0,6}[a-z0-9])?`)
	d := Drawn{
		Path: "/" + rapid.StringMatching(`([a-z/.+]|%2F|%20|%C3%A9){0,8}`).Draw(t, "path"),
		Text: rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "body"),
	}
	for range rapid.IntRange(0, 5).Draw(t, "parameters") {
		d.Query = append(d.Query, httpevent.Pair{Name: "k" + raw.Draw(t, "key"), Value: raw.Draw(t, "value")})
	}
	var lines, query []string
	for range rapid.IntRange(0, 6).Draw(t, "lines") {
		p := httpevent.Pair{Name: name.Draw(t, "name"), Value: value.Draw(t, "text")}
		if p.Name == "Cookie" && rapid.Bool().Draw(t, "two") {
			p.Value += "; " + value.Draw(t, "another")
		}
		d.Headers = append(d.Headers, p)
		lines = append(lines, p.Name+": "+p.Value)
	}
	for _, p := range d.Query {
		query = append(query, p.Name+"="+p.Value)
	}
	types := []string{"", "text/plain", "application/json; charset=utf-8", "image/png", "application/x-www-form-urlencoded"}
	if typ := rapid.SampledFrom(types).Draw(t, "type"); typ != "" {
		lines = append(lines, "Content-Type: "+typ)
	}
	if rapid.Bool().Draw(t, "encoded") {
		lines = append(lines, "Content-Encoding: br")
	}
	target := d.Path
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}).Draw(t, "method")
	d.Request = Request(method, target, d.Text, lines...)
	return d
}

// Values are the values of the pairs with that name, in order.
func Values(pairs []httpevent.Pair, name string) []string {
	var values []string
	for _, p := range pairs {
		if p.Name == name {
			values = append(values, p.Value)
		}
	}
	return values
}

// Malformed draws a text that no door takes for a response with a body: of each, no byte may get through.
func Malformed(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		`{"statusCode":200,"body":{"secret":1}}`, `{"statusCode":200,"body":"secret"`, `{"statusCode":0,"body":"secret"}`,
		`{"statusCode":600,"body":"secret"}`, `{"statusCode":200.5,"body":"secret"}`, `{"statusCode":"secret"}`,
		`{"statusCode":200,"body":"secret!","isBase64Encoded":true}`, `{"statusCode":200,"body":"c2Vj\r\ncmV0","isBase64Encoded":true}`,
		`{"statusCode":200,"body":"secret","isBase64Encoded":1}`, `secret`, "\x00secret", `{"statusCode":200} secret`,
	}).Draw(t, "malformed")
}

// Curl runs curl and gives its output. A test that finds none says so, and is skipped.
func Curl(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed, so it cannot go through this door")
	}
	var stderr bytes.Buffer
	cmd := exec.Command("curl", append([]string{"-sS", "--noproxy", "*", "--max-time", "60"}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("curl %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// Body1KB is a body of about 1 KB, as JSON is in APIs.
func Body1KB() string {
	return `{"items":[` + strings.Repeat(`{"id":12345678,"name":"a thing of some length"},`, 20) + `{}]}`
}

// Repeatable makes of a request one that can be served again and again without an allocation: rewind puts its body back.
func Repeatable(r *http.Request, body string) (rewind func()) {
	reader := strings.NewReader(body)
	r.Body, r.ContentLength = io.NopCloser(reader), int64(len(body))
	closer := r.Body
	return func() {
		reader.Reset(body)
		r.Body = closer
	}
}

// Sink is a ResponseWriter that costs next to nothing.
type Sink struct {
	H      http.Header
	Status int
	Size   int
}

// Header is the same one for all answers, so clear it between two.
func (s *Sink) Header() http.Header { return s.H }

// WriteHeader keeps the status.
func (s *Sink) WriteHeader(status int) { s.Status = status }

// Write counts.
func (s *Sink) Write(p []byte) (int, error) {
	s.Size += len(p)
	return len(p), nil
}

// Bare is the handler that people would write without a door: it calls the function with the body, and answers with
// what it returns.
func Bare(call func(ctx context.Context, payload []byte) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		result, err := call(r.Context(), body)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(result)
	})
}

// Added is how many allocations a door adds to the bare handler, both answering the same request.
func Added(door, bare http.Handler, r *http.Request, body string) float64 {
	allocations := func(h http.Handler) float64 {
		rewind, sink := Repeatable(r, body), &Sink{H: http.Header{}}
		return testing.AllocsPerRun(200, func() {
			rewind()
			clear(sink.H)
			h.ServeHTTP(sink, r)
		})
	}
	return allocations(door) - allocations(bare)
}

// Bench measures a handler.
func Bench(b *testing.B, h http.Handler, r *http.Request, body string) {
	rewind, sink := Repeatable(r, body), &Sink{H: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		rewind()
		clear(sink.H)
		h.ServeHTTP(sink, r)
	}
	if sink.Status != http.StatusOK && sink.Status != 0 || sink.Size == 0 {
		b.Fatalf("answered with %d", sink.Status)
	}
}
