package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/sqs"
)

func Example() {
	dead := sqs.NewQueue("dead", sqs.Attributes{})
	work := sqs.NewQueue("work", sqs.Attributes{
		VisibilityTimeout: new(time.Duration(0)), // for the example's sake: visible again at once
		DeadLetterQueue:   dead,
		MaxReceiveCount:   2,
	})
	work.Send("hello")
	for range 3 { // nobody deletes it
		for _, m := range work.ReceiveMessages(10) {
			fmt.Println(m.Body, "received", m.Attributes["ApproximateReceiveCount"])
		}
	}
	fmt.Println("work", work.Len(), "dead", dead.Len())
	// Output:
	// hello received 1
	// hello received 2
	// work 0 dead 1
}

func ExampleNew() {
	_, err := sqs.New("work", sqs.Attributes{Retention: time.Second})
	fmt.Println(err)
	fmt.Println(errors.Is(err, sqs.ErrInvalidAttributeValue))
	// Output:
	// InvalidAttributeValue: Invalid value for the parameter MessageRetentionPeriod.
	// true
}

func ExampleQueue_SendMessage() {
	q := sqs.NewQueue("orders.fifo", sqs.Attributes{ContentBasedDeduplication: true})
	color := "red"
	for _, body := range []string{"one", "two", "one"} {
		sent, err := q.SendMessage(context.Background(), sqs.Message{
			Body:              body,
			Attributes:        map[string]string{"MessageGroupId": "customer-7"},
			MessageAttributes: map[string]sqs.MessageAttribute{"color": {DataType: "String", StringValue: &color}},
		})
		fmt.Println(body, sent.Attributes["SequenceNumber"], err)
	}
	fmt.Println(q.Len(), "messages: the third is a duplicate")
	// Output:
	// one 10000000000000000256 <nil>
	// two 10000000000000000512 <nil>
	// one 10000000000000000256 <nil>
	// 2 messages: the third is a duplicate
}

func ExampleQueue_ReceiveMessage() {
	q := sqs.NewQueue("q", sqs.Attributes{})
	q.Send("a")
	q.Send("b")
	ctx := context.Background()
	messages, err := q.ReceiveMessage(ctx, sqs.ReceiveOptions{MaxNumberOfMessages: 10, VisibilityTimeout: new(time.Minute)})
	if err != nil {
		panic(err)
	}
	for _, m := range messages {
		fmt.Println(m.Body, q.DeleteMessage(ctx, m.ReceiptHandle))
	}
	fmt.Println(q.Len(), "left")
	// Output:
	// a <nil>
	// b <nil>
	// 0 left
}

func ExampleQueue_Notify() {
	q := sqs.NewQueue("q", sqs.Attributes{})
	stop := q.Notify(func() { fmt.Println("there may be something") })
	defer stop()
	q.Send("a")
	fmt.Println(q.Counts().Visible, "visible")
	// Output:
	// there may be something
	// 1 visible
}
