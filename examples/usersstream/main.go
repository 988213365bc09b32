// Usersstream polls a DynamoDB stream with a batch size of 500, a window of five seconds and LATEST: changes made before
// the mapping are not seen, and a few changes wait for company before they are sent.
//
//	go run ./examples/usersstream
//
// It takes the five seconds; the test beside it runs in virtual time.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func main() {
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline); err != nil {
		fmt.Fprintln(os.Stderr, "usersstream:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%s", timeline.String())
}

func audit(w io.Writer) lambda.Code {
	return lambda.Handler(func(e events.DynamoDBEvent) error {
		counts := map[string]int{}
		for _, r := range e.Records {
			counts[r.EventName]++
		}
		fmt.Fprintf(w, "batch of %d: %d inserted, %d modified, %d removed\n", len(e.Records), counts["INSERT"], counts["MODIFY"], counts["REMOVE"])
		return nil
	})
}

const window = 5 * time.Second

func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline) error {
	svc := invoke.New(invoke.Options{Trace: timeline.Trace})
	defer svc.Close()
	if err := svc.Deploy(lambda.Config{Name: "audit"}, audit(w)); err != nil {
		return err
	}
	users := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
	if err := users.PutItem(user("before", 0)); err != nil { // LATEST will not show this one
		return err
	}
	mapping, err := eventsource.NewMapping(svc, users, eventsource.Config{
		FunctionName: "audit", BatchSize: 500, MaximumBatchingWindow: window, StartingPosition: eventsource.Latest,
	})
	if err != nil {
		return err
	}
	defer mapping.Close()
	if err := changes(users); err != nil {
		return err
	}
	time.Sleep(window + 500*time.Millisecond)
	return ctx.Err()
}

// changes makes 600 changes: enough for one full batch, which does not wait, and a rest, which does.
func changes(users *dynamodb.Table) error {
	for i := range 598 {
		if err := users.PutItem(user(fmt.Sprint("u", i), 1)); err != nil {
			return err
		}
	}
	if err := users.PutItem(user("u0", 2)); err != nil {
		return err
	}
	return users.DeleteItem(dynamodb.Item{"id": events.NewStringAttribute("u1")})
}

func user(id string, visits int) dynamodb.Item {
	return dynamodb.Item{"id": events.NewStringAttribute(id), "visits": events.NewNumberAttribute(fmt.Sprint(visits))}
}
