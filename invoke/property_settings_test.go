package invoke_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

// shop is a live Service whose settings change while it works, beside what should be known of it.
type shop struct {
	t     *rapid.T
	svc   *invoke.Service
	tl    lambdatest.Timeline
	calls sync.WaitGroup

	live tally

	// What is set, by function or target; absent where it is not.
	exists   map[string]bool
	versions map[string]bool // as targets
	last     map[string]int  // the highest version ever: a number is not used again, not even by a function made anew
	aliases  map[string]string
	reserved map[string]int
	async    map[string]invoke.EventInvokeConfig
	remove   func()
}

// tally is what a trace says is going on.
type tally struct {
	started, finished map[string]int
	accepted, over    int
}

// count adds the steps since the last call.
func (s *shop) count() {
	s.live = tally{started: map[string]int{}, finished: map[string]int{}}
	for _, e := range s.tl.Events() {
		switch e.Kind {
		case trace.Started:
			s.live.started[e.Function]++
		case trace.Finished:
			s.live.finished[e.Function]++
		case trace.Accepted:
			s.live.accepted++
		case trace.Ended, trace.Lost:
			s.live.over++
		}
	}
}

const accountLimit = 12

func newShop(t *rapid.T) *shop {
	s := &shop{
		t: t, exists: map[string]bool{}, versions: map[string]bool{}, last: map[string]int{}, aliases: map[string]string{},
		reserved: map[string]int{}, async: map[string]invoke.EventInvokeConfig{},
	}
	s.svc = lambdatest.NewService(t, invoke.Options{
		Trace:   s.tl.Trace,
		Account: concurrency.NewAccount(concurrency.Options{Limit: accountLimit, MinimumUnreserved: new(2), ProvisionPrep: seconds(20)}),
	})
	s.deploy("f")
	s.deploy("g")
	return s
}

var shopFunctions = []string{"f", "g"}

func (s *shop) function() string { return rapid.SampledFrom(shopFunctions).Draw(s.t, "function") }

var qualifiers = []string{"", ":1", ":2", ":3", ":live"}

// target draws a target that may be there or not.
func (s *shop) target() string {
	return s.function() + rapid.SampledFrom(append([]string{"", ":$LATEST"}, qualifiers...)).Draw(s.t, "qualifier")
}

func (s *shop) deploy(name string) {
	script := properties.Script().Draw(s.t, "script")
	work := time.Duration(rapid.IntRange(1, 12_000).Draw(s.t, "work")) * time.Millisecond
	lambdatest.Deploy(s.t, s.svc, lambda.Config{Name: name, Timeout: 10 * time.Second}, lambdatest.Script(script, work))
	s.exists[name] = true
}

// refused requires that an error is there exactly when it should be.
func (s *shop) refused(err error, want bool) bool {
	s.t.Helper()
	if want {
		require.Error(s.t, err)
	} else {
		require.NoError(s.t, err)
	}
	return want
}

func (s *shop) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"call": func(t *rapid.T) {
			s.calls.Add(1)
			s.svc.Start(context.Background(), invoke.Input{FunctionName: s.target()}, func(*invoke.Output, error) { s.calls.Done() })
		},
		"send": func(t *rapid.T) {
			s.svc.Invoke(context.Background(), invoke.Input{FunctionName: s.target(), InvocationType: invoke.Event})
		},
		"advance": func(t *rapid.T) {
			lambdatest.Advance(time.Duration(rapid.IntRange(0, 200_000).Draw(t, "ms")) * time.Millisecond)
		},
		"deploy":  func(t *rapid.T) { s.deploy(s.function()) },
		"publish": func(t *rapid.T) { s.publish(s.function()) },
		"delete": func(t *rapid.T) {
			if name := s.function(); !s.refused(s.svc.DeleteFunction(name), !s.exists[name]) {
				s.forget(name)
			}
		},
		"alias": func(t *rapid.T) {
			name, version := s.function(), strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "version"))
			err := s.svc.PutAlias(name, "live", invoke.Routing{Version: version})
			if !s.refused(err, !s.versions[name+":"+version]) {
				s.aliases[name+":live"] = version
			}
		},
		"delete alias": func(t *rapid.T) {
			name := s.function()
			s.svc.DeleteAlias(name, "live")
			delete(s.aliases, name+":live")
			delete(s.async, name+":live")
		},
		"configure":   func(t *rapid.T) { s.configure() },
		"deconfigure": func(t *rapid.T) { s.deconfigure(s.target()) },
		"reserve":     func(t *rapid.T) { s.reserve(s.function(), rapid.IntRange(0, accountLimit).Draw(t, "n")) },
		"unreserve": func(t *rapid.T) {
			name := s.function()
			if !s.refused(s.svc.DeleteFunctionConcurrency(name), !s.exists[name]) {
				delete(s.reserved, name)
			}
		},
		"provision": func(t *rapid.T) {
			s.svc.PutProvisionedConcurrency(s.target(), rapid.IntRange(1, 3).Draw(t, "n"))
		},
		"unprovision": func(t *rapid.T) { s.svc.DeleteProvisionedConcurrency(s.target()) },
		"control":     func(t *rapid.T) { s.control() },
		"":            func(t *rapid.T) { s.check() },
	}
}

func (s *shop) publish(name string) {
	if s.last[name] >= 3 {
		return
	}
	v, err := s.svc.PublishVersion(name)
	if s.refused(err, !s.exists[name]) {
		return
	}
	s.versions[name+":"+v] = true
	s.last[name], err = strconv.Atoi(v)
	require.NoError(s.t, err)
}

// forget drops what a deleted function had.
func (s *shop) forget(name string) {
	delete(s.exists, name)
	delete(s.reserved, name)
	for _, q := range qualifiers {
		delete(s.versions, name+q)
		delete(s.aliases, name+q)
		delete(s.async, name+q)
	}
}

// there tells whether a target exists.
func (s *shop) there(target string) bool {
	target = canonical(target)
	return s.exists[target] || s.versions[target] || s.aliases[target] != ""
}

// canonical gives $LATEST and no qualifier one name.
func canonical(target string) string {
	if target[1:] == ":$LATEST" {
		return target[:1]
	}
	return target
}

func (s *shop) configure() {
	target := s.target()
	c := properties.EventInvokeConfig().Draw(s.t, "config")
	if !s.refused(s.svc.PutEventInvokeConfig(target, c), !s.there(target)) {
		s.async[canonical(target)] = c
	}
}

func (s *shop) deconfigure(target string) {
	_, set := s.async[canonical(target)]
	if !s.refused(s.svc.DeleteEventInvokeConfig(target), !set) {
		delete(s.async, canonical(target))
	}
}

// reserve is refused if too little stays for others, which only the books know when there is provisioned concurrency.
func (s *shop) reserve(name string, n int) {
	err := s.svc.PutFunctionConcurrency(name, n)
	others := 0
	for f, r := range s.reserved {
		if f != name {
			others += r
		}
	}
	switch {
	case err == nil:
		require.True(s.t, s.exists[name] && (n == 0 || others+n <= accountLimit-2))
		s.reserved[name] = n
	case s.exists[name] && n == 0:
		require.ErrorContains(s.t, err, "provisioned concurrency")
	}
}

// control has the service itself misbehave from now on, or stop to.
func (s *shop) control() {
	if s.remove != nil {
		s.remove()
		s.remove = nil
		return
	}
	s.remove = s.svc.Control(lambdatest.Outcomes(misbehaviour.Draw(s.t, "outcomes")))
}

// misbehaviour has no duplicates: what counts is the second outcome, and a function that is turned off between the two
// leaves none in the trace.
var misbehaviour = rapid.StringOfN(rapid.RuneFrom([]rune("..TTEL")), 0, 12, -1)

// check holds what can be asked about the Service against what is known of it.
func (s *shop) check() {
	synctest.Wait()
	s.count()
	require.Equal(s.t, s.live.accepted-s.live.over, s.svc.Pending(), "pending")
	inFlight := 0
	for _, f := range shopFunctions {
		inFlight += s.live.started[f] - s.live.finished[f]
	}
	snapshot := s.svc.Account().Snapshot(time.Now())
	require.Equal(s.t, inFlight, s.svc.Account().InFlight(), "in flight\n%s", &s.tl)
	require.Equal(s.t, inFlight, snapshot.InFlight)
	for _, f := range shopFunctions {
		s.checkFunction(f)
	}
	for _, f := range snapshot.Functions {
		require.GreaterOrEqual(s.t, f.OnDemand, 0)
		require.GreaterOrEqual(s.t, f.Provisioned, 0)
	}
	require.GreaterOrEqual(s.t, snapshot.UnreservedInUse, 0)
}

func (s *shop) checkFunction(name string) {
	now, r := time.Now(), s.svc.Registry()
	f, err := r.GetFunction(now, name, "")
	if s.refused(err, !s.exists[name]) {
		return
	}
	n, reserved := s.reserved[name]
	if reserved {
		require.Equal(s.t, n, *f.Concurrency.ReservedConcurrentExecutions)
	} else {
		require.Nil(s.t, f.Concurrency)
	}
	for _, q := range qualifiers {
		want, set := s.async[name+q]
		got, err := r.GetEventInvokeConfig(now, name+q, "")
		if !s.refused(err, !set) {
			require.Equal(s.t, want, got.EventInvokeConfig)
		}
	}
	a, err := r.GetAlias(now, name, "live")
	if version, ok := s.aliases[name+":live"]; !s.refused(err, !ok) {
		require.Equal(s.t, version, a.FunctionVersion)
	}
}

// lawsUnderChange are those that hold whatever happens to the settings on the way.
var lawsUnderChange = []string{
	"ends-once", "one-request-id", "one-result-a-dispatch", "age-grows", "synchronous-is-alone", "success-is-earned",
	"invoke-count", "one-delivery-a-route", "route-fits-condition", "delivered-after-end", "runs-end-once",
	"one-run-at-a-time", "one-version", "idle-lifetime", "warm-has-a-past", "ended-means-ended", "scaling-rate",
	"billed-by-the-millisecond", "abandoned-after-timeout",
}

func (s *shop) close() {
	s.calls.Wait()
	require.NoError(s.t, s.svc.Wait(context.Background()))
	s.svc.Close()
	require.Zero(s.t, s.svc.Pending())
	require.Zero(s.t, s.svc.Account().InFlight())
	snapshot := s.svc.Account().Snapshot(time.Now())
	require.Zero(s.t, snapshot.Claimed, "a closed Service reserves nothing")
	require.Zero(s.t, snapshot.UnreservedInUse)
	for _, c := range lambdatest.Checks() {
		if slices.Contains(lawsUnderChange, c.Name) {
			require.NoError(s.t, c.Verify(s.tl.Events(), lambdatest.Settings{AccountLimit: accountLimit}), "%s", &s.tl)
		}
	}
}

// Settings change, functions come and go, the service misbehaves, all while calls and events are under way. After each
// step the books say what the trace says, every setting is what was last accepted, and in the end nothing is left.
func TestProperty_settingsChangedInFlight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			s := newShop(t)
			t.Repeat(s.actions())
			s.close()
		})
	})
}
