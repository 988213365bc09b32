package concurrency

import (
	"math"
	"time"
)

const forever = math.MaxInt64

// clockStep is how far back an instant must be to mean that the clock was set. Anything less is a caller that lost
// the race for the books after it had looked at its clock. On a machine that is overloaded such a caller may be
// seconds late, and there are many of them; each one mistaken for a clock that was set would put time forward.
const clockStep = int64(time.Minute)

// clock turns the instants of callers into nanoseconds that never run backwards.
type clock struct {
	last int64 // the latest instant booked
	skew int64 // added to the caller's instants, so that time goes on after their clock was set back
}

// read returns the instant that unix is. It changes nothing.
func (c *clock) read(unix int64) int64 { return max(unix+c.skew, c.last) }

// see is read for a call that may be refused, which must not move time. It does notice that the callers' clock was
// set back: else, if all of them are refused, nothing would ever be refilled again.
func (c *clock) see(unix int64) int64 {
	if c.last-c.skew-unix >= clockStep {
		c.skew = c.last - unix
	}
	return c.read(unix)
}

// book records that something happened now, which see has returned.
func (c *clock) book(now int64) { c.last = now }

// advance is see and book in one.
func (c *clock) advance(t time.Time) int64 {
	now := c.see(t.UnixNano())
	c.book(now)
	return now
}
