package schedule_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// The model: an expression is generated together with what it means, field by field as a plain predicate, so that no
// line of the parser is used to judge it.
type (
	field struct {
		text    string
		matches func(n int) bool
	}
	model struct {
		minute, hour, month, year field
		day                       func(time.Time) bool
		text                      string
	}
)

func (m *model) onDay(day time.Time) bool {
	return m.year.matches(day.Year()) && m.month.matches(int(day.Month())) && m.day(day)
}

// firings tries every minute of every matching day from start to end.
func (m *model) firings(start, end time.Time) []time.Time {
	var all []time.Time
	for day := start; day.Before(end); day = day.AddDate(0, 0, 1) {
		if !m.onDay(day) {
			continue
		}
		for minute := range 24 * 60 {
			if m.hour.matches(minute/60) && m.minute.matches(minute%60) {
				all = append(all, day.Add(time.Duration(minute)*time.Minute))
			}
		}
	}
	return all
}

var (
	monthNames = strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
	dayNames   = strings.Fields("SUN MON TUE WED THU FRI SAT")
)

// drawList draws a list of one to three of *, values, ranges and steps.
func drawList(t *rapid.T, label string, lo, hi int, names []string, steps bool) field {
	word := func(n int) string {
		if names != nil && rapid.Bool().Draw(t, label+" named") {
			return names[n-lo]
		}
		return strconv.Itoa(n)
	}
	var texts []string
	var parts []func(int) bool
	for range rapid.IntRange(1, 3).Draw(t, label+" items") {
		from, to, every := lo, hi, 1
		var text string
		shape := rapid.IntRange(0, 2).Draw(t, label+" shape")
		switch shape {
		case 0:
			text = "*"
		case 1:
			from = rapid.IntRange(lo, hi).Draw(t, label)
			to, text = from, word(from)
		case 2:
			from = rapid.IntRange(lo, hi).Draw(t, label)
			to = rapid.IntRange(from, hi).Draw(t, label+" to")
			text = word(from) + "-" + word(to)
		}
		if steps && rapid.Bool().Draw(t, label+" stepped") {
			every = rapid.IntRange(1, hi-lo+1).Draw(t, label+" step")
			if shape == 1 {
				to = hi
			}
			text += "/" + strconv.Itoa(every)
		}
		texts = append(texts, text)
		parts = append(parts, func(n int) bool { return n >= from && n <= to && (n-from)%every == 0 })
	}
	return field{strings.Join(texts, ","), func(n int) bool {
		return slices.ContainsFunc(parts, func(p func(int) bool) bool { return p(n) })
	}}
}

func lastDay(day time.Time) int {
	return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearest says whether day is where nW falls: the closest weekday of the month, the earlier of two.
func nearest(n int, day time.Time) bool {
	if n > lastDay(day) {
		return false
	}
	best, distance := 0, 99
	for d := 1; d <= lastDay(day); d++ {
		weekday := time.Date(day.Year(), day.Month(), d, 0, 0, 0, 0, time.UTC).Weekday()
		if weekday == time.Saturday || weekday == time.Sunday {
			continue
		}
		if off := max(d-n, n-d); off < distance {
			best, distance = d, off
		}
	}
	return day.Day() == best
}

func drawDay(t *rapid.T) (ofMonth, ofWeek string, matches func(time.Time) bool) {
	switch rapid.SampledFrom([]string{"dom", "L", "W", "dow", "nL", "n#k", "mixed"}).Draw(t, "days") {
	case "L":
		return "L", "?", func(day time.Time) bool { return day.Day() == lastDay(day) }
	case "W":
		n := rapid.IntRange(1, 31).Draw(t, "n")
		return fmt.Sprintf("%dW", n), "?", func(day time.Time) bool { return nearest(n, day) }
	case "dow":
		f := drawList(t, "dow", 1, 7, dayNames, false)
		return "?", f.text, func(day time.Time) bool { return f.matches(int(day.Weekday()) + 1) }
	case "nL":
		n := rapid.IntRange(1, 7).Draw(t, "n")
		return "?", fmt.Sprintf("%dL", n), func(day time.Time) bool {
			return int(day.Weekday())+1 == n && day.Day()+7 > lastDay(day)
		}
	case "n#k":
		n, k := rapid.IntRange(1, 7).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "k")
		return "?", fmt.Sprintf("%s#%d", dayNames[n-1], k), func(day time.Time) bool {
			return int(day.Weekday())+1 == n && (day.Day()+6)/7 == k
		}
	case "mixed":
		n := rapid.IntRange(1, 31).Draw(t, "n")
		f := drawList(t, "dom", 1, 31, nil, true)
		return fmt.Sprintf("%dW,%s,L", n, f.text), "?", func(day time.Time) bool {
			return nearest(n, day) || f.matches(day.Day()) || day.Day() == lastDay(day)
		}
	}
	f := drawList(t, "dom", 1, 31, nil, true)
	return f.text, "?", func(day time.Time) bool { return f.matches(day.Day()) }
}

func drawModel(t *rapid.T, fromYear, toYear int) *model {
	m := &model{
		minute: drawList(t, "minute", 0, 59, nil, true), hour: drawList(t, "hour", 0, 23, nil, true),
		month: drawList(t, "month", 1, 12, monthNames, true), year: field{"*", func(int) bool { return true }},
	}
	if rapid.IntRange(0, 3).Draw(t, "year given") == 0 {
		lo := rapid.IntRange(fromYear-2, toYear+2).Draw(t, "from year")
		hi := rapid.IntRange(lo, toYear+3).Draw(t, "to year")
		m.year = field{fmt.Sprintf("%d-%d", lo, hi), func(n int) bool { return n >= lo && n <= hi }}
	}
	ofMonth, ofWeek, matches := drawDay(t)
	m.day = matches
	m.text = fmt.Sprintf("cron(%s %s %s %s %s %s)", m.minute.text, m.hour.text, ofMonth, m.month.text, ofWeek, m.year.text)
	return m
}

// Invariant 19: the next firing is later, matches every field, and none lies before it; the sequence is that of trying
// every minute of five years; printing what was parsed gives it back.
func TestInvariant19(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1972, 2190).Draw(t, "year")
		start := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		end := start.AddDate(5, 0, 0)
		m := drawModel(t, year, year+4)
		e, err := schedule.Parse(m.text)
		require.NoError(t, err)
		require.Equal(t, m.text, e.String())

		want := m.firings(start, end)
		check := func(after time.Time) {
			i, _ := slices.BinarySearchFunc(want, after, func(f, t time.Time) int {
				if f.After(t) {
					return 1
				}
				return -1
			})
			got, ok := e.Next(after)
			if i == len(want) {
				require.False(t, ok && got.Before(end), "%s after %s: %s", m.text, after, got)
				return
			}
			require.True(t, ok, "%s after %s", m.text, after)
			require.Equal(t, want[i], got, "%s after %s", m.text, after)
		}
		// One after the other from the start, then at random over all five years.
		after := start.Add(-time.Nanosecond)
		for i := range min(len(want), 200) {
			check(after)
			after = want[i]
		}
		for range 50 {
			check(start.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(start))).Draw(t, "after"))))
		}
		check(end.Add(-time.Nanosecond))
	})
}

// The later the instant, the later the next firing; in any zone, for every kind.
func TestMonotone(t *testing.T) {
	zones := []*time.Location{nil, load(t, "Europe/Berlin"), load(t, "America/New_York"), load(t, "Australia/Lord_Howe"), load(t, "Pacific/Apia")}
	rapid.Check(t, func(t *rapid.T) {
		text := drawModel(t, 2010, 2014).text
		if rapid.IntRange(0, 4).Draw(t, "rate") == 0 {
			text = fmt.Sprintf("rate(%d hours)", rapid.IntRange(2, 500).Draw(t, "n"))
		}
		start := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
		p := schedule.Plan{
			Expression: schedule.MustParse(text), Start: start.Add(17 * time.Second),
			Location: rapid.SampledFrom(zones).Draw(t, "zone"),
		}
		offsets := rapid.SliceOfN(rapid.Int64Range(0, int64(5*365*24*time.Hour)), 2, 20).Draw(t, "offsets")
		slices.Sort(offsets)
		var last time.Time
		ended := false
		for _, offset := range offsets {
			after := start.Add(time.Duration(offset))
			next, ok := p.Next(after)
			require.False(t, ok && ended, "fires after its end")
			if ended = !ok; ended {
				continue
			}
			require.True(t, next.After(after))
			require.False(t, next.Before(last))
			last = next
		}
	})
}

func load(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}

// In a zone, the firings of an hour are those minutes that its clocks show for the first time: tried minute by minute
// over the days on which clocks change.
func TestZoneAgainstEveryMinute(t *testing.T) {
	for _, c := range []struct {
		zone string
		from time.Time
	}{
		{"Europe/Berlin", time.Date(2024, 3, 30, 12, 0, 0, 0, time.UTC)},
		{"Europe/Berlin", time.Date(2024, 10, 26, 12, 0, 0, 0, time.UTC)},
		{"Australia/Lord_Howe", time.Date(2024, 4, 6, 0, 0, 0, 0, time.UTC)}, // half an hour
		{"Australia/Lord_Howe", time.Date(2024, 10, 5, 0, 0, 0, 0, time.UTC)},
		{"Pacific/Apia", time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC)}, // a day is missing
	} {
		t.Run(c.zone+c.from.Format(" 2006-01"), func(t *testing.T) {
			zone := load(t, c.zone)
			shown := map[string]bool{}
			var want []time.Time
			for minute := range 3 * 24 * 60 {
				at := c.from.Add(time.Duration(minute) * time.Minute)
				clock := at.In(zone).Format("2006-01-02 15:04")
				if at.In(zone).Minute()%10 == 5 && !shown[clock] {
					want = append(want, at)
				}
				shown[clock] = true
			}
			p := schedule.Plan{Expression: schedule.MustParse("cron(5/10 * * * ? *)"), Location: zone}
			after := c.from.Add(-time.Second)
			for _, w := range want {
				next, ok := p.Next(after)
				require.True(t, ok)
				require.Equal(t, w, next.UTC())
				after = next
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"rate(5 minutes)", "cron(15 10 ? * 6L 2024-2025)", "cron(0/5,3-9/2 * 1W,L * ? *)", "at(2026-03-01T09:30:00)",
		"cron(0 1 ? * 3#1 *)", "cron(0 1 31 2 ? 1970/200)", "cron(", "rate()", "at(2026-02-30T00:00:00)",
	} {
		f.Add(seed)
	}
	after := time.Date(2024, 2, 29, 23, 59, 30, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := schedule.Parse(text)
		if err != nil {
			require.IsType(t, new(schedule.Error), err)
			return
		}
		require.Equal(t, text, e.String())
		again, err := schedule.Parse(e.String())
		require.NoError(t, err)
		require.Equal(t, e, again)
		if next, ok := e.Next(after); ok {
			require.True(t, next.After(after))
		}
	})
}
