package lambdatest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// play is a random session with a Service: calls and events with pauses between them.
type play struct {
	script   string
	work     time.Duration
	reserved *int
	retries  int
	age      time.Duration
	onward   bool // destinations and a dead-letter queue
	steps    []int
}

func drawPlay(t *rapid.T) play {
	p := play{
		script:  rapid.StringOfN(rapid.RuneFrom([]rune("SSFPHX")), 0, 10, -1).Draw(t, "script"),
		work:    time.Duration(rapid.IntRange(0, 4000).Draw(t, "work")) * time.Millisecond,
		retries: rapid.IntRange(0, 2).Draw(t, "retries"),
		age:     time.Duration(rapid.IntRange(60, 400).Draw(t, "age")) * time.Second,
		onward:  rapid.Bool().Draw(t, "onward"),
		steps:   rapid.SliceOfN(rapid.IntRange(0, 199), 1, 10).Draw(t, "steps"),
	}
	if r := rapid.IntRange(-1, 2).Draw(t, "reserved"); r >= 0 {
		p.reserved = &r
	}
	return p
}

func (p play) settings() lambdatest.Settings {
	s := settings(p.retries, p.age)
	s.Async.Routes = []string{}
	if p.onward {
		s.Async.Routes = []string{trace.OnSuccess, trace.OnFailure, trace.DeadLetter}
	}
	if p.reserved != nil {
		s.Reserved = map[string]int{"f": *p.reserved}
	}
	return s
}

// on plays on a Service and returns what was traced.
func (p play) on(t *rapid.T) (*lambdatest.Timeline, *metrics.Recorder) {
	var tl lambdatest.Timeline
	var m metrics.Recorder
	refusing := destinations.Func("arn:aws:sqs:us-east-1:000000000000:q", func(context.Context, destinations.Delivery) error {
		return errors.New("denied")
	})
	svc := lambdatest.NewService(t, invoke.Options{Seed: 7, Trace: trace.Tee(tl.Trace, m.Trace)})
	cfg, async := lambda.Config{Name: "f", Timeout: 5 * time.Second}, invoke.EventInvokeConfig{MaximumRetryAttempts: &p.retries, MaximumEventAge: &p.age}
	if p.onward {
		cfg.DeadLetter, async.OnSuccess, async.OnFailure = refusing, refusing, refusing
	}
	lambdatest.Deploy(t, svc, cfg, lambdatest.Script(p.script, p.work))
	require.NoError(t, svc.PutEventInvokeConfig("f", async))
	if p.reserved != nil {
		require.NoError(t, svc.PutFunctionConcurrency("f", *p.reserved))
	}
	for _, step := range p.steps {
		lambdatest.Advance(time.Duration(step/2) * time.Second)
		kind := invoke.Event
		if step%2 == 0 {
			kind = invoke.RequestResponse
		}
		go svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: kind})
	}
	lambdatest.Advance(time.Minute)
	require.NoError(t, svc.Wait(context.Background()))
	lambdatest.Advance(time.Minute)
	return &tl, &m
}

// The engine keeps every law there is a check for.
func TestServiceIsLawful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t)
		rapid.SyncTest(t, func(t *rapid.T) {
			tl, _ := p.on(t)
			if err := tl.Check(p.settings()); err != nil {
				t.Fatalf("%v\n%s", err, tl)
			}
		})
	})
}

// The same seed and the same calls give the same trace, request ids included. One event at a time: what several do at
// one instant has no order.
func TestServiceIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t)
		p.steps = []int{1}
		rapid.SyncTest(t, func(t *rapid.T) {
			first, _ := p.on(t)
			second, _ := p.on(t)
			if err := lambdatest.Same(fromZero(first), fromZero(second)); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// fromZero makes a trace one that begins at the epoch.
func fromZero(tl *lambdatest.Timeline) *lambdatest.Timeline {
	var moved lambdatest.Timeline
	for _, e := range tl.Events() {
		shift := epoch.Sub(tl.Events()[0].Time)
		e.Time = e.Time.Add(shift)
		if !e.Due.IsZero() {
			e.Due = e.Due.Add(shift)
		}
		moved.Trace(e)
	}
	return &moved
}

// Metrics of asynchronous events add up to what was accepted, ran and ended.
func TestServiceMetricsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t)
		rapid.SyncTest(t, func(t *rapid.T) {
			tl, m := p.on(t)
			f := metrics.Dimensions{FunctionName: "f"}
			total := func(n metrics.Name) int { return int(m.Total(n, f).Sum) }
			count := func(match func(trace.Event) bool) (n int) {
				for _, e := range tl.Events() {
					if match(e) {
						n++
					}
				}
				return n
			}
			of := func(k trace.Kind) int { return len(tl.Of(k)) }
			require.Equal(t, of(trace.Accepted), total(metrics.AsyncEventsReceived))
			require.Equal(t, count(func(e trace.Event) bool { return e.Kind == trace.Ended && e.Detail != "Success" }), total(metrics.AsyncEventsDropped))
			require.Equal(t, of(trace.Started), total(metrics.Invocations))
			require.Equal(t, count(func(e trace.Event) bool { return e.Kind == trace.Finished && e.Outcome != trace.Success }), total(metrics.Errors))
			require.Equal(t, of(trace.Throttled), total(metrics.Throttles))
			async := func(k trace.Kind) int {
				return count(func(e trace.Event) bool { return e.Kind == k && e.Type == "Event" })
			}
			require.Equal(t, async(trace.Started)+async(trace.Throttled), m.Total(metrics.AsyncEventAge, f).SampleCount)
			require.Equal(t, async(trace.DeliveryFailed), total(metrics.DestinationDeliveryFailures)+total(metrics.DeadLetterErrors))
			require.Zero(t, int(lastOf(t, m, metrics.ConcurrentExecutions)), "nothing is in flight at the end")
			if p.reserved != nil {
				require.LessOrEqual(t, int(m.Total(metrics.ConcurrentExecutions, f).Maximum), *p.reserved)
			}
		})
	})
}

// lastOf is the Minimum of a metric's last minute: 0 if all that ran has ended.
func lastOf(t *rapid.T, m *metrics.Recorder, name metrics.Name) float64 {
	points, err := m.Datapoints(metrics.Query{Name: name})
	require.NoError(t, err)
	if len(points) == 0 {
		return 0
	}
	return points[len(points)-1].Minimum
}
