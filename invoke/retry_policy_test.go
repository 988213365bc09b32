package invoke

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestRetryPolicy(t *testing.T) {
	at := func(s int) time.Time { return epoch.Add(time.Duration(s) * time.Second) }
	six := DefaultMaximumEventAge
	for _, c := range []struct {
		name string
		now  int
		h    History
		want Verdict
	}{
		{"success", 5, History{Class: Succeeded}, Verdict{Condition: destinations.Success}},
		{"success after the age", 90, History{Class: Succeeded, MaximumEventAge: time.Minute}, Verdict{Condition: destinations.Success}},
		{"first error", 5, History{Class: FunctionError, Failures: 1, MaximumRetryAttempts: 2, MaximumEventAge: six}, Verdict{Due: at(65)}},
		{"second error", 65, History{Class: FunctionError, Failures: 2, MaximumRetryAttempts: 2, MaximumEventAge: six}, Verdict{Due: at(185)}},
		{"third error", 185, History{Class: FunctionError, Failures: 3, MaximumRetryAttempts: 2, MaximumEventAge: six}, Verdict{Condition: destinations.RetriesExhausted}},
		{"lookup", 5, History{Class: NotFound, Failures: 1, MaximumRetryAttempts: 1, MaximumEventAge: six}, Verdict{Due: at(65)}},
		{"retries first, then age", 90, History{Class: FunctionError, Failures: 1, MaximumEventAge: time.Minute}, Verdict{Condition: destinations.RetriesExhausted}},
		{"tie", 0, History{Class: FunctionError, Failures: 1, MaximumRetryAttempts: 2, MaximumEventAge: time.Minute}, Verdict{Condition: destinations.EventAgeExceeded}},
		{"just in time", 0, History{Class: FunctionError, Failures: 1, MaximumRetryAttempts: 2, MaximumEventAge: time.Minute + 1}, Verdict{Due: at(60)}},
		{"throttle", 7, History{Class: Throttled, Backoffs: 4, MaximumEventAge: six}, Verdict{Due: at(15)}},
		{"throttle, capped", 7, History{Class: Throttled, Backoffs: 40, MaximumEventAge: six}, Verdict{Due: at(307)}},
		{"throttle at retries exhausted", 7, History{Class: Throttled, Backoffs: 1, Failures: 9, MaximumEventAge: six}, Verdict{Due: at(8)}},
		{"system error", 7, History{Class: SystemError, Backoffs: 1, MaximumEventAge: six}, Verdict{Due: at(8)}},
		{"off", 7, History{Class: ZeroReserved, MaximumEventAge: six}, Verdict{Condition: destinations.ZeroReservedConcurrency}},
		{"loop", 7, History{Class: LoopStopped, MaximumEventAge: six}, Verdict{Condition: destinations.RecursiveInvocation}},
		{"alias gone, no retries", 0, History{Class: AliasGone, Failures: 1, MaximumEventAge: six}, Verdict{Condition: destinations.RetriesExhausted}},
		{"alias gone", 0, History{Class: AliasGone, Failures: 1, MaximumRetryAttempts: 1, MaximumEventAge: 90 * time.Second}, Verdict{Due: at(90)}},
		{"alias gone after a run", 0, History{Class: AliasGone, Runs: 1, Failures: 2, MaximumRetryAttempts: 1, MaximumEventAge: six}, Verdict{Condition: destinations.RetriesExhausted}},
	} {
		c.h.Accepted = epoch
		require.Equal(t, c.want, RetryPolicy{}.Next(at(c.now), c.h), c.name)
	}
}

func TestRetryPolicy_Admit(t *testing.T) {
	h := History{Accepted: epoch, MaximumRetryAttempts: 1, MaximumEventAge: time.Minute}
	require.False(t, RetryPolicy{}.Admit(epoch.Add(time.Minute-1), h).Ended())
	require.Equal(t, Verdict{Condition: destinations.EventAgeExceeded}, RetryPolicy{}.Admit(epoch.Add(time.Minute), h))
	h.Class = AliasGone
	require.Equal(t, Verdict{Condition: destinations.EventAgeExceeded, Silent: true}, RetryPolicy{}.Admit(epoch.Add(time.Minute), h))
	h.Failures = 2
	require.Equal(t, Verdict{Condition: destinations.RetriesExhausted}, RetryPolicy{}.Admit(epoch.Add(time.Minute), h))
}

func TestRetryPolicy_shorterDelays(t *testing.T) {
	p := RetryPolicy{FunctionError: time.Millisecond, Backoff: 10 * time.Millisecond, MaximumBackoff: 15 * time.Millisecond}
	h := History{Class: FunctionError, Accepted: epoch, Failures: 2, MaximumRetryAttempts: 2, MaximumEventAge: time.Minute}
	require.Equal(t, epoch.Add(2*time.Millisecond), p.Next(epoch, h).Due)
	h.Class, h.Backoffs = Throttled, 2
	require.Equal(t, epoch.Add(15*time.Millisecond), p.Next(epoch, h).Due)
}

func TestRetryPolicy_jitterStaysInItsBoundsAndIsRepeatable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := RetryPolicy{Jitter: rapid.Float64Range(0, 1).Draw(t, "jitter")}
		h := History{
			Class: FunctionError, Accepted: epoch, Failures: 1, MaximumRetryAttempts: 2, MaximumEventAge: 6 * time.Hour,
			Seed: rapid.Uint64().Draw(t, "seed"), Number: rapid.Uint64().Draw(t, "number"), Attempt: rapid.IntRange(1, 99).Draw(t, "attempt"),
		}
		v := p.Next(epoch, h)
		d := v.Due.Sub(epoch).Seconds()
		if d < 60*(1-p.Jitter)-1e-6 || d > 60*(1+p.Jitter)+1e-6 {
			t.Fatalf("delay %v with jitter %v", d, p.Jitter)
		}
		if again := p.Next(epoch, h); again != v {
			t.Fatalf("%v, then %v", v, again)
		}
	})
	var sum float64
	for n := range uint64(1000) {
		h := History{Class: FunctionError, Accepted: epoch, Failures: 1, MaximumRetryAttempts: 2, MaximumEventAge: time.Hour, Number: n}
		sum += RetryPolicy{Jitter: 0.1}.Next(epoch, h).Due.Sub(epoch).Seconds()
	}
	require.InDelta(t, 60, sum/1000, 0.5, "the mean stays")
}

func TestRetryPolicy_Validate(t *testing.T) {
	for _, c := range []struct {
		policy RetryPolicy
		want   string
	}{
		{RetryPolicy{}, ""},
		{RetryPolicy{FunctionError: 1, Backoff: 1, MaximumBackoff: 1, Jitter: 1}, ""},
		{RetryPolicy{FunctionError: -1}, "invoke: a RetryPolicy has a negative delay"},
		{RetryPolicy{Backoff: -1}, "invoke: a RetryPolicy has a negative delay"},
		{RetryPolicy{MaximumBackoff: -1}, "invoke: a RetryPolicy has a negative delay"},
		{RetryPolicy{Jitter: -0.1}, "invoke: a RetryPolicy has a jitter of -0.1, which is not from 0 to 1"},
		{RetryPolicy{Jitter: 1.1}, "invoke: a RetryPolicy has a jitter of 1.1, which is not from 0 to 1"},
		{RetryPolicy{Jitter: math.NaN()}, "invoke: a RetryPolicy has a jitter of NaN, which is not from 0 to 1"},
	} {
		err := c.policy.Validate()
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, c.want)
		require.PanicsWithValue(t, c.want, func() { New(Options{RetryPolicy: c.policy}) })
	}
}

// Jitter is spread over both sides, and each dispatch has its own.
func TestRetryPolicy_jitterIsSpread(t *testing.T) {
	h := History{Class: FunctionError, Accepted: epoch, Failures: 1, MaximumRetryAttempts: 2, MaximumEventAge: time.Hour}
	shortest, longest := time.Hour, time.Duration(0)
	seen := map[time.Duration]bool{}
	for h.Attempt = range 200 {
		d := RetryPolicy{Jitter: 0.1}.Next(epoch, h).Due.Sub(epoch)
		shortest, longest, seen[d] = min(shortest, d), max(longest, d), true
	}
	require.Len(t, seen, 200)
	require.Less(t, shortest, 55*time.Second)
	require.Greater(t, longest, 65*time.Second)
}
