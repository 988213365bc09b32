package alb_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/alb"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

func doorAndBare(t testing.TB) (door, bare http.Handler) {
	svc, bare := doortest.Constant(t)
	door, err := alb.New(alb.Options{Invoker: svc, FunctionName: "f"})
	require.NoError(t, err)
	return door, bare
}

// BenchmarkRequest is a request of 1 KB through the target group, beside the bare handler around the same function.
func BenchmarkRequest(b *testing.B) {
	door, bare := doorAndBare(b)
	b.Run("bare handler", func(b *testing.B) { doortest.Bench(b, bare, doortest.Request1KB(), doortest.Body1KB()) })
	b.Run("alb", func(b *testing.B) { doortest.Bench(b, door, doortest.Request1KB(), doortest.Body1KB()) })
}

// A request costs at most 40 allocations more than through a bare handler.
func TestAllocations(t *testing.T) {
	door, bare := doorAndBare(t)
	added := doortest.Added(door, bare, doortest.Request1KB(), doortest.Body1KB())
	t.Logf("the door adds %v allocations", added)
	require.LessOrEqual(t, added, 40.0)
}
