package lambdatest_test

import (
	"fmt"
	"os"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// retried is the trace of an event that fails and is retried once, as a Service emits it.
func retried() []trace.Event {
	var s story
	x := s.async(0, "thumbnail", "")
	x.dispatch(0)
	x.coldRun("a", 120*time.Millisecond, 30*time.Millisecond, trace.Error, "errorString")
	x.retry(time.Minute)
	x.dispatch(time.Minute + 150*time.Millisecond)
	x.run("a", 25*time.Millisecond, trace.Success, "")
	x.end("Success", trace.OnSuccess)
	return s.events
}

// Printed, a Timeline is a table of everything that happened.
func ExampleTimeline() {
	var tl lambdatest.Timeline // a Service gets it as invoke.Options{Trace: tl.Trace}
	for _, e := range retried() {
		tl.Trace(e)
	}
	fmt.Print(tl.String())
	// Output:
	// 12 steps from 2026-10-01T12:00:00Z, 1m00.175s
	//        +0s  #1    thumbnail  Accepted     17 bytes
	//        +0s  #1.1  thumbnail  Dispatched   age 0s
	//        +0s  #1.1  thumbnail  InitStarted  environment 1, init, Unreserved
	//     +120ms  #1.1  thumbnail  InitEnded    environment 1, init, success, after 120ms
	//     +120ms  #1.1  thumbnail  Started      version $LATEST, environment 1, Unreserved, cold, 1 in flight
	//     +150ms  #1.1  thumbnail  Finished     error errorString, after 30ms, billed 150ms, init 120ms
	//     +150ms  #1.1  thumbnail  Retrying     in 1m00s, Unhandled
	//  +1m00.15s  #1.2  thumbnail  Dispatched   age 1m00.15s
	//  +1m00.15s  #1.2  thumbnail  Started      version $LATEST, environment 1, Unreserved, 1 in flight
	// +1m00.175s  #1.2  thumbnail  Finished     success, after 25ms, billed 25ms
	// +1m00.175s  #1.2  thumbnail  Ended        Success, invoke count 1, age 1m00.175s
	// +1m00.175s  #1.2  thumbnail  Delivered    OnSuccess, arn:aws:sqs:eu-west-1:000000000000:results
}

func ExampleTimeline_Of() {
	var tl lambdatest.Timeline
	for _, e := range retried() {
		tl.Trace(e)
	}
	begin := tl.Events()[0].Time
	for _, e := range tl.Of(trace.Finished, trace.Ended) {
		fmt.Println(e.Time.Sub(begin), e.Kind, e.Outcome+e.Detail)
	}
	// Output:
	// 150ms Finished error
	// 1m0.175s Finished success
	// 1m0.175s Ended Success
}

func ExampleTimeline_WriteSVG() {
	var tl lambdatest.Timeline
	for _, e := range retried() {
		tl.Trace(e)
	}
	f, err := os.CreateTemp("", "timeline-*.svg")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	fmt.Println(tl.WriteSVG(f), f.Close())
	// Output:
	// <nil> <nil>
}

// A finished trace can be held against the laws of Lambda: here somebody lost the second attempt's result.
func ExampleTimeline_Check() {
	var tl lambdatest.Timeline
	for _, e := range retried() {
		if e.Kind != trace.Ended && e.Kind != trace.Delivered {
			tl.Trace(e)
		}
	}
	fmt.Println(tl.Check(lambdatest.Settings{}))
	// Output:
	// lambdatest: ends-once: invocation #1 of thumbnail ended 0 times (law: an accepted event ends in exactly one terminal condition, unless it is traced as lost; nothing else ends)
}

func ExampleChecks() {
	for _, c := range lambdatest.Checks()[:3] {
		fmt.Printf("%s: %s\n", c.Name, c.Law)
	}
	// Output:
	// ends-once: an accepted event ends in exactly one terminal condition, unless it is traced as lost; nothing else ends
	// runs-within-retries: an event runs at most 1 + MaximumRetryAttempts times, whatever was throttled
	// condition-is-earned: the terminal condition is one of five and follows from what the attempts came to
}
