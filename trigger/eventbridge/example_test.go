package eventbridge_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// An order that is paid reaches the function, one that is not does not.
func ExampleBus() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	err := svc.Deploy(lambda.Config{Name: "ship"}, lambda.Handler(func(_ context.Context, e events.EventBridgeEvent) error {
		fmt.Println(e.Source, e.DetailType, string(e.Detail))
		return nil
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	bus := eventbridge.NewBus("orders", eventbridge.Options{Invoker: svc})
	defer bus.Close()
	if _, err := bus.PutRule(eventbridge.Rule{Name: "paid", EventPattern: `{"detail":{"state":["PAID"],"total":[{"numeric":[">",10]}]}}`}); err != nil {
		fmt.Println(err)
		return
	}
	if err := bus.PutTargets("paid", eventbridge.Target{ID: "ship", Function: "ship"}); err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	for _, detail := range []string{`{"state":"NEW","total":20}`, `{"state":"PAID","total":20}`, `{"state":"PAID","total":5}`} {
		if _, err := bus.PutEvents(ctx, eventbridge.Entry{Source: "shop", DetailType: "order", Detail: detail}); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(svc.Wait(ctx))
	// Output:
	// shop order {"state":"PAID","total":20}
	// <nil>
}

// A transformer makes a sentence for a queue.
func ExampleInputTransformer() {
	queue := sqs.NewQueue("chat", sqs.Attributes{})
	bus := eventbridge.NewBus("", eventbridge.Options{})
	_, err := bus.PutRule(eventbridge.Rule{Name: "state", EventPattern: `{"source":["shop"]}`})
	if err == nil {
		err = bus.PutTargets("state", eventbridge.Target{ID: "chat", Queue: queue, InputTransformer: &eventbridge.InputTransformer{
			InputPathsMap: map[string]string{"id": "$.detail.id", "state": "$.detail.state"},
			InputTemplate: `"order <id> is <state>"`,
		}})
	}
	if err == nil {
		_, err = bus.PutEvents(context.Background(), eventbridge.Entry{Source: "shop", DetailType: "order", Detail: `{"id":7,"state":"PAID"}`})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(queue.ReceiveMessages(1)[0].Body)
	// Output: order 7 is PAID
}

// What cannot succeed goes to the target's dead-letter queue at once, and says why.
func ExampleTarget() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	failures := sqs.NewQueue("failures", sqs.Attributes{})
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: svc})
	_, err := bus.PutRule(eventbridge.Rule{Name: "all", EventPattern: `{"source":["shop"]}`})
	if err == nil {
		err = bus.PutTargets("all", eventbridge.Target{ID: "1", Function: "misspelt", DeadLetterQueue: failures})
	}
	if err == nil {
		_, err = bus.PutEvents(context.Background(), eventbridge.Entry{Source: "shop", DetailType: "order", Detail: `{}`})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	m := failures.ReceiveMessages(1)[0]
	fmt.Println(*m.MessageAttributes["ERROR_CODE"].StringValue)
	fmt.Println(*m.MessageAttributes["ERROR_MESSAGE"].StringValue)
	// Output:
	// NO_RESOURCE
	// Function not found: arn:aws:lambda:us-east-1:123456789012:function:misspelt:$LATEST
}

// Scheduled rules live on the default bus.
func ExampleBus_PutRule() {
	bus := eventbridge.NewBus("custom", eventbridge.Options{})
	_, err := bus.PutRule(eventbridge.Rule{Name: "nightly", ScheduleExpression: "cron(0 2 * * ? *)"})
	fmt.Println(err)
	_, err = eventbridge.NewBus("", eventbridge.Options{}).PutRule(eventbridge.Rule{Name: "nightly", ScheduleExpression: "rate(1 minutes)"})
	fmt.Println(err)
	// Output:
	// ValidationException: ScheduleExpression is supported only on the default event bus.
	// ValidationException: Parameter ScheduleExpression is not valid.
}

// A schedule with a time zone of its own.
func ExampleScheduler() {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	s := eventbridge.NewScheduler(eventbridge.Options{})
	defer s.Close()
	arn, err := s.CreateSchedule(eventbridge.Schedule{
		Name: "report", ScheduleExpression: "cron(30 9 1 * ? 2199)", Location: zone,
		Target: eventbridge.ScheduleTarget{Queue: sqs.NewQueue("reports", sqs.Attributes{})},
	})
	fmt.Println(arn, err)
	next, ok := s.NextFiring("", "report")
	fmt.Println(next.Truncate(time.Minute), ok)
	// Output:
	// arn:aws:scheduler:us-east-1:123456789012:schedule/default/report <nil>
	// 2199-01-01 09:30:00 +0100 CET true
}
