package invoke_test

import (
	"context"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

type echo struct{}

func (echo) Invoke(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }

func raw(context.Context, *lambda.Environment) (lambda.Function, error) { return echo{}, nil }

var payload64 = []byte(`{"id":"0123456789","n":42,"ok":true,"tags":["a","b"],"x":nulls}`)

// unlimited is an account whose request rates do not hold up a benchmark.
func unlimited() *concurrency.Account {
	return concurrency.NewAccount(concurrency.Options{NoRequestRates: true, NoScalingRate: true})
}

// BenchmarkInvokeFloor is what a goroutine, a channel and a reused timer cost: the least that a synchronous invocation
// under a strict timeout can do.
func BenchmarkInvokeFloor(b *testing.B) {
	b.ReportAllocs()
	timer := time.AfterFunc(time.Hour, func() {})
	defer timer.Stop()
	for b.Loop() {
		done := make(chan struct{}, 1)
		timer.Reset(time.Hour)
		go func() {
			timer.Stop()
			done <- struct{}{}
		}()
		<-done
	}
}

func BenchmarkInvokeRaw(b *testing.B) {
	svc := invoke.New(invoke.Options{Account: unlimited()})
	defer svc.Close()
	if err := svc.Deploy(lambda.Config{Name: "f"}, raw); err != nil {
		b.Fatal(err)
	}
	payload := []byte(`{"id":"0123456789","n":42,"ok":true,"tags":["a","b"],"x":null}  `)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload})
		if err != nil || out.FunctionError != "" {
			b.Fatal(err, string(out.Payload))
		}
	}
}
