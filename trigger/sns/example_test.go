package sns_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

func Example() {
	ctx := context.Background()
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	err := svc.Deploy(lambda.Config{Name: "ship"}, lambda.Handler(func(e events.SNSEvent) error {
		m := e.Records[0].SNS
		fmt.Println("ship:", m.Message, m.MessageAttributes["state"])
		return nil
	}))
	if err != nil {
		panic(err)
	}
	orders := sns.NewTopic("orders", sns.Options{Invoker: svc})
	_, err = orders.Subscribe(sns.SubscribeInput{
		FunctionARN: svc.Identity().FunctionARN("ship", ""),
		Attributes:  sns.Attributes{FilterPolicy: `{"state": ["PAID"]}`},
	})
	if err != nil {
		panic(err)
	}
	for _, state := range []string{"NEW", "PAID"} {
		_, err := orders.PublishMessage(ctx, sns.PublishInput{
			Message:           "order 7",
			MessageAttributes: map[string]sns.MessageAttribute{"state": {DataType: "String", StringValue: state}},
		})
		if err != nil {
			panic(err)
		}
	}
	_ = svc.Wait(ctx)
	// Output:
	// ship: order 7 map[Type:String Value:PAID]
}

// A function that is not there costs no retries: the message goes to the subscription's dead-letter queue.
func ExampleTopic_Subscribe() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	dead := sqs.NewQueue("dead", sqs.Attributes{})
	orders := sns.NewTopic("orders", sns.Options{Invoker: svc})
	_, err := orders.Subscribe(sns.SubscribeInput{
		FunctionARN: svc.Identity().FunctionARN("gone", ""),
		Attributes:  sns.Attributes{DeadLetterQueue: dead},
	})
	if err != nil {
		panic(err)
	}
	_, err = orders.PublishMessage(context.Background(), sns.PublishInput{Message: "order 7"})
	fmt.Println(err, dead.Len())
	_, err = orders.Subscribe(sns.SubscribeInput{Queue: dead, Attributes: sns.Attributes{FilterPolicy: `{"state": [{"wildcard": "P*"}]}`}})
	fmt.Println(err, errors.Is(err, sns.ErrInvalidParameter))
	// Output:
	// <nil> 1
	// InvalidParameter: Invalid parameter: Attributes Reason: FilterPolicy: Unrecognized match type wildcard true
}

// A topic takes what Lambda sends to a destination.
func ExampleTopic_Publish() {
	ctx := context.Background()
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	inbox := sqs.NewQueue("inbox", sqs.Attributes{})
	results := sns.NewTopic("results", sns.Options{})
	if _, err := results.Subscribe(sns.SubscribeInput{Queue: inbox, Attributes: sns.Attributes{RawMessageDelivery: true}}); err != nil {
		panic(err)
	}
	err := svc.Deploy(lambda.Config{Name: "double"}, lambda.Handler(func(n int) (int, error) { return 2 * n, nil }))
	if err != nil {
		panic(err)
	}
	if err := svc.PutEventInvokeConfig("double", invoke.EventInvokeConfig{OnSuccess: destinations.SNS(results)}); err != nil {
		panic(err)
	}
	if _, err := svc.Invoke(ctx, invoke.Input{FunctionName: "double", InvocationType: invoke.Event, Payload: []byte("21")}); err != nil {
		panic(err)
	}
	_ = svc.Wait(ctx)
	for _, m := range inbox.ReceiveMessages(10) {
		fmt.Println(m.Body[len(m.Body)-len(`"responsePayload":42}`):])
	}
	// Output:
	// "responsePayload":42}
}

// A message can have a text of its own for each protocol.
func ExampleTopic_PublishMessage() {
	inbox := sqs.NewQueue("inbox", sqs.Attributes{})
	news := sns.NewTopic("news", sns.Options{})
	if _, err := news.Subscribe(sns.SubscribeInput{Queue: inbox, Attributes: sns.Attributes{RawMessageDelivery: true}}); err != nil {
		panic(err)
	}
	_, err := news.PublishMessage(context.Background(), sns.PublishInput{
		MessageStructure: "json", Message: `{"default": "hello", "sqs": "hello, queue"}`,
	})
	if err != nil {
		panic(err)
	}
	for _, m := range inbox.ReceiveMessages(10) {
		fmt.Println(m.Body)
	}
	// Output: hello, queue
}

// A policy can look at the message itself.
func ExampleTopic_SetSubscriptionAttributes() {
	ctx := context.Background()
	large := sqs.NewQueue("large", sqs.Attributes{})
	orders := sns.NewTopic("orders", sns.Options{})
	arn, err := orders.Subscribe(sns.SubscribeInput{Queue: large})
	if err != nil {
		panic(err)
	}
	err = orders.SetSubscriptionAttributes(arn, sns.Attributes{
		FilterPolicyScope: sns.MessageBody, FilterPolicy: `{"total": [{"numeric": [">", 100]}]}`,
	})
	if err != nil {
		panic(err)
	}
	for _, order := range []string{`{"id": 1, "total": 20}`, `{"id": 2, "total": 250}`} {
		if _, err := orders.PublishMessage(ctx, sns.PublishInput{Message: order}); err != nil {
			panic(err)
		}
	}
	fmt.Println(large.Len())
	// Output: 1
}
