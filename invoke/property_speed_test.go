package invoke_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

// maximumBubbles is how many empty bubbles a property case on the live engine may cost. A case takes six or seven, which
// is a million cases a minute on a machine whose bubble takes 9 µs.
const maximumBubbles = 10

// A property case is small: a Service, a function, an event with three attempts in hours of virtual time. The baseline
// is the bubble alone. Others share the machine, so the two take turns, and of each the best counts: a case is so short
// that some of thousands are left alone however busy the machine. A benchmark cannot do it: bubbles belong to tests.
func TestPropertySpeed(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("speed is measured without -short and without the race detector")
	}
	floor, each := time.Hour, time.Hour
	for range 20 {
		rapid.Check(t, func(t *rapid.T) {
			floor = min(floor, timed(t, emptyBubble))
			each = min(each, timed(t, oneEvent))
		})
	}
	bubbles := float64(each) / float64(floor)
	t.Logf("%s a case, %.2f million a minute: %.1f times the bubble alone, which takes %s",
		each, float64(time.Minute)/float64(each)/1e6, bubbles, floor)
	require.LessOrEqual(t, bubbles, float64(maximumBubbles))
}

var scripts = properties.Script()

// timed is how long a property case takes: one script drawn, and a bubble.
func timed(t *rapid.T, property func(*rapid.T)) time.Duration {
	began := time.Now()
	scripts.Draw(t, "script")
	rapid.SyncTest(t, property)
	return time.Since(began)
}

func emptyBubble(*rapid.T) {
	for range 3 {
		time.Sleep(time.Minute)
	}
}

func oneEvent(t *rapid.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script("FFS", 0))
	_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
	if err == nil {
		err = svc.Wait(context.Background())
	}
	if err != nil || svc.Pending() != 0 || svc.Account().InFlight() != 0 {
		t.Fatalf("pending %d, in flight %d, %v", svc.Pending(), svc.Account().InFlight(), err)
	}
}
