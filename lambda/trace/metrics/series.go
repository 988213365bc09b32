package metrics

import (
	"slices"
	"time"
)

// minute is the start of a one-minute period, in minutes of Unix time.
type minute int64

func minuteOf(t time.Time) minute {
	s := t.Unix()
	m := s / 60
	if s%60 < 0 {
		m--
	}
	return minute(m)
}

func (m minute) time() time.Time { return time.Unix(int64(m)*60, 0).UTC() }

// series holds the samples of one metric, minute by minute.
type series struct {
	total   Statistics
	periods []period // by start, no two equal
	keep    minute   // periods more than this many minutes older than the newest are dropped; 0 keeps all

	// level and carried belong to metrics that stay what they are until they change: level holds since, and has been
	// sampled up to, minute carried.
	level   float64
	carried minute
}

type period struct {
	start minute
	Statistics
}

// add records a sample at t.
func (s *series) add(t time.Time, v float64) { s.addMinute(minuteOf(t), v) }

func (s *series) addMinute(m minute, v float64) {
	s.total.add(v)
	if p := s.period(m); p != nil {
		p.add(v)
	}
}

// set records that the metric changed to v at t.
func (s *series) set(t time.Time, v float64) {
	m := minuteOf(t)
	s.carry(m)
	s.level = v
	s.carried = max(s.carried, m)
	s.addMinute(m, v)
}

// carry samples a level that goes on once for every minute up to and including m. A level of 0 leaves no samples:
// nothing is going on.
func (s *series) carry(m minute) {
	if s.level == 0 {
		return
	}
	for s.carried < m {
		s.carried++
		s.addMinute(s.carried, s.level)
	}
}

// period returns the period that starts with minute m, made if need be; nil if m is too old to be kept.
func (s *series) period(m minute) *period {
	if n := len(s.periods); n > 0 && s.periods[n-1].start == m {
		return &s.periods[n-1]
	}
	i, found := slices.BinarySearchFunc(s.periods, m, func(p period, m minute) int { return int(p.start - m) })
	if found {
		return &s.periods[i]
	}
	if s.keep > 0 && len(s.periods) > 0 && m < s.periods[len(s.periods)-1].start-s.keep {
		return nil
	}
	s.periods = slices.Insert(s.periods, i, period{start: m})
	if dropped := s.prune(); dropped > 0 {
		i -= dropped
	}
	return &s.periods[i]
}

// prune drops the periods that are too old to be kept and says how many. The newest stays.
func (s *series) prune() int {
	if s.keep <= 0 {
		return 0
	}
	oldest := s.periods[len(s.periods)-1].start - s.keep
	n := 0
	for s.periods[n].start < oldest {
		n++
	}
	s.periods = slices.Delete(s.periods, 0, n)
	return n
}
