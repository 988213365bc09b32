package eventbridge_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// Invariant 17, EventBridge's part: at most 1 + 185 tries within 24 hours, and within the bounds of the target's policy.
// The simple model adds up what the delays can be at least.
func TestInvariant17(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := &eventbridge.RetryPolicy{}
		if rapid.Bool().Draw(t, "age given") {
			policy.MaximumEventAge = time.Duration(rapid.IntRange(60, 86400).Draw(t, "age")) * time.Second
		}
		if rapid.Bool().Draw(t, "retries given") {
			policy.MaximumRetryAttempts = new(rapid.IntRange(0, 185).Draw(t, "retries"))
		}
		seed := rapid.Uint64().Draw(t, "seed")
		rapid.SyncTest(t, func(t *rapid.T) {
			start := time.Now()
			fake := &fakeLambda{refuse: func(int, call) error { return throttle }}
			dead := newQueue("dead")
			bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Seed: seed})
			putRule(t, bus, eventbridge.Target{Function: "f", RetryPolicy: policy, DeadLetterQueue: dead})
			put(t, bus, "{}")
			require.NoError(t, bus.Wait(t.Context()))
			require.Zero(t, bus.Pending())

			age, retries := 24*time.Hour, 185
			if policy.MaximumEventAge != 0 {
				age = policy.MaximumEventAge
			}
			if policy.MaximumRetryAttempts != nil {
				retries = *policy.MaximumRetryAttempts
			}
			calls := fake.all()
			require.LessOrEqual(t, len(calls), 1+retries)
			require.LessOrEqual(t, calls[len(calls)-1].at.Sub(start), age)
			for i := range len(calls) - 1 {
				gap, doubled := calls[i+1].at.Sub(calls[i].at), min(time.Second<<min(i, 20), 8*time.Minute)
				require.InDelta(t, float64(doubled), float64(gap), float64(doubled)/10+1)
			}
			require.Len(t, dead.all(), 1)
			condition := "MaximumRetryAttempts"
			if len(calls) < 1+retries {
				condition = "MaximumEventAgeInSeconds"
			}
			require.Equal(t, condition, attributes(dead.all()[0])["EXHAUSTED_RETRY_CONDITION"])
		})
	})
}

// With the defaults all 185 retries fit into 24 hours.
func TestRetryDefaults(t *testing.T) {
	bubble(t, func(t *testing.T) {
		start := time.Now()
		fake := &fakeLambda{refuse: func(int, call) error { return lambda.NewError("ServiceException", "") }}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		putRule(t, bus, eventbridge.Target{Function: "f"})
		put(t, bus, "{}")
		require.NoError(t, bus.Wait(t.Context()))
		require.Len(t, fake.all(), 186)
		require.Greater(t, time.Since(start), 23*time.Hour)
		require.Less(t, time.Since(start), 24*time.Hour)
	})
}

func TestDeadLetters(t *testing.T) {
	for _, c := range []struct {
		name           string
		err            error
		code, message  string
		retried        bool
		fails, letters int
	}{
		{"no permission goes there at once", denied, "NO_PERMISSIONS", "no", false, 1, 1},
		{"so does a missing function", notFound, "NO_RESOURCE", "Function not found", false, 1, 1},
		{"and what no retry can mend", lambda.NewError("InvalidRequestContentException", "bad"), "SDK_CLIENT_ERROR", "bad", false, 1, 1},
		{"a throttle is tried again", throttle, "THROTTLING", "Rate Exceeded.", true, 3, 1},
		{"and an error that nobody knows", errors.New("odd \x00"), "ERROR_FROM_TARGET", "odd \uFFFD", true, 3, 1},
		{"and one without a text", errors.New(""), "ERROR_FROM_TARGET", "unknown error", true, 3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var mu sync.Mutex
				var steps []trace.Event
				fake := &fakeLambda{refuse: func(int, call) error { return c.err }}
				dead := newQueue("dead")
				bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Trace: func(e trace.Event) {
					mu.Lock()
					defer mu.Unlock()
					steps = append(steps, e)
				}})
				arn := putRule(t, bus, eventbridge.Target{
					Function: "f", Input: `"input"`, DeadLetterQueue: dead, RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: new(2)},
				})
				id := put(t, bus, "{}")
				require.NoError(t, bus.Wait(t.Context()))
				require.Len(t, fake.all(), c.fails)
				require.Len(t, dead.all(), c.letters)
				letter := dead.all()[0]
				require.Contains(t, letter.Body, id, "the event, not the input")
				want := map[string]string{
					"RULE_ARN": arn, "TARGET_ARN": "arn:aws:lambda:us-east-1:123456789012:function:f",
					"ERROR_CODE": c.code, "ERROR_MESSAGE": c.message,
				}
				if c.retried {
					want["EXHAUSTED_RETRY_CONDITION"], want["RETRY_ATTEMPTS"] = "MaximumRetryAttempts", "2"
				}
				require.Equal(t, want, attributes(letter))

				require.Len(t, steps, c.fails+1)
				for i, e := range steps[:c.fails] {
					require.Equal(t, trace.PushFailed, e.Kind)
					require.Equal(t, i+1, e.Attempt)
					require.Equal(t, arn, e.Source)
					require.Equal(t, i == c.fails-1, e.Due.IsZero())
				}
				require.Equal(t, trace.Pushed, steps[c.fails].Kind)
				require.Equal(t, dead.ARN(), steps[c.fails].Target)
			})
		})
	}
}

// One failing target does not hold up the others, and is tried again on its own.
func TestTargetsFailAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{refuse: func(n int, _ call) error {
			if n < 3 {
				return throttle
			}
			return nil
		}}
		q := newQueue("q")
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		putRule(t, bus, eventbridge.Target{Function: "f"})
		require.NoError(t, bus.PutTargets("r", eventbridge.Target{ID: "2", Queue: q}))
		put(t, bus, "{}")
		require.Len(t, q.all(), 1)
		require.Equal(t, 1, bus.Pending())
		lambdatest.Advance(time.Minute)
		require.Len(t, q.all(), 1)
		require.Len(t, fake.all(), 3)
		require.Zero(t, bus.Pending())
	})
}

func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var lost int
		fake := &fakeLambda{refuse: func(int, call) error { return throttle }}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Trace: func(e trace.Event) {
			if e.Kind == trace.Lost {
				lost++
			}
		}})
		putRule(t, bus, eventbridge.Target{Function: "f"})
		_, err := bus.PutRule(eventbridge.Rule{Name: "tick", ScheduleExpression: "rate(1 minute)"})
		require.NoError(t, err)
		require.NoError(t, bus.PutTargets("tick", eventbridge.Target{ID: "1", Function: "f"}))
		put(t, bus, "{}")
		bus.Close()
		bus.Close()
		require.NoError(t, bus.EnableRule("tick"))
		_, err = bus.PutRule(eventbridge.Rule{Name: "tock", ScheduleExpression: "rate(1 minute)"})
		require.NoError(t, err)
		lambdatest.Advance(24 * time.Hour)
		require.Len(t, fake.all(), 1)
		require.Equal(t, 1, lost)
		put(t, bus, "{}")
		require.Len(t, fake.all(), 1)
		require.Equal(t, 2, lost)
	})
}
