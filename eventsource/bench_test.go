package eventsource_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// raw is a function without any encoding of its own.
type raw func(event []byte) ([]byte, error)

func (f raw) Invoke(_ context.Context, event []byte) ([]byte, error) { return f(event) }

func code(f raw) lambda.Code {
	return func(context.Context, *lambda.Environment) (lambda.Function, error) { return f, nil }
}

// BenchmarkSQSRecord is the cost of a message through a mapping, in batches of 10; direct is that of invoking the same
// function with the same event, ready-made, per message. What matters is the difference.
func BenchmarkSQSRecord(b *testing.B) {
	body := `{"orderId":"1234567890","customer":"a","total":12.5,"lines":[{"sku":"x","n":1}]}`
	event := sampleEvent(b, body)
	b.Run("direct", func(b *testing.B) {
		svc := fastService(b)
		lambdatest.Deploy(b, svc, lambda.Config{Name: "f"}, code(func([]byte) ([]byte, error) { return nil, nil }))
		b.ReportAllocs()
		for i := 0; i < b.N; i += 10 {
			if _, err := svc.Invoke(b.Context(), invoke.Input{FunctionName: "f", Payload: event}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("mapping", func(b *testing.B) {
		svc := fastService(b)
		left, done := atomic.Int64{}, make(chan struct{}, 1)
		lambdatest.Deploy(b, svc, lambda.Config{Name: "f"}, code(func([]byte) ([]byte, error) {
			if left.Add(-1) == 0 {
				done <- struct{}{}
			}
			return nil, nil
		}))
		b.ReportAllocs()
		const round = 10_000 // what waits in the queue costs the garbage collector, which is not what is measured
		for i := 0; i < b.N; i += round {
			b.StopTimer()
			q, n := sqs.NewQueue("q", sqs.Attributes{}), int64(min(round, b.N-i)+9)/10
			for range n * 10 {
				q.Send(body)
			}
			left.Store(n)
			b.StartTimer()
			m, err := eventsource.NewMapping(svc, q, eventsource.Config{FunctionName: "f"})
			if err != nil {
				b.Fatal(err)
			}
			<-done
			m.Close()
		}
	})
}

// fastService is a Service whose account is never in the way.
func fastService(b *testing.B) *invoke.Service {
	return lambdatest.NewService(b, invoke.Options{Account: concurrency.NewAccount(concurrency.Options{Limit: 10_000_000})})
}

// sampleEvent is the event of ten messages with a body.
func sampleEvent(t require.TestingT, body string) (event []byte) {
	q := sqs.NewQueue("q", sqs.Attributes{})
	for range 10 {
		q.Send(body)
	}
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	got := make(chan []byte, 1)
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, code(func(e []byte) ([]byte, error) { got <- append([]byte(nil), e...); return nil, nil })))
	m, err := eventsource.NewMapping(svc, q, eventsource.Config{FunctionName: "f"})
	require.NoError(t, err)
	defer m.Close()
	return <-got
}

// A mapping over a thousand shards with ten lanes each has no goroutine and no timer while it has nothing to do.
func TestThousandShardsIdleWithoutGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	synctest.Test(t, func(t *testing.T) {
		stream := kinesis.NewStream("s", 1000)
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		m, err := eventsource.NewMapping(svc, stream, eventsource.Config{FunctionName: "f", ParallelizationFactor: 10})
		require.NoError(t, err)
		for i := range 100 {
			require.NoError(t, stream.Put(fmt.Sprint(i), []byte("x")))
		}
		synctest.Wait()
		require.LessOrEqual(t, runtime.NumGoroutine(), before+3)
		start := time.Now()
		m.Close()
		require.Equal(t, start, time.Now())
	})
}
