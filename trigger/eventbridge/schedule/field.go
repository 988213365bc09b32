package schedule

import (
	"strconv"
	"strings"
)

// span is a field's range of values.
type span struct {
	name     string
	min, max int
	names    []string // of the values from min on
	noSteps  bool     // the field has no /
}

var (
	minutes     = span{name: "minute", min: 0, max: 59}
	hours       = span{name: "hour", min: 0, max: 23}
	daysOfMonth = span{name: "day of month", min: 1, max: 31}
	months      = span{name: "month", min: 1, max: 12, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	daysOfWeek  = span{name: "day of week", min: 1, max: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, noSteps: true}
	years       = span{name: "year", min: 1970, max: 2199}
)

// steps is a run of values: from, and every step-th after it up to to.
type steps struct{ from, to, step int }

// list reads a field that is a list of values, ranges and steps, and hands each to add.
func (s *span) list(field string, add func(steps)) (reason string) {
	for item := range strings.SplitSeq(field, ",") {
		run, ok := s.item(item)
		if !ok {
			return s.fault(item)
		}
		add(run)
	}
	return ""
}

func (s *span) fault(item string) string { return strconv.Quote(item) + " is no " + s.name }

// item reads one entry of a list.
func (s *span) item(item string) (steps, bool) {
	values, increment, stepped := strings.Cut(item, "/")
	run, ok := s.values(values, stepped)
	if !ok || !stepped {
		return run, ok
	}
	run.step, ok = s.increment(increment)
	return run, ok && !s.noSteps
}

// values reads what stands before a /: *, a value or a range. A value with a step goes on to the field's end.
func (s *span) values(text string, stepped bool) (steps, bool) {
	if text == "*" {
		return steps{s.min, s.max, 1}, true
	}
	low, high, isRange := strings.Cut(text, "-")
	from, ok := s.value(low)
	if !ok {
		return steps{}, false
	}
	if !isRange {
		if stepped {
			return steps{from, s.max, 1}, true
		}
		return steps{from, from, 1}, true
	}
	to, ok := s.value(high)
	return steps{from, to, 1}, ok && from <= to // no wrap-around: an assumption, see the package comment
}

// value reads a number or a name.
func (s *span) value(text string) (int, bool) {
	for i, name := range s.names {
		if text == name {
			return s.min + i, true
		}
	}
	n, ok := s.number(text)
	return n, ok && n >= s.min && n <= s.max
}

// increment reads what stands behind a /. That it is no larger than the field is an assumption.
func (s *span) increment(text string) (int, bool) {
	n, ok := s.number(text)
	return n, ok && n >= 1 && n <= s.max-s.min+1
}

// number reads a number with no more digits than the field's values have.
func (s *span) number(text string) (int, bool) {
	if !digits(text) || len(text) > len(strconv.Itoa(s.max)) && len(text) > 2 {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
