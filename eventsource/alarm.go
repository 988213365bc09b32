package eventsource

import "time"

// alarm is a timer that is set anew again and again, by the holder of a turn. Its callback may come too often, never
// too seldom.
type alarm struct {
	ring  func()
	timer *time.Timer
	at    time.Time // zero when it is not set
}

// set lets the alarm ring at the given instant and at no other; the zero Time switches it off.
func (a *alarm) set(at, now time.Time) {
	if at.Equal(a.at) && at.After(now) {
		return
	}
	switch {
	case at.IsZero():
		if a.timer != nil {
			a.timer.Stop()
		}
	case a.timer == nil:
		a.timer = time.AfterFunc(at.Sub(now), a.ring)
	default:
		a.timer.Reset(at.Sub(now))
	}
	a.at = at
}

// earlier is the earlier of two instants, where the zero Time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
