package schedule

import "time"

// civil is a minute as calendars and clocks show it, in no zone.
type civil struct {
	year         int
	month        time.Month
	day          int
	hour, minute int
}

func civilOf(t time.Time) civil {
	year, month, day := t.Date()
	return civil{year, month, day, t.Hour(), t.Minute()}
}

// next is the minute after c on a calendar on which every day has 24 hours.
func (c civil) next() civil {
	return civilOf(time.Date(c.year, c.month, c.day, c.hour, c.minute+1, 0, 0, time.UTC))
}

// in is the first instant at which a zone's clocks show c, at a second. There is none when they are put forward over
// it. Of the two when they are put back it is the earlier: so a schedule fires once, and on time.
func (c civil) in(zone *time.Location, second int) (time.Time, bool) {
	t := time.Date(c.year, c.month, c.day, c.hour, c.minute, second, 0, zone)
	if civilOf(t) != c {
		return time.Time{}, false
	}
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return t, true
	}
	_, before := start.Add(-1).Zone()
	_, now := t.Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); civilOf(earlier) == c {
		return earlier, true
	}
	return t, true
}
