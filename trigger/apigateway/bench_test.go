package apigateway_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// answered is a function that gives the same answer of 1 KB to everything.
type answered struct{}

func (answered) Invoke(context.Context, []byte) ([]byte, error) { return kilobyteAnswer, nil }

var (
	kilobyteAnswer = []byte(`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"` + strings.Repeat("abcdefgh", 125) + `"}`)
	kilobyte       = `{"items":[` + strings.Repeat(`{"id":12345678,"name":"a thing of some length"},`, 20) + `{}]}`
)

// doors are both kinds of API, and the handler that people would write without one, around the same function.
func doors(t testing.TB) (bare, rest, web http.Handler) {
	unlimited := concurrency.NewAccount(concurrency.Options{NoRequestRates: true, NoScalingRate: true})
	svc := lambdatest.NewService(t, invoke.Options{Account: unlimited})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(answered{}))
	bare = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		out, err := svc.Invoke(r.Context(), invoke.Input{FunctionName: "f", Payload: body})
		require.NoError(t, err)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(out.Payload)
	})
	rest = restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc })
	web = httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc })
	return bare, rest, web
}

// nullWriter is a ResponseWriter that costs next to nothing.
type nullWriter struct {
	h      http.Header
	status int
}

func (w *nullWriter) Header() http.Header         { return w.h }
func (w *nullWriter) WriteHeader(status int)      { w.status = status }
func (w *nullWriter) Write(p []byte) (int, error) { return len(p), nil }

// asking gives a function that sends the same request of 1 KB again and again, and costs no allocation itself.
func asking(t testing.TB, h http.Handler) func() {
	text := strings.NewReader("")
	body := io.NopCloser(text)
	r := request("POST", "/stage/items?page=1&size=20", kilobyte, "Content-Type", "application/json", "User-Agent", "benchmark/1.0",
		"Accept", "*/*", "Accept-Encoding", "gzip", "Cookie", "session=abc123; theme=dark")
	w := &nullWriter{h: http.Header{}}
	return func() {
		text.Reset(kilobyte)
		r.Body, w.status = body, 200
		clear(w.h)
		if h.ServeHTTP(w, r); w.status != 200 {
			t.Fatalf("answered with %d", w.status)
		}
	}
}

// BenchmarkDoor is a request of 1 KB through both kinds of API, beside the bare handler around the same function.
func BenchmarkDoor(b *testing.B) {
	bare, rest, web := doors(b)
	for _, c := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare}, {"rest", rest}, {"http", web}} {
		b.Run(c.name, func(b *testing.B) {
			ask := asking(b, c.h)
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}

// TestDoorAllocatesLittle: a door adds at most 40 allocations to the bare handler around the same function.
func TestDoorAllocatesLittle(t *testing.T) {
	bare, rest, web := doors(t)
	without := testing.AllocsPerRun(200, asking(t, bare))
	for name, door := range map[string]http.Handler{"rest": rest, "http": web} {
		added := testing.AllocsPerRun(200, asking(t, door)) - without
		t.Logf("%s adds %v allocations", name, added)
		require.LessOrEqual(t, added, 40.0, name)
	}
}
