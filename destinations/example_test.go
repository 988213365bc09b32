package destinations_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
)

// printer is an embedder's own queue: anything with an ARN and SendMessage is one.
type printer struct{}

func (printer) ARN() string { return "arn:aws:sqs:eu-west-1:123456789012:printer" }

func (printer) SendMessage(_ context.Context, m events.SQSMessage) (events.SQSMessage, error) {
	fmt.Println(m.Body)
	for _, name := range []string{"RequestID", "ErrorCode", "ErrorMessage"} {
		if a, ok := m.MessageAttributes[name]; ok {
			fmt.Println(name, a.DataType, *a.StringValue)
		}
	}
	return m, nil
}

func ExampleSQS() {
	target := destinations.SQS(printer{})
	err := target.Deliver(context.Background(), destinations.Delivery{
		Function: "thumbnail",
		Record: destinations.NewRecord(destinations.Ending{
			Time:        time.Date(2026, 10, 1, 12, 3, 42, 85e6, time.UTC),
			RequestID:   "c6af9ac6-7b61-11e6-9a41-93e812345678",
			FunctionARN: "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail:$LATEST",
			Condition:   destinations.EventAgeExceeded,
			Payload:     []byte(`{"key":"cat.png"}`),
			StatusCode:  429,
		}),
	})
	fmt.Println(err)
	// Output:
	// {"version":"1.0","timestamp":"2026-10-01T12:03:42.085Z","requestContext":{"requestId":"c6af9ac6-7b61-11e6-9a41-93e812345678","functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:thumbnail:$LATEST","condition":"EventAgeExceeded","approximateInvokeCount":0},"requestPayload":{"key":"cat.png"},"responseContext":{"statusCode":429}}
	// <nil>
}

func ExampleDeadLetter() {
	target := destinations.SQS(printer{})
	err := target.Deliver(context.Background(), destinations.Delivery{DeadLetter: &destinations.DeadLetter{
		Body:         []byte(`{"key":"cat.png"}`),
		RequestID:    "c6af9ac6-7b61-11e6-9a41-93e812345678",
		ErrorCode:    200,
		ErrorMessage: "no such cat",
	}})
	fmt.Println(err)
	// Output:
	// {"key":"cat.png"}
	// RequestID String c6af9ac6-7b61-11e6-9a41-93e812345678
	// ErrorCode Number 200
	// ErrorMessage String no such cat
	// <nil>
}

func ExampleFunc() {
	target := destinations.Func("arn:aws:sns:eu-west-1:123456789012:theirs", func(_ context.Context, d destinations.Delivery) error {
		fmt.Println(d.Function, d.Record.RequestContext.Condition)
		return nil
	})
	_ = target.Deliver(context.Background(), destinations.Delivery{
		Function: "thumbnail",
		Record:   destinations.NewRecord(destinations.Ending{Condition: destinations.Success, StatusCode: 200}),
	})
	// Output:
	// thumbnail Success
}

func ExampleNewBatchRecord() {
	at := time.Date(2019, 11, 14, 0, 38, 4, 835e6, time.UTC)
	point := destinations.StreamPoint{SequenceNumber: "49601189658422359378836298521827638475320189012309704722", Arrival: at}
	record := destinations.NewBatchRecord(destinations.Discard{
		Time: at.Add(time.Second), RequestID: "c9b8fa9f", FunctionARN: "arn:aws:lambda:us-east-2:123456789012:function:clicks",
		Condition: destinations.RetryAttemptsExhausted, Invokes: 3, Answered: true, ExecutedVersion: "$LATEST", FunctionError: "Unhandled",
		StreamARN: "arn:aws:kinesis:us-east-2:123456789012:stream/clicks", Shard: "shardId-000000000001", First: point, Last: point, Size: 1,
	})
	_ = destinations.SQS(printer{}).Deliver(context.Background(), destinations.Delivery{Batch: record})
	// Output:
	// {"requestContext":{"requestId":"c9b8fa9f","functionArn":"arn:aws:lambda:us-east-2:123456789012:function:clicks","condition":"RetryAttemptsExhausted","approximateInvokeCount":3},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"version":"1.0","timestamp":"2019-11-14T00:38:05.835Z","KinesisBatchInfo":{"shardId":"shardId-000000000001","startSequenceNumber":"49601189658422359378836298521827638475320189012309704722","endSequenceNumber":"49601189658422359378836298521827638475320189012309704722","approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z","approximateArrivalOfLastRecord":"2019-11-14T00:38:04.835Z","batchSize":1,"streamArn":"arn:aws:kinesis:us-east-2:123456789012:stream/clicks"}}
}

func ExampleCheckConfig() {
	err := destinations.CheckConfig("thumbnail", "arn:aws:s3:::results", "")
	fmt.Println(err)
	var e *destinations.Error
	fmt.Println(errors.As(err, &e) && e.Status == 400)
	// Output:
	// InvalidParameterValueException: The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::results), onFailure=null) is invalid.
	// true
}
