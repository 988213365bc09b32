package metrics_test

import (
	"sync"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

// pair is the two events that matter most: a warm run.
func pair() (started, finished trace.Event) {
	started = trace.Event{Kind: trace.Started, Time: epoch, Number: 1, Attempt: 1, Function: "orders", Version: "$LATEST",
		Environment: "2026/10/01/[$LATEST]0123456789abcdef0123456789abcdef", Pool: "Unreserved"}
	finished = started
	finished.Kind, finished.Outcome, finished.Status, finished.Duration = trace.Finished, trace.Success, 200, 3*time.Millisecond
	return started, finished
}

// BenchmarkRecorder compares a run's two events with the least that anyone could do with them: count under a mutex.
func BenchmarkRecorder(b *testing.B) {
	started, finished := pair()
	b.Run("run", func(b *testing.B) {
		var r metrics.Recorder
		b.ReportAllocs()
		for b.Loop() {
			r.Trace(started)
			r.Trace(finished)
		}
	})
	b.Run("async event", func(b *testing.B) {
		var r metrics.Recorder
		events := []trace.Event{started, started, started, finished, started}
		for i, k := range []trace.Kind{trace.Accepted, trace.Dispatched, trace.Started, trace.Finished, trace.Ended} {
			events[i].Kind = k
		}
		b.ReportAllocs()
		for b.Loop() {
			for _, e := range events {
				r.Trace(e)
			}
		}
	})
	b.Run("baseline", func(b *testing.B) {
		var mu sync.Mutex
		counts := map[string]int{}
		count := func(e trace.Event) {
			mu.Lock()
			defer mu.Unlock()
			counts[e.Function]++
		}
		b.ReportAllocs()
		for b.Loop() {
			count(started)
			count(finished)
		}
	})
}

func TestRecordingAllocatesTheRunOnly(t *testing.T) {
	started, finished := pair()
	var r metrics.Recorder
	n := testing.AllocsPerRun(100, func() {
		r.Trace(started)
		r.Trace(finished)
	})
	if n > 1 {
		t.Errorf("%v allocations a run, want 1 at most", n)
	}
}
