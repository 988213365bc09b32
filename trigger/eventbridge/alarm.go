package eventbridge

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
	"github.com/lambdakit/lambdakit/trigger/internal/agenda"
)

// alarm rings at the firings of a plan, one of which at a time is on an agenda. The mutex of its owner guards it; the zero
// alarm never rings.
type alarm struct {
	plan schedule.Plan
	// end is the last instant at which it rings; zero for none.
	end time.Time
	// late is how long after a firing's nominal instant it rings.
	late func(nominal time.Time) time.Duration
	// ring is called by the agenda, without the mutex, with the nominal instant. It asks due whether that still holds.
	ring func(nominal time.Time)
	// agenda is where it is set, and number its turn among those that ring in one instant.
	agenda *agenda.Agenda
	number uint64

	next  time.Time // nominal instant of the next firing, zero for none
	entry *agenda.Entry
}

// set sets the alarm to the first firing after an instant, and reports whether there is one.
func (a *alarm) set(after time.Time) bool {
	a.stop()
	nominal, ok := a.plan.Next(after)
	if !ok || !a.end.IsZero() && nominal.After(a.end) {
		return false
	}
	a.next = nominal
	a.entry = &agenda.Entry{Number: a.number, Do: func() { a.ring(nominal) }}
	a.agenda.Set(a.entry, a.rings())
	return true
}

// rings is when the next firing happens; zero for never.
func (a *alarm) rings() time.Time {
	if a.next.IsZero() {
		return time.Time{}
	}
	return a.next.Add(a.late(a.next))
}

func (a *alarm) stop() {
	if a.entry != nil {
		a.agenda.Unset(a.entry)
	}
	a.entry, a.next = nil, time.Time{}
}

// due reports whether an entry that rings for nominal is the one that is set, and sets the alarm to the firing after it.
// Firings that a sleeping machine has missed by more than a minute are left out.
func (a *alarm) due(nominal, now time.Time) (due, more bool) {
	if !a.next.Equal(nominal) || a.next.IsZero() {
		return false, false
	}
	after := nominal
	if now.Sub(a.rings()) > time.Minute {
		after = now
	}
	return true, a.set(after)
}

// insideMinute is how long after a minute's start a schedule fires: somewhere in the minute, never at its very start. A
// rate that was made elsewhere in a minute keeps to its own second. That the place is the same each time is an
// assumption.
func insideMinute(seed, number uint64) func(time.Time) time.Duration {
	bits, _ := uuid.Bits(seed, number, "second of the minute")
	offset := time.Duration(1+bits%59) * time.Second
	return func(nominal time.Time) time.Duration {
		if nominal.Second() != 0 {
			return 0
		}
		return offset
	}
}
