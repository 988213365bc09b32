package doortest

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// constant is a function that always returns the same.
type constant []byte

func (c constant) Invoke(context.Context, []byte) ([]byte, error) { return c, nil }

// Constant is a Service whose function f returns a response of about 1 KB whatever it gets, and which no limit will meet,
// with the bare handler around that function.
func Constant(t testing.TB) (svc *invoke.Service, bare http.Handler) {
	account := concurrency.NewAccount(concurrency.Options{NoRequestRates: true, NoScalingRate: true})
	svc = invoke.New(invoke.Options{Account: account})
	t.Cleanup(svc.Close)
	result := constant(`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"` + strings.Repeat("abcdefgh", 125) + `"}`)
	if err := svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(result)); err != nil {
		t.Fatalf("%v", err)
	}
	return svc, Bare(func(ctx context.Context, payload []byte) ([]byte, error) {
		out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload})
		if err != nil {
			return nil, err
		}
		return out.Payload, nil
	})
}

// Request1KB is a request with [Body1KB] as clients send it.
func Request1KB() *http.Request {
	return Request("POST", "/items?page=1&size=20", Body1KB(), "Content-Type: application/json", "User-Agent: benchmark/1.0",
		"Accept: */*", "Accept-Encoding: gzip", "Cookie: session=abc123; theme=dark")
}
