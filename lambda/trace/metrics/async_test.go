package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

// step is one dispatch of an event: when, and S success, F function error, T throttle, N not found, X system error.
type step struct {
	at     time.Duration
	result byte
}

// event plays an asynchronous event of function f and its end.
func (s *script) event(condition string, steps ...step) {
	s.number++
	e := trace.Event{Number: s.number, Function: "f", Version: "$LATEST", Type: "Event"}
	emit := func(k trace.Kind) { e.Kind = k; s.emit(e) }
	accepted := s.now
	emit(trace.Accepted)
	for i, step := range steps {
		s.now, e.Attempt, e.Age = accepted.Add(step.at), i+1, step.at
		if step.result != 'N' { // the queue found nothing to dispatch to
			emit(trace.Dispatched)
		}
		switch step.result {
		case 'T':
			emit(trace.Throttled)
		case 'N', 'X':
			emit(trace.Refused)
		default:
			emit(trace.Started)
			e.Outcome = map[byte]string{'S': trace.Success, 'F': trace.Error}[step.result]
			emit(trace.Finished)
		}
	}
	e.Detail = condition
	emit(trace.Ended)
}

func TestAsyncMetricsOfTheVectors(t *testing.T) {
	const s = time.Second
	type counts struct{ received, dropped, invocations, errors, throttles, ages float64 }
	for _, c := range []struct {
		row       string
		condition string
		steps     []step
		want      counts
	}{
		{"row 1", "Success", []step{{0, 'S'}}, counts{1, 0, 1, 0, 0, 1}},
		{"row 2", "RetriesExhausted", []step{{0, 'F'}, {60 * s, 'F'}, {180 * s, 'F'}}, counts{1, 1, 3, 3, 0, 3}},
		{"row 6", "Success", []step{{0, 'F'}, {60 * s, 'F'}, {180 * s, 'S'}}, counts{1, 0, 3, 2, 0, 3}},
		{"row 18", "ZeroReservedConcurrency", nil, counts{1, 1, 0, 0, 0, 0}},
		{"row 20", "Success", []step{{0, 'T'}, {s, 'T'}, {3 * s, 'S'}}, counts{1, 0, 1, 0, 2, 3}},
		{"row 22", "EventAgeExceeded", []step{{0, 'T'}, {s, 'T'}, {3 * s, 'T'}, {7 * s, 'T'}, {15 * s, 'T'}, {31 * s, 'T'}}, counts{1, 1, 0, 0, 6, 6}},
		{"row 24", "Success", []step{{0, 'X'}, {s, 'X'}, {3 * s, 'S'}}, counts{1, 0, 1, 0, 0, 1}},
		{"row 25", "RetriesExhausted", []step{{0, 'F'}, {60 * s, 'T'}, {61 * s, 'T'}, {63 * s, 'F'}, {183 * s, 'F'}}, counts{1, 1, 3, 3, 2, 5}},
		{"row 33", "RetriesExhausted", []step{{0, 'N'}, {60 * s, 'N'}}, counts{1, 1, 0, 0, 0, 0}},
	} {
		t.Run(c.row, func(t *testing.T) {
			x := newScript()
			x.event(c.condition, c.steps...)
			for _, d := range []metrics.Dimensions{region, function, of("f")} {
				total := func(n metrics.Name) float64 { return x.Total(n, d).Sum }
				require.Equal(t, c.want, counts{
					total(metrics.AsyncEventsReceived), total(metrics.AsyncEventsDropped), total(metrics.Invocations),
					total(metrics.Errors), total(metrics.Throttles), float64(x.Total(metrics.AsyncEventAge, d).SampleCount),
				})
				require.Equal(t, 1, x.Total(metrics.AsyncEventsDropped, d).SampleCount, "0 on success")
			}
		})
	}
}

// The recorded run of a throttled event behind an invocation of a minute: ages of its eight dispatches.
func TestAsyncEventAgeIsInMilliseconds(t *testing.T) {
	x := newScript()
	x.event("Success", step{0, 'T'}, step{time.Second, 'T'}, step{3 * time.Second, 'T'}, step{67900 * time.Millisecond, 'S'})
	require.Equal(t, map[int]float64{0: 3000, 1: 67900}, x.perMinute(metrics.AsyncEventAge, function, maximum))
	require.Equal(t, 71900.0, x.Total(metrics.AsyncEventAge, function).Sum)
}

func TestNegativeAgeCountsAsZero(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.Dispatched, Function: "f", Number: 1, Age: -time.Second})
	s.emit(trace.Event{Kind: trace.Throttled, Function: "f", Number: 1})
	require.Equal(t, 1, s.Total(metrics.AsyncEventAge, function).SampleCount)
	require.Zero(t, s.Total(metrics.AsyncEventAge, function).Minimum)
}

// The age is that of the dispatch, whenever the run begins: after an Init phase, say, which may end in the next minute.
func TestAsyncEventAgeIsThatOfTheDispatch(t *testing.T) {
	s := newScript()
	e := trace.Event{Number: 1, Attempt: 1, Function: "f", Version: "$LATEST", Type: "Event", Age: 2 * time.Second, Environment: "e"}
	emit := func(k trace.Kind) { e.Kind = k; s.emit(e) }
	emit(trace.Dispatched)
	emit(trace.InitStarted)
	require.Zero(t, s.Total(metrics.AsyncEventAge, function).SampleCount, "nobody knows yet what it comes to")
	s.advance(70 * time.Second)
	e.Age = 0
	emit(trace.InitEnded)
	emit(trace.Started)
	require.Equal(t, map[int]float64{0: 2000}, s.perMinute(metrics.AsyncEventAge, function, maximum))
}

// A dispatch has one sample at most, and only if it ran the function or was throttled: a control that makes an attempt
// twice makes one dispatch, and what is refused at the door never was one.
func TestAsyncEventAgeHasOneSampleADispatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		kinds []trace.Kind
		want  int
	}{
		{"made twice", []trace.Kind{trace.Dispatched, trace.Started, trace.Finished, trace.Started, trace.Finished}, 1},
		{"run, then throttled", []trace.Kind{trace.Dispatched, trace.Started, trace.Finished, trace.Throttled}, 1},
		{"system error", []trace.Kind{trace.Dispatched, trace.Refused, trace.Started}, 0},
		{"stopped as a loop", []trace.Kind{trace.Dispatched, trace.LoopStopped, trace.Ended, trace.Started}, 0},
		{"lost", []trace.Kind{trace.Dispatched, trace.Lost, trace.Started}, 0},
		{"turned off", []trace.Kind{trace.Dispatched, trace.Ended, trace.Started}, 0},
		{"synchronous", []trace.Kind{trace.Started, trace.Finished, trace.Throttled}, 0},
		{"dispatched again", []trace.Kind{trace.Dispatched, trace.Retrying, trace.Dispatched, trace.Started}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript()
			other := trace.Event{Kind: trace.Dispatched, Number: 1, Function: "g"}
			s.emit(other)
			for _, k := range c.kinds {
				s.emit(trace.Event{Kind: k, Number: 1, Attempt: 1, Function: "f", Version: "$LATEST", Type: "Event"})
			}
			require.Equal(t, c.want, s.Total(metrics.AsyncEventAge, function).SampleCount)
			require.Zero(t, s.Total(metrics.AsyncEventAge, metrics.Dimensions{FunctionName: "g"}).SampleCount)
		})
	}
}

func TestDeliveryFailuresByRoute(t *testing.T) {
	s := newScript()
	deliver := func(k trace.Kind, route string) {
		s.emit(trace.Event{Kind: k, Function: "f", Number: 1, Route: route, Target: "arn"})
	}
	deliver(trace.DeliveryFailed, trace.OnSuccess)
	deliver(trace.DeliveryFailed, trace.OnFailure)
	deliver(trace.DeliveryFailed, trace.DeadLetter)
	deliver(trace.Delivered, trace.OnFailure)
	deliver(trace.Delivered, trace.DeadLetter)
	require.Equal(t, 2.0, s.Total(metrics.DestinationDeliveryFailures, function).Sum)
	require.Equal(t, 1.0, s.Total(metrics.DeadLetterErrors, function).Sum)
}

func TestLoopStopIsCounted(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.LoopStopped, Number: 17, Attempt: 1, Function: "f"})
	require.Equal(t, 1.0, s.Total(metrics.RecursiveInvocationsDropped, function).Sum)
	require.Zero(t, s.Total(metrics.Invocations, function).SampleCount)
}
