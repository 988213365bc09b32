package schedule

import (
	"math/bits"
	"strings"
	"time"
)

// cron is a cron expression as sets of values; bit n of a set is value n.
type cron struct {
	minutes uint64
	hours   uint32
	months  uint32
	days    days
	years   [years2199 + 1]bool // from 1970
}

const years2199 = 2199 - 1970

// parseCron reads what stands in cron(…): six fields with a blank between each two.
func parseCron(body string) (*cron, string) {
	fields := strings.Split(body, " ")
	if len(fields) != 6 {
		return nil, "cron has six fields, with one blank between each two"
	}
	c := &cron{}
	for _, f := range []struct {
		span  *span
		field string
		add   func(steps)
	}{
		{&minutes, fields[0], c.addMinutes},
		{&hours, fields[1], func(s steps) { c.hours |= s.set() }},
		{&months, fields[3], func(s steps) { c.months |= s.set() }},
		{&years, fields[5], c.addYears},
	} {
		if reason := f.span.list(f.field, f.add); reason != "" {
			return nil, reason
		}
	}
	var reason string
	c.days, reason = parseDays(fields[2], fields[4])
	return c, reason
}

func (c *cron) addMinutes(s steps) {
	for n := s.from; n <= s.to; n += s.step {
		c.minutes |= 1 << n
	}
}

func (c *cron) addYears(s steps) {
	for n := s.from; n <= s.to; n += s.step {
		c.years[n-years.min] = true
	}
}

// next is the first firing after an instant by the clocks of a zone. It goes from one match of the calendar to the next,
// so what it costs depends on how many months lie between, not on how many minutes.
func (c *cron) next(after time.Time, zone *time.Location) (time.Time, bool) {
	at, ok := civilOf(after.In(zone)).next(), true
	for {
		if at, ok = c.match(at); !ok {
			return time.Time{}, false
		}
		// A match that clocks skip is none, and one that they show twice may lie behind: on to the next.
		if t, ok := at.in(zone, 0); ok && t.After(after) {
			return t, true
		}
		at = at.next()
	}
}

// match is the first minute from a minute on that all fields match.
func (c *cron) match(from civil) (civil, bool) {
	for year := max(from.year, years.min); year <= years.max; year++ {
		if !c.years[year-years.min] {
			continue
		}
		for rest := c.months; rest != 0; rest &= rest - 1 {
			m := time.Month(bits.TrailingZeros32(rest))
			start := civil{year: year, month: m, day: 1}
			if year == from.year && m < from.month {
				continue
			}
			if year == from.year && m == from.month {
				start = from
			}
			if found, ok := c.matchMonth(start); ok {
				return found, true
			}
		}
	}
	return civil{}, false
}

// matchMonth is [cron.match] within the month.
func (c *cron) matchMonth(from civil) (civil, bool) {
	set := c.days.in(monthOf(from.year, from.month)) >> from.day << from.day
	for ; set != 0; set &= set - 1 {
		at := from
		if day := bits.TrailingZeros32(set); day > from.day {
			at = civil{from.year, from.month, day, 0, 0}
		}
		if found, ok := c.matchDay(at); ok {
			return found, true
		}
	}
	return civil{}, false
}

// matchDay is [cron.match] within the day.
func (c *cron) matchDay(from civil) (civil, bool) {
	for set := c.hours >> from.hour << from.hour; set != 0; set &= set - 1 {
		hour, minute := bits.TrailingZeros32(set), from.minute
		if hour > from.hour {
			minute = 0
		}
		if left := c.minutes >> minute << minute; left != 0 {
			from.hour, from.minute = hour, bits.TrailingZeros64(left)
			return from, true
		}
	}
	return civil{}, false
}
