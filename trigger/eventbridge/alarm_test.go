package eventbridge

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
	"github.com/lambdakit/lambdakit/trigger/internal/agenda"
)

func minutely(ring func(time.Time)) *alarm {
	return &alarm{
		plan: schedule.Plan{Expression: schedule.MustParse("cron(* * * * ? *)")},
		late: func(time.Time) time.Duration { return 30 * time.Second }, ring: ring, agenda: &agenda.Agenda{},
	}
}

// An entry that was overtaken by a stop or by another setting has nothing to ring for.
func TestAlarmOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := minutely(func(time.Time) {})
		require.True(t, a.rings().IsZero())
		require.True(t, a.set(time.Now()))
		nominal := a.next
		require.Equal(t, nominal.Add(30*time.Second), a.rings())
		a.stop()
		due, more := a.due(nominal, a.rings())
		require.False(t, due || more)
		require.True(t, a.set(time.Now().Add(time.Hour)))
		due, more = a.due(nominal, nominal)
		require.False(t, due || more)
		a.stop()
	})
}

// A machine that slept for an hour fires once, for the minute whose timer was set, and goes on from now.
func TestAlarmAfterSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := minutely(func(time.Time) {})
		require.True(t, a.set(time.Now()))
		nominal := a.next
		for _, c := range []struct{ lateBy, next time.Duration }{
			{0, time.Minute}, {59 * time.Second, time.Minute}, {time.Minute, time.Minute}, {time.Hour, time.Hour + time.Minute},
		} {
			a.next = nominal
			due, more := a.due(nominal, a.rings().Add(c.lateBy))
			require.True(t, due && more)
			require.Equal(t, c.next, a.next.Sub(nominal))
		}
		a.stop()
	})
}

// What ends does not ring behind its end, but on it.
func TestAlarmEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := minutely(func(time.Time) {})
		a.end = time.Now().Add(time.Minute)
		require.True(t, a.set(time.Now()))
		due, more := a.due(a.next, a.rings())
		require.True(t, due)
		require.False(t, more)
		require.True(t, a.rings().IsZero())
	})
}

// The place in the minute is never its start, and that of a rate its own.
func TestInsideMinute(t *testing.T) {
	places := map[time.Duration]bool{}
	for seed := range uint64(5000) {
		late := insideMinute(seed, 1)
		offset := late(time.Unix(60, 0))
		require.GreaterOrEqual(t, offset, time.Second)
		require.Less(t, offset, time.Minute)
		require.Equal(t, offset, late(time.Unix(120, 0)), "the same each time")
		require.Zero(t, late(time.Unix(61, 0)))
		places[offset] = true
	}
	require.Len(t, places, 59)
}
