package lambdatest

import (
	"slices"
	"sync"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Timeline keeps every event of a trace, to be asked about, printed, drawn and checked:
//
//	var tl lambdatest.Timeline
//	svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
//	…
//	require.Len(t, tl.Of(trace.Started), 3)
//	require.NoError(t, tl.Check(lambdatest.Settings{}))
//
// Printed with [Timeline.String] it is a table of all steps; drawn with [Timeline.WriteSVG] it is a picture of the
// invocations' lives.
//
// The zero Timeline is empty and ready to use. All methods are safe for concurrent use. A Timeline must not be copied
// once it has been used.
type Timeline struct {
	mu sync.Mutex
	// chunks hold the events in the order in which they came. An event is large, so that one slice would spend most of
	// its time on growing.
	chunks [][]trace.Event
	n      int
}

// The sizes of the first chunk and of the largest.
const (
	firstChunk = 8
	mostChunk  = 256
)

// Trace appends e. It is the [trace.Func] to configure.
func (tl *Timeline) Trace(e trace.Event) {
	tl.mu.Lock()
	defer tl.mu.Unlock()
	last := len(tl.chunks) - 1
	if last < 0 || len(tl.chunks[last]) == cap(tl.chunks[last]) {
		tl.chunks = append(tl.chunks, make([]trace.Event, 0, max(firstChunk, min(tl.n, mostChunk))))
		last++
	}
	tl.chunks[last] = append(tl.chunks[last], e)
	tl.n++
}

// Events returns all events by time, then invocation, then attempt, as [trace.Compare] orders them; what ties stays in
// the order in which it happened. The slice is the caller's.
func (tl *Timeline) Events() []trace.Event {
	tl.mu.Lock()
	events := slices.Concat(tl.chunks...)
	tl.mu.Unlock()
	sortEvents(events)
	return events
}

// happened returns all events by time, and within an instant in the order in which they came: what happened in one
// environment, one shard or one invocation came in its order, while that of different invocations is as good as any.
func (tl *Timeline) happened() []trace.Event {
	tl.mu.Lock()
	events := slices.Concat(tl.chunks...)
	tl.mu.Unlock()
	slices.SortStableFunc(events, func(a, b trace.Event) int { return a.Time.Compare(b.Time) })
	return events
}

// sortEvents sorts by [trace.Compare] and is stable. It moves indices and then each event once: events are large.
func sortEvents(events []trace.Event) {
	if slices.IsSortedFunc(events, trace.Compare) {
		return
	}
	order := make([]int, len(events))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return trace.Compare(events[i], events[j]) })
	sorted := make([]trace.Event, len(events))
	for i, from := range order {
		sorted[i] = events[from]
	}
	copy(events, sorted)
}

// Of returns the events of the given kinds, in the order of [Timeline.Events].
func (tl *Timeline) Of(kinds ...trace.Kind) []trace.Event {
	return slices.DeleteFunc(tl.Events(), func(e trace.Event) bool { return !slices.Contains(kinds, e.Kind) })
}

// Reset forgets everything.
func (tl *Timeline) Reset() {
	tl.mu.Lock()
	tl.chunks, tl.n = nil, 0
	tl.mu.Unlock()
}
