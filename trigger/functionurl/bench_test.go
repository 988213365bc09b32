package functionurl_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// doors are a function URL of a registry, one without, and the bare handler around the same function, with a request
// for all of them.
func doors(t testing.TB) (registered, single, bare http.Handler, r *http.Request) {
	svc, bare := doortest.Constant(t)
	c, err := svc.Registry().CreateFunctionURLConfig(time.Now(), "f", "", registry.FunctionURLInput{AuthType: registry.AuthNone})
	require.NoError(t, err)
	registered, err = functionurl.New(functionurl.Options{Invoker: svc, URLs: svc.Registry()})
	require.NoError(t, err)
	single, err = functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{FunctionName: "f"}})
	require.NoError(t, err)
	r = doortest.Request1KB()
	r.Host = strings.TrimSuffix(strings.TrimPrefix(c.FunctionURL, "https://"), "/")
	return registered, single, bare, r
}

// BenchmarkRequest is a request of 1 KB through a function URL, beside the bare handler around the same function.
func BenchmarkRequest(b *testing.B) {
	registered, single, bare, r := doors(b)
	b.Run("bare handler", func(b *testing.B) { doortest.Bench(b, bare, r, doortest.Body1KB()) })
	b.Run("URL", func(b *testing.B) { doortest.Bench(b, single, r, doortest.Body1KB()) })
	b.Run("URL of a registry", func(b *testing.B) { doortest.Bench(b, registered, r, doortest.Body1KB()) })
}

// A request costs at most 40 allocations more than through a bare handler.
func TestAllocations(t *testing.T) {
	registered, single, bare, r := doors(t)
	for name, door := range map[string]http.Handler{"single": single, "registered": registered} {
		added := doortest.Added(door, bare, r, doortest.Body1KB())
		t.Logf("%s: the door adds %v allocations", name, added)
		require.LessOrEqual(t, added, 40.0, name)
	}
}
