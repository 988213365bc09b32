package orders_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestFailedOrdersReachTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // virtual time
		failures := sqs.NewQueue("failures", sqs.Attributes{})
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(func() error { return errors.New("boom") }))
		svc.PutEventInvokeConfig("orders", invoke.EventInvokeConfig{OnFailure: destinations.SQS(failures)})

		start := time.Now()
		svc.Invoke(t.Context(), invoke.Input{FunctionName: "orders", InvocationType: invoke.Event, Payload: []byte(`{"id":7}`)})
		svc.Wait(t.Context())

		if took := time.Since(start); took != 3*time.Minute { // one minute, then two
			t.Errorf("gave up after %v", took)
		}
		if n := len(failures.ReceiveMessages(10)); n != 1 {
			t.Errorf("%d records in the queue, want 1", n)
		}
	})
}
