package batch

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/backoff"
)

// Backoff says how long to wait after the given number of consecutive tries that failed or were throttled, 1 or more.
// It must be a pure function. A nil Backoff is [DefaultBackoff].
type Backoff func(tries int) time.Duration

// Lambda documents only that its pollers back off exponentially. With these bounds a record that fails for the 60
// seconds of its maximum age is counted 8 times, which is what AWS was recorded to report.
const (
	backoffBase = 500 * time.Millisecond
	backoffCap  = time.Minute
)

// DefaultBackoff waits 0.5 s after the first try, twice as long after each further one, and never more than 60 s.
func DefaultBackoff(tries int) time.Duration { return doubled(backoffBase, backoffCap, tries) }

// Doubling returns a Backoff that waits base after the first try, twice as long after each further one, and never more
// than limit. A base of 0 or less never waits.
func Doubling(base, limit time.Duration) Backoff {
	return func(tries int) time.Duration { return doubled(base, limit, tries) }
}

func doubled(base, limit time.Duration, tries int) time.Duration {
	return backoff.Doubling(max(base, 0), max(limit, 0), tries)
}

func (b Backoff) delay(tries int) time.Duration {
	if b == nil {
		return DefaultBackoff(tries)
	}
	return b(tries)
}
