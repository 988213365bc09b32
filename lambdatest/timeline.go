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
	mu     sync.Mutex
	events []trace.Event // in the order in which they came
}

// Trace appends e. It is the [trace.Func] to configure.
func (tl *Timeline) Trace(e trace.Event) {
	tl.mu.Lock()
	tl.events = append(tl.events, e)
	tl.mu.Unlock()
}

// Events returns all events by time, then invocation, then attempt, as [trace.Compare] orders them; what ties stays in
// the order in which it happened. The slice is the caller's.
func (tl *Timeline) Events() []trace.Event {
	tl.mu.Lock()
	events := slices.Clone(tl.events)
	tl.mu.Unlock()
	slices.SortStableFunc(events, trace.Compare)
	return events
}

// Of returns the events of the given kinds, in the order of [Timeline.Events].
func (tl *Timeline) Of(kinds ...trace.Kind) []trace.Event {
	return slices.DeleteFunc(tl.Events(), func(e trace.Event) bool { return !slices.Contains(kinds, e.Kind) })
}

// Reset forgets everything.
func (tl *Timeline) Reset() {
	tl.mu.Lock()
	tl.events = nil
	tl.mu.Unlock()
}
