package functionurl_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// doors are a function URL of a registry, one without, and the bare handler, before the same function of the same
// Service, with a request of 1 KB as clients send it.
func doors(t testing.TB) (registered, single, bare http.Handler, r *http.Request, body string) {
	svc := invoke.New(invoke.Options{Account: concurrency.NewAccount(concurrency.Options{NoRequestRates: true, NoScalingRate: true})})
	t.Cleanup(svc.Close)
	result := []byte(`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"` + strings.Repeat("abcdefgh", 125) + `"}`)
	constant := raw(func(context.Context, []byte) ([]byte, error) { return result, nil })
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(constant)))
	c, err := svc.Registry().CreateFunctionURLConfig(time.Now(), "f", "", registry.FunctionURLInput{AuthType: registry.AuthNone})
	require.NoError(t, err)
	registered, err = functionurl.New(functionurl.Options{Invoker: svc, URLs: svc.Registry()})
	require.NoError(t, err)
	single, err = functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{FunctionName: "f"}})
	require.NoError(t, err)
	bare = doortest.Bare(func(ctx context.Context, payload []byte) ([]byte, error) {
		out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload})
		if err != nil {
			return nil, err
		}
		return out.Payload, nil
	})
	body = doortest.Body1KB()
	r = request("POST", "/items?page=1&size=20", body, "Content-Type: application/json", "User-Agent: benchmark/1.0",
		"Accept: */*", "Accept-Encoding: gzip", "Cookie: session=abc123; theme=dark")
	r.Host = strings.TrimSuffix(strings.TrimPrefix(c.FunctionURL, "https://"), "/")
	return registered, single, bare, r, body
}

// BenchmarkRequest is a request of 1 KB through a function URL, beside the bare handler around the same function.
func BenchmarkRequest(b *testing.B) {
	registered, single, bare, r, body := doors(b)
	b.Run("bare handler", func(b *testing.B) { doortest.Bench(b, bare, r, body) })
	b.Run("URL", func(b *testing.B) { doortest.Bench(b, single, r, body) })
	b.Run("URL of a registry", func(b *testing.B) { doortest.Bench(b, registered, r, body) })
}

func TestAllocations(t *testing.T) {
	registered, single, bare, r, body := doors(t)
	for name, door := range map[string]http.Handler{"single": single, "registered": registered} {
		added := doortest.Added(door, bare, r, body)
		t.Logf("%s: the door adds %v allocations", name, added)
		require.LessOrEqual(t, added, 40.0, name)
	}
}
