package lambdatest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// String is the table that [Timeline.WriteTo] writes.
func (tl *Timeline) String() string {
	events := tl.Events()
	var b strings.Builder
	b.WriteString(heading(events))
	writeTable(&b, rowsOf(events))
	return b.String()
}

// WriteTo writes a table of all steps, one a line: the time since the first step, the invocation and attempt as
// "#7.2", the function as it was asked for, the step, and what there is to tell of it. Execution environments are
// numbered in the order in which they appear. The same trace gives the same text.
func (tl *Timeline) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, tl.String())
	return int64(n), err
}

func heading(events []trace.Event) string {
	if len(events) == 0 {
		return "no steps\n"
	}
	first, last := events[0].Time, events[len(events)-1].Time
	return fmt.Sprintf("%s from %s, %s\n", plural(len(events), "step"), first.UTC().Format(time.RFC3339Nano), span(last.Sub(first)))
}

// row is a line of the table: when, who, where, what, and details, which nothing follows.
type row [5]string

func rowsOf(events []trace.Event) []row {
	seen := newEnvironments(events)
	rows := make([]row, len(events))
	for i, e := range events {
		rows[i] = row{"+" + span(e.Time.Sub(events[0].Time)), invocation(e), printable(subject(e)), step(e.Kind), describe(e, seen)}
	}
	return rows
}

// writeTable aligns the columns: the time to the right, the others to the left.
func writeTable(b *strings.Builder, rows []row) {
	var width [len(row{})]int
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range rows {
		line := strings.Repeat(" ", width[0]-utf8.RuneCountInString(r[0])) + r[0]
		for i, cell := range r[1:] {
			line += "  " + cell + strings.Repeat(" ", width[i+1]-utf8.RuneCountInString(cell))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// invocation is how a table names an invocation and its attempt.
func invocation(e trace.Event) string {
	switch {
	case e.Number == 0:
		return ""
	case e.Attempt == 0:
		return fmt.Sprintf("#%d", e.Number)
	}
	return fmt.Sprintf("#%d.%d", e.Number, e.Attempt)
}

// subject is whose step it is: a function as it was asked for, a mapping, or the thing of another service that pushes.
func subject(e trace.Event) string {
	switch {
	case strings.HasPrefix(e.Source, "arn:"):
		return resource(e.Source)
	case e.Source != "":
		return "mapping " + short(e.Source)
	case e.Qualifier != "":
		return e.Function + ":" + e.Qualifier
	}
	return e.Function
}

// resource is the service and the name in an ARN: "sns orders".
func resource(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	return parts[2] + " " + parts[5]
}

// short is enough of a UUID to tell it from others.
func short(uuid string) string {
	head, _, _ := strings.Cut(uuid, "-")
	return head
}

func step(k trace.Kind) string {
	if s := k.String(); s != "" {
		return s
	}
	return "Kind " + strconv.Itoa(int(k))
}

// environments numbers execution environments, whose names are long, in the order in which they appear.
type environments map[string]int

func newEnvironments(events []trace.Event) environments {
	seen := environments{}
	for _, e := range events {
		if e.Environment != "" && seen[e.Environment] == 0 {
			seen[e.Environment] = len(seen) + 1
		}
	}
	return seen
}

func (seen environments) of(e trace.Event) string {
	if e.Environment == "" {
		return ""
	}
	return "environment " + strconv.Itoa(seen[e.Environment])
}

// describe tells what is particular to a step.
func describe(e trace.Event, seen environments) string {
	var p phrases
	switch e.Kind {
	case trace.Accepted:
		p.add(plural(e.Size, "byte"))
	case trace.Dispatched:
		p.add("age " + span(e.Age))
	case trace.Throttled:
		p.add(status(e), e.Reason)
	case trace.Refused:
		p.add(status(e), e.Code, e.Detail)
	case trace.InitStarted:
		p.add(seen.of(e), e.Phase, e.Pool)
	case trace.InitEnded:
		p.add(seen.of(e), e.Phase, outcomeOf(e), "after "+span(e.Duration))
	case trace.Started:
		p.add(version(e), seen.of(e), e.Pool, when(e.Cold, "cold"), when(e.Spillover, "spillover"), inFlight(e))
	case trace.Finished:
		p.add(outcomeOf(e), "after "+span(e.Duration), "billed "+span(e.Billed), when(e.Init > 0, "init "+span(e.Init)), inFlight(e))
	case trace.Abandoned, trace.EnvironmentEnded:
		p.add(seen.of(e), e.Detail)
	case trace.Retrying:
		p.add("in "+span(e.Due.Sub(e.Time)), e.Detail)
	case trace.Ended:
		p.add(e.Detail, "invoke count "+strconv.Itoa(e.Count), "age "+span(e.Age))
	case trace.Delivered, trace.DeliveryFailed:
		p.add(e.Route, e.Target, when(e.Source != "", plural(e.Count, "record")), e.Detail)
	case trace.ConcurrencyChanged:
		p.add(e.Detail, when(e.Version != "", version(e)+" has "+strconv.Itoa(e.Allocated)), "claimed "+strconv.Itoa(e.Claimed))
	case trace.Polled, trace.Filtered, trace.BatchFormed, trace.Deleted, trace.Discarded:
		p.add(e.Shard, plural(e.Count, "record"), e.Detail)
	case trace.BatchEnded:
		p.add(e.Shard, plural(e.Count, "record"), outcomeOf(e), e.Detail)
	case trace.Checkpointed:
		p.add(e.Shard, e.Detail)
	case trace.MappingState:
		p.add(e.Detail, e.Reason)
	case trace.Pushed, trace.PushFailed:
		p.add(e.Route, "to "+resource(e.Target), when(e.Attempt > 1, "try "+strconv.Itoa(e.Attempt)), e.Code, e.Detail,
			again(e))
	default: // Log, Lost, LoopStopped, and kinds to come
		p.add(e.Detail)
	}
	return strings.Join(p, ", ")
}

// again is when a try that failed is made again, if it is.
func again(e trace.Event) string {
	if e.Due.IsZero() {
		return ""
	}
	return "again in " + span(e.Due.Sub(e.Time))
}

// phrases are what a description consists of; empty ones are left out.
type phrases []string

func (p *phrases) add(ss ...string) {
	for _, s := range ss {
		if s != "" {
			*p = append(*p, printable(s))
		}
	}
}

// printable keeps a table a table, whatever a function logs.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

func when(condition bool, s string) string {
	if !condition {
		return ""
	}
	return s
}

func version(e trace.Event) string { return when(e.Version != "", "version "+e.Version) }

func status(e trace.Event) string { return when(e.Status != 0, strconv.Itoa(e.Status)) }

func inFlight(e trace.Event) string {
	return when(e.InFlight > 0, strconv.Itoa(e.InFlight)+" in flight")
}

// outcomeOf is an outcome with the error's type.
func outcomeOf(e trace.Event) string {
	if e.ErrorType == "" {
		return e.Outcome
	}
	return e.Outcome + " " + e.ErrorType
}

// plural is a number of things: "1 record", "2 records".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// span formats a duration for people: "12.5ms", "5s", "1m00s", "6h00m00s"; above a millisecond it is rounded to the
// microsecond, above a second to the millisecond.
func span(d time.Duration) string {
	if d < 0 {
		return "-" + span(max(-d, -(d+1))) // the least duration has no opposite
	}
	switch {
	case d >= time.Second:
		d = d.Round(time.Millisecond)
	case d >= time.Millisecond:
		d = d.Round(time.Microsecond)
	}
	if d < time.Minute {
		return d.String()
	}
	hours, minutes := d/time.Hour, d%time.Hour/time.Minute
	seconds := strconv.FormatFloat((d % time.Minute).Seconds(), 'f', -1, 64)
	if d%time.Minute < 10*time.Second {
		seconds = "0" + seconds
	}
	if hours == 0 {
		return fmt.Sprintf("%dm%ss", minutes, seconds)
	}
	return fmt.Sprintf("%dh%02dm%ss", hours, minutes, seconds)
}
