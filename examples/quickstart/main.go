// Quickstart runs a thumbnail function through everything that Lambda does around it: a success, an error, three
// attempts with an on-failure record, and a throttle.
//
//	go run ./examples/quickstart
//
// It runs in real time, so its retries wait tenths of a second instead of minutes: see the RetryPolicy. The test beside
// it tells the same story in virtual time, with Lambda's real delays, and takes a millisecond.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/logs"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func main() {
	fmt.Println("In real time: retries wait 0.2 s and 0.4 s here, one and two minutes in Lambda.")
	policy := invoke.RetryPolicy{FunctionError: 200 * time.Millisecond}
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline, policy); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
	fmt.Printf("\nWhat happened, step by step:\n\n%s", timeline.String())
}

// story runs the function four times. It is the same in real time and, in the test, in virtual time. The log is written
// to w as things happen, beside the story.
func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline, policy invoke.RetryPolicy) error {
	svc := invoke.New(invoke.Options{
		RetryPolicy: policy,
		Trace:       trace.Tee(logs.Writer(w, lambda.LoggingConfig{}), timeline.Trace),
	})
	defer svc.Close()
	failures := sqs.NewQueue("failures", sqs.Attributes{})
	if err := deploy(svc, failures); err != nil {
		return err
	}
	notification, err := files.ReadFile("testdata/notification.json")
	if err != nil {
		return err
	}
	for _, chapter := range []func(context.Context, io.Writer, *invoke.Service, *sqs.Queue, []byte) error{
		success, failure, asyncFailure, throttle,
	} {
		if err := chapter(ctx, w, svc, failures, notification); err != nil {
			return err
		}
	}
	return nil
}

func deploy(svc *invoke.Service, failures *sqs.Queue) error {
	config := lambda.Config{Name: "thumbnail", Timeout: 5 * time.Second, MemorySize: 512}
	if err := svc.Deploy(config, handler(newBucket())); err != nil {
		return err
	}
	return svc.PutEventInvokeConfig("thumbnail", invoke.EventInvokeConfig{OnFailure: destinations.SQS(failures)})
}

func success(ctx context.Context, w io.Writer, svc *invoke.Service, _ *sqs.Queue, notification []byte) error {
	fmt.Fprintln(w, "\n1. A picture arrives. The first call is a cold start.")
	out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "thumbnail", Payload: notification})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "-> %d %s\n", out.StatusCode, out.Payload)
	return nil
}

// missing is a notification about a picture that is gone by the time the function looks for it.
var missing = []byte(`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"pictures"},"object":{"key":"gone.png"}}}]}`)

func failure(ctx context.Context, w io.Writer, svc *invoke.Service, _ *sqs.Queue, _ []byte) error {
	fmt.Fprintln(w, "\n2. The picture is gone. The call succeeds, the function does not; nobody retries.")
	out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "thumbnail", Payload: missing})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "-> %d, function error %s: %s\n", out.StatusCode, out.FunctionError, out.Payload)
	return nil
}

func asyncFailure(ctx context.Context, w io.Writer, svc *invoke.Service, failures *sqs.Queue, _ []byte) error {
	fmt.Fprintln(w, "\n3. The same as an event: three attempts, then a record for the on-failure queue.")
	out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "thumbnail", InvocationType: invoke.Event, Payload: missing})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "-> %d, accepted\n", out.StatusCode)
	if err := svc.Wait(ctx); err != nil {
		return err
	}
	for _, m := range failures.ReceiveMessages(10) {
		fmt.Fprintf(w, "-> on-failure record: %s\n", m.Body)
	}
	return nil
}

func throttle(ctx context.Context, w io.Writer, svc *invoke.Service, _ *sqs.Queue, notification []byte) error {
	fmt.Fprintln(w, "\n4. Reserved concurrency 0 turns the function off.")
	if err := svc.PutFunctionConcurrency("thumbnail", 0); err != nil {
		return err
	}
	_, err := svc.Invoke(ctx, invoke.Input{FunctionName: "thumbnail", Payload: notification})
	fmt.Fprintf(w, "-> %v\n", err)
	return nil
}
