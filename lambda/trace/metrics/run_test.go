package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

func TestRunsAreCountedByOutcome(t *testing.T) {
	for _, c := range []struct {
		outcome string
		status  int
		errors  float64
	}{
		{trace.Success, 200, 0},
		{trace.Error, 200, 1},
		{trace.Timeout, 200, 1},
		{trace.Failure, 200, 1},
		{trace.Failure, 500, 0}, // the service's own failure
	} {
		s := newScript()
		run := s.start("f", "", "$LATEST", "Unreserved", trace.Event{})
		s.advance(250 * time.Millisecond)
		e := run.e
		e.Kind, e.Outcome, e.Status, e.Duration = trace.Finished, c.outcome, c.status, 250*time.Millisecond
		s.emit(e)
		require.Equal(t, 1.0, s.Total(metrics.Invocations, function).Sum)
		errors := s.Total(metrics.Errors, function)
		require.Equal(t, c.errors, errors.Sum, "%s %d", c.outcome, c.status)
		require.Equal(t, 1, errors.SampleCount, "a success is a sample of 0")
		require.Equal(t, 250.0, s.Total(metrics.Duration, function).Maximum)
		require.Equal(t, 0.0, s.Total(metrics.Throttles, function).Sum)
		require.Equal(t, 1, s.Total(metrics.Throttles, function).SampleCount)
	}
}

func TestRunsMetricsAreStampedAtItsStart(t *testing.T) {
	s := newScript()
	s.advance(50 * time.Second)
	s.run("f", "", "$LATEST", 5*time.Minute, trace.Error)
	for _, m := range []metrics.Name{metrics.Invocations, metrics.Errors} {
		require.Equal(t, map[int]float64{0: 1}, s.perMinute(m, function, sum), m)
	}
	require.Equal(t, map[int]float64{0: 300_000}, s.perMinute(metrics.Duration, function, sum))
}

func TestRunThatWasNotSeenToStartIsStampedByItsDuration(t *testing.T) {
	s := newScript()
	s.advance(3 * time.Minute)
	s.emit(trace.Event{Kind: trace.Finished, Number: 9, Attempt: 1, Function: "f", Outcome: trace.Error, Duration: 90 * time.Second})
	require.Equal(t, map[int]float64{1: 1}, s.perMinute(metrics.Errors, function, sum))
	require.Zero(t, s.Total(metrics.ConcurrentExecutions, region).SampleCount)
}

func TestDimensionsOfRuns(t *testing.T) {
	executed := metrics.Dimensions{FunctionName: "f", Resource: "f:live", ExecutedVersion: "2"}
	for _, c := range []struct {
		name, qualifier, version string
		want                     []metrics.Dimensions
	}{
		{"unqualified", "", "$LATEST", []metrics.Dimensions{region, function, of("f")}},
		{"$LATEST", "$LATEST", "$LATEST", []metrics.Dimensions{region, function, of("f:$LATEST")}},
		{"version", "2", "2", []metrics.Dimensions{region, function, of("f:2")}},
		{"alias", "live", "2", []metrics.Dimensions{region, function, of("f:live"), executed}},
		{"alias with digits", "2b", "2", []metrics.Dimensions{region, function, of("f:2b"),
			{FunctionName: "f", Resource: "f:2b", ExecutedVersion: "2"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript()
			s.run("f", c.qualifier, c.version, time.Second, trace.Error)
			for _, name := range []metrics.Name{metrics.Invocations, metrics.Errors, metrics.Duration} {
				var got []metrics.Dimensions
				for _, m := range s.Metrics() {
					if m.Name == name {
						got = append(got, m.Dimensions)
					}
				}
				require.Equal(t, c.want, got, name)
			}
			require.Equal(t, 1.0, s.Total(metrics.Errors, c.want[len(c.want)-1]).Sum)
		})
	}
}

func TestWeightedAliasComparesVersions(t *testing.T) {
	s := newScript()
	for i := range 10 {
		version, outcome := "1", trace.Success
		if i == 3 {
			version, outcome = "2", trace.Error
		}
		s.run("f", "live", version, time.Second, outcome)
	}
	rate := func(version string) float64 {
		return s.Total(metrics.Errors, metrics.Dimensions{FunctionName: "f", Resource: "f:live", ExecutedVersion: version}).Average()
	}
	require.Equal(t, 0.0, rate("1"))
	require.Equal(t, 1.0, rate("2"))
	require.Equal(t, 0.1, s.Total(metrics.Errors, of("f:live")).Average())
}

func TestThrottleIsNoInvocation(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.Throttled, Number: 1, Attempt: 1, Function: "f", Qualifier: "live", Status: 429})
	require.Equal(t, 1.0, s.Total(metrics.Throttles, of("f:live")).Sum)
	require.Zero(t, s.Total(metrics.Invocations, function).SampleCount)
	require.Zero(t, s.Total(metrics.Errors, function).SampleCount)
}

func TestRefusedCallsAndLogsCountNowhere(t *testing.T) {
	s := newScript()
	for _, k := range []trace.Kind{trace.Refused, trace.Log, trace.Retrying, trace.Abandoned, trace.Lost, trace.BatchFormed, trace.Checkpointed, trace.MappingState, 0} {
		s.emit(trace.Event{Kind: k, Function: "f", Source: "u", Count: 3})
	}
	require.Empty(t, s.Metrics())
}
