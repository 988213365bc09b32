package eventsource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// A queue whose function names the message that failed: it comes back when its visibility timeout ends, and goes to
// the dead-letter queue after two receives.
func ExampleMapping_queue() {
	synctest.Test(new(testing.T), func(*testing.T) {
		dead := sqs.NewQueue("dead", sqs.Attributes{})
		orders := sqs.NewQueue("orders", sqs.Attributes{DeadLetterQueue: dead, MaxReceiveCount: 2})
		svc := invoke.New(invoke.Options{})
		defer svc.Close()
		start := time.Now()
		svc.Deploy(lambda.Config{Name: "ship"}, lambda.Handler(func(e events.SQSEvent) (r events.SQSEventResponse, _ error) {
			for _, m := range e.Records {
				fmt.Println(time.Since(start), m.Body, m.Attributes["ApproximateReceiveCount"])
				if m.Body == "broken" {
					r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
				}
			}
			return r, nil
		}))
		orders.Send("book")
		orders.Send("broken")

		m, err := eventsource.NewMapping(svc, orders, eventsource.Config{FunctionName: "ship", ReportBatchItemFailures: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer m.Close()
		lambdatest.Advance(61 * time.Second)
		fmt.Println("left:", orders.Len(), "dead:", dead.Len())
	})
	// Output:
	// 0s book 1
	// 0s broken 1
	// 30s broken 2
	// left: 0 dead: 1
}

// A stream whose failed batches are split until the record that poisons them is alone and given up.
func ExampleMapping_stream() {
	synctest.Test(new(testing.T), func(*testing.T) {
		clicks, failures := kinesis.NewStream("clicks", 1), sqs.NewQueue("failures", sqs.Attributes{})
		svc := invoke.New(invoke.Options{})
		defer svc.Close()
		svc.Deploy(lambda.Config{Name: "count"}, lambda.Handler(func(e events.KinesisEvent) error {
			for _, r := range e.Records {
				if string(r.Kinesis.Data) == "poison" {
					fmt.Println(len(e.Records), "records: failed")
					return errors.New("poison")
				}
			}
			fmt.Println(len(e.Records), "records: done")
			return nil
		}))
		for _, click := range []string{"a", "b", "poison", "c"} {
			clicks.Put("user", []byte(click))
		}

		m, err := eventsource.NewMapping(svc, clicks, eventsource.Config{
			FunctionName: "count", StartingPosition: eventsource.TrimHorizon,
			BisectBatchOnFunctionError: true, MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(failures),
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer m.Close()
		synctest.Wait()
		fmt.Println("given up:", failures.Len())
	})
	// Output:
	// 4 records: failed
	// 2 records: done
	// 2 records: failed
	// 1 records: failed
	// 1 records: done
	// given up: 1
}

// An acknowledgement that gets lost: the message comes twice.
func ExampleMapping_Control() {
	synctest.Test(new(testing.T), func(*testing.T) {
		queue := sqs.NewQueue("queue", sqs.Attributes{})
		svc := invoke.New(invoke.Options{})
		defer svc.Close()
		svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(e events.SQSEvent) { fmt.Println(e.Records[0].Body) }))
		m, err := eventsource.NewMapping(svc, queue, eventsource.Config{FunctionName: "f"})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer m.Close()
		remove := m.Control(func(s *eventsource.Step, next func() error) error {
			if s.Kind == eventsource.Acknowledge {
				return nil // it never arrives
			}
			return next()
		})
		queue.Send("hello")
		synctest.Wait()
		remove()
		lambdatest.Advance(30 * time.Second)
		fmt.Println("left:", queue.Len())
	})
	// Output:
	// hello
	// hello
	// left: 0
}

// Disabling keeps the position, and an update keeps what it does not name.
func ExampleMapping_Update() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(events.KinesisEvent) {}))
	m, err := eventsource.NewMapping(svc, kinesis.NewStream("s", 1), eventsource.Config{FunctionName: "f", BatchSize: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	answer, err := m.Update(eventsource.UpdateInput{Enabled: new(false)})
	fmt.Println(answer.State, answer.BatchSize, err)
	fmt.Println(m.State())
	_, err = m.Update(eventsource.UpdateInput{BatchSize: new(0)})
	fmt.Println(err)
	// Output:
	// Disabling 50 <nil>
	// Disabled
	// lambda: ValidationException: 1 validation error detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1
}

// With a store of its own, a mapping that is made again goes on where the last one was.
func ExampleCheckpointStore() {
	synctest.Test(new(testing.T), func(*testing.T) {
		stream := kinesis.NewStream("s", 1)
		svc := invoke.New(invoke.Options{})
		defer svc.Close()
		svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(e events.KinesisEvent) {
			fmt.Printf("%d record: %s\n", len(e.Records), e.Records[0].Kinesis.Data)
		}))
		config := eventsource.Config{FunctionName: "f", Checkpoints: eventsource.NewMemoryCheckpoints()}
		for _, data := range []string{"before", "after"} {
			stream.Put("k", []byte(data))
			m, err := eventsource.NewMapping(svc, stream, config)
			if err != nil {
				fmt.Println(err)
				return
			}
			synctest.Wait()
			m.Close()
		}
	})
	// Output:
	// 1 record: before
	// 1 record: after
}

func ExampleConfiguration() {
	synctest.Test(new(testing.T), func(*testing.T) {
		svc := invoke.New(invoke.Options{})
		defer svc.Close()
		svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(events.SQSEvent) {}))
		m, answer, err := eventsource.Create(svc, sqs.NewQueue("orders", sqs.Attributes{}), eventsource.Config{FunctionName: "f"})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer m.Close()
		answer.UUID, answer.ARN = "86a1…", "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:86a1…"
		wire, _ := json.MarshalIndent(answer, "", "  ")
		fmt.Println(string(wire))
	})
	// Output:
	// {
	//   "UUID": "86a1…",
	//   "EventSourceMappingArn": "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:86a1…",
	//   "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders",
	//   "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
	//   "BatchSize": 10,
	//   "MaximumBatchingWindowInSeconds": 0,
	//   "FunctionResponseTypes": [],
	//   "LastModified": 946684800,
	//   "State": "Creating",
	//   "StateTransitionReason": "USER_INITIATED"
	// }
}

func ExampleList() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(events.SQSEvent) {}))
	for _, name := range []string{"a", "b"} {
		m, err := eventsource.NewMapping(svc, sqs.NewQueue(name, sqs.Attributes{}), eventsource.Config{FunctionName: "f"})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer m.Close()
	}
	page, next, err := eventsource.List(svc, eventsource.ListInput{FunctionName: "f"})
	for _, m := range page {
		fmt.Println(m.Source().ARN(), m.State())
	}
	fmt.Printf("%q %v\n", next, err)
	// Output:
	// arn:aws:sqs:us-east-1:123456789012:a Enabled
	// arn:aws:sqs:us-east-1:123456789012:b Enabled
	// "" <nil>
}

func ExampleParseStartingPosition() {
	p, err := eventsource.ParseStartingPosition("LATEST")
	fmt.Println(p, err)
	_, err = eventsource.ParseStartingPosition("")
	fmt.Println(err)
	// Output:
	// LATEST <nil>
	// lambda: InvalidParameterValueException: 1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.
}

// remote is a queue somewhere else, that may or may not be there.
type remote struct {
	eventsource.Queue
	exists bool
}

// Check implements [eventsource.Checker].
func (r remote) Check(context.Context) error {
	if !r.exists {
		return fmt.Errorf("asked for the queue: %w", eventsource.ErrSourceNotFound)
	}
	return nil
}

// A queue that is not there is refused with AWS's text, and so is an ARN that a REST API finds nothing under.
func ExampleChecker() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(func(events.SQSEvent) {}))
	_, err := eventsource.NewMapping(svc, remote{Queue: sqs.NewQueue("orders", sqs.Attributes{})}, eventsource.Config{FunctionName: "f"})
	fmt.Println(err)
	fmt.Println(eventsource.SourceMissing("arn:aws:kinesis:us-east-1:123456789012:stream/clicks"))
	// Output:
	// lambda: InvalidParameterValueException: Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.
	// lambda: InvalidParameterValueException: Stream not found: arn:aws:kinesis:us-east-1:123456789012:stream/clicks
}
