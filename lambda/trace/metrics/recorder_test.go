package metrics_test

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

// drawTrace plays random runs, throttles and events of two functions, and returns all that was traced.
func drawTrace(t *rapid.T, s *script) []trace.Event {
	var events []trace.Event
	var running []*call
	emit := func(e trace.Event) {
		e.Time = s.now
		events = append(events, e)
		s.Trace(e)
	}
	t.Repeat(map[string]func(*rapid.T){
		"advance": func(t *rapid.T) {
			s.advance(time.Duration(rapid.SampledFrom([]int{1, 20, 60, 200}).Draw(t, "seconds")) * time.Second)
		},
		"start": func(t *rapid.T) {
			e := trace.Event{Spillover: rapid.Bool().Draw(t, "spillover")}
			name := rapid.SampledFrom([]string{"f", "g"}).Draw(t, "function")
			if rapid.Bool().Draw(t, "asynchronous") {
				emit(trace.Event{Kind: trace.Dispatched, Function: name, Number: s.number + 1, Age: time.Second})
			}
			c := s.start(name, rapid.SampledFrom([]string{"", "1", "live"}).Draw(t, "qualifier"),
				"1", rapid.SampledFrom([]string{"Unreserved", "Reserved", "Provisioned"}).Draw(t, "pool"), e)
			running, events = append(running, c), append(events, c.e)
		},
		"finish": func(t *rapid.T) {
			if len(running) == 0 {
				t.Skip("nothing is running")
			}
			i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
			e := running[i].e
			e.Kind, e.Status, e.Duration = trace.Finished, 200, s.now.Sub(e.Time)
			e.Outcome = rapid.SampledFrom([]string{trace.Success, trace.Error, trace.Timeout}).Draw(t, "outcome")
			running = slices.Delete(running, i, i+1)
			emit(e)
		},
		"throttle": func(t *rapid.T) {
			emit(trace.Event{Kind: trace.Throttled, Function: "f", Version: "1", Status: 429})
		},
		"event": func(t *rapid.T) {
			s.number++
			e := trace.Event{Function: "f", Version: "1", Number: s.number, Age: time.Second, Detail: rapid.SampledFrom([]string{"Success", "EventAgeExceeded"}).Draw(t, "condition")}
			answers := rapid.SliceOf(rapid.SampledFrom([]trace.Kind{trace.Throttled, trace.Refused, trace.LoopStopped, trace.Retrying})).Draw(t, "answers")
			kinds := []trace.Kind{trace.Accepted, trace.Dispatched}
			for _, answer := range answers {
				kinds = append(kinds, answer, trace.Dispatched)
			}
			for _, k := range append(kinds, trace.Ended) {
				e.Kind = k
				emit(e)
			}
		},
	})
	return events
}

// count is the obvious way to a sum: go through all events.
func count(events []trace.Event, f func(trace.Event) bool) float64 {
	n := 0.0
	for _, e := range events {
		if f(e) {
			n++
		}
	}
	return n
}

func TestTotalsEqualACountOfTheTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScript()
		events := drawTrace(t, s)
		about := func(d metrics.Dimensions, e trace.Event) bool {
			resource := e.Function
			if e.Qualifier != "" {
				resource += ":" + e.Qualifier
			}
			return (d.FunctionName == "" || d.FunctionName == e.Function) && (d.Resource == "" || d.Resource == resource) &&
				(d.ExecutedVersion == "" || d.ExecutedVersion == e.Version && e.Qualifier == "live")
		}
		is := func(k trace.Kind) func(trace.Event) bool { return func(e trace.Event) bool { return e.Kind == k } }
		laws := map[metrics.Name]func(trace.Event) bool{
			metrics.Invocations:         is(trace.Started),
			metrics.Errors:              func(e trace.Event) bool { return e.Kind == trace.Finished && e.Outcome != trace.Success },
			metrics.Throttles:           is(trace.Throttled),
			metrics.AsyncEventsReceived: is(trace.Accepted),
			metrics.AsyncEventsDropped:  func(e trace.Event) bool { return e.Kind == trace.Ended && e.Detail != "Success" },
			metrics.ProvisionedConcurrencyInvocations: func(e trace.Event) bool {
				return e.Kind == trace.Started && e.Pool == "Provisioned"
			},
			metrics.ProvisionedConcurrencySpilloverInvocations: func(e trace.Event) bool { return e.Kind == trace.Started && e.Spillover },
		}
		for _, d := range []metrics.Dimensions{region, function, {FunctionName: "g"}, of("f"), of("f:live"), of("f:1")} {
			for name, law := range laws {
				want := count(events, func(e trace.Event) bool { return law(e) && about(d, e) })
				require.Equal(t, want, s.Total(name, d).Sum, "%s %s", name, d)
			}
		}
		executed := metrics.Dimensions{FunctionName: "f", Resource: "f:live", ExecutedVersion: "1"}
		for _, name := range []metrics.Name{metrics.Invocations, metrics.Errors} {
			want := count(events, func(e trace.Event) bool { return laws[name](e) && about(executed, e) })
			require.Equal(t, want, s.Total(name, executed).Sum)
		}
		require.Equal(t, ages(events), s.Total(metrics.AsyncEventAge, region).SampleCount)
	})
}

// ages is how many dispatches have an age: those whose next step is a run or a throttle.
func ages(events []trace.Event) (n int) {
	for i, e := range events {
		if e.Kind != trace.Dispatched {
			continue
		}
		rest := events[i+1:]
		if next := slices.IndexFunc(rest, func(o trace.Event) bool { return o.Number == e.Number }); next >= 0 {
			if k := rest[next].Kind; k == trace.Started || k == trace.Throttled {
				n++
			}
		}
	}
	return n
}

// level is how many runs that match are in flight after the first n events.
func level(events []trace.Event, match func(trace.Event) bool) float64 {
	n := 0.0
	for _, e := range events {
		switch {
		case e.Kind == trace.Started && match(e):
			n++
		case e.Kind == trace.Finished && match(e):
			n--
		}
	}
	return n
}

// highest is the obvious maximum, minute by minute: what was in flight when the minute began, and after each change.
func highest(events []trace.Event, match func(trace.Event) bool) map[int]float64 {
	want := map[int]float64{}
	if len(events) == 0 {
		return want
	}
	end := int(events[len(events)-1].Time.Sub(epoch) / time.Minute)
	for m := range end + 1 {
		begin := epoch.Add(time.Duration(m) * time.Minute)
		for i, e := range events {
			in := !e.Time.Before(begin) && e.Time.Before(begin.Add(time.Minute))
			if in && match(e) && (e.Kind == trace.Started || e.Kind == trace.Finished) {
				want[m] = max(want[m], level(events[:i+1], match))
			}
		}
		before := slices.IndexFunc(events, func(e trace.Event) bool { return !e.Time.Before(begin) })
		if before < 0 {
			before = len(events)
		}
		if l := level(events[:before], match); l > 0 {
			want[m] = max(want[m], l)
		}
	}
	return want
}

func TestConcurrencyEqualsACountOfRunsInFlight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScript()
		events := drawTrace(t, s)
		for _, c := range []struct {
			name  metrics.Name
			d     metrics.Dimensions
			match func(trace.Event) bool
		}{
			{metrics.ConcurrentExecutions, region, func(trace.Event) bool { return true }},
			{metrics.ConcurrentExecutions, function, func(e trace.Event) bool { return e.Function == "f" }},
			{metrics.ConcurrentExecutions, of("f:1"), func(e trace.Event) bool { return e.Function == "f" && e.Qualifier == "1" }},
			{metrics.UnreservedConcurrentExecutions, region, func(e trace.Event) bool { return e.Pool == "Unreserved" }},
			{metrics.ClaimedAccountConcurrency, region, func(e trace.Event) bool { return e.Pool == "Unreserved" }},
		} {
			require.Equal(t, highest(events, c.match), s.perMinute(c.name, c.d, maximum), "%s %s", c.name, c.d)
		}
	})
}

func TestSameTraceSameMetrics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, again := newScript(), new(metrics.Recorder)
		for _, e := range drawTrace(t, s) {
			again.Trace(e)
		}
		require.Equal(t, s.Metrics(), again.Metrics())
		for _, m := range s.Metrics() {
			require.Equal(t, s.Total(m.Name, m.Dimensions), again.Total(m.Name, m.Dimensions))
		}
	})
}

func TestRecorderIsSafeForConcurrentUse(t *testing.T) {
	var r metrics.Recorder
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				e := trace.Event{Kind: trace.Started, Time: epoch, Function: "f", Number: uint64(i*1000 + n + 1), Environment: strconv.Itoa(i), Pool: "Unreserved"}
				r.Trace(e)
				e.Kind, e.Outcome = trace.Finished, trace.Success
				r.Trace(e)
				r.Total(metrics.Errors, function).Percentile(50)
				r.Metrics()
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1600.0, r.Total(metrics.Invocations, region).Sum)
	require.LessOrEqual(t, r.Total(metrics.ConcurrentExecutions, region).Maximum, 8.0)
	require.Zero(t, r.Total(metrics.ConcurrentExecutions, region).Minimum)
}
