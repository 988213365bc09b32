package metrics

import (
	"errors"
	"slices"
	"time"
)

// The errors of [Recorder.Datapoints].
var (
	// ErrName is returned for a name that is none of this package's metrics.
	ErrName = errors.New("metrics: no such metric")
	// ErrPeriod is returned for a period that is no positive multiple of one minute.
	ErrPeriod = errors.New("metrics: period must be a positive multiple of one minute")
	// ErrRange is returned when the end is not after the start.
	ErrRange = errors.New("metrics: start must be before end")
)

// Query asks for the datapoints of one metric.
type Query struct {
	Name       Name
	Dimensions Dimensions
	// Start and End bound the datapoints: those of periods that begin at Start, rounded down to its period, or later,
	// and before End. A zero Time is no bound.
	Start, End time.Time
	// Period is the length of a datapoint's time, a multiple of one minute; 0 means one minute. Periods begin at
	// multiples of it in Unix time.
	Period time.Duration
}

// Datapoint is the statistics of one period.
type Datapoint struct {
	// Timestamp is when the period began, UTC.
	Timestamp time.Time
	Statistics
}

// Datapoints returns the datapoints of a metric, oldest first. As in CloudWatch there is none for a period without
// samples, nor any for dimensions that nothing was recorded under, which is no error. The errors are [ErrName],
// [ErrPeriod] and [ErrRange].
func (r *Recorder) Datapoints(q Query) ([]Datapoint, error) {
	m, ok := lookup(q.Name)
	if !ok {
		return nil, ErrName
	}
	if q.Period == 0 {
		q.Period = time.Minute
	}
	if q.Period < 0 || q.Period%time.Minute != 0 {
		return nil, ErrPeriod
	}
	if !q.Start.IsZero() && !q.End.IsZero() && !q.Start.Before(q.End) {
		return nil, ErrRange
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.find(m, q.Dimensions)
	if s == nil {
		return nil, nil
	}
	return s.datapoints(minute(q.Period/time.Minute), q.Start, q.End), nil
}

// datapoints merges periods of one minute into periods of length.
func (s *series) datapoints(length minute, start, end time.Time) []Datapoint {
	var points []Datapoint
	for _, p := range s.periods {
		begin := floor(p.start, length)
		if !start.IsZero() && begin < floor(minuteOf(start), length) || !end.IsZero() && !begin.time().Before(end) {
			continue
		}
		if n := len(points); n == 0 || !points[n-1].Timestamp.Equal(begin.time()) {
			points = append(points, Datapoint{Timestamp: begin.time()})
		}
		points[len(points)-1].merge(p.Statistics)
	}
	return points
}

// floor rounds m down to a multiple of length.
func floor(m, length minute) minute {
	rest := m % length
	if rest < 0 {
		rest += length
	}
	return m - rest
}

// Total returns the statistics of everything ever recorded of a metric: those of no samples for a name or dimensions
// that nothing was recorded under.
func (r *Recorder) Total(name Name, d Dimensions) Statistics {
	m, ok := lookup(name)
	if !ok {
		return Statistics{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.find(m, d)
	if s == nil {
		return Statistics{}
	}
	return s.total.clone()
}

// Metrics lists all metrics that have samples: those of the Region first, then by function, resource and executed
// version, then by mapping, each in the order of this package's constants.
func (r *Recorder) Metrics() []Metric {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Metric
	for _, g := range r.sortedGroups() {
		for i, s := range g.series {
			if s != nil && s.total.SampleCount > 0 {
				list = append(list, Metric{names[i], g.dimensions})
			}
		}
	}
	return slices.Clip(list)
}

// find returns a series that has been brought up to the newest event, or nil.
func (r *Recorder) find(m id, d Dimensions) *series {
	g := r.groups[d]
	if g == nil || g.series[m] == nil {
		return nil
	}
	s := g.series[m]
	s.carry(r.horizon)
	return s
}
