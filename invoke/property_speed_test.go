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

// casesAMinute is how many cases a minute a property of the live engine gets through, on one core.
const casesAMinute = 1_000_000

// A property case is small: a Service, a function, an event with up to three attempts in hours of virtual time. A round
// is what rapid.Check makes of it; of several rounds the best counts, since others share the machine. The bubble alone
// is the baseline. A benchmark cannot do it: bubbles belong to tests.
func TestPropertySpeed(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("speed is measured without -short and without the race detector")
	}
	best := func(property func(*rapid.T)) (each time.Duration) {
		for range 20 {
			cases, began := 0, time.Now()
			rapid.Check(t, func(t *rapid.T) {
				cases++
				property(t)
			})
			if d := time.Since(began) / time.Duration(cases); each == 0 || d < each {
				each = d
			}
		}
		return each
	}
	floor := best(func(t *rapid.T) {
		script := properties.Script().Draw(t, "script")
		rapid.SyncTest(t, func(t *rapid.T) {
			for range min(len(script), 3) {
				time.Sleep(time.Minute)
			}
		})
	})
	each := best(oneEvent)
	t.Logf("%s a case, %.2f million a minute; the bubble alone takes %s", each, float64(time.Minute)/float64(each)/1e6, floor)
	require.LessOrEqual(t, each, time.Minute/casesAMinute)
}

var scripts = properties.Script()

func oneEvent(t *rapid.T) {
	script := scripts.Draw(t, "script")
	rapid.SyncTest(t, func(t *rapid.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script(script, 0))
		_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		if err == nil {
			err = svc.Wait(context.Background())
		}
		if err != nil || svc.Pending() != 0 || svc.Account().InFlight() != 0 {
			t.Fatalf("pending %d, in flight %d, %v", svc.Pending(), svc.Account().InFlight(), err)
		}
	})
}
