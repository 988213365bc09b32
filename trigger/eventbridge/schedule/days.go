package schedule

import (
	"math/bits"
	"strings"
	"time"
)

// unsaid is the day field that leaves the choice to the other one.
const unsaid = "?"

// month is one month of a calendar.
type month struct {
	length int
	first  int // the weekday of its first day, 0 for Sunday
}

func monthOf(year int, m time.Month) month {
	first := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC)
	return month{length: first.AddDate(0, 1, -1).Day(), first: int(first.Weekday())}
}

// weekday is the weekday of a day, 0 for Sunday.
func (m month) weekday(day int) int { return (m.first + day - 1) % 7 }

// all is the set of the month's days; bit n is day n.
func (m month) all() uint32 { return 1<<(m.length+1) - 2 }

// days chooses days of a month. Sets have bit n for day n or weekday n-1.
type days struct {
	ofMonth  uint32 // days that were named
	last     bool   // L
	nearest  uint32 // nW: the weekday nearest to n
	ofWeek   uint32 // weekdays that were named, 1 for Sunday
	lastOf   uint32 // nL: the last of that weekday
	ordinal  int    // n#k: k, 0 for none
	ordinals int    // n#k: n, the weekday
}

// in is the set of the days chosen in a month.
func (d *days) in(m month) uint32 {
	set := d.ofMonth
	if d.last {
		set |= 1 << m.length
	}
	for rest := d.nearest & m.all(); rest != 0; rest &= rest - 1 {
		set |= 1 << m.nearestWeekday(bits.TrailingZeros32(rest))
	}
	for rest := d.ofWeek; rest != 0; rest &= rest - 1 {
		set |= everySeventh << m.firstOf(bits.TrailingZeros32(rest))
	}
	for rest := d.lastOf; rest != 0; rest &= rest - 1 {
		first := m.firstOf(bits.TrailingZeros32(rest))
		set |= 1 << (first + (m.length-first)/7*7)
	}
	if d.ordinal > 0 {
		set |= 1 << (m.firstOf(d.ordinals) + 7*(d.ordinal-1))
	}
	return set & m.all()
}

// everySeventh is the first of a week's days and the same weekday of the weeks after.
const everySeventh = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28

// firstOf is the first day that is that weekday, 1 for Sunday.
func (m month) firstOf(weekday int) int { return 1 + (weekday-1-m.first+7)%7 }

// nearestWeekday is the day from Monday to Friday that is nearest to a day, without leaving the month.
func (m month) nearestWeekday(day int) int {
	switch m.weekday(day) {
	case 6: // Saturday
		if day == 1 {
			return 3
		}
		return day - 1
	case 0: // Sunday
		if day == m.length {
			return day - 2
		}
		return day + 1
	}
	return day
}

// parseDays reads the two day fields, one of which must be ?.
func parseDays(ofMonth, ofWeek string) (d days, reason string) {
	switch {
	case (ofMonth == unsaid) == (ofWeek == unsaid):
		return d, "one of day of month and day of week must be ?, the other must not"
	case ofWeek == unsaid:
		return d, d.parseOfMonth(ofMonth)
	}
	return d, d.parseOfWeek(ofWeek)
}

func (d *days) parseOfMonth(field string) (reason string) {
	for item := range strings.SplitSeq(field, ",") {
		if item == "L" {
			d.last = true
			continue
		}
		if day, ok := strings.CutSuffix(item, "W"); ok {
			n, ok := daysOfMonth.value(day)
			if !ok {
				return daysOfMonth.fault(item)
			}
			d.nearest |= 1 << n
			continue
		}
		if reason := daysOfMonth.list(item, func(s steps) { d.ofMonth |= s.set() }); reason != "" {
			return reason
		}
	}
	return ""
}

func (d *days) parseOfWeek(field string) (reason string) {
	if weekday, ordinal, ok := strings.Cut(field, "#"); ok {
		return d.parseOrdinal(field, weekday, ordinal)
	}
	for item := range strings.SplitSeq(field, ",") {
		if item == "L" {
			d.ofWeek |= 1 << 7 // Saturday, the last of a week: an assumption
			continue
		}
		if weekday, ok := strings.CutSuffix(item, "L"); ok {
			n, ok := daysOfWeek.value(weekday)
			if !ok {
				return daysOfWeek.fault(item)
			}
			d.lastOf |= 1 << n
			continue
		}
		if reason := daysOfWeek.list(item, func(s steps) { d.ofWeek |= s.set() }); reason != "" {
			return reason
		}
	}
	return ""
}

// parseOrdinal reads n#k, which stands alone.
func (d *days) parseOrdinal(field, weekday, ordinal string) (reason string) {
	var ok, single bool
	d.ordinals, ok = daysOfWeek.value(weekday)
	single = len(ordinal) == 1 && ordinal[0] >= '1' && ordinal[0] <= '5'
	if !ok || !single {
		return daysOfWeek.fault(field)
	}
	d.ordinal = int(ordinal[0] - '0')
	return ""
}

// set is the values of a run as bits of a word.
func (s steps) set() uint32 {
	var set uint32
	for n := s.from; n <= s.to; n += s.step {
		set |= 1 << n
	}
	return set
}
