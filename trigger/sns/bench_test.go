package sns_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

// BenchmarkPublish measures what a message costs: from the call to the end of the function, beside an event of the same
// size that is invoked directly, and a message that a filter policy rejects.
func BenchmarkPublish(b *testing.B) {
	ctx := context.Background()
	svc := lambdatest.NewService(b, invoke.Options{Account: concurrency.NewAccount(concurrency.Options{NoRequestRates: true})})
	done := make(chan struct{}, 1)
	lambdatest.Deploy(b, svc, lambda.Config{Name: "f"}, func(context.Context, *lambda.Environment) (lambda.Function, error) {
		return function(func() { done <- struct{}{} }), nil
	})
	in := sns.PublishInput{Message: string(make([]byte, 128)), MessageAttributes: map[string]sns.MessageAttribute{"a": text("x")}}
	b.Run("to the function", func(b *testing.B) {
		p := subscribed(b, svc, sns.Options{}, sns.Attributes{FilterPolicy: `{"a":["x"]}`})
		b.ReportAllocs()
		for b.Loop() {
			_, err := p.PublishMessage(ctx, in)
			require.NoError(b, err)
			<-done
		}
	})
	b.Run("baseline, the event alone", func(b *testing.B) {
		var l taker
		publish(b, subscribed(b, &l, sns.Options{}, sns.Attributes{}), in)
		event := []byte(l.taken()[0])
		b.ReportAllocs()
		for b.Loop() {
			_, err := svc.Invoke(ctx, invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: event})
			require.NoError(b, err)
			<-done
		}
	})
	b.Run("rejected", func(b *testing.B) {
		p := subscribed(b, svc, sns.Options{}, sns.Attributes{FilterPolicy: `{"a":["y"]}`})
		b.ReportAllocs()
		for b.Loop() {
			_, err := p.PublishMessage(ctx, in)
			require.NoError(b, err)
		}
	})
}

type function func()

func (f function) Invoke(context.Context, []byte) ([]byte, error) {
	f()
	return nil, nil
}
