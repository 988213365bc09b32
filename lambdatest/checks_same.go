package lambdatest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Same compares two traces and returns what differs first, or nil. It is how to check that the same seed and the same
// calls give the same trace, whatever the scheduler does: events are compared in the order of [Timeline.Events].
//
// A handler that returns after its deadline races with what goes on without it, so the step that reports it
// ([trace.Abandoned]) is taken as the last of its instant.
func Same(a, b *Timeline) error {
	as, bs := inOrder(a), inOrder(b)
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Errorf("lambdatest: step %d differs:\n%s\n%s", i+1, line(as, i), line(bs, i))
		}
	}
	if len(as) != len(bs) {
		return fmt.Errorf("lambdatest: one trace has %d steps, the other %d", len(as), len(bs))
	}
	return nil
}

// logStamp is the date and time that package log puts before a line: two traces may begin at different instants.
var logStamp = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `)

// inOrder is a timeline's events with each Abandoned at the end of its instant, and log lines without their time.
func inOrder(tl *Timeline) []trace.Event {
	late := func(e trace.Event) int {
		if e.Kind == trace.Abandoned {
			return 1
		}
		return 0
	}
	events := tl.Events()
	for i := range events {
		if events[i].Kind == trace.Log {
			events[i].Detail = logStamp.ReplaceAllString(events[i].Detail, "")
		}
	}
	slices.SortStableFunc(events, func(a, b trace.Event) int {
		return cmp.Or(trace.Compare(a, b), late(a)-late(b))
	})
	return events
}

// line is a step as a table has it.
func line(events []trace.Event, i int) string {
	r := rowsOf(events[:i+1])[i]
	return fmt.Sprintf("%s %s %s %s %s", r[0], r[1], r[2], r[3], r[4])
}
