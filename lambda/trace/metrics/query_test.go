package metrics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

func TestQueryIsChecked(t *testing.T) {
	var r metrics.Recorder
	for _, c := range []struct {
		q    metrics.Query
		want error
	}{
		{metrics.Query{Name: "Invocation"}, metrics.ErrName},
		{metrics.Query{}, metrics.ErrName},
		{metrics.Query{Name: metrics.Errors, Period: 90 * time.Second}, metrics.ErrPeriod},
		{metrics.Query{Name: metrics.Errors, Period: -time.Minute}, metrics.ErrPeriod},
		{metrics.Query{Name: metrics.Errors, Start: epoch, End: epoch}, metrics.ErrRange},
		{metrics.Query{Name: metrics.Errors, Start: epoch, End: epoch.Add(1)}, nil},
		{metrics.Query{Name: metrics.Errors}, nil},
	} {
		points, err := r.Datapoints(c.q)
		require.Equal(t, c.want, err)
		require.Empty(t, points)
	}
	require.Zero(t, r.Total("Invocation", region))
}

func TestQueryByPeriodAndRange(t *testing.T) {
	s := newScript()
	for i := range 10 {
		s.now = epoch.Add(time.Duration(i) * time.Minute)
		s.run("f", "", "$LATEST", time.Duration(i+1)*time.Second, trace.Success)
	}
	sums := func(q metrics.Query) map[string]float64 {
		q.Name, q.Dimensions = metrics.Duration, function
		points, err := s.Datapoints(q)
		require.NoError(t, err)
		got := map[string]float64{}
		for _, p := range points {
			got[p.Timestamp.Format("15:04")] = p.Sum / 1000
		}
		return got
	}
	require.Len(t, sums(metrics.Query{}), 10)
	require.Equal(t, map[string]float64{"00:00": 15, "00:05": 40}, sums(metrics.Query{Period: 5 * time.Minute}))
	require.Equal(t, map[string]float64{"00:00": 55}, sums(metrics.Query{Period: 24 * time.Hour}))
	require.Equal(t, map[string]float64{"00:02": 3, "00:03": 4}, sums(metrics.Query{Start: epoch.Add(150 * time.Second), End: epoch.Add(4 * time.Minute)}))
	require.Equal(t, map[string]float64{"00:05": 40}, sums(metrics.Query{Start: epoch.Add(7 * time.Minute), Period: 5 * time.Minute}))
	require.Equal(t, map[string]float64{"00:00": 15}, sums(metrics.Query{End: epoch.Add(5 * time.Minute), Period: 5 * time.Minute}))
}

func TestPercentilesAcrossPeriods(t *testing.T) {
	s := newScript()
	for i := range 100 {
		s.now = epoch.Add(time.Duration(i) * time.Second)
		s.run("f", "", "$LATEST", time.Duration(i+1)*time.Millisecond, trace.Success)
	}
	points, err := s.Datapoints(metrics.Query{Name: metrics.Duration, Dimensions: function, Period: time.Hour})
	require.NoError(t, err)
	require.Len(t, points, 1)
	require.Equal(t, 50.0, points[0].Percentile(50))
	require.Equal(t, 99.0, points[0].Percentile(99))
	require.Equal(t, 100.0, points[0].Percentile(99.9))
	require.Equal(t, 50.5, points[0].Average())
}

func TestAnswersDoNotChangeLater(t *testing.T) {
	s := newScript()
	s.run("f", "", "$LATEST", 5*time.Millisecond, trace.Success)
	total := s.Total(metrics.Duration, function)
	points, err := s.Datapoints(metrics.Query{Name: metrics.Duration, Dimensions: function})
	require.NoError(t, err)
	for range 3 {
		s.run("f", "", "$LATEST", 7*time.Millisecond, trace.Success)
	}
	require.Equal(t, 5.0, total.Percentile(100))
	require.Equal(t, 5.0, points[0].Percentile(90))
	require.Equal(t, 1, points[0].SampleCount)
}

func TestMetricsAreListedInOrder(t *testing.T) {
	s := newScript()
	s.emit(trace.Event{Kind: trace.Polled, Source: "u", Count: 1})
	s.emit(trace.Event{Kind: trace.Throttled, Function: "g"})
	s.emit(trace.Event{Kind: trace.LoopStopped, Function: "f", Qualifier: "live"})
	var got []string
	for _, m := range s.Metrics() {
		got = append(got, m.String())
	}
	require.Equal(t, []string{
		"Throttles{}",
		"RecursiveInvocationsDropped{}",
		"RecursiveInvocationsDropped{FunctionName=f}",
		"RecursiveInvocationsDropped{FunctionName=f,Resource=f:live}",
		"Throttles{FunctionName=g}",
		"Throttles{FunctionName=g,Resource=g}",
		"PolledEventCount{EventSourceMappingUUID=u}",
	}, got)
}

func TestRetention(t *testing.T) {
	s := newScript()
	s.Retention = 90 * time.Second // two whole minutes
	for i := range 6 {
		s.now = epoch.Add(time.Duration(i) * time.Minute)
		s.run("f", "", "$LATEST", time.Second, trace.Success)
	}
	require.Equal(t, map[int]float64{3: 1, 4: 1, 5: 1}, s.perMinute(metrics.Invocations, function, sum))
	require.Equal(t, 6.0, s.Total(metrics.Invocations, function).Sum)
}
