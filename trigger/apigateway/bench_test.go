package apigateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// doors are both kinds of API, and the bare handler around the same function, with a request for all of them.
func doors(t testing.TB) (bare, rest, web http.Handler, r *http.Request) {
	svc, bare := doortest.Constant(t)
	rest = restWith(t, nil, func(c *apigateway.RESTConfig) { c.Invoker = svc })
	web = httpWith(t, nil, func(c *apigateway.HTTPConfig) { c.Invoker = svc })
	r = doortest.Request1KB()
	r.RequestURI = "/stage" + r.RequestURI
	return bare, rest, web, r
}

// BenchmarkDoor is a request of 1 KB through both kinds of API, beside the bare handler around the same function.
func BenchmarkDoor(b *testing.B) {
	bare, rest, web, r := doors(b)
	b.Run("bare", func(b *testing.B) { doortest.Bench(b, bare, r, doortest.Body1KB()) })
	b.Run("rest", func(b *testing.B) { doortest.Bench(b, rest, r, doortest.Body1KB()) })
	b.Run("http", func(b *testing.B) { doortest.Bench(b, web, r, doortest.Body1KB()) })
}

// TestDoorAllocatesLittle: a door adds at most 40 allocations to the bare handler around the same function.
func TestDoorAllocatesLittle(t *testing.T) {
	bare, rest, web, r := doors(t)
	for name, door := range map[string]http.Handler{"rest": rest, "http": web} {
		added := doortest.Added(door, bare, r, doortest.Body1KB())
		t.Logf("%s adds %v allocations", name, added)
		require.LessOrEqual(t, added, 40.0, name)
	}
}
