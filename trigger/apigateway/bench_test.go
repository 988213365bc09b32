package apigateway_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// raw is a function that deals in bytes.
type raw func(ctx context.Context, payload []byte) ([]byte, error)

func (f raw) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// direct is an Invoker that calls a function in place: what is measured beside it is the door alone.
type direct struct{ f raw }

func (d direct) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	out, err := d.f(ctx, in.Payload)
	return &invoke.Output{StatusCode: 200, Payload: out}, err
}

// nullWriter is a ResponseWriter that costs next to nothing.
type nullWriter struct{ h http.Header }

func (w *nullWriter) Header() http.Header         { return w.h }
func (w *nullWriter) WriteHeader(int)             {}
func (w *nullWriter) Write(p []byte) (int, error) { return len(p), nil }

// kilobyte is a request's body of 1 KB of JSON.
var kilobyte = `{"text":"` + strings.Repeat("lorem ipsum ", 84) + `"}`

// answered is what the function returns: an answer with 1 KB of JSON in it.
var answered = []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"` +
	strings.ReplaceAll(kilobyte, `"`, `\"`) + `"}`)

func function(context.Context, []byte) ([]byte, error) { return answered, nil }

// doors are the handlers around the same function: bare, and behind an API. The function is called in place, or, with a
// Service, through it.
func doors(t testing.TB) map[string]http.Handler {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(raw(function)))
	bare := func(i apigateway.Invoker) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			out, err := i.Invoke(r.Context(), invoke.Input{FunctionName: "f", Payload: body})
			require.NoError(t, err)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(out.Payload)
		})
	}
	rest := func(i apigateway.Invoker) http.Handler {
		return restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = i })
	}
	web := func(i apigateway.Invoker) http.Handler {
		return httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = i })
	}
	return map[string]http.Handler{
		"bare": bare(direct{function}), "rest": rest(direct{function}), "http": web(direct{function}),
		"bare+service": bare(svc), "rest+service": rest(svc), "http+service": web(svc),
	}
}

// asking gives a function that sends the same request to h again and again.
func asking(h http.Handler) func() {
	body := strings.NewReader(kilobyte)
	r := httptest.NewRequest("POST", "/stage/pets/7?kind=dog&age=3", body)
	for name, value := range map[string]string{
		"Accept": "*/*", "Accept-Encoding": "gzip", "Content-Type": "application/json", "User-Agent": "Go-http-client/1.1",
	} {
		r.Header.Set(name, value)
	}
	return func() {
		body.Reset(kilobyte)
		r.Body = io.NopCloser(body)
		h.ServeHTTP(&nullWriter{make(http.Header, 8)}, r)
	}
}

// BenchmarkDoor is a request with 1 KB of body, beside a bare handler around the same function.
func BenchmarkDoor(b *testing.B) {
	all := doors(b)
	for _, name := range []string{"bare", "rest", "http", "bare+service", "rest+service", "http+service"} {
		b.Run(name, func(b *testing.B) {
			ask := asking(all[name])
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}

// TestDoorAllocatesLittle: a door adds at most 40 allocations to a bare handler around the same function.
func TestDoorAllocatesLittle(t *testing.T) {
	all := doors(t)
	for _, through := range []string{"", "+service"} {
		bare := testing.AllocsPerRun(200, asking(all["bare"+through]))
		for _, door := range []string{"rest", "http"} {
			require.LessOrEqual(t, testing.AllocsPerRun(200, asking(all[door+through]))-bare, 40.0, door+through)
		}
	}
	require.True(t, bytes.Contains(answered, []byte("lorem")))
}
