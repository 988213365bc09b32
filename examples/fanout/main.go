// Fanout publishes orders to a topic, from which each subscriber gets what it asked for: a function the paid ones, another
// everything, a queue the large ones. While Lambda fails, messages wait; those for a function that was deleted are
// in its subscription's dead-letter queue.
//
//	go run ./examples/fanout
//
//	            ┌── state is PAID ───────► function ship
//	topic ──────┼── everything ──────────► function audit
//	orders      ├── total over 100 ──────► queue large
//	            └── everything ──────────► function gone ──► queue dead
//
// It takes a second or two; the test beside it runs in virtual time.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

func main() {
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline); err != nil {
		fmt.Fprintln(os.Stderr, "fanout:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%s", timeline.String())
}

// shop is everything that there is.
type shop struct {
	svc         *invoke.Service
	outage      outage
	orders      *sns.Topic
	large, dead *sqs.Queue
}

// outage is Lambda's door on a bad day: it refuses the first calls.
type outage struct {
	svc  *invoke.Service
	left atomic.Int32
}

func (o *outage) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	if o.left.Add(-1) >= 0 {
		return nil, lambda.NewError("ServiceException", "An error occurred and the request cannot be processed.")
	}
	return o.svc.Invoke(ctx, in)
}

func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline) error {
	s := newShop(timeline)
	defer s.svc.Close()
	defer s.orders.Close()
	if err := s.open(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "1. Three orders are published. Each subscriber gets what it asked for.")
	if err := s.publish(ctx, order{"a", "NEW", "30"}, order{"b", "PAID", "250"}, order{"c", "PAID", "20"}); err != nil {
		return err
	}
	s.look(w)
	fmt.Fprintln(w, "\n2. Lambda fails for twelve calls: for each function's first and three more at once. A second later it is back.")
	s.outage.left.Store(12)
	if err := s.publish(ctx, order{"d", "PAID", "40"}); err != nil {
		return err
	}
	s.look(w)
	return nil
}

func newShop(timeline *lambdatest.Timeline) *shop {
	s := &shop{svc: invoke.New(invoke.Options{Trace: timeline.Trace})}
	s.outage.svc = s.svc
	s.orders = sns.NewTopic("orders", sns.Options{Invoker: &s.outage, Trace: timeline.Trace})
	s.large, s.dead = sqs.NewQueue("large", sqs.Attributes{}), sqs.NewQueue("dead", sqs.Attributes{})
	return s
}

// open deploys the functions and subscribes everybody.
func (s *shop) open(w io.Writer) error {
	for _, name := range []string{"ship", "audit"} {
		err := s.svc.Deploy(lambda.Config{Name: name}, lambda.Handler(func(e events.SNSEvent) {
			fmt.Fprintf(w, "-> %s: %s\n", name, e.Records[0].SNS.Message)
		}))
		if err != nil {
			return err
		}
	}
	arn := func(name string) string { return s.svc.Identity().FunctionARN(name, "") }
	for _, in := range []sns.SubscribeInput{
		{FunctionARN: arn("ship"), Attributes: sns.Attributes{FilterPolicy: `{"state": ["PAID"]}`}},
		{FunctionARN: arn("audit")},
		{Queue: s.large, Attributes: sns.Attributes{FilterPolicy: `{"total": [{"numeric": [">", 100]}]}`, RawMessageDelivery: true}},
		{FunctionARN: arn("gone"), Attributes: sns.Attributes{DeadLetterQueue: s.dead}},
	} {
		if _, err := s.orders.Subscribe(in); err != nil {
			return err
		}
	}
	return nil
}

type order struct{ id, state, total string }

// publish publishes orders one after the other, and waits for what comes of each.
func (s *shop) publish(ctx context.Context, orders ...order) error {
	for _, o := range orders {
		_, err := s.orders.PublishMessage(ctx, sns.PublishInput{
			Message: "order " + o.id,
			MessageAttributes: map[string]sns.MessageAttribute{
				"state": {DataType: "String", StringValue: o.state},
				"total": {DataType: "Number", StringValue: o.total},
			},
		})
		if err != nil {
			return err
		}
		if err := s.orders.Wait(ctx); err != nil {
			return err
		}
		if err := s.svc.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// look empties the queues.
func (s *shop) look(w io.Writer) {
	for _, q := range []*sqs.Queue{s.large, s.dead} {
		messages := q.ReceiveMessages(10)
		fmt.Fprintf(w, "-> queue %s: %d\n", q.Name(), len(messages))
	}
}
