package eventsource_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestSQSPartialBatchAndRedrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := sqs.NewQueue("dead", sqs.Attributes{})
		work := sqs.NewQueue("work", sqs.Attributes{DeadLetterQueue: dead, MaxReceiveCount: 2})
		svc := lambdatest.NewService(t, invoke.Options{})
		var counts []string
		lambdatest.Deploy(t, svc, lambda.Config{Name: "w"}, lambda.Handler(func(e events.SQSEvent) (r events.SQSEventResponse, _ error) {
			for _, m := range e.Records {
				counts = append(counts, m.Body+m.Attributes["ApproximateReceiveCount"])
				if m.Body == "bad" {
					r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
				}
			}
			return r, nil
		}))
		for _, b := range []string{"a", "bad", "c"} {
			work.Send(b)
		}
		m, err := eventsource.NewMapping(svc, work, eventsource.Config{FunctionName: "w", ReportBatchItemFailures: true})
		require.NoError(t, err)
		defer m.Close()
		lambdatest.Advance(61 * time.Second)
		require.Equal(t, []string{"a1", "bad1", "c1", "bad2"}, counts)
		require.Zero(t, work.Len())
		require.Equal(t, "bad", dead.ReceiveMessages(1)[0].Body)
	})
}

func TestKinesisBisect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		discards := sqs.NewQueue("discards", sqs.Attributes{})
		stream := kinesis.NewStream("s", 1)
		svc := lambdatest.NewService(t, invoke.Options{})
		var seen []string
		lambdatest.Deploy(t, svc, lambda.Config{Name: "k"}, lambda.Handler(func(e events.KinesisEvent) error {
			var b strings.Builder
			bad := false
			for _, r := range e.Records {
				b.Write(r.Kinesis.Data)
				bad = bad || string(r.Kinesis.Data) == "3"
			}
			if bad {
				seen = append(seen, "F"+b.String())
				return errors.New("poison")
			}
			seen = append(seen, "S"+b.String())
			return nil
		}))
		for i := range 4 {
			stream.Put("k", fmt.Append(nil, i+1))
		}
		m, err := eventsource.NewMapping(svc, stream, eventsource.Config{FunctionName: "k", BisectBatchOnFunctionError: true, MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(discards)})
		require.NoError(t, err)
		defer m.Close()
		synctest.Wait()
		require.Equal(t, []string{"F1234", "S12", "F34", "F3", "S4"}, seen)
		require.Contains(t, discards.ReceiveMessages(1)[0].Body, `"batchSize":1`)
	})
}

// An embedder's own queue: blocking receive only, no Notify; and its own destination.
type theirQueue struct{ ch chan string }

func (q *theirQueue) ARN() string { return "arn:aws:sqs:eu-west-1:000000000000:theirs" }
func (q *theirQueue) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	var rs []eventsource.Record
	for len(rs) < max {
		if len(rs) == 0 && wait {
			select {
			case s := <-q.ch:
				rs = append(rs, eventsource.Record{ID: s, JSON: fmt.Appendf(nil, `{"body":%q}`, s)})
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		}
		select {
		case s := <-q.ch:
			rs = append(rs, eventsource.Record{ID: s, JSON: fmt.Appendf(nil, `{"body":%q}`, s)})
		default:
			return rs, nil
		}
	}
	return rs, nil
}
func (q *theirQueue) Delete(context.Context, []eventsource.Record) error { return nil }

func TestEmbedderBringsQueueAndDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &theirQueue{make(chan string, 10)}
		var got []destinations.Delivery
		dest := destinations.Func("arn:aws:sns:eu-west-1:000000000000:theirs", func(_ context.Context, d destinations.Delivery) error {
			got = append(got, d)
			return nil
		})
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(e events.SQSEvent) error {
			_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "g", InvocationType: invoke.Event, Payload: []byte(`"` + e.Records[0].Body + `"`)})
			return err
		}))
		lambdatest.Deploy(t, svc, lambda.Config{Name: "g"}, lambda.Handler(func(s string) (string, error) { return "g:" + s, nil }))
		require.NoError(t, svc.PutEventInvokeConfig("g", invoke.EventInvokeConfig{OnSuccess: dest}))
		m, err := eventsource.NewMapping(svc, q, eventsource.Config{FunctionName: "f"})
		require.NoError(t, err)
		t.Cleanup(m.Close) // its Receive can only block, so the mapping owns a goroutine
		q.ch <- "x"
		synctest.Wait()
		require.Len(t, got, 1)
		require.JSONEq(t, `"g:x"`, string(got[0].Record.ResponsePayload))
	})
}
