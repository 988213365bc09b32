package apigateway_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
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

// through calls the function of an Invoker.
func through(i apigateway.Invoker) func(ctx context.Context, payload []byte) ([]byte, error) {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		out, err := i.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload})
		if err != nil {
			return nil, err
		}
		return out.Payload, nil
	}
}

// answered is what the function returns: an answer with 1 KB of JSON in it.
var answered = []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"` +
	strings.ReplaceAll(doortest.Body1KB(), `"`, `\"`) + `"}`)

func function(context.Context, []byte) ([]byte, error) { return answered, nil }

// doors are the handlers around the same function, bare and behind APIs: called in place, and through a Service.
func doors(t testing.TB) (names []string, handlers map[string]http.Handler) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(raw(function)))
	handlers = map[string]http.Handler{}
	add := func(suffix string, i apigateway.Invoker) {
		handlers["bare"+suffix] = doortest.Bare(through(i))
		handlers["rest"+suffix] = restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = i })
		handlers["http"+suffix] = httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = i })
	}
	add("", direct{function})
	add(" through a Service", svc)
	for _, suffix := range []string{"", " through a Service"} {
		names = append(names, "bare"+suffix, "rest"+suffix, "http"+suffix)
	}
	return names, handlers
}

func typical() *http.Request {
	return request("POST", "/stage/pets/7?kind=dog&age=3", "", "Accept", "*/*", "Accept-Encoding", "gzip",
		"Content-Type", "application/json", "User-Agent", "Go-http-client/1.1")
}

// BenchmarkDoor is a request with 1 KB of body, beside a bare handler around the same function.
func BenchmarkDoor(b *testing.B) {
	names, handlers := doors(b)
	for _, name := range names {
		b.Run(name, func(b *testing.B) { doortest.Bench(b, handlers[name], typical(), doortest.Body1KB()) })
	}
}

// TestDoorAllocatesLittle: a door adds at most 40 allocations to a bare handler around the same function.
func TestDoorAllocatesLittle(t *testing.T) {
	_, handlers := doors(t)
	for _, suffix := range []string{"", " through a Service"} {
		for _, door := range []string{"rest", "http"} {
			added := doortest.Added(handlers[door+suffix], handlers["bare"+suffix], typical(), doortest.Body1KB())
			require.LessOrEqual(t, added, 40.0, door+suffix)
			t.Logf("%s%s adds %v", door, suffix, added)
		}
	}
}
