package batch

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func arrivedAtT0(int) time.Time { return t0 }

func retry(t require.TestingT, p Policy, arrival func(int) time.Time) *Retry {
	r, err := NewRetry(p, arrival)
	require.NoError(t, err)
	return r
}

func TestRetry_success(t *testing.T) {
	r := retry(t, Policy{}, arrivedAtT0)
	require.False(t, r.Busy())
	require.Equal(t, Step{}, r.Next(t0))
	r.Begin(3)
	require.True(t, r.Busy())
	require.Equal(t, Step{Action: Invoke, To: 3, Count: 1}, r.Next(t0))
	require.Equal(t, Step{Action: Wait}, r.Next(t0), "an invoke is outstanding")
	require.Zero(t, r.Resolved())
	r.Report(t0, Outcome{Result: Succeeded})
	require.Equal(t, 3, r.Resolved())
	require.Equal(t, Step{}, r.Next(t0))
	require.False(t, r.Busy())
}

func TestRetry_unchangedRetriesWaitAndKeepTheirIdentity(t *testing.T) {
	r := retry(t, Policy{Backoff: Doubling(time.Second, time.Hour)}, arrivedAtT0)
	r.Begin(2)
	now := t0
	for i, result := range []Result{FunctionError, Throttled, FunctionError, AllFailed} {
		s := r.Next(now)
		require.Equal(t, Invoke, s.Action)
		require.Equal(t, i > 0, s.Again)
		r.Report(now, Outcome{Result: result})
		wait := r.Next(now)
		require.Equal(t, Step{Action: Wait, At: now.Add(time.Second << i)}, wait)
		require.Equal(t, wait, r.Next(wait.At.Add(-1)))
		now = wait.At
	}
	require.Equal(t, 4, r.Next(now).Count, "the throttle was no attempt")
}

func TestRetry_partsBeginAnew(t *testing.T) {
	for name, o := range map[string]Outcome{"bisect": {Result: FunctionError}, "suffix": {Result: PartlyFailed, First: 2}} {
		t.Run(name, func(t *testing.T) {
			r := retry(t, Policy{MaximumRetryAttempts: new(1), BisectBatchOnFunctionError: true}, arrivedAtT0)
			r.Begin(4)
			r.Next(t0)
			r.Report(t0, Outcome{Result: Throttled})
			now := r.Next(t0).At
			require.True(t, r.Next(now).Again)
			r.Report(now, o)
			s := r.Next(now)
			require.Equal(t, Invoke, s.Action, "a new batch does not wait")
			require.False(t, s.Again)
			require.Equal(t, 1, s.Count)
			require.Equal(t, 2, s.To-s.From)
			r.Report(now, Outcome{Result: Throttled})
			require.Equal(t, now.Add(backoffBase), r.Next(now).At, "nor does its backoff go on")
		})
	}
}

func TestRetry_firstRecordReportedIsAFailedAttempt(t *testing.T) {
	r := retry(t, Policy{MaximumRetryAttempts: new(1), BisectBatchOnFunctionError: true, Backoff: Doubling(0, 0)}, arrivedAtT0)
	r.Begin(3)
	for i := range 2 {
		require.Equal(t, Step{Action: Invoke, Again: i > 0, To: 3, Count: i + 1}, r.Next(t0))
		r.Report(t0, Outcome{Result: PartlyFailed, First: 0})
	}
	require.Equal(t, Step{Action: Discard, Again: true, To: 3, Count: 2, Condition: RetryAttemptsExhausted, Response: Reported}, r.Next(t0))
	require.Zero(t, r.Resolved(), "a discard is over only when Next is asked again")
	require.Equal(t, Done, r.Next(t0).Action)
	require.Equal(t, 3, r.Resolved())
}

func TestRetry_responseContextIsThatOfTheLastFailure(t *testing.T) {
	for _, c := range []struct {
		first, last Result
		want        ResponseContext
	}{
		{FunctionError, FunctionError, Unhandled},
		{AllFailed, FunctionError, Unhandled},
		{FunctionError, AllFailed, Reported},
		{FunctionError, PartlyFailed, Reported},
		{TooLarge, TooLarge, NoResponse},
	} {
		r := retry(t, Policy{MaximumRetryAttempts: new(1), Backoff: Doubling(0, 0)}, arrivedAtT0)
		r.Begin(1)
		for _, o := range []Result{c.first, c.last} {
			r.Next(t0)
			r.Report(t0, Outcome{Result: o})
		}
		s := r.Next(t0)
		require.Equal(t, RetryAttemptsExhausted, s.Condition)
		require.Equal(t, c.want, s.Response)
	}
}

func TestRetry_expiredHeadKeepsTheBudgetOfTheRest(t *testing.T) {
	arrival := func(i int) time.Time { return t0.Add(time.Duration(i) * 30 * time.Second) }
	r := retry(t, Policy{MaximumRetryAttempts: new(2), MaximumRecordAge: time.Minute, Backoff: Doubling(61*time.Second, time.Hour)}, arrival)
	r.Begin(2)
	r.Next(t0)
	r.Report(t0, Outcome{Result: FunctionError})
	now := r.Next(t0).At
	require.Equal(t, Step{Action: Discard, Again: true, To: 1, Count: 2, Condition: RecordAgeExceeded}, r.Next(now))
	require.Equal(t, Step{Action: Invoke, From: 1, To: 2, Count: 2}, r.Next(now), "another batch, the second attempt")
	require.Equal(t, 1, r.Resolved())
}

func TestRetry_retentionIsSilentAndComesFirst(t *testing.T) {
	arrival := func(i int) time.Time { return t0.Add(time.Duration(i) * time.Hour) }
	r := retry(t, Policy{MaximumRecordAge: time.Hour, Retention: 24 * time.Hour}, arrival)
	r.Begin(30)
	now := t0.Add(26*time.Hour + 1)
	s := r.Next(now)
	require.Equal(t, Step{Action: Discard, To: 3, Count: 1, Condition: RetentionExpired}, s)
	require.False(t, s.Condition.Recorded())
	s = r.Next(now)
	require.Equal(t, Step{Action: Discard, From: 3, To: 26, Count: 1, Condition: RecordAgeExceeded}, s)
	require.True(t, s.Condition.Recorded())
	require.Equal(t, Step{Action: Invoke, From: 26, To: 30, Count: 1}, r.Next(now))
}

func TestRetry_minusOneRetriesForEver(t *testing.T) {
	r := retry(t, Policy{MaximumRetryAttempts: new(-1), Backoff: Doubling(0, 0)}, arrivedAtT0)
	r.Begin(1)
	for range 20_000 {
		require.Equal(t, Invoke, r.Next(t0).Action)
		r.Report(t0, Outcome{Result: FunctionError})
	}
}

func TestRetry_emptyBatch(t *testing.T) {
	r := retry(t, Policy{MaximumRetryAttempts: new(1), BisectBatchOnFunctionError: true, MaximumRecordAge: time.Minute}, nil)
	r.Begin(0)
	require.Equal(t, Step{Action: Invoke, Count: 1}, r.Next(t0))
	r.Report(t0, Outcome{Result: FunctionError})
	now := r.Next(t0).At
	require.Equal(t, Step{Action: Invoke, Again: true, Count: 2}, r.Next(now))
	r.Report(now, Outcome{Result: FunctionError})
	require.Equal(t, Step{Action: Discard, Again: true, Count: 2, Condition: RetryAttemptsExhausted, Response: Unhandled}, r.Next(now))
	require.Equal(t, Done, r.Next(now).Action)
}

func TestRetry_misuseLosesNothing(t *testing.T) {
	r := retry(t, Policy{Backoff: Doubling(0, 0)}, arrivedAtT0)
	r.Report(t0, Outcome{Result: Succeeded})
	r.Begin(2)
	r.Report(t0, Outcome{Result: Succeeded}) // no invoke is outstanding
	require.True(t, r.Busy())
	r.Next(t0)
	r.Report(t0, Outcome{})
	require.Equal(t, Step{Action: Wait}, r.Next(t0), "an outcome without a result is none")
	for _, first := range []int{-1, 2, math.MaxInt} {
		r.Report(t0, Outcome{Result: PartlyFailed, First: first})
		require.Equal(t, 2, r.Next(t0).To)
		require.Zero(t, r.Resolved())
	}
}

func TestPolicy_validate(t *testing.T) {
	for _, p := range []Policy{
		{MaximumRetryAttempts: new(-2)}, {MaximumRetryAttempts: new(10_001)},
		{MaximumRecordAge: 59 * time.Second}, {MaximumRecordAge: 604_801 * time.Second},
	} {
		_, err := NewRetry(p, arrivedAtT0)
		var e *RangeError
		require.ErrorAs(t, err, &e)
	}
	for _, p := range []Policy{{}, {MaximumRetryAttempts: new(10_000), MaximumRecordAge: 604_800 * time.Second}, {MaximumRecordAge: -1}} {
		require.NoError(t, p.Validate())
	}
}

func TestStep_names(t *testing.T) {
	require.Equal(t, "Done Wait Invoke Discard", fmt.Sprint(Done, Wait, Invoke, Discard))
	require.Empty(t, Action(99).String())
}

// retryModel works a batch off by recursion, with explicit lists of records: the rules as they are told.
type retryModel struct {
	policy  Policy
	arrival func(int) time.Time
	answer  func(n int) Outcome
	now     time.Time
	trace   []string
	parts   int
}

func (m *retryModel) batch(b []int) {
	m.parts++
	attempts, tries, again := 0, 0, false
	for {
		if k := m.tooOld(b, m.policy.Retention); k > 0 {
			m.discard(b[:k], RetentionExpired, attempts+1, NoResponse)
			b, again = b[k:], false
		}
		if k := m.tooOld(b, m.policy.MaximumRecordAge); k > 0 {
			m.discard(b[:k], RecordAgeExceeded, attempts+1, NoResponse)
			b, again = b[k:], false
		}
		if len(b) == 0 {
			return
		}
		o := m.answer(len(b))
		m.trace = append(m.trace, fmt.Sprint(m.now.Sub(t0), " invoke ", b, " attempt ", attempts+1, " again ", again))
		again = true
		switch {
		case o.Result == Succeeded:
			return
		case o.Result == Throttled:
		case o.Result == PartlyFailed && o.First > 0:
			m.batch(b[o.First:])
			return
		case o.Result != PartlyFailed && m.policy.BisectBatchOnFunctionError && len(b) > 1:
			half := (len(b) + 1) / 2
			m.batch(b[:half])
			m.batch(b[half:])
			return
		default:
			attempts++
			if max := *m.policy.MaximumRetryAttempts; max >= 0 && attempts > max {
				m.discard(b, RetryAttemptsExhausted, attempts, responseContext(o.Result))
				return
			}
		}
		tries++
		m.now = m.now.Add(DefaultBackoff(tries))
	}
}

func (m *retryModel) tooOld(b []int, limit time.Duration) (n int) {
	for limit > 0 && n < len(b) && m.now.Sub(m.arrival(b[n])) > limit {
		n++
	}
	return n
}

func (m *retryModel) discard(b []int, c Condition, count int, r ResponseContext) {
	m.trace = append(m.trace, fmt.Sprint(m.now.Sub(t0), " discard ", b, " ", c, " ", count, " ", r))
}

func span(from, to int) []int {
	b := []int{}
	for ; from < to; from++ {
		b = append(b, from)
	}
	return b
}

// drawPolicy draws settings in which something happens within minutes.
func drawPolicy(t *rapid.T) Policy {
	return Policy{
		MaximumRetryAttempts:       new(rapid.IntRange(-1, 3).Draw(t, "attempts")),
		MaximumRecordAge:           time.Duration(rapid.SampledFrom([]int{0, 60, 90}).Draw(t, "age")) * time.Second,
		Retention:                  time.Duration(rapid.SampledFrom([]int{0, 75, 120}).Draw(t, "retention")) * time.Second,
		BisectBatchOnFunctionError: rapid.Bool().Draw(t, "bisect"),
	}
}

// drawAnswers draws the outcomes of the first invokes; all later ones succeed.
func drawAnswers(t *rapid.T) func() func(n int) Outcome {
	results := rapid.SliceOfN(rapid.SampledFrom([]Result{
		Succeeded, PartlyFailed, PartlyFailed, AllFailed, FunctionError, FunctionError, Throttled, TooLarge}), 0, 30).Draw(t, "results")
	firsts := rapid.SliceOfN(rapid.IntRange(0, 20), 30, 30).Draw(t, "firsts")
	return func() func(n int) Outcome {
		i := -1
		return func(n int) Outcome {
			if i++; i >= len(results) {
				return Outcome{Result: Succeeded}
			}
			o := Outcome{Result: results[i]}
			if o.Result == PartlyFailed {
				o.First = firsts[i] % n
			}
			return o
		}
	}
}

func TestRetry_followsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "records")
		p, answers := drawPolicy(t), drawAnswers(t)
		ages := rapid.SliceOfN(rapid.IntRange(-100, 30), n, n).Draw(t, "arrivals")
		arrival := func(i int) time.Time { return t0.Add(time.Duration(ages[i]) * time.Second) }
		model := &retryModel{policy: p, arrival: arrival, answer: answers(), now: t0}
		model.batch(span(0, n))

		r, answer, now := retry(t, p, arrival), answers(), t0
		r.Begin(n)
		var trace []string
		parts := map[[2]int]bool{}
		for done := 0; r.Busy(); {
			s := r.Next(now)
			if r.Resolved() < done {
				t.Fatalf("resolved %d, then %d", done, r.Resolved())
			}
			done = r.Resolved()
			switch s.Action {
			case Wait:
				now = s.At
			case Invoke:
				parts[[2]int{s.From, s.To}] = true
				trace = append(trace, fmt.Sprint(now.Sub(t0), " invoke ", span(s.From, s.To), " attempt ", s.Count, " again ", s.Again))
				r.Report(now, answer(s.To-s.From))
			case Discard:
				trace = append(trace, fmt.Sprint(now.Sub(t0), " discard ", span(s.From, s.To), " ", s.Condition, " ", s.Count, " ", s.Response))
			}
		}
		require.Equal(t, model.trace, trace)
		require.Equal(t, n, r.Resolved())
		if len(parts) > 2*n-1 {
			t.Fatalf("%d different batches of %d records", len(parts), n)
		}
	})
}

// With splits and one record that always fails, all others succeed and only that one is discarded.
func TestRetry_bisectFindsThePoison(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "records")
		poison := rapid.IntRange(0, n-1).Draw(t, "poison")
		attempts := rapid.IntRange(0, 4).Draw(t, "attempts")
		r := retry(t, Policy{MaximumRetryAttempts: &attempts, BisectBatchOnFunctionError: true, Backoff: Doubling(0, 0)}, arrivedAtT0)
		r.Begin(n)
		succeeded := []int{}
		alone, discards := 0, 0
		for r.Busy() {
			switch s := r.Next(t0); {
			case s.Action == Discard:
				require.Equal(t, Step{Action: Discard, Again: true, From: poison, To: poison + 1, Count: attempts + 1,
					Condition: RetryAttemptsExhausted, Response: Unhandled}, s)
				discards++
			case s.Action == Invoke && s.From <= poison && poison < s.To:
				if s.To-s.From == 1 {
					alone++
				}
				r.Report(t0, Outcome{Result: FunctionError})
			case s.Action == Invoke:
				succeeded = append(succeeded, span(s.From, s.To)...)
				r.Report(t0, Outcome{Result: Succeeded})
			}
		}
		require.Equal(t, append(span(0, poison), span(poison+1, n)...), succeeded, "each once, in order")
		require.Equal(t, 1, discards)
		require.Equal(t, attempts+1, alone)
	})
}

func TestRetry_beginForgetsWhatIsNotResolved(t *testing.T) {
	r := retry(t, Policy{BisectBatchOnFunctionError: true}, arrivedAtT0)
	r.Begin(4)
	r.Next(t0)
	r.Report(t0, Outcome{Result: FunctionError})
	require.Equal(t, 2, r.Next(t0).To, "the other half waits")
	r.Begin(1)
	require.Equal(t, Step{Action: Invoke, To: 1, Count: 1}, r.Next(t0))
	r.Report(t0, Outcome{Result: Succeeded})
	require.Equal(t, Step{}, r.Next(t0))
	require.Equal(t, 1, r.Resolved())
}
