package lambdatest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// lawful is what the settings of all stories are.
var lawful = lambdatest.Settings{
	Functions: map[string]lambdatest.Async{
		"gone:live": {MaximumRetryAttempts: new(1), Routes: []string{trace.DeadLetter}},
		"f":         {MaximumEventAge: new(60 * time.Second), Routes: []string{trace.OnFailure}},
		"off":       {Routes: []string{trace.OnFailure, trace.DeadLetter}},
	},
}

func TestStoriesAreLawful(t *testing.T) {
	for name, make := range stories {
		require.NoError(t, make().timeline().Check(lawful), name)
	}
	require.NoError(t, crowd().timeline().Check(lambdatest.Settings{AccountLimit: 2}))
	require.NoError(t, new(lambdatest.Timeline).Check(lambdatest.Settings{}))
}

// violation is a trace that breaks a law: what the check is to say.
type violation struct {
	check    string
	says     string
	settings lambdatest.Settings
	events   []trace.Event
}

// change plays a story and changes it: f gets every event and returns what becomes of it.
func change(s *story, f func(e trace.Event) []trace.Event) []trace.Event {
	var events []trace.Event
	for _, e := range s.events {
		events = append(events, f(e)...)
	}
	return events
}

// with changes the events of one kind.
func with(s *story, k trace.Kind, f func(e *trace.Event)) []trace.Event {
	return change(s, func(e trace.Event) []trace.Event {
		if e.Kind == k {
			f(&e)
		}
		return []trace.Event{e}
	})
}

// without drops the events of one kind, twice doubles them.
func without(s *story, k trace.Kind) []trace.Event {
	return slices.DeleteFunc(s.events, func(e trace.Event) bool { return e.Kind == k })
}

func twice(s *story, k trace.Kind) []trace.Event {
	return change(s, func(e trace.Event) []trace.Event {
		if e.Kind == k {
			return []trace.Event{e, e}
		}
		return []trace.Event{e}
	})
}

func calm(f func(s *story)) []trace.Event {
	var s story
	f(&s)
	return s.events
}

// settings of one function f.
func settings(retries int, age time.Duration, routes ...string) lambdatest.Settings {
	return lambdatest.Settings{Async: lambdatest.Async{MaximumRetryAttempts: &retries, MaximumEventAge: &age, Routes: routes}}
}

const (
	sec = time.Second
	day = 24 * time.Hour
)

var asyncViolations = []violation{
	{"ends-once", "ended 0 times", lambdatest.Settings{}, without(classic(), trace.Ended)},
	{"ends-once", "ended 2 times", lambdatest.Settings{}, twice(classic(), trace.Ended)},
	{"ends-once", "was accepted 2 times", lambdatest.Settings{}, twice(classic(), trace.Accepted)},
	{"ends-once", "ended, but was not accepted", lambdatest.Settings{}, without(classic(), trace.Accepted)},
	{"runs-within-retries", "ran 3 times, 2 at most", settings(1, day), classic().events},
	{"condition-is-earned", `ended in "Whatever"`, lambdatest.Settings{}, with(classic(), trace.Ended, func(e *trace.Event) { e.Detail = "Whatever" })},
	{"condition-is-earned", "was not stopped", lambdatest.Settings{}, with(classic(), trace.Ended, func(e *trace.Event) { e.Detail = "RecursiveInvocation" })},
	{"condition-is-earned", "stopped as a loop", lambdatest.Settings{}, with(odds(), trace.Ended, func(e *trace.Event) {
		if e.Function == "loop" {
			e.Detail = "EventAgeExceeded"
		}
	})},
	{"condition-is-earned", "last attempt was throttled", lambdatest.Settings{}, with(backoff(), trace.Ended, func(e *trace.Event) { e.Detail = "ZeroReservedConcurrency" })},
	{"retries-exhausted", "after 3 failures, with 0 retries", settings(0, day), classic().events},
	{"retries-exhausted", "after 0 failures", lambdatest.Settings{}, with(backoff(), trace.Ended, func(e *trace.Event) { e.Detail = "RetriesExhausted" })},
	{"success-is-earned", "ended in Success", lambdatest.Settings{}, with(classic(), trace.Ended, func(e *trace.Event) { e.Detail = "Success" })},
	{"success-is-earned", "ended in RetriesExhausted", lambdatest.Settings{}, with(crowd(), trace.Ended, func(e *trace.Event) { e.Detail = "RetriesExhausted" })},
	{"success-is-earned", "succeeded 3 times", lambdatest.Settings{}, with(&story{events: with(classic(), trace.Finished, func(e *trace.Event) { e.Outcome = trace.Success })},
		trace.Ended, func(e *trace.Event) { e.Detail = "Success" })},
	{"invoke-count", "invoke count 2, want 3", lambdatest.Settings{}, with(classic(), trace.Ended, func(e *trace.Event) { e.Count = 2 })},
	{"invoke-count", "invoke count 2, want 1", lambdatest.Settings{}, with(crowd(), trace.Ended, func(e *trace.Event) { e.Count = 2 })},
	{"one-request-id", "has request ids", lambdatest.Settings{}, with(classic(), trace.Finished, func(e *trace.Event) { e.RequestID = "other" })},
	{"one-request-id", "has the request id of #1", lambdatest.Settings{}, change(crowd(), func(e trace.Event) []trace.Event {
		e.RequestID = "the same"
		return []trace.Event{e}
	})},
	{"one-result-a-dispatch", "was dispatched 2 times as attempt 1", lambdatest.Settings{}, twice(classic(), trace.Dispatched)},
	{"one-result-a-dispatch", "without any result as attempt 1", lambdatest.Settings{}, without(crowd(), trace.Throttled)},
	{"one-result-a-dispatch", "2 runs and 0 refusals", lambdatest.Settings{}, twice(classic(), trace.Started)},
	{"one-result-a-dispatch", "0 runs and 2 refusals", lambdatest.Settings{}, twice(backoff(), trace.Throttled)},
	{"no-dispatch-past-age", "at the age of 3m00s, with 1m30s allowed", settings(2, 90*sec), classic().events},
	{"no-dispatch-past-age", "at the age of 3m00s, with 3m00s allowed", settings(2, 180*sec), classic().events},
	{"age-grows", "with an age of 0s", lambdatest.Settings{}, with(classic(), trace.Dispatched, func(e *trace.Event) { e.Age = 0 })},
	{"age-grows", "0s at its next dispatch", lambdatest.Settings{}, calm(func(s *story) {
		x := s.async(0, "f", "")
		for range 2 {
			x.dispatch(0)
			x.throttle()
		}
	})},
	{"synchronous-is-alone", "is synchronous, but was Retrying", lambdatest.Settings{}, calm(func(s *story) { s.sync(0, "f", "").retry(sec) })},
	{"synchronous-is-alone", "has 2 results", lambdatest.Settings{}, calm(func(s *story) {
		x := s.sync(0, "f", "")
		x.throttle()
		x.run("a", sec, trace.Success, "")
	})},
	{"function-error-delay", "waited 59s after attempt 1, not 1m00s", lambdatest.Settings{}, later(classic(), 1, -sec)},
	{"function-error-delay", "waited 2m01s after attempt 2, not 2m00s", lambdatest.Settings{}, later(classic(), 2, sec)},
	{"throttle-backoff", "waited 900ms after attempt 1, not 1s", lambdatest.Settings{}, later(backoff(), 1, -100*time.Millisecond)},
	{"throttle-backoff", "waited 9s after attempt 4, not 8s", lambdatest.Settings{}, later(backoff(), 4, sec)},
	{"age-looks-ahead", "due at the age of 1m03s, with 2m00s allowed", settings(2, 120*sec), backoff().events},
	{"age-looks-ahead", "10s after its last attempt", settings(2, 60*sec), with(backoff(), trace.Ended, func(e *trace.Event) { e.Time = e.Time.Add(10 * sec) })},
	{"age-looks-ahead", "after 3 failures, when its retries were used up", settings(2, 60*sec), with(classic(), trace.Ended, func(e *trace.Event) { e.Detail = "EventAgeExceeded" })},
	{"age-looks-ahead", "ended by its age at 0s", lambdatest.Settings{}, calm(func(s *story) { s.async(0, "f", "").end("EventAgeExceeded") })},
	{"one-delivery-a-route", "2 times to OnFailure", lambdatest.Settings{}, twice(classic(), trace.Delivered)},
	{"one-delivery-a-route", "OnFailure, which has no target", settings(2, day, trace.OnSuccess), classic().events},
	{"one-delivery-a-route", "was not delivered to DeadLetter", settings(2, day, trace.OnFailure, trace.DeadLetter), classic().events},
	{"one-delivery-a-route", "was not delivered to OnSuccess", settings(2, day, trace.OnSuccess), without(crowd(), trace.Delivered)},
	{"route-fits-condition", `ended in "RetriesExhausted" and was delivered to OnSuccess`, lambdatest.Settings{}, with(classic(), trace.Delivered, func(e *trace.Event) { e.Route = trace.OnSuccess })},
	{"route-fits-condition", `ended in "Success" and was delivered to DeadLetter`, lambdatest.Settings{}, with(crowd(), trace.Delivered, func(e *trace.Event) { e.Route = trace.DeadLetter })},
	{"delivered-after-end", "before it had ended", lambdatest.Settings{}, with(crowd(), trace.Delivered, func(e *trace.Event) { e.Time = e.Time.Add(-1) })},
}

// later moves everything of the attempts after n.
func later(s *story, n int, by time.Duration) []trace.Event {
	return change(s, func(e trace.Event) []trace.Event {
		if e.Attempt > n {
			e.Time = e.Time.Add(by)
			e.Age += by
		}
		return []trace.Event{e}
	})
}

// pool plays runs of two seconds that begin at given seconds, each in an environment of its own, changed by f.
func pool(f func(e *trace.Event), begins ...int) []trace.Event {
	return change(&story{events: calm(func(s *story) {
		for i, at := range begins {
			s.sync(time.Duration(at)*sec, "f", "1").coldRun(fmt.Sprint(i), sec, sec, trace.Success, "")
		}
	})}, func(e trace.Event) []trace.Event {
		e.Version = "1"
		f(&e)
		return []trace.Event{e}
	})
}

func as(pool string) func(e *trace.Event) {
	return func(e *trace.Event) { e.Pool, e.Cold = pool, e.Cold && pool != "Provisioned" }
}

func allocated(n int, at time.Duration) trace.Event {
	return trace.Event{Kind: trace.ConcurrencyChanged, Time: epoch.Add(at), Function: "f", Version: "1", Allocated: n}
}

// inOne plays runs of a second each, in one environment, that begin at given times.
func inOne(begins ...time.Duration) *story {
	return &story{events: calm(func(s *story) {
		for i, at := range begins {
			if x := s.sync(at, "f", ""); i == 0 {
				x.coldRun("e", 0, sec, trace.Success, "")
			} else {
				x.run("e", sec, trace.Success, "")
			}
		}
	})}
}

var capacityViolations = []violation{
	{"account-limit", "run #3.1 of f", lambdatest.Settings{AccountLimit: 2}, pool(as("Unreserved"), 0, 1, 1)},
	{"reserved-limit", "above the 2 reserved", lambdatest.Settings{Reserved: map[string]int{"f": 2}}, pool(as("Reserved"), 0, 0, 1)},
	{"reserved-limit", "above the 0 reserved", lambdatest.Settings{Reserved: map[string]int{"f": 0}}, calm(func(s *story) {
		s.sync(0, "f", "").coldRun("a", 0, 0, trace.Success, "") // takes no time at all
	})},
	{"reserved-limit", "run #2.1", lambdatest.Settings{Reserved: map[string]int{"f": 1}}, calm(func(s *story) {
		s.sync(0, "f", "").coldRun("a", 0, 2*sec, trace.Success, "")
		s.sync(sec, "f", "").coldRun("b", 0, 0, trace.Success, "") // in the midst of the other
	})},
	{"reserved-pool", "unreserved pool", lambdatest.Settings{Reserved: map[string]int{"f": 5}}, pool(as("Unreserved"), 0)},
	{"provisioned-limit", "no more than 1 are allocated", lambdatest.Settings{}, append(pool(as("Provisioned"), 1, 2), allocated(1, 0))},
	{"provisioned-limit", "no more than 0 are allocated", lambdatest.Settings{}, append(pool(as("Provisioned"), 1), allocated(1, 10*sec))},
	{"provisioned-or-spillover", "is cold", lambdatest.Settings{}, pool(func(e *trace.Event) { e.Pool = "Provisioned" }, 0)},
	{"provisioned-or-spillover", "spillover as well", lambdatest.Settings{}, pool(func(e *trace.Event) { as("Provisioned")(e); e.Spillover = true }, 0)},
	{"provisioned-or-spillover", "of $LATEST", lambdatest.Settings{}, pool(func(e *trace.Event) { as("Provisioned")(e); e.Version = "$LATEST" }, 0)},
	{"scaling-rate", "run #1001.1", lambdatest.Settings{AccountLimit: 5000}, pool(as("Unreserved"), make([]int, 1001)...)},
	{"runs-end-once", "did not finish", lambdatest.Settings{}, without(classic(), trace.Finished)},
	{"runs-end-once", "without having started", lambdatest.Settings{}, without(classic(), trace.Started)},
	{"runs-end-once", "without having started", lambdatest.Settings{}, twice(classic(), trace.Finished)},
	{"runs-end-once", "without having started", lambdatest.Settings{}, with(classic(), trace.Finished, func(e *trace.Event) { e.Environment = "other" })},
	{"one-run-at-a-time", "while run #1.1 is going on", lambdatest.Settings{}, inOne(0, sec/2).events},
	{"one-version", "of version 2, after one of version $LATEST", lambdatest.Settings{}, change(inOne(0, sec), func(e trace.Event) []trace.Event {
		if e.Number == 2 {
			e.Version = "2"
		}
		return []trace.Event{e}
	})},
	{"idle-lifetime", "after 10m00s of idleness", lambdatest.Settings{}, inOne(0, 601*sec).events},
	{"idle-lifetime", "with 1m00s allowed", lambdatest.Settings{IdleLifetime: time.Minute}, inOne(0, 62*sec).events},
	{"warm-has-a-past", "the first there, but not cold", lambdatest.Settings{}, with(inOne(0), trace.Started, func(e *trace.Event) { e.Cold = false })},
	{"warm-has-a-past", "cold, but not the first there", lambdatest.Settings{}, with(inOne(0, sec), trace.Started, func(e *trace.Event) { e.Cold = true })},
	{"ended-means-ended", "has been shut down", lambdatest.Settings{}, append(inOne(0, 5*sec).events,
		trace.Event{Kind: trace.EnvironmentEnded, Time: epoch.Add(3 * sec), Function: "f", Environment: "2026/10/01/[$LATEST]e"})},
	{"billed-by-the-millisecond", "is billed 999ms", lambdatest.Settings{}, with(inOne(0), trace.Finished, func(e *trace.Event) { e.Billed = 999 * time.Millisecond })},
	{"billed-by-the-millisecond", "is billed 1.001s", lambdatest.Settings{}, with(inOne(0), trace.Finished, func(e *trace.Event) { e.Billed = 1001 * time.Millisecond })},
	{"billed-by-the-millisecond", "is billed 10.5ms", lambdatest.Settings{}, with(inOne(0), trace.Finished, func(e *trace.Event) {
		e.Duration, e.Billed = 10*time.Millisecond+1, 10500*time.Microsecond
	})},
	{"abandoned-after-timeout", "without having timed out", lambdatest.Settings{}, append(inOne(0).events,
		trace.Event{Kind: trace.Abandoned, Time: epoch.Add(9 * sec), Number: 1, Attempt: 1, Function: "f", Environment: "2026/10/01/[$LATEST]e"})},
}

func TestEveryLawCanBeBroken(t *testing.T) {
	broken := map[string]bool{}
	for _, v := range slices.Concat(asyncViolations, capacityViolations, mappingViolations) {
		t.Run(v.check+"/"+v.says, func(t *testing.T) {
			c := check(t, v.check)
			err := c.Verify(v.events, v.settings)
			var got *lambdatest.Violation
			require.ErrorAs(t, err, &got)
			require.Equal(t, v.check, got.Check)
			require.Equal(t, c.Law, got.Law)
			require.Contains(t, got.Error(), v.says)
			require.True(t, errors.Is(err, got.Breach))
		})
		broken[v.check] = true
	}
	for _, c := range lambdatest.Checks() {
		require.True(t, broken[c.Name], "no test breaks %s", c.Name)
		require.False(t, strings.HasSuffix(c.Law, "."))
	}
}

func check(t *testing.T, name string) lambdatest.Check {
	t.Helper()
	i := slices.IndexFunc(lambdatest.Checks(), func(c lambdatest.Check) bool { return c.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return lambdatest.Checks()[i]
}

func TestTimelineCheckJoinsAllViolations(t *testing.T) {
	tl := (&story{events: with(classic(), trace.Ended, func(e *trace.Event) { e.Count, e.Detail = 7, "Success" })}).timeline()
	err := tl.Check(lambdatest.Settings{})
	for _, name := range []string{"success-is-earned", "invoke-count", "route-fits-condition"} {
		require.ErrorContains(t, err, name)
	}
	require.NotContains(t, err.Error(), "ends-once")
}

// What the settings excuse, and what lies just inside of a law.
func TestLawsHaveTheirLimits(t *testing.T) {
	for name, c := range map[string]struct {
		settings lambdatest.Settings
		events   []trace.Event
	}{
		"a lost event has no end": {lambdatest.Settings{}, odds().events},
		"other delays":            {lambdatest.Settings{AnyDelay: true}, later(classic(), 1, 7*sec)},
		"a tolerance for delays":  {lambdatest.Settings{Tolerance: sec}, later(backoff(), 3, sec)},
		"duplicates":              {lambdatest.Settings{Duplicates: 1}, calm(duplicated)},
		"a limit reached":         {lambdatest.Settings{AccountLimit: 2}, pool(as("Unreserved"), 0, 0, 2, 2, 4)},
		"reserved reached":        {lambdatest.Settings{Reserved: map[string]int{"f": 1}}, pool(as("Reserved"), 0, 2, 4)},
		"provisioned reached":     {lambdatest.Settings{}, append(pool(as("Provisioned"), 1, 1, 3), allocated(2, sec))},
		"provisioned lowered":     {lambdatest.Settings{}, append(pool(as("Provisioned"), 1, 1), allocated(2, 0), allocated(1, sec))},
		"real time overlaps":      {lambdatest.Settings{AccountLimit: 1, Tolerance: sec}, pool(as("Unreserved"), 0, 1)},
		"a thousand at once":      {lambdatest.Settings{}, pool(as("Unreserved"), make([]int, 1000)...)},
		"and more in time":        {lambdatest.Settings{AccountLimit: 2000}, pool(as("Unreserved"), append(make([]int, 1000), slices.Repeat([]int{1}, 100)...)...)},
		"no scaling rate":         {lambdatest.Settings{AccountLimit: 2000, NoScalingRate: true}, pool(as("Unreserved"), make([]int, 1500)...)},
		"idle just short":         {lambdatest.Settings{}, inOne(0, 601*sec-1).events},
		"idle for ever":           {lambdatest.Settings{IdleLifetime: -1}, inOne(0, day).events},
		"made ahead":              {lambdatest.Settings{ProactiveInit: true}, with(inOne(0), trace.Started, func(e *trace.Event) { e.Cold = false })},
		"provisioned is warm":     {lambdatest.Settings{}, append(pool(as("Provisioned"), 0, 3600), allocated(9, -sec))},
		"alias gone":              {settings(1, 90*sec, trace.OnFailure), calm(aliasGone)},
		"refused without number":  {lambdatest.Settings{}, []trace.Event{{Kind: trace.Refused, Time: epoch, Status: 404}}},
		"routes unknown":          {lambdatest.Settings{}, without(classic(), trace.Delivered)},
		"retention":               {lambdatest.Settings{}, []trace.Event{{Kind: trace.Discarded, Source: "u", Count: 9, Detail: "RetentionExpired"}}},
	} {
		t.Run(name, func(t *testing.T) {
			tl := (&story{events: c.events}).timeline()
			s := c.settings
			if s.Functions == nil && s.Async.MaximumRetryAttempts == nil {
				s.Functions = lawful.Functions
			}
			require.NoError(t, tl.Check(s))
		})
	}
}

// duplicated is an event whose one attempt a control makes twice.
func duplicated(s *story) {
	x := s.async(0, "g", "")
	x.dispatch(0)
	x.coldRun("a", 0, sec, trace.Error, "")
	x.run("a", sec, trace.Success, "")
	x.end("Success")
}

// aliasGone is row 35 of the vectors: looked up in vain, and dropped without a word when its age is up.
func aliasGone(s *story) {
	x := s.async(0, "f", "live")
	x.base.Attempt = 1
	x.refuse(404, "ResourceNotFoundException")
	x.retry(90 * sec)
	x.now = epoch.Add(90 * sec)
	x.end("EventAgeExceeded")
}

// Qualifiers have settings of their own; none is $LATEST's.
func TestSettingsAreFoundByTarget(t *testing.T) {
	once := lambdatest.Async{MaximumRetryAttempts: new(0)}
	for _, c := range []struct {
		key, qualifier string
		applies        bool
	}{
		{"thumbnail", "", true}, {"thumbnail", "$LATEST", true}, {"thumbnail:$LATEST", "", true},
		{"thumbnail:live", "live", true}, {"thumbnail:1", "1", true},
		{"thumbnail", "live", false}, {"thumbnail:1", "live", false}, {"thumbnail:live", "", false},
	} {
		events := change(classic(), func(e trace.Event) []trace.Event {
			e.Qualifier = c.qualifier
			return []trace.Event{e}
		})
		err := check(t, "runs-within-retries").Verify(events, lambdatest.Settings{Functions: map[string]lambdatest.Async{c.key: once}})
		require.Equal(t, c.applies, err != nil, "%v", c)
	}
}

func TestSame(t *testing.T) {
	require.NoError(t, lambdatest.Same(busyDay().timeline(), busyDay().timeline()))
	shorter := &story{events: slices.Clone(classic().events)}
	shorter.events = shorter.events[:len(shorter.events)-1]
	require.ErrorContains(t, lambdatest.Same(classic().timeline(), shorter.timeline()), "steps")
	other := &story{events: with(classic(), trace.Ended, func(e *trace.Event) { e.Count = 2 })}
	err := lambdatest.Same(classic().timeline(), other.timeline())
	require.ErrorContains(t, err, "RetriesExhausted, invoke count 3")
	require.ErrorContains(t, err, "RetriesExhausted, invoke count 2")

	// A late return may come before or after the end of its event.
	late := trace.Event{Kind: trace.Abandoned, Time: classic().events[len(classic().events)-1].Time, Number: 1, Attempt: 3, Function: "thumbnail"}
	early := slices.Insert(classic().events, len(classic().events)-2, late)
	require.NoError(t, lambdatest.Same((&story{events: early}).timeline(), (&story{events: append(classic().events, late)}).timeline()))
}
