package redeliver_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
	"github.com/lambdakit/lambdakit/trigger/push"
	"github.com/lambdakit/lambdakit/trigger/s3"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

const (
	source = "arn:aws:sns:us-east-1:123456789012:t"
	target = "arn:aws:lambda:us-east-1:123456789012:function:f"
	dead   = "arn:aws:sqs:us-east-1:123456789012:dead"
)

// everySecond tries n times in all, a second apart, unless it is the client's fault.
func everySecond(n int) redeliver.Rule {
	return func(f redeliver.Failure) (time.Duration, bool) {
		return time.Second, f.Class != redeliver.ClientError && f.Tries < n
	}
}

// recorder keeps a trace.
type recorder struct {
	mu     sync.Mutex
	events []trace.Event
}

func (r *recorder) trace(e trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) all() []trace.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// failing is a target that fails the first n tries.
func failing(n int, err error, times *[]time.Time) func(context.Context) error {
	return func(context.Context) error {
		*times = append(*times, time.Now())
		if len(*times) <= n {
			return err
		}
		return nil
	}
}

func TestPushTriesUntilTheTargetTakesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		q := &redeliver.Queue{Source: source, Trace: r.trace}
		start := time.Now()
		var times []time.Time
		refusal := lambda.NewError("TooManyRequestsException", "Rate Exceeded.")
		q.Push(redeliver.Event{Target: target, Rule: everySecond(10), Try: failing(2, refusal, &times)})
		require.Len(t, times, 1, "the first try is made before Push returns")
		require.Equal(t, 1, q.Pending())
		require.NoError(t, q.Wait(t.Context()))
		require.Equal(t, []time.Time{start, start.Add(time.Second), start.Add(2 * time.Second)}, times)
		require.Zero(t, q.Pending())
		failed := trace.Event{Kind: trace.PushFailed, Target: target, Source: source, Code: refusal.Code, Detail: refusal.Error()}
		first, second := failed, failed
		first.Time, first.Attempt, first.Due = start, 1, start.Add(time.Second)
		second.Time, second.Attempt, second.Due = start.Add(time.Second), 2, start.Add(2*time.Second)
		require.Equal(t, []trace.Event{first, second, {
			Kind: trace.Pushed, Time: start.Add(2 * time.Second), Attempt: 3, Target: target, Source: source,
		}}, r.all())
	})
}

// A try that follows at once is made before Push returns, so that what one event does is over before the next is pushed.
func TestTriesWithoutDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		q := &redeliver.Queue{Source: source, Trace: r.trace}
		atOnce := func(f redeliver.Failure) (time.Duration, bool) {
			return time.Second * time.Duration(f.Tries/4), f.Tries < 5
		}
		for _, target := range []string{"a", "b"} {
			q.Push(redeliver.Event{Target: target, Rule: atOnce, Try: func(context.Context) error { return errors.New("x") }})
		}
		tries := func() (list []string) {
			for _, e := range r.all() {
				list = append(list, fmt.Sprint(e.Target, e.Attempt))
			}
			return list
		}
		first := []string{"a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"}
		require.Equal(t, first, tries())
		require.NoError(t, q.Wait(t.Context()))
		require.Len(t, tries(), 10)
	})
}

// What is closed while it is tried is not tried again, not even at once.
func TestCloseBetweenTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		q := &redeliver.Queue{Source: source, Trace: r.trace}
		tries := 0
		go q.Push(redeliver.Event{Target: target, Rule: func(redeliver.Failure) (time.Duration, bool) { return 0, true }, Try: func(context.Context) error {
			tries++
			time.Sleep(time.Second)
			return errors.New("x")
		}})
		synctest.Wait()
		q.Close()
		require.Equal(t, 1, tries)
		require.Zero(t, q.Pending())
		require.Equal(t, trace.Lost, r.all()[1].Kind)
	})
}

func TestGivenUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  redeliver.Rule
		err   error
		tries int
	}{
		{"no rule", nil, errors.New("x"), 1},
		{"the rule has enough", everySecond(4), errors.New("x"), 4},
		{"the client's fault", everySecond(4), lambda.NewError("ResourceNotFoundException", ""), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r recorder
				q := &redeliver.Queue{Trace: r.trace}
				var times []time.Time
				buried := 0
				q.Push(redeliver.Event{
					Target: target, Source: source, Rule: c.rule, Try: failing(1000, c.err, &times),
					DeadLetter: &redeliver.DeadLetter{Target: dead, Send: func(_ context.Context, last error, tries int) error {
						require.Equal(t, c.err, last)
						require.Equal(t, c.tries, tries)
						buried++
						return nil
					}},
				})
				lambdatest.Advance(time.Hour)
				require.Len(t, times, c.tries)
				require.Equal(t, 1, buried)
				require.Zero(t, q.Pending())
				last := r.all()[c.tries-1:]
				require.Zero(t, last[0].Due, "no next try is due")
				require.Equal(t, trace.Event{
					Kind: trace.Pushed, Time: last[0].Time, Attempt: 1, Target: dead, Source: source, Route: trace.DeadLetter,
				}, last[1])
			})
		})
	}
}

func TestDeadLetterFails(t *testing.T) {
	var r recorder
	q := &redeliver.Queue{Source: source, Trace: r.trace}
	refusal := &destinations.Error{Code: "InvalidParameterValue", Status: 400, Message: "no"}
	q.Push(redeliver.Event{Target: target, Try: func(context.Context) error { return errors.New("x") }, DeadLetter: &redeliver.DeadLetter{
		Target: dead, Send: func(context.Context, error, int) error { return refusal },
	}})
	got := r.all()[1]
	require.Equal(t, trace.PushFailed, got.Kind)
	require.Equal(t, []string{dead, trace.DeadLetter, refusal.Code, refusal.Error()}, []string{got.Target, got.Route, got.Code, got.Detail})
	require.Zero(t, q.Pending())
}

// A panic or a Goexit of a target costs a try, and neither the event nor the count.
func TestTargetsThatMisbehave(t *testing.T) {
	for name, misbehave := range map[string]func(){
		"the target panicked: boom":      func() { panic("boom") },
		"the target ended its goroutine": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r recorder
				q := &redeliver.Queue{Trace: r.trace}
				var n atomic.Int64 // the test reads it between two tries, in no order that the race detector knows
				rule := func(f redeliver.Failure) (time.Duration, bool) {
					return time.Second * time.Duration(f.Tries/2), f.Tries < 4
				}
				go q.Push(redeliver.Event{Target: target, Rule: rule, Try: func(context.Context) error {
					n.Add(1)
					misbehave()
					return nil
				}, DeadLetter: &redeliver.DeadLetter{Target: dead, Send: func(context.Context, error, int) error {
					misbehave()
					return nil
				}}})
				synctest.Wait()
				require.EqualValues(t, 2, n.Load(), "the second at once")
				lambdatest.Advance(time.Minute)
				require.EqualValues(t, 4, n.Load())
				require.Zero(t, q.Pending())
				for _, e := range r.all() {
					require.Equal(t, trace.PushFailed, e.Kind)
					require.Equal(t, name, e.Detail)
				}
				require.Len(t, r.all(), 5)
				q.Close()
			})
		})
	}
}

// Tries that are due in one instant are made one after the other, in the order in which their events were pushed: equal
// calls give equal traces.
func TestTriesOfOneInstantAreInOrder(t *testing.T) {
	for range 10 {
		synctest.Test(t, func(t *testing.T) {
			var r recorder
			q := &redeliver.Queue{Source: source, Trace: r.trace}
			var want, tried []string // tried without a lock: the race detector watches
			for round := range 4 {
				for i := range 20 {
					want = append(want, fmt.Sprint(string(rune('a'+i)), round+1))
				}
			}
			for i := range 20 {
				target := string(rune('a' + i))
				n := 0
				q.Push(redeliver.Event{Target: target, Rule: everySecond(4), Try: func(context.Context) error {
					n++
					tried = append(tried, fmt.Sprint(target, n))
					return errors.New("x")
				}})
			}
			require.NoError(t, q.Wait(t.Context()))
			require.Equal(t, want, tried)
			var traced []string
			for _, e := range r.all() {
				traced = append(traced, fmt.Sprint(e.Target, e.Attempt))
			}
			require.Equal(t, want, traced)
		})
	}
}

// A try that takes time holds up none that is due with it, nor later ones.
func TestTriesThatTakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &redeliver.Queue{}
		start := time.Now()
		var mu sync.Mutex
		times := map[string][]time.Duration{}
		for _, target := range []string{"slow", "b", "c"} {
			q.Push(redeliver.Event{Target: target, Rule: everySecond(3), Try: func(context.Context) error {
				mu.Lock()
				times[target] = append(times[target], time.Since(start))
				n := len(times[target])
				mu.Unlock()
				if target == "slow" && n == 2 {
					time.Sleep(time.Hour)
				}
				return errors.New("x")
			}})
		}
		require.NoError(t, q.Wait(t.Context()))
		const s, late = time.Second, time.Nanosecond
		require.Equal(t, map[string][]time.Duration{
			"slow": {0, s, time.Hour + 2*s}, "b": {0, s + late, 2*s + late}, "c": {0, s + late, 2*s + late},
		}, times)
	})
}

func TestCloseDropsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		q := &redeliver.Queue{Source: source, Trace: r.trace}
		tries := 0
		push := func(target string) {
			q.Push(redeliver.Event{Target: target, Rule: everySecond(5), Try: func(context.Context) error { tries++; return errors.New("x") }})
		}
		for _, target := range []string{"a", "b", "c"} {
			push(target)
		}
		lambdatest.Advance(time.Second)
		q.Close()
		require.Zero(t, q.Pending())
		require.NoError(t, q.Wait(t.Context()))
		push("d")
		lambdatest.Advance(time.Hour)
		require.Equal(t, 6, tries)
		var lost []string
		for _, e := range r.all() {
			if e.Kind == trace.Lost {
				lost = append(lost, e.Target)
				require.Equal(t, "closed", e.Detail)
			}
		}
		require.Equal(t, []string{"a", "b", "c", "d"}, lost)
		events := len(r.all())
		q.Close()
		require.Len(t, r.all(), events, "what is dropped is dropped once")
		require.Zero(t, q.Pending())
	})
}

// A try that is under way when the queue closes ends first, and what it leaves undone is dropped.
func TestCloseWaitsForTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		q := &redeliver.Queue{Trace: r.trace}
		go q.Push(redeliver.Event{Target: target, Rule: everySecond(5), Try: func(context.Context) error {
			time.Sleep(time.Minute)
			return errors.New("x")
		}})
		synctest.Wait()
		start := time.Now()
		q.Close()
		require.Equal(t, time.Minute, time.Since(start))
		require.Zero(t, q.Pending())
		got := r.all()
		require.Equal(t, trace.Lost, got[len(got)-1].Kind)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &redeliver.Queue{}
		q.Push(redeliver.Event{Rule: everySecond(1000), Try: func(context.Context) error { return errors.New("x") }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, q.Wait(ctx), context.DeadlineExceeded)
		q.Close()
	})
}

// Whatever is pushed, by whomever, is handed over, given up or dropped, once each; tries never overlap.
func TestEveryEventEndsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		needs := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 20).Draw(t, "tries that each event needs")
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		closeAfter := time.Duration(rapid.IntRange(0, 6).Draw(t, "half seconds until Close")) * time.Second / 2
		rapid.SyncTest(t, func(t *rapid.T) {
			var r recorder
			q := &redeliver.Queue{Source: source, Trace: r.trace}
			tries := make([]int, len(needs))
			var wg sync.WaitGroup
			for i, need := range needs {
				wg.Go(func() {
					q.Push(redeliver.Event{Target: string(rune('a' + i)), Rule: everySecond(limit), Try: func(context.Context) error {
						tries[i]++ // the race detector watches
						if tries[i] < need {
							return errors.New("x")
						}
						return nil
					}})
				})
			}
			wg.Wait()
			lambdatest.Advance(closeAfter)
			q.Close()
			lambdatest.Advance(time.Hour)
			ends := map[string]int{}
			for _, e := range r.all() {
				if e.Kind == trace.Pushed || e.Kind == trace.Lost || e.Kind == trace.PushFailed && e.Due.IsZero() {
					ends[e.Target]++
				}
			}
			for i, need := range needs {
				made := min(need, limit, 1+int(closeAfter/time.Second))
				require.Equal(t, made, tries[i], "event %d", i)
				require.Equal(t, 1, ends[string(rune('a'+i))], "event %d", i)
			}
		})
	})
}

// Equal seeds and equal calls give equal delays, and others other ones.
func TestJitterIsDetermined(t *testing.T) {
	jitters := func(seed uint64) (list []float64) {
		synctest.Test(t, func(t *testing.T) {
			q := &redeliver.Queue{Seed: seed}
			for range 3 {
				q.Push(redeliver.Event{Try: func(context.Context) error { return errors.New("x") }, Rule: func(f redeliver.Failure) (time.Duration, bool) {
					list = append(list, f.Jitter)
					require.GreaterOrEqual(t, f.Jitter, 0.0)
					require.Less(t, f.Jitter, 1.0)
					return time.Duration(f.Tries) * time.Second, f.Tries < 5
				}})
				lambdatest.Advance(time.Minute)
			}
		})
		return list
	}
	a := jitters(1)
	require.Len(t, a, 15)
	require.Equal(t, a, jitters(1))
	require.NotEqual(t, a, jitters(2))
	slices.Sort(a)
	require.Len(t, slices.Compact(a), 15)
}

func TestSpread(t *testing.T) {
	for jitter, want := range map[float64]time.Duration{0: 9 * time.Second, 0.5: 10 * time.Second, 0.75: 10500 * time.Millisecond} {
		f := redeliver.Failure{Jitter: jitter}
		require.Equal(t, want, f.Spread(10*time.Second, 0.1))
	}
}

type withStatus int

func (withStatus) Error() string     { return "x" }
func (s withStatus) HTTPStatus() int { return int(s) }

type withCode string

func (withCode) Error() string       { return "x" }
func (c withCode) ErrorCode() string { return string(c) }

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		err  error
		want redeliver.Class
		code string
	}{
		{lambda.NewError("ResourceNotFoundException", ""), redeliver.ClientError, "ResourceNotFoundException"},
		{&lambda.Error{Code: "AccessDeniedException"}, redeliver.ClientError, "AccessDeniedException"},
		{lambda.NewError("InvalidRequestContentException", ""), redeliver.ClientError, "InvalidRequestContentException"},
		{lambda.NewError("RequestEntityTooLargeException", ""), redeliver.ClientError, "RequestEntityTooLargeException"},
		{lambda.NewError("TooManyRequestsException", ""), redeliver.Throttled, "TooManyRequestsException"},
		{lambda.NewError("ResourceConflictException", ""), redeliver.ServerError, "ResourceConflictException"},
		{lambda.NewError("ServiceException", ""), redeliver.ServerError, "ServiceException"},
		{&destinations.Error{Code: "InvalidParameter", Status: 400}, redeliver.ClientError, "InvalidParameter"},
		{&destinations.Error{Code: "InternalError", Status: 500}, redeliver.ServerError, "InternalError"},
		{sqs.ErrInvalidMessageContents, redeliver.ClientError, "InvalidMessageContents"},
		{sns.ErrNotFound, redeliver.ClientError, "NotFound"},
		{s3.ErrNotImplemented, redeliver.ServerError, "NotImplemented"},
		{eventbridge.ErrConflict, redeliver.ServerError, "ConflictException"},
		{push.ErrAccessDenied, redeliver.ClientError, "AccessDeniedException"},
		{withCode("Broken"), redeliver.ServerError, "Broken"},
		{withStatus(404), redeliver.ClientError, ""},
		{withStatus(429), redeliver.Throttled, ""},
		{withStatus(503), redeliver.ServerError, ""},
		{invoke.ErrClosed, redeliver.ClientError, ""},
		{errors.New("connection reset"), redeliver.ServerError, ""},
		{context.DeadlineExceeded, redeliver.ServerError, ""},
	} {
		require.Equal(t, c.want, redeliver.Classify(c.err), "%v", c.err)
		require.Equal(t, c.want, redeliver.Classify(errors.Join(errors.New("wrapped"), c.err)), "%v", c.err)
		require.Equal(t, c.code, redeliver.CodeOf(c.err), "%v", c.err)
	}
}

// A hundred thousand tries over three weeks take a moment.
func TestManyTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &redeliver.Queue{}
		n := 0
		q.Push(redeliver.Event{Rule: everySecond(100_000), Try: func(context.Context) error { n++; return errors.New("x") }})
		require.NoError(t, q.Wait(t.Context()))
		require.Equal(t, 100_000, n)
	})
}

type invokerFunc func(invoke.Input) error

func (f invokerFunc) Invoke(_ context.Context, in invoke.Input) (*invoke.Output, error) {
	return nil, f(in)
}

func TestFunction(t *testing.T) {
	refusal := lambda.NewError("ServiceException", "x")
	caller := iam.Caller{Principal: "sns.amazonaws.com", SourceARN: source}
	try := redeliver.Function(invokerFunc(func(in invoke.Input) error {
		require.Equal(t, invoke.Input{
			FunctionName: target, InvocationType: invoke.Event, Payload: []byte("{}"), TraceHeader: "Root=1", Caller: &caller,
		}, in)
		return refusal
	}), target, caller, []byte("{}"), "Root=1")
	require.Equal(t, error(refusal), try(t.Context()))
}
