package alb_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// constant is a function that always returns the same response, of about 1 KB.
type constant []byte

func (c constant) Invoke(context.Context, []byte) ([]byte, error) { return c, nil }

// doorAndBare are a target group and the bare handler, before the same function of the same Service, with a request of
// 1 KB as clients send it.
func doorAndBare(t testing.TB) (door, bare http.Handler, r *http.Request, body string) {
	// No limit may meet a benchmark.
	svc := invoke.New(invoke.Options{Account: concurrency.NewAccount(concurrency.Options{NoRequestRates: true, NoScalingRate: true})})
	t.Cleanup(svc.Close)
	result := constant(`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"` + string(make1KB()) + `"}`)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(result)))
	door, err := alb.New(alb.Options{Invoker: svc, FunctionName: "f"})
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
	return door, bare, r, body
}

func make1KB() []byte {
	b := make([]byte, 1000)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return b
}

// BenchmarkRequest is a request of 1 KB through the target group, beside the bare handler around the same function.
func BenchmarkRequest(b *testing.B) {
	door, bare, r, body := doorAndBare(b)
	b.Run("bare handler", func(b *testing.B) { doortest.Bench(b, bare, r, body) })
	b.Run("alb", func(b *testing.B) { doortest.Bench(b, door, r, body) })
}

func TestAllocations(t *testing.T) {
	added := doortest.Added(doorAndBare(t))
	t.Logf("the door adds %v allocations", added)
	require.LessOrEqual(t, added, 40.0)
}
