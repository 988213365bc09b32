package s3_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

// BenchmarkPut measures what a notification costs: from the write to the end of the function, beside an event of the same
// size that is invoked directly, and a write that nobody is told of.
func BenchmarkPut(b *testing.B) {
	ctx := context.Background()
	svc := lambdatest.NewService(b, invoke.Options{Account: concurrency.NewAccount(concurrency.Options{NoRequestRates: true})})
	done := make(chan struct{}, 1)
	lambdatest.Deploy(b, svc, lambda.Config{Name: "f"}, func(context.Context, *lambda.Environment) (lambda.Function, error) {
		return function(func() { done <- struct{}{} }), nil
	})
	body := make([]byte, 1024)
	b.Run("to the function", func(b *testing.B) {
		bucket := watched(b, svc, s3.Options{})
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, bucket.PutObject(ctx, "k", "", body))
			<-done
		}
	})
	b.Run("baseline, the event alone", func(b *testing.B) {
		var l taker
		require.NoError(b, watched(b, &l, s3.Options{}).PutObject(ctx, "k", "", body))
		event := []byte(l.last())
		b.ReportAllocs()
		for b.Loop() {
			_, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: event})
			require.NoError(b, err)
			<-done
		}
	})
	b.Run("baseline, the write alone", func(b *testing.B) {
		bucket := s3.NewBucket("pictures", s3.Options{})
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, bucket.PutObject(ctx, "k", "", body))
		}
	})
}

type function func()

func (f function) Invoke(context.Context, []byte) ([]byte, error) {
	f()
	return nil, nil
}
