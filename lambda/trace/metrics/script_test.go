package metrics_test

import (
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
)

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// script plays a trace into a Recorder, with a clock of its own.
type script struct {
	metrics.Recorder
	now    time.Time
	number uint64
}

func newScript() *script { return &script{now: epoch} }

func (s *script) advance(d time.Duration) { s.now = s.now.Add(d) }

func (s *script) emit(e trace.Event) {
	e.Time = s.now
	s.Trace(e)
}

// call is a run in flight; end finishes it.
type call struct {
	s *script
	e trace.Event
}

// start begins a run of a function, charged to a pool; what else is to be told of it is in e.
func (s *script) start(function, qualifier, version, pool string, e trace.Event) *call {
	s.number++
	e.Number, e.Attempt, e.Function, e.Qualifier, e.Version, e.Pool = s.number, 1, function, qualifier, version, pool
	e.Environment = fmt.Sprintf("env-%d", s.number)
	e.Kind, e.Time = trace.Started, s.now
	s.Trace(e)
	return &call{s, e}
}

func (c *call) end(outcome string) {
	e := c.e
	e.Kind, e.Time, e.Outcome, e.Status = trace.Finished, c.s.now, outcome, 200
	e.Duration = c.s.now.Sub(c.e.Time)
	c.s.Trace(e)
}

func (s *script) run(function, qualifier, version string, took time.Duration, outcome string) {
	c := s.start(function, qualifier, version, "Unreserved", trace.Event{})
	s.advance(took)
	c.end(outcome)
}

// perMinute gives one statistic of a metric minute by minute from the epoch on.
func (s *script) perMinute(name metrics.Name, d metrics.Dimensions, of func(metrics.Statistics) float64) map[int]float64 {
	points, err := s.Datapoints(metrics.Query{Name: name, Dimensions: d})
	if err != nil {
		panic(err)
	}
	got := map[int]float64{}
	for _, p := range points {
		got[int(p.Timestamp.Sub(epoch)/time.Minute)] = of(p.Statistics)
	}
	return got
}

func sum(s metrics.Statistics) float64     { return s.Sum }
func maximum(s metrics.Statistics) float64 { return s.Maximum }

var (
	region   = metrics.Dimensions{}
	function = metrics.Dimensions{FunctionName: "f"}
)

func of(resource string) metrics.Dimensions {
	return metrics.Dimensions{FunctionName: "f", Resource: resource}
}
