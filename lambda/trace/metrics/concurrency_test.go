package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

func TestConcurrentExecutionsGoOnThroughQuietMinutes(t *testing.T) {
	s := newScript()
	long := s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
	s.advance(2*time.Minute + 30*time.Second)
	s.run("g", "", "$LATEST", time.Second, trace.Success)
	s.advance(2 * time.Minute)
	long.end(trace.Timeout)
	s.advance(time.Minute)
	s.emit(trace.Event{Kind: trace.Log}) // time goes on
	require.Equal(t, map[int]float64{0: 1, 1: 1, 2: 2, 3: 1, 4: 1}, s.perMinute(metrics.ConcurrentExecutions, region, maximum))
	require.Equal(t, map[int]float64{0: 1, 1: 1, 2: 1, 3: 1, 4: 1}, s.perMinute(metrics.ConcurrentExecutions, function, maximum))
	require.Equal(t, map[int]float64{2: 1}, s.perMinute(metrics.ConcurrentExecutions, metrics.Dimensions{FunctionName: "g"}, maximum))
}

func TestConcurrencyInFlightIsKnownUpToTheNewestEvent(t *testing.T) {
	s := newScript()
	s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
	s.advance(3 * time.Minute)
	s.emit(trace.Event{Kind: trace.Log})
	want := map[int]float64{0: 1, 1: 1, 2: 1, 3: 1}
	require.Equal(t, want, s.perMinute(metrics.ConcurrentExecutions, function, maximum))
	require.Equal(t, want, s.perMinute(metrics.ConcurrentExecutions, function, maximum), "asking changes nothing")
}

func TestInitPhaseIsConcurrencyButNoInvocation(t *testing.T) {
	s := newScript()
	e := trace.Event{Number: 1, Attempt: 1, Function: "f", Version: "$LATEST", Pool: "Unreserved", Environment: "e"}
	emit := func(k trace.Kind, phase string) { e.Kind, e.Phase = k, phase; s.emit(e) }
	emit(trace.InitStarted, "init")
	s.advance(time.Minute)
	emit(trace.InitEnded, "init")
	emit(trace.Started, "")
	emit(trace.InitStarted, "invoke") // the second one runs inside the invocation
	emit(trace.InitEnded, "invoke")
	s.advance(time.Minute)
	e.Duration, e.Outcome = time.Minute, trace.Success
	emit(trace.Finished, "")
	require.Equal(t, map[int]float64{1: 1}, s.perMinute(metrics.Invocations, function, sum))
	require.Equal(t, map[int]float64{0: 1, 1: 1, 2: 1}, s.perMinute(metrics.ConcurrentExecutions, region, maximum))
	require.Equal(t, 1.0, s.Total(metrics.ConcurrentExecutions, region).Maximum)
}

func TestEnvironmentMadeAheadIsNoConcurrency(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.InitStarted, Function: "f", Version: "1", Pool: "Provisioned", Environment: "e", Phase: "init"})
	require.Zero(t, s.Total(metrics.ConcurrentExecutions, region).SampleCount)
}

func TestRunEndsWithItsEnvironment(t *testing.T) {
	s := newScript()
	c := s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
	s.emit(trace.Event{Kind: trace.EnvironmentEnded, Function: "f", Environment: c.e.Environment})
	s.emit(trace.Event{Kind: trace.EnvironmentEnded, Function: "f"})
	s.advance(time.Minute)
	s.run("f", "", "$LATEST", 0, trace.Success)
	require.Equal(t, map[int]float64{0: 1, 1: 1}, s.perMinute(metrics.ConcurrentExecutions, region, maximum))
}

// Under real time an environment may be taken over before its last run's end was traced.
func TestEnvironmentServesOneRunAtATime(t *testing.T) {
	s := newScript()
	first := s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
	second := first.e
	second.Number, second.Time = 2, s.now
	s.Trace(second)
	first.end(trace.Error)
	require.Equal(t, 1.0, s.Total(metrics.ConcurrentExecutions, region).Maximum)
	second.Kind, second.Outcome = trace.Finished, trace.Success
	s.Trace(second)
	require.Equal(t, 2.0, s.Total(metrics.Invocations, region).Sum)
	require.Equal(t, 0.0, last(s, metrics.ConcurrentExecutions))
}

// last is the level that a Region's metric has now: its only sample in a fresh minute.
func last(s *script, name metrics.Name) float64 {
	s.advance(time.Hour)
	s.emit(trace.Event{Kind: trace.Log})
	points, err := s.Datapoints(metrics.Query{Name: name, Start: s.now.Add(-time.Minute)})
	if err != nil || len(points) == 0 {
		return 0
	}
	return points[len(points)-1].Maximum
}

// One call a minute, each of two minutes, with ten provisioned: from the second minute on two are busy.
func TestProvisionedConcurrencyVectorOfTheGuide(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.ConcurrencyChanged, Function: "f", Version: "1", Allocated: 10, Claimed: 10})
	var running []*call
	for i := range 4 {
		s.now = epoch.Add(time.Duration(i)*time.Minute + 10*time.Second)
		running = append(running, s.start("f", "1", "1", "Provisioned", trace.Event{}))
		if i > 0 {
			s.now = s.now.Add(50*time.Second - time.Millisecond)
			running[i-1].end(trace.Success)
		}
	}
	require.Equal(t, map[int]float64{0: 1, 1: 2, 2: 2, 3: 2}, s.perMinute(metrics.ProvisionedConcurrentExecutions, of("f:1"), maximum))
	require.Equal(t, map[int]float64{0: 1, 1: 1, 2: 1, 3: 1}, s.perMinute(metrics.ProvisionedConcurrencyInvocations, of("f:1"), sum))
	require.Equal(t, map[int]float64{0: .1, 1: .2, 2: .2, 3: .2}, s.perMinute(metrics.ProvisionedConcurrencyUtilization, of("f:1"), maximum))
	require.Zero(t, s.Total(metrics.UnreservedConcurrentExecutions, region).SampleCount)
	require.Equal(t, 10.0, s.Total(metrics.ClaimedAccountConcurrency, region).Maximum)
	require.Zero(t, s.Total(metrics.ProvisionedConcurrencySpilloverInvocations, of("f:1")).Sum)
}

func TestAliasAndVersionShareTheProvisionedConcurrency(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.ConcurrencyChanged, Function: "f", Qualifier: "live", Version: "1", Allocated: 4, Claimed: 4})
	alias := s.start("f", "live", "1", "Provisioned", trace.Event{})
	version := s.start("f", "1", "1", "Provisioned", trace.Event{})
	spilled := s.start("f", "live", "1", "Unreserved", trace.Event{Spillover: true})
	for _, resource := range []string{"f:live", "f:1"} {
		require.Equal(t, 2.0, s.Total(metrics.ProvisionedConcurrentExecutions, of(resource)).Maximum, resource)
		require.Equal(t, 0.5, s.Total(metrics.ProvisionedConcurrencyUtilization, of(resource)).Maximum, resource)
	}
	require.Equal(t, 2.0, s.Total(metrics.ConcurrentExecutions, of("f:live")).Maximum)
	require.Equal(t, 3.0, s.Total(metrics.ConcurrentExecutions, function).Maximum)
	require.Equal(t, 1.0, s.Total(metrics.ProvisionedConcurrencySpilloverInvocations, function).Sum)
	for _, c := range []*call{alias, version, spilled} {
		c.end(trace.Success)
	}
	runs := s.Total(metrics.Invocations, of("f:live")).Sum
	pc := s.Total(metrics.ProvisionedConcurrencyInvocations, of("f:live")).Sum
	require.Equal(t, runs, pc+s.Total(metrics.ProvisionedConcurrencySpilloverInvocations, of("f:live")).Sum)
}

func TestUtilizationAfterACut(t *testing.T) {
	s := newScript()
	change := func(allocated int) {
		s.emit(trace.Event{Kind: trace.ConcurrencyChanged, Function: "f", Version: "1", Allocated: allocated, Claimed: allocated})
	}
	change(4)
	c := s.start("f", "1", "1", "Provisioned", trace.Event{})
	s.start("f", "1", "1", "Provisioned", trace.Event{})
	change(1)
	require.Equal(t, 1.0, s.Total(metrics.ProvisionedConcurrencyUtilization, of("f:1")).Maximum)
	s.advance(time.Minute)
	change(0) // gone: nothing to divide by
	n := s.Total(metrics.ProvisionedConcurrencyUtilization, of("f:1")).SampleCount
	c.end(trace.Success)
	s.advance(5 * time.Minute)
	s.emit(trace.Event{Kind: trace.Log})
	require.Equal(t, n, s.Total(metrics.ProvisionedConcurrencyUtilization, of("f:1")).SampleCount)
}

// Rows 43 and 44 of the concurrency vectors, and the guide's example of reserved with provisioned concurrency.
func TestClaimedAccountConcurrency(t *testing.T) {
	for _, c := range []struct {
		name         string
		settings     int // reserved, plus provisioned of functions without
		before, more int // runs on the unreserved pool
		want         []float64
	}{
		{"row 43", 900, 60, 40, []float64{960, 1000}},
		{"row 44", 8, 1, 1, []float64{9, 10}},
		{"guide, 0 in use", 800, 0, 0, []float64{800, 800}},
		{"guide, 100 in use", 800, 0, 100, []float64{800, 900}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript()
			start := func(n int) {
				for range n {
					s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
				}
			}
			start(c.before)
			s.start("r", "", "$LATEST", "Reserved", trace.Event{}) // claims nothing of its own
			s.emit(trace.Event{Kind: trace.ConcurrencyChanged, Function: "r", Claimed: c.settings + c.before})
			before := s.Total(metrics.ClaimedAccountConcurrency, region).Maximum
			start(c.more)
			require.Equal(t, c.want, []float64{before, s.Total(metrics.ClaimedAccountConcurrency, region).Maximum})
		})
	}
}

// reserve is a reservation that was put or taken away, with what the account has claimed in all from then on.
func (s *script) reserve(function, pool string, claimed int) {
	s.emit(trace.Event{Kind: trace.ConcurrencyChanged, Function: function, Detail: "ReservedConcurrentExecutions", Pool: pool, Claimed: claimed})
}

// A reservation takes the runs in flight of its function off the unreserved pool, and of no other; without it they are
// back.
func TestReservationMovesRunsInFlight(t *testing.T) {
	s := newScript()
	f := s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
	s.start("f", "1", "1", "Provisioned", trace.Event{})
	g := s.start("g", "", "$LATEST", "Unreserved", trace.Event{})
	require.Equal(t, []float64{2, 2}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
	s.reserve("f", "Reserved", 6)
	require.Equal(t, []float64{1, 6}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
	s.reserve("f", "Reserved", 8) // another one in its place
	require.Equal(t, []float64{1, 8}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
	f.end(trace.Success)
	require.Equal(t, []float64{1, 8}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
	f = s.start("f", "", "$LATEST", "Reserved", trace.Event{})
	s.reserve("f", "Unreserved", 2)
	require.Equal(t, []float64{2, 2}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
	f.end(trace.Success)
	g.end(trace.Success)
	require.Equal(t, []float64{0, 0}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
}

// A run that was admitted before the reservation changed, but whose start is told afterwards, counts on what it counts
// on by then.
func TestRunToldAfterTheReservation(t *testing.T) {
	s := newScript()
	s.reserve("f", "Reserved", 5)
	c := s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
	p := s.start("f", "1", "1", "Provisioned", trace.Event{})
	require.Equal(t, []float64{0, 5}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
	require.Equal(t, 1.0, s.Total(metrics.ProvisionedConcurrentExecutions, of("f:1")).Maximum)
	c.end(trace.Success)
	p.end(trace.Success)
	require.Equal(t, 5.0, last(s, metrics.ClaimedAccountConcurrency))
	s.reserve("f", "Unreserved", 0)
	s.start("f", "", "$LATEST", "Reserved", trace.Event{})
	require.Equal(t, []float64{1, 1}, []float64{last(s, metrics.UnreservedConcurrentExecutions), last(s, metrics.ClaimedAccountConcurrency)})
}
