// Orderqueue works through a queue of orders in batches, of which one order fails again and again: the function reports
// it, the rest of its batch is done, and after two tries the queue moves it to a dead-letter queue.
//
//	go run ./examples/orderqueue
//
// It runs in real time, with a visibility timeout of one second; the test beside it runs in virtual time.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func main() {
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline); err != nil {
		fmt.Fprintln(os.Stderr, "orderqueue:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%s", timeline.String())
}

type order struct {
	ID    string
	Items int
}

// work handles a batch, and names the orders that it could not handle.
func work(w io.Writer) lambda.Code {
	return lambda.Handler(func(e events.SQSEvent) (events.SQSEventResponse, error) {
		var r events.SQSEventResponse
		for _, m := range e.Records {
			if err := handle(m.Body); err != nil {
				fmt.Fprintf(w, "try %s: %v\n", m.Attributes["ApproximateReceiveCount"], err)
				r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
				continue
			}
			fmt.Fprintf(w, "done: %s\n", m.Body)
		}
		return r, nil
	})
}

func handle(body string) error {
	var o order
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		return err
	}
	if o.Items <= 0 {
		return fmt.Errorf("order %s has no items", o.ID)
	}
	return nil
}

// patience is how long the story waits for the queue to come to rest: two visibility timeouts and a little more.
const patience = 2500 * time.Millisecond

func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline) error {
	svc := invoke.New(invoke.Options{Trace: timeline.Trace})
	defer svc.Close()
	if err := svc.Deploy(lambda.Config{Name: "work", Timeout: time.Second}, work(w)); err != nil {
		return err
	}
	dead := sqs.NewQueue("orders-dead", sqs.Attributes{})
	orders := sqs.NewQueue("orders", sqs.Attributes{
		VisibilityTimeout: new(time.Second), DeadLetterQueue: dead, MaxReceiveCount: 2,
	})
	for _, body := range []string{`{"ID":"a","Items":2}`, `{"ID":"b","Items":0}`, `{"ID":"c","Items":1}`} {
		if _, err := orders.Send(body); err != nil {
			return err
		}
	}
	mapping, err := eventsource.NewMapping(svc, orders, eventsource.Config{FunctionName: "work", ReportBatchItemFailures: true})
	if err != nil {
		return err
	}
	defer mapping.Close()
	time.Sleep(patience)
	fmt.Fprintf(w, "left in the queue: %d\n", orders.Len())
	for _, m := range dead.ReceiveMessages(10) {
		fmt.Fprintf(w, "dead letter: %s\n", m.Body)
	}
	return ctx.Err()
}
