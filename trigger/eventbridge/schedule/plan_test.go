package schedule_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// At the ends of time a plan has an answer, and it is right.
func TestPlanAtTheEndsOfTime(t *testing.T) {
	early, late := time.Unix(math.MinInt64/4, 0), time.Unix(math.MaxInt64/4, 0)
	for _, c := range []struct {
		name, expression string
		after            time.Time
		want             string // "" for no firing left
	}{
		{"cron before its first year", "cron(0 0 1 1 ? *)", time.Time{}, "1970-01-01T00:00:00Z"},
		{"cron long before", "cron(0 0 1 1 ? 2000)", early, "2000-01-01T00:00:00Z"},
		{"cron long after", "cron(0 0 1 1 ? *)", late, ""},
		{"cron in its last minute", "cron(* * * * ? *)", at(t, "2199-12-31T23:58:59.9Z"), "2199-12-31T23:59:00Z"},
		{"cron behind its last minute", "cron(* * * * ? *)", at(t, "2199-12-31T23:59:00Z"), ""},
		{"at in the year 1", "at(0001-01-01T00:00:01)", time.Time{}, "0001-01-01T00:00:01Z"},
		{"at in the year 9999", "at(9999-12-31T23:59:59)", at(t, "2024-01-01T00:00:00Z"), "9999-12-31T23:59:59Z"},
		{"at long after", "at(9999-12-31T23:59:59)", late, ""},
		{"rate long before its start", "rate(1 day)", early, "2024-01-02T00:00:00Z"},
		{"rate long after its start", "rate(1 day)", late, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := schedule.Plan{Expression: schedule.MustParse(c.expression), Start: at(t, "2024-01-01T00:00:00Z")}
			got, ok := p.Next(c.after)
			require.Equal(t, c.want != "", ok, "%s", got)
			if ok {
				require.Equal(t, c.want, got.UTC().Format(time.RFC3339))
			}
		})
	}
}

// A zone without changes of its clocks fires as UTC does, so much earlier or later.
func TestFixedZones(t *testing.T) {
	for _, offset := range []int{0, 3600, -3600, 5*3600 + 1800, -9*3600 - 1800, 14 * 3600, -12 * 3600, 45 * 60} {
		zone := time.FixedZone("", offset)
		for _, text := range []string{"cron(0/17 3 * * ? *)", "cron(59 23 L * ? *)", "cron(0 0 ? * 2#1 *)", "at(2024-03-10T02:30:00)"} {
			e := schedule.MustParse(text)
			here, there := at(t, "2024-02-28T23:59:30Z"), at(t, "2024-02-28T23:59:30Z").Add(-time.Duration(offset)*time.Second)
			for range 20 {
				want, ok := schedule.Plan{Expression: e}.Next(here)
				got, same := schedule.Plan{Expression: e, Location: zone}.Next(there)
				require.Equal(t, ok, same)
				if !ok {
					break
				}
				require.Equal(t, want.Add(-time.Duration(offset)*time.Second), got.UTC(), "%s at %d", text, offset)
				here, there = want, got
			}
		}
	}
}

// Whatever the expression, instant and zone: the next firing is later, and nothing fires between the two.
func FuzzNext(f *testing.F) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran"}
	f.Add("cron(30 2 * * ? *)", int64(1711846800), 1)
	f.Add("cron(0/5 * ? * 6L 2000-2100)", int64(0), 2)
	f.Add("at(2011-12-30T12:00:00)", int64(1325200000), 4)
	f.Add("rate(7 hours)", int64(-1), 3)
	f.Add("cron(0 0 31W 2/2 ? *)", int64(math.MaxInt32), 6)
	f.Fuzz(func(t *testing.T, text string, unix int64, zone int) {
		e, err := schedule.Parse(text)
		if err != nil {
			return
		}
		p := schedule.Plan{Expression: e, Location: load(t, zones[uint(zone)%uint(len(zones))]), Start: time.Unix(1e9, 0)}
		after := time.Unix(unix, 0)
		next, ok := p.Next(after)
		if !ok {
			return
		}
		require.True(t, next.After(after), "%s after %s: %s", text, after, next)
		between, ok := p.Next(after.Add(next.Sub(after) / 2))
		require.True(t, ok)
		require.True(t, between.Equal(next), "%s: %s, then %s", text, next, between)
		again, ok := p.Next(next.Add(-1))
		require.True(t, ok)
		require.True(t, again.Equal(next))
	})
}
