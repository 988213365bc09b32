package lambdatest_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

var epoch = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

// story writes traces as a Service would, by a script: what the tests of timelines and checks are about.
type story struct {
	events []trace.Event
	number uint64
}

func (s *story) timeline() *lambdatest.Timeline {
	var tl lambdatest.Timeline
	for _, e := range s.events {
		tl.Trace(e)
	}
	return &tl
}

func (s *story) emit(e trace.Event) { s.events = append(s.events, e) }

// subject is an invocation in a story.
type subject struct {
	*story
	base trace.Event
	now  time.Time
	fail int // failed runs and lookups
	runs int
}

// async accepts an event for a function.
func (s *story) async(at time.Duration, function, qualifier string) *subject {
	x := s.invocation(at, function, qualifier, "Event")
	x.step(trace.Accepted, trace.Event{Size: 17})
	return x
}

// sync begins a synchronous call of a function.
func (s *story) sync(at time.Duration, function, qualifier string) *subject {
	x := s.invocation(at, function, qualifier, "RequestResponse")
	x.base.Attempt = 1
	return x
}

func (s *story) invocation(at time.Duration, function, qualifier, kind string) *subject {
	s.number++
	return &subject{story: s, now: epoch.Add(at), base: trace.Event{
		Number: s.number, RequestID: fmt.Sprintf("00000000-0000-4000-8000-%012d", s.number),
		Function: function, Qualifier: qualifier, Type: kind,
	}}
}

// step traces a step that has the invocation's fields and those of e.
func (x *subject) step(k trace.Kind, e trace.Event) {
	e.Kind, e.Time = k, x.now
	e.Number, e.RequestID, e.Function, e.Qualifier, e.Type = x.base.Number, x.base.RequestID, x.base.Function, x.base.Qualifier, x.base.Type
	e.Attempt = x.base.Attempt
	if e.Environment != "" {
		e.Environment = "2026/10/01/[$LATEST]" + e.Environment
	}
	x.emit(e)
}

// dispatch begins the next attempt of an event, at a time since the epoch.
func (x *subject) dispatch(at time.Duration) {
	accepted := x.accepted()
	x.now = epoch.Add(at)
	x.base.Attempt++
	x.step(trace.Dispatched, trace.Event{Age: x.now.Sub(accepted)})
}

func (x *subject) accepted() time.Time {
	for _, e := range x.events {
		if e.Kind == trace.Accepted && e.Number == x.base.Number {
			return e.Time
		}
	}
	return x.now
}

// run runs the function for some time in an environment.
func (x *subject) run(environment string, took time.Duration, outcome, errorType string) {
	x.start(environment, 0, false)
	x.finish(environment, took, 0, false, outcome, errorType)
}

// coldRun has an Init phase first.
func (x *subject) coldRun(environment string, init, took time.Duration, outcome, errorType string) {
	e := trace.Event{Version: "$LATEST", Environment: environment, Pool: "Unreserved", Phase: "init"}
	x.step(trace.InitStarted, e)
	x.now = x.now.Add(init)
	e.Duration, e.Outcome = init, trace.Success
	x.step(trace.InitEnded, e)
	x.start(environment, init, true)
	x.finish(environment, took, init, true, outcome, errorType)
}

func (x *subject) start(environment string, init time.Duration, cold bool) {
	x.step(trace.Started, trace.Event{Version: "$LATEST", Environment: environment, Pool: "Unreserved", Cold: cold, Init: init, InFlight: 1})
}

func (x *subject) finish(environment string, took, init time.Duration, cold bool, outcome, errorType string) {
	x.now = x.now.Add(took)
	x.step(trace.Finished, trace.Event{
		Version: "$LATEST", Environment: environment, Pool: "Unreserved", Cold: cold, Init: init, Duration: took,
		Billed: (took + init + time.Millisecond - 1).Truncate(time.Millisecond), Outcome: outcome, ErrorType: errorType, Status: 200,
	})
	x.runs++
	if outcome != trace.Success {
		x.fail++
	}
}

func (x *subject) throttle() {
	x.step(trace.Throttled, trace.Event{Status: 429, Code: "TooManyRequestsException", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", Version: "$LATEST"})
}

func (x *subject) refuse(status int, code string) {
	x.step(trace.Refused, trace.Event{Status: status, Code: code, Detail: "no such thing"})
	if status == 404 {
		x.fail++
	}
}

func (x *subject) retry(in time.Duration) {
	x.step(trace.Retrying, trace.Event{Due: x.now.Add(in), Detail: "Unhandled"})
}

// end ends the event as its condition says, and delivers to routes.
func (x *subject) end(condition string, routes ...string) {
	count := x.fail
	if condition == "Success" {
		count = 1
	}
	x.step(trace.Ended, trace.Event{Detail: condition, Count: count, Age: x.now.Sub(x.accepted())})
	for _, r := range routes {
		x.step(trace.Delivered, trace.Event{Route: r, Target: "arn:aws:sqs:eu-west-1:000000000000:" + map[string]string{
			trace.OnSuccess: "results", trace.OnFailure: "failures", trace.DeadLetter: "dead"}[r]})
	}
}

// busyDay is a story with some of everything.
func busyDay() *story {
	const s, ms = time.Second, time.Millisecond
	var day story
	a := day.async(0, "thumbnail", "")
	a.dispatch(0)
	a.coldRun("a", 800*ms, 2*s, trace.Error, "errorString")
	a.retry(60 * s)
	a.dispatch(62*s + 800*ms)
	a.run("a", 1500*ms, trace.Error, "errorString")
	a.retry(120 * s)
	a.dispatch(184*s + 300*ms)
	a.run("a", 2*s, trace.Error, "errorString")
	a.end("RetriesExhausted", trace.OnFailure, trace.DeadLetter)

	b := day.async(500*ms, "orders", "live")
	b.dispatch(500 * ms)
	b.throttle()
	b.retry(s)
	b.dispatch(1500 * ms)
	b.throttle()
	b.retry(2 * s)
	b.dispatch(3500 * ms)
	b.coldRun("b", 400*ms, 1200*ms, trace.Success, "")
	b.end("Success", trace.OnSuccess)

	c := day.sync(2*s, "checkout", "")
	c.coldRun("c", 600*ms, 900*ms, trace.Success, "")
	d := day.sync(2500*ms, "checkout", "")
	d.throttle()
	e := day.sync(62*s, "report", "")
	e.coldRun("d", 300*ms, 3*s, trace.Timeout, "Sandbox.Timedout")
	f := day.sync(185*s, "report", "")
	f.run("d", 700*ms, trace.Success, "")
	return &day
}

// classic is the story everybody knows: three attempts, a minute and two minutes apart, and then the record.
func classic() *story {
	var s story
	x := s.async(0, "thumbnail", "")
	for i, at := range []time.Duration{0, time.Minute, 3 * time.Minute} {
		x.dispatch(at)
		if i == 0 {
			x.coldRun("a", 0, 0, trace.Error, "errorString")
		} else {
			x.run("a", 0, trace.Error, "errorString")
		}
		if i < 2 {
			x.retry(time.Duration(i+1) * time.Minute)
		}
	}
	x.end("RetriesExhausted", trace.OnFailure)
	return &s
}

// backoff is an event that is throttled until its age is up.
func backoff() *story {
	var s story
	x := s.async(0, "f", "")
	for i, at := range []int{0, 1, 3, 7, 15, 31} {
		x.dispatch(time.Duration(at) * time.Second)
		x.throttle()
		if i < 5 {
			x.retry(time.Duration(1<<i) * time.Second)
		}
	}
	x.end("EventAgeExceeded", trace.OnFailure)
	return &s
}

// batches is an event source mapping at work on a stream: a batch fails, is halved, and one record is given up.
func batches() *story {
	var s story
	at := func(d time.Duration, k trace.Kind, e trace.Event) {
		e.Kind, e.Time, e.Source, e.Shard, e.Function = k, epoch.Add(d), "5c0ffee5-0000-4000-8000-000000000000", "shardId-000000000000", "ingest"
		s.emit(e)
	}
	batch := func(from, took time.Duration, n int, outcome string) {
		at(from, trace.BatchFormed, trace.Event{Count: n})
		x := s.sync(from, "ingest", "")
		if from == 0 {
			x.coldRun("a", 0, took, outcome, "")
		} else {
			x.run("a", took, outcome, "")
		}
		at(from+took, trace.BatchEnded, trace.Event{Count: n, Outcome: outcome, Age: took})
	}
	const sec = time.Second
	at(0, trace.MappingState, trace.Event{Detail: "Enabled", Reason: "User action"})
	at(0, trace.Polled, trace.Event{Count: 5})
	at(0, trace.Filtered, trace.Event{Count: 1})
	batch(0, sec, 4, trace.Error)
	batch(sec, sec, 2, trace.Success)
	at(2*sec, trace.Checkpointed, trace.Event{Detail: "49590338271490256608559692538361571095921575989136588898"})
	batch(2*sec, sec, 2, trace.Error)
	batch(3*sec, sec, 1, trace.Error)
	at(4*sec, trace.Discarded, trace.Event{Count: 1, Detail: "RetryAttemptsExhausted", Target: "arn:aws:sqs:eu-west-1:000000000000:failures"})
	at(4*sec, trace.Delivered, trace.Event{Count: 1, Route: trace.OnFailure, Target: "arn:aws:sqs:eu-west-1:000000000000:failures"})
	batch(4*sec, sec, 1, trace.Success)
	return &s
}

// crowd is eight events that want a function with a reserved concurrency of two: who finds no room backs off, one
// second first, then twice as long each time.
func crowd() *story {
	var s story
	type waiting struct {
		*subject
		due       time.Duration
		throttles int
	}
	var queue []*waiting
	for i := range 8 {
		at := time.Duration(i) * 400 * time.Millisecond
		queue = append(queue, &waiting{subject: s.async(at, "resize", ""), due: at})
	}
	freeAt := []time.Duration{0, 0}
	for len(queue) > 0 {
		next := slices.MinFunc(queue, func(a, b *waiting) int { return cmp.Compare(a.due, b.due) })
		next.dispatch(next.due)
		slot := slices.IndexFunc(freeAt, func(free time.Duration) bool { return free <= next.due })
		if slot < 0 {
			next.throttle()
			next.retry(time.Second << next.throttles)
			next.due += time.Second << next.throttles
			next.throttles++
			continue
		}
		environment := string(rune('a' + slot))
		if freeAt[slot] == 0 {
			next.coldRun(environment, 700*time.Millisecond, 1500*time.Millisecond, trace.Success, "")
		} else {
			next.run(environment, 1500*time.Millisecond, trace.Success, "")
		}
		freeAt[slot] = next.now.Sub(epoch)
		next.end("Success", trace.OnSuccess)
		queue = slices.DeleteFunc(queue, func(w *waiting) bool { return w == next })
	}
	return &s
}

// odds are the steps that no other story has.
func odds() *story {
	var s story
	const sec = time.Second
	a := s.async(0, "gone", "live")
	a.base.Attempt = 1
	a.refuse(404, "ResourceNotFoundException")
	a.retry(60 * sec)
	a.now = epoch.Add(60 * sec)
	a.base.Attempt = 2
	a.refuse(404, "ResourceNotFoundException")
	a.end("RetriesExhausted", trace.DeadLetter)
	b := s.async(sec, "loop", "")
	b.dispatch(sec)
	b.step(trace.LoopStopped, trace.Event{Status: 400, Detail: "RecursiveInvocationException"})
	b.end("RecursiveInvocation", trace.OnFailure)
	c := s.async(2*sec, "off", "")
	c.end("ZeroReservedConcurrency", trace.OnFailure, trace.DeadLetter)
	d := s.async(3*sec, "closed", "")
	d.step(trace.Lost, trace.Event{Detail: "service closed"})
	e := s.sync(4*sec, "broken", "")
	e.coldRun("x", 0, sec, trace.Timeout, "Sandbox.Timedout")
	e.step(trace.Abandoned, trace.Event{Environment: "x"})
	e.step(trace.Log, trace.Event{Environment: "x", Detail: "a line\twith a tab"})
	f := s.sync(6*sec, "broken", "")
	f.run("x", sec, trace.Failure, "")
	s.emit(trace.Event{Kind: trace.ConcurrencyChanged, Time: epoch.Add(5 * sec), Function: "f", Version: "1", Detail: "ProvisionedConcurrentExecutions", Allocated: 5, Claimed: 5})
	s.emit(trace.Event{Kind: trace.EnvironmentEnded, Time: epoch.Add(8 * sec), Function: "broken", Version: "$LATEST", Environment: "2026/10/01/[$LATEST]x", Detail: "spindown"})
	return &s
}
