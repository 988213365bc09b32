// Clickstream counts the clicks on pages in windows of two seconds, over a Kinesis stream with a record in it that no
// retry will ever cure: the batch around it is split in halves until the bad record is alone, which is then given up and
// reported, while all others are counted.
//
//	go run ./examples/clickstream
//
// It runs in real time, a few seconds long; the test beside it runs in virtual time.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
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

func main() {
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline); err != nil {
		fmt.Fprintln(os.Stderr, "clickstream:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%s", timeline.String())
}

type click struct{ Page string }

// count adds a batch to the window's counts, which travel as the state, and prints them when the window closes.
func count(w io.Writer) lambda.Code {
	return lambda.Handler(func(e events.KinesisTimeWindowEvent) (r events.KinesisTimeWindowEventResponse, _ error) {
		counts := e.State
		if counts == nil {
			counts = map[string]string{}
		}
		for _, record := range e.Records {
			var c click
			if err := json.Unmarshal(record.Kinesis.Data, &c); err != nil {
				return r, fmt.Errorf("one record of %d is bad", len(e.Records))
			}
			n, _ := strconv.Atoi(counts[c.Page])
			counts[c.Page] = strconv.Itoa(n + 1)
		}
		if e.IsFinalInvokeForWindow {
			fmt.Fprintf(w, "window of %v: %s\n", e.Window.End.Sub(e.Window.Start.Time), show(counts))
		}
		r.State = counts
		return r, nil
	})
}

func show(counts map[string]string) string {
	var list []string
	for page, n := range counts {
		list = append(list, page+" "+n)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// window is the size of the tumbling windows.
const window = 2 * time.Second

func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline) error {
	svc := invoke.New(invoke.Options{Trace: timeline.Trace})
	defer svc.Close()
	if err := svc.Deploy(lambda.Config{Name: "count"}, count(w)); err != nil {
		return err
	}
	discards := sqs.NewQueue("discards", sqs.Attributes{})
	clicks := kinesis.NewStream("clicks", 1)
	time.Sleep(time.Until(time.Now().Truncate(window).Add(window))) // a story is better told from the beginning of a window
	for _, data := range []string{`{"Page":"home"}`, `{"Page":"cart"}`, `not JSON`, `{"Page":"home"}`} {
		if err := clicks.Put("visitor", []byte(data)); err != nil {
			return err
		}
	}
	mapping, err := eventsource.NewMapping(svc, clicks, eventsource.Config{
		FunctionName: "count", StartingPosition: eventsource.TrimHorizon, TumblingWindow: window,
		BisectBatchOnFunctionError: true, MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(discards),
	})
	if err != nil {
		return err
	}
	defer mapping.Close()
	time.Sleep(window)
	if err := clicks.Put("visitor", []byte(`{"Page":"pay"}`)); err != nil { // it opens the next window, and so closes the first
		return err
	}
	time.Sleep(window / 4)
	for _, m := range discards.ReceiveMessages(10) {
		fmt.Fprintf(w, "given up: %s\n", m.Body)
	}
	return ctx.Err()
}
