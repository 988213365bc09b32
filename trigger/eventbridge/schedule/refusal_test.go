package schedule_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// One fault makes an expression that was right one that is refused, whatever the rest of it says.
func TestOneFaultIsEnough(t *testing.T) {
	faults := map[string]func(*rapid.T, []string){
		"minute beyond its end": func(t *rapid.T, f []string) { f[0] += fmt.Sprintf(",%d", rapid.IntRange(60, 99).Draw(t, "n")) },
		"hour beyond its end":   func(t *rapid.T, f []string) { f[1] += fmt.Sprintf(",%d", rapid.IntRange(24, 99).Draw(t, "n")) },
		"month 0":               func(_ *rapid.T, f []string) { f[3] += ",0" },
		"month beyond its end":  func(t *rapid.T, f []string) { f[3] += fmt.Sprintf(",%d", rapid.IntRange(13, 99).Draw(t, "n")) },
		"year before the first": func(t *rapid.T, f []string) { f[5] += fmt.Sprintf(",%d", rapid.IntRange(0, 1969).Draw(t, "n")) },
		"year behind the last":  func(t *rapid.T, f []string) { f[5] += fmt.Sprintf(",%d", rapid.IntRange(2200, 9999).Draw(t, "n")) },
		"range backwards": func(t *rapid.T, f []string) {
			f[0] += fmt.Sprintf(",%d-%d", rapid.IntRange(30, 59).Draw(t, "from"), rapid.IntRange(0, 29).Draw(t, "to"))
		},
		"no step":         func(t *rapid.T, f []string) { f[rapid.SampledFrom([]int{0, 1, 3, 5}).Draw(t, "field")] += ",*/0" },
		"an item missing": func(t *rapid.T, f []string) { f[rapid.IntRange(0, 5).Draw(t, "field")] += "," },
		"a letter": func(t *rapid.T, f []string) {
			f[rapid.IntRange(0, 5).Draw(t, "field")] += rapid.SampledFrom([]string{"x", "Z", "é"}).Draw(t, "letter")
		},
		"a mark of another field": func(t *rapid.T, f []string) {
			f[rapid.SampledFrom([]int{0, 1, 3, 5}).Draw(t, "field")] += rapid.SampledFrom([]string{"L", "W", "#1", "?"}).Draw(t, "mark")
		},
		"both day fields":   func(_ *rapid.T, f []string) { f[2], f[4] = "1", "1" },
		"neither day field": func(_ *rapid.T, f []string) { f[2], f[4] = "?", "?" },
		"a field missing":   func(t *rapid.T, f []string) { f[rapid.IntRange(0, 5).Draw(t, "field")] = "" },
		"a seventh field":   func(_ *rapid.T, f []string) { f[5] += " *" },
		"a tab":             func(t *rapid.T, f []string) { f[rapid.IntRange(0, 5).Draw(t, "field")] += "\t" },
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				right := drawModel(t, 2020, 2024).text
				_, err := schedule.Parse(right)
				require.NoError(t, err)
				fields := strings.Split(strings.TrimSuffix(strings.TrimPrefix(right, "cron("), ")"), " ")
				fault(t, fields)
				wrong := "cron(" + strings.Join(fields, " ") + ")"
				_, err = schedule.Parse(wrong)
				var refused *schedule.Error
				require.ErrorAs(t, err, &refused, "%s, which was %s", wrong, right)
				require.Equal(t, wrong, refused.Expression)
			})
		})
	}
}

// A rate is right if and only if its unit has the number of its number.
func TestRates(t *testing.T) {
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 100_000)).Draw(t, "n")
		unit := rapid.SampledFrom([]string{"minute", "hour", "day", "second", "week", "month", "year"}).Draw(t, "unit")
		plural := rapid.Bool().Draw(t, "plural")
		text := fmt.Sprintf("rate(%d %s)", n, unit)
		if plural {
			text = fmt.Sprintf("rate(%d %ss)", n, unit)
		}
		e, err := schedule.Parse(text)
		each, known := units[unit]
		if !known || n < 1 || plural != (n > 1) {
			require.Error(t, err, text)
			return
		}
		require.NoError(t, err, text)
		require.Equal(t, schedule.Rate, e.Kind())
		require.Equal(t, time.Duration(n)*each, e.Period())

		// Its firings are all the whole periods behind the start, and no others.
		start := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "start"), 0).UTC()
		p := schedule.Plan{Expression: e, Start: start}
		after := start.Add(time.Duration(rapid.Int64Range(-1e15, 1e17).Draw(t, "after")))
		next, ok := p.Next(after)
		require.True(t, ok)
		require.True(t, next.After(after))
		periods := next.Sub(start) / e.Period()
		require.Zero(t, next.Sub(start)%e.Period())
		require.GreaterOrEqual(t, int64(periods), int64(1))
		if periods > 1 {
			require.False(t, next.Add(-e.Period()).After(after), "one was left out")
		}
	})
}

// at names every second there is, in any zone, and nothing else: a time that the clocks of the zone skip is none.
func TestAtInZones(t *testing.T) {
	zones := []*time.Location{time.UTC, load(t, "Europe/Berlin"), load(t, "America/New_York"), load(t, "Australia/Lord_Howe"), load(t, "Asia/Kolkata")}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		when := time.Unix(rapid.Int64Range(946684800, 1893456000).Draw(t, "when"), 0).In(zone)
		e, err := schedule.Parse(when.Format("at(2006-01-02T15:04:05)"))
		require.NoError(t, err)
		require.Equal(t, schedule.At, e.Kind())
		p := schedule.Plan{Expression: e, Location: zone}
		got, ok := p.Next(when.Add(-25 * time.Hour))
		require.True(t, ok, "a time that a clock has shown exists")
		require.Equal(t, when.Format(time.DateTime), got.Format(time.DateTime), "the same on the clock")
		require.False(t, got.After(when), "and of two the earlier")
		require.LessOrEqual(t, when.Sub(got), time.Hour)
		_, ok = p.Next(got)
		require.False(t, ok, "once")
		again, ok := p.Next(got.Add(-time.Nanosecond))
		require.True(t, ok)
		require.Equal(t, got, again)
	})
}

// An expression does not change and may be shared.
func TestSharedExpression(t *testing.T) {
	e := schedule.MustParse("cron(0/7 3,5-9/2 L,15W * ? 2020/2)")
	after := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	want, ok := e.Next(after)
	require.True(t, ok)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				got, ok := e.Next(after)
				if !ok || !got.Equal(want) {
					t.Errorf("%s, not %s", got, want)
				}
			}
		})
	}
	wg.Wait()
}
