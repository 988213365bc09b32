package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return when
}

func TestVectors(t *testing.T) {
	for _, v := range []struct{ name, expression, after, want string }{
		{"vector 40", "cron(15 10 ? * 6L 2024-2025)", "2024-01-01T00:00:00Z", "2024-01-26T10:15:00Z"},
		{"vector 41", "cron(0 0 1W * ? *)", "2024-05-31T12:00:00Z", "2024-06-03T00:00:00Z"},
		{"vector 42", "cron(0 2 ? * SAT#3 *)", "2024-06-01T00:00:00Z", "2024-06-15T02:00:00Z"},
		{"vector 43", "cron(0 8 31 * ? *)", "2024-02-01T00:00:00Z", "2024-03-31T08:00:00Z"},
	} {
		t.Run(v.name, func(t *testing.T) {
			e, err := schedule.Parse(v.expression)
			require.NoError(t, err)
			got, ok := e.Next(at(t, v.after))
			require.True(t, ok)
			require.Equal(t, at(t, v.want), got)
			require.Equal(t, v.expression, e.String())
		})
	}
	for _, text := range []string{"cron(0 1 * * * *)", "rate(1 minutes)"} {
		t.Run("vector 44 "+text, func(t *testing.T) {
			_, err := schedule.Parse(text)
			var refused *schedule.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, text, refused.Expression)
			require.Equal(t, "Parameter ScheduleExpression is not valid.", schedule.NotValid)
			require.Equal(t, "Invalid Schedule Expression "+text+".", schedule.Invalid(refused.Expression))
		})
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		"", "rate", "rate()", "rate(5 minutes", "5 minutes", "every(5 minutes)", "Rate(5 minutes)", "CRON(0 1 * * ? *)",
		// Seen refused by EventBridge.
		"rate(10 seconds)", "rate(10 years)", "rate(1 minutes)", "rate(1 hours)", "rate(1 days)", "rate(10 minute)",
		"rate(10 hour)", "rate(10 day)", "rate(2 minute)", "rate(10)", "rate(10 minutess)", "rate(foo minutes)", "rate(0 minutes)",
		"rate(-10 minutes)", "rate(10 MINUTES)", "rate( 10 minutes)", "rate(10 minutes )", "rate(10  minutes)",
		" rate(10 minutes)", "rate (10 minutes)", "rate(10 minutes) ", "rate(+10 minutes)", "rate(1.5 hours)",
		"rate(99999999999999999999 days)", "rate(200000 days)",
		"cron(71 8 1 * ? *)", "cron(7 20 * * NOT *)", "cron(0 1 * * * *)",
		// The two day fields.
		"cron(0 1 ? * ? *)", "cron(0 1 1 * 2 *)", "cron(? 1 1 * ? *)", "cron(0 ? 1 * ? *)", "cron(0 1 1 ? ? *)", "cron(0 1 1 * ? ?)",
		"cron(0 1 ?,1 * ? *)", "cron(0 1 1 * ?,2 *)",
		// The number of fields and the blanks.
		"cron()", "cron(0 1 1 * ?)", "cron(0 1 1 * ? * *)", "cron(0  1 1 * ? *)", "cron( 0 1 1 * ? *)", "cron(0\t1 1 * ? *)",
		// Bounds.
		"cron(60 1 1 * ? *)", "cron(0 24 1 * ? *)", "cron(0 1 0 * ? *)", "cron(0 1 32 * ? *)", "cron(0 1 1 0 ? *)",
		"cron(0 1 1 13 ? *)", "cron(0 1 ? * 0 *)", "cron(0 1 ? * 8 *)", "cron(0 1 1 * ? 1969)", "cron(0 1 1 * ? 2200)",
		"cron(-1 1 1 * ? *)", "cron(000 1 1 * ? *)", "cron(0 1 1 * ? 02024)",
		// Ranges, steps and lists.
		"cron(0 20-2 1 * ? *)", "cron(0 1 ? * FRI-MON *)", "cron(0 1 1 NOV-FEB ? *)", "cron(1- 1 1 * ? *)", "cron(-5 1 1 * ? *)",
		"cron(1-2-3 1 1 * ? *)", "cron(0/0 1 1 * ? *)", "cron(0/ 1 1 * ? *)", "cron(/5 1 1 * ? *)", "cron(0/61 1 1 * ? *)",
		"cron(0 0/25 1 * ? *)", "cron(0/5/5 1 1 * ? *)", "cron(1, 1 1 * ? *)", "cron(,1 1 1 * ? *)", "cron( 1 1 * ? *)",
		"cron(*-5 1 1 * ? *)", "cron(0/x 1 1 * ? *)",
		// Names.
		"cron(0 1 1 jan ? *)", "cron(0 1 ? * mon *)", "cron(0 1 1 MON ? *)", "cron(0 1 ? * JAN *)", "cron(JAN 1 1 * ? *)",
		// L, W, # and / where they do not belong.
		"cron(L 1 1 * ? *)", "cron(0 1 LW * ? *)", "cron(0 1 L-3 * ? *)", "cron(0 1 W * ? *)", "cron(0 1 32W * ? *)",
		"cron(0 1 1-5W * ? *)", "cron(0 1 1L * ? *)", "cron(0 1 2#1 * ? *)", "cron(0 1 ? * 2W *)", "cron(0 1 ? * 8L *)",
		"cron(0 1 ? * 2/2 *)", "cron(0 1 ? * */2 *)", "cron(0 1 ? * 3#0 *)", "cron(0 1 ? * 3#6 *)", "cron(0 1 ? * 3# *)",
		"cron(0 1 ? * #3 *)", "cron(0 1 ? * 8#1 *)", "cron(0 1 ? * 3#1,6#3 *)", "cron(0 1 ? * 2,3#1 *)", "cron(0 1 1 L ? *)",
		// at.
		"at()", "at(2026-01-01)", "at(2026-01-01T00:00)", "at(2026-01-01T00:00:00Z)", "at(2026-01-01T00:00:00.5)",
		"at(2026-02-30T00:00:00)", "at(2026-13-01T00:00:00)", "at(2026-01-01T24:00:00)", "at(2026-01-01 00:00:00)",
		"at(2026-1-1T0:0:0)",
	} {
		t.Run(text, func(t *testing.T) {
			e, err := schedule.Parse(text)
			var refused *schedule.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, text, refused.Expression)
			require.NotEmpty(t, refused.Reason)
			require.Contains(t, err.Error(), refused.Reason)
			require.Zero(t, e)
			require.PanicsWithValue(t, err.Error(), func() { schedule.MustParse(text) })
		})
	}
}

// TestMeaning has a row for every mark.
func TestMeaning(t *testing.T) {
	for _, c := range []struct{ expression, after, want string }{
		{"cron(0/15 * * * ? *)", "2024-01-01T00:15:00Z", "2024-01-01T00:30:00Z"},
		{"cron(7/20 * * * ? *)", "2024-01-01T00:47:00Z", "2024-01-01T01:07:00Z"},
		{"cron(*/25 * * * ? *)", "2024-01-01T00:50:00Z", "2024-01-01T01:00:00Z"},
		{"cron(10-30/15 * * * ? *)", "2024-01-01T00:25:00Z", "2024-01-01T01:10:00Z"},
		{"cron(5,3 9-17 ? * MON-FRI *)", "2024-01-05T17:04:59Z", "2024-01-05T17:05:00Z"},
		{"cron(5,3 9-17 ? * MON-FRI *)", "2024-01-05T17:05:00Z", "2024-01-08T09:03:00Z"},
		{"cron(00 08 01 01 ? 2030)", "2024-01-01T00:00:00Z", "2030-01-01T08:00:00Z"},
		{"cron(0 0 L * ? *)", "2024-02-01T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"cron(0 0 L FEB ? *)", "2024-03-01T00:00:00Z", "2025-02-28T00:00:00Z"},
		{"cron(0 0 1,L * ? *)", "2024-02-01T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"cron(0 0 15W * ? *)", "2024-06-01T00:00:00Z", "2024-06-14T00:00:00Z"}, // the 15th is a Saturday
		{"cron(0 0 16W * ? *)", "2024-06-01T00:00:00Z", "2024-06-17T00:00:00Z"}, // the 16th is a Sunday
		{"cron(0 0 30W * ? *)", "2024-06-01T00:00:00Z", "2024-06-28T00:00:00Z"}, // the 30th is a Sunday and the last
		{"cron(0 0 31W * ? *)", "2024-06-01T00:00:00Z", "2024-07-31T00:00:00Z"}, // June has no 31st
		{"cron(0 0 ? * L *)", "2024-06-01T00:00:00Z", "2024-06-08T00:00:00Z"},   // a Saturday
		{"cron(0 0 ? * 1 *)", "2024-06-01T00:00:00Z", "2024-06-02T00:00:00Z"},   // 1 is Sunday
		{"cron(0 0 ? * FRIL *)", "2024-06-01T00:00:00Z", "2024-06-28T00:00:00Z"},
		{"cron(0 0 ? * 2#5 *)", "2024-06-01T00:00:00Z", "2024-07-29T00:00:00Z"}, // June has four Mondays
		{"cron(0 0 29 2 ? *)", "2024-03-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"cron(0 0 1 1 ? 2024/10)", "2024-01-01T00:00:00Z", "2034-01-01T00:00:00Z"},
		{"cron(0 0 * * ? *)", "1969-07-20T20:17:00Z", "1970-01-01T00:00:00Z"},
		{"cron(59 23 31 12 ? *)", "2199-12-31T23:58:59Z", "2199-12-31T23:59:00Z"},
		{"cron(59 23 31 12 ? *)", "2199-12-31T23:59:00Z", ""},
		{"cron(0 0 * * ? 2019-2020)", "2024-01-01T00:00:00Z", ""}, // a past range is accepted and never fires
		{"cron(0 0 30 2 ? *)", "2024-01-01T00:00:00Z", ""},
		{"at(2026-03-01T09:30:15)", "2026-03-01T09:30:14Z", "2026-03-01T09:30:15Z"},
		{"at(2026-03-01T09:30:15)", "2026-03-01T09:30:15Z", ""},
		{"rate(1 minute)", "2024-01-01T00:00:30Z", "2024-01-01T00:01:30Z"},
		{"rate(2 minutes)", "2024-01-01T00:00:30Z", "2024-01-01T00:02:30Z"},
		{"rate(10 days)", "2024-01-01T00:00:30Z", "2024-01-11T00:00:30Z"},
	} {
		t.Run(c.expression+" after "+c.after, func(t *testing.T) {
			got, ok := schedule.MustParse(c.expression).Next(at(t, c.after))
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, at(t, c.want), got)
			}
		})
	}
}

func TestZeroExpressionNeverFires(t *testing.T) {
	_, ok := schedule.Expression{}.Next(time.Now())
	require.False(t, ok)
	require.Empty(t, schedule.Expression{}.Kind())
}

// A rate counts from the start of its plan, whenever it is asked.
func TestRateIsAnchored(t *testing.T) {
	start := at(t, "2024-01-01T00:00:10Z")
	p := schedule.Plan{Expression: schedule.MustParse("rate(7 minutes)"), Start: start}
	for _, c := range []struct{ after, want time.Duration }{
		{-time.Hour, 7 * time.Minute}, {0, 7 * time.Minute}, {7*time.Minute - 1, 7 * time.Minute},
		{7 * time.Minute, 14 * time.Minute}, {time.Hour, 63 * time.Minute},
	} {
		next, ok := p.Next(start.Add(c.after))
		require.True(t, ok)
		require.Equal(t, c.want, next.Sub(start))
	}
	require.Equal(t, 7*time.Minute, p.Expression.Period())
	_, ok := schedule.Plan{Expression: p.Expression}.Next(start.AddDate(400, 0, 0))
	require.False(t, ok, "too far from its start to count")
}

// The clocks of Berlin go from 2:00 to 3:00 on 31 March and from 3:00 back to 2:00 on 27 October 2024.
func TestTimeZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, c := range []struct{ name, expression, after, want string }{
		{"the spring gap is skipped", "cron(30 2 * * ? *)", "2024-03-30T12:00:00Z", "2024-04-01T00:30:00Z"},
		{"before the gap", "cron(59 1 * * ? *)", "2024-03-31T00:00:00Z", "2024-03-31T00:59:00Z"},
		{"behind the gap", "cron(0 3 * * ? *)", "2024-03-31T00:00:00Z", "2024-03-31T01:00:00Z"},
		{"every half hour across the gap", "cron(0/30 * * * ? *)", "2024-03-31T00:30:00Z", "2024-03-31T01:00:00Z"},
		{"the autumn overlap fires the first time", "cron(30 2 * * ? *)", "2024-10-26T12:00:00Z", "2024-10-27T00:30:00Z"},
		{"and once", "cron(30 2 * * ? *)", "2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z"},
		{"asked inside the second pass", "cron(30 2 * * ? *)", "2024-10-27T01:10:00Z", "2024-10-28T01:30:00Z"},
		{"every half hour across the overlap", "cron(0/30 * * * ? *)", "2024-10-27T00:30:00Z", "2024-10-27T02:00:00Z"},
		{"at in the gap", "at(2024-03-31T02:30:00)", "2024-01-01T00:00:00Z", ""},
		{"at in the overlap", "at(2024-10-27T02:30:00)", "2024-01-01T00:00:00Z", "2024-10-27T00:30:00Z"},
		{"summer", "at(2024-07-01T12:00:00)", "2024-01-01T00:00:00Z", "2024-07-01T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := schedule.Plan{Expression: schedule.MustParse(c.expression), Location: berlin}
			got, ok := p.Next(at(t, c.after))
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, at(t, c.want), got.UTC())
			}
		})
	}
}
