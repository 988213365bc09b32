package schedule

import "time"

// Plan is an expression with what it needs to fire: the zone of its clock, and the instant from which a rate counts.
type Plan struct {
	Expression Expression
	// Location is the time zone of cron and at; nil is UTC, which is that of every rule.
	Location *time.Location
	// Start is when the schedule was made. A rate fires a period later and every period after that; that its first
	// firing is not at once is an assumption.
	Start time.Time

	_ struct{}
}

// Next is the first firing after an instant, and false if there is none left. cron fires at the start of a minute: that
// a rule fires somewhere inside the minute is the service's doing, not the expression's. A time that the clocks of the
// zone skip in spring does not fire; one that they show twice in autumn fires the first time.
func (p Plan) Next(after time.Time) (time.Time, bool) {
	zone := p.Location
	if zone == nil {
		zone = time.UTC
	}
	e := &p.Expression
	switch e.kind {
	case Rate:
		return nextTick(p.Start, e.period, after)
	case At:
		t, ok := e.civil.in(zone, e.second)
		return t, ok && t.After(after)
	case Cron:
		return e.cron.next(after, zone)
	}
	return time.Time{}, false
}
