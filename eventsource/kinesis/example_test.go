package kinesis_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
)

func Example() {
	stream := kinesis.NewStream("orders", 1)
	for _, order := range []string{"tea", "milk"} {
		if err := stream.Put("customer-7", []byte(order)); err != nil {
			fmt.Println(err)
		}
	}
	// This is what a mapping does.
	from := eventsource.Position{Type: eventsource.TrimHorizon}
	page, err := stream.Read(context.Background(), "shardId-000000000000", from, 100)
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range page.Records {
		fmt.Printf("%s %s %d\n", r.Group, r.Data, len(r.ID))
	}
	// Output:
	// customer-7 tea 56
	// customer-7 milk 56
}

func ExampleNew() {
	_, err := kinesis.New("no spaces", kinesis.Options{})
	fmt.Println(errors.Is(err, kinesis.ErrValidation))
	fmt.Println(err)
	// Output:
	// true
	// kinesis: ValidationException: 1 validation error detected: Value 'no spaces' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+
}

func ExampleStream_SplitShard() {
	stream := kinesis.NewStream("orders", 1)
	parent := stream.ListShards()[0]
	if err := stream.SplitShard(parent.ShardID, parent.HashKeyRange.Half()); err != nil {
		fmt.Println(err)
	}
	for _, s := range stream.ListShards() {
		fmt.Println(s.ShardID, s.ParentShardID, s.HashKeyRange.StartingHashKey, s.SequenceNumberRange.EndingSequenceNumber == "")
	}
	// Output:
	// shardId-000000000000  0 false
	// shardId-000000000001 shardId-000000000000 0 true
	// shardId-000000000002 shardId-000000000000 170141183460469231731687303715884105728 true
}

func ExampleStream_PutRecord() {
	stream := kinesis.NewStream("orders", 4)
	out, err := stream.PutRecord(kinesis.PutRecordInput{PartitionKey: "customer-7", Data: []byte("tea")})
	fmt.Println(out.ShardID, len(out.SequenceNumber), err)
	_, err = stream.PutRecord(kinesis.PutRecordInput{Data: []byte("tea")})
	fmt.Println(errors.Is(err, kinesis.ErrValidation))
	// Output:
	// shardId-000000000000 56 <nil>
	// true
}

func ExampleStream_Notify() {
	stream := kinesis.NewStream("orders", 1)
	stop := stream.Notify(func() { fmt.Println("something to read") })
	fmt.Println(stream.Put("customer-7", nil))
	stop()
	fmt.Println(stream.Put("customer-7", nil))
	// Output:
	// something to read
	// <nil>
	// <nil>
}

func ExampleStream_Consumer() {
	stream := kinesis.NewStream("orders", 1)
	consumer := stream.Consumer("billing")
	fmt.Println(consumer.ARN()[:len("arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/billing:")])
	// Output:
	// arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/billing:
}
