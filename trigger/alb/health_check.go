package alb

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HealthCheck says how a target's health is checked. Each check is a call of the function, billed like any other.
type HealthCheck struct {
	// Path is what is asked for; "" means /.
	Path string
	// Matcher is which statuses are healthy: 200, 200,202 or 200-299, from 200 to 499; "" means 200.
	Matcher string
	// Interval is between two checks, 5 s to 300 s; 0 means 35 s. Timeout is for how long a check waits, 2 s to 120 s; 0
	// means 30 s.
	Interval, Timeout time.Duration
	// HealthyThreshold and UnhealthyThreshold are how many checks in a row change the state, 2 to 10; 0 means 5 and 2.
	HealthyThreshold, UnhealthyThreshold int

	_ struct{}
}

// The defaults of a Lambda target group: of the two durations inferred.
const (
	defaultInterval  = 35 * time.Second
	defaultTimeout   = 30 * time.Second
	defaultHealthy   = 5
	defaultUnhealthy = 2
)

func (h HealthCheck) check() (HealthCheck, error) {
	h.Path = cmp.Or(h.Path, "/")
	h.Matcher = cmp.Or(h.Matcher, "200")
	h.Interval = cmp.Or(h.Interval, defaultInterval)
	h.Timeout = cmp.Or(h.Timeout, defaultTimeout)
	h.HealthyThreshold = cmp.Or(h.HealthyThreshold, defaultHealthy)
	h.UnhealthyThreshold = cmp.Or(h.UnhealthyThreshold, defaultUnhealthy)
	switch {
	case h.Path[0] != '/' || len(h.Path) > 1024:
		return h, fmt.Errorf("alb: health check path %q does not begin with a slash, or has over 1024 characters", h.Path)
	case !isMatcher(h.Matcher):
		return h, fmt.Errorf("alb: health check matcher %q is not of the form 200, 200,202 or 200-299", h.Matcher)
	case h.Interval < 5*time.Second || h.Interval > 300*time.Second:
		return h, fmt.Errorf("alb: health check interval %v is not from 5s to 300s", h.Interval)
	case h.Timeout < 2*time.Second || h.Timeout > 120*time.Second:
		return h, fmt.Errorf("alb: health check timeout %v is not from 2s to 120s", h.Timeout)
	case h.Timeout >= h.Interval:
		return h, fmt.Errorf("alb: health check timeout %v is not shorter than the interval %v", h.Timeout, h.Interval)
	case !isThreshold(h.HealthyThreshold) || !isThreshold(h.UnhealthyThreshold):
		return h, errors.New("alb: health check thresholds are not from 2 to 10")
	}
	return h, nil
}

func isThreshold(n int) bool { return 2 <= n && n <= 10 }

// isMatcher says whether every part of the list is a status or a range of them.
func isMatcher(matcher string) bool {
	for part := range strings.SplitSeq(matcher, ",") {
		from, to, ok := statuses(part)
		if !ok || from < 200 || to > 499 || from > to {
			return false
		}
	}
	return true
}

func statuses(part string) (from, to int, ok bool) {
	first, last, isRange := strings.Cut(part, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	return from, to, err == nil && err2 == nil
}

func matches(matcher string, status int) bool {
	return slices.ContainsFunc(strings.Split(matcher, ","), func(part string) bool {
		from, to, _ := statuses(part)
		return from <= status && status <= to
	})
}
