package schedule

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// units are those of a rate, in the singular.
var units = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// parseRate reads what stands in rate(…): a number, one blank, and a unit whose number agrees.
func parseRate(body string) (period time.Duration, reason string) {
	number, unit, ok := strings.Cut(body, " ")
	if !ok || !digits(number) {
		return 0, "a rate is a whole number, a blank and a unit"
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return 0, "the number of a rate is at least 1"
	}
	if n > 1 {
		if unit, ok = strings.CutSuffix(unit, "s"); !ok {
			return 0, "more than one need a unit in the plural"
		}
	}
	each, ok := units[unit]
	if !ok {
		return 0, "the unit is minute, hour or day, in the plural for more than one"
	}
	if n > int64(math.MaxInt64/each) {
		return 0, "the rate is longer than 292 years"
	}
	return time.Duration(n) * each, ""
}

// digits reports whether s is a run of decimal digits.
func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// nextTick is the first instant after another that is a whole number of periods, one or more, behind start.
func nextTick(start time.Time, period time.Duration, after time.Time) (time.Time, bool) {
	first := start.Add(period)
	if after.Before(first) {
		return first, true
	}
	since := after.Sub(start) // saturates after 292 years; a schedule does not live that long
	if since > math.MaxInt64-period {
		return time.Time{}, false
	}
	return start.Add(since - since%period + period), true
}
