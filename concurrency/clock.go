package concurrency

import (
	"math"
	"time"
)

const forever = math.MaxInt64

// clockStep is how far back an instant must be to mean that the clock was set. Anything less is a caller that lost
// the race for the books after it had looked at its clock.
const clockStep = int64(time.Second)

// clock turns the instants of callers into nanoseconds that never run backwards.
type clock struct {
	last int64 // the latest instant booked
	skew int64 // added to the caller's instants, so that time goes on after their clock was set back
}

// read returns the instant at which something asked for at unix happens. It changes nothing: a call that is refused,
// or that only looks, must not move time.
func (c *clock) read(unix int64) int64 { return max(unix+c.skew, c.last) }

// book records that something happened at unix, whose read was now.
func (c *clock) book(unix, now int64) {
	if now-c.skew-unix >= clockStep {
		c.skew = now - unix
	}
	c.last = now
}

// advance is read and book in one.
func (c *clock) advance(t time.Time) int64 {
	unix := t.UnixNano()
	now := c.read(unix)
	c.book(unix, now)
	return now
}
