package concurrency

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestClock(t *testing.T) {
	var c clock
	at := func(d time.Duration) int64 { return c.advance(time.Unix(0, 0).Add(time.Hour+d)) - int64(time.Hour) }
	require.EqualValues(t, 0, at(0))
	require.EqualValues(t, 5*time.Second, at(5*time.Second))
	// Late is now: the caller lost a race.
	require.EqualValues(t, 5*time.Second, at(5*time.Second-1))
	require.EqualValues(t, 5*time.Second, at(5*time.Second-time.Minute+1))
	require.EqualValues(t, 5*time.Second+1, at(5*time.Second+1))
	// A minute or more back is a clock that was set: time goes on from where it was.
	require.EqualValues(t, 5*time.Second+1, at(5*time.Second+1-time.Minute))
	require.EqualValues(t, 6*time.Second+1, at(6*time.Second+1-time.Minute))
	require.EqualValues(t, 6*time.Second+1, at(-50*time.Minute))
	require.EqualValues(t, 66*time.Second+1, at(-49*time.Minute))
	// Forward it goes as far as one likes.
	require.EqualValues(t, 48*time.Hour+66*time.Second+1, at(48*time.Hour-49*time.Minute))
}

func TestClock_readingChangesNothing(t *testing.T) {
	var c clock
	c.advance(time.Unix(100, 0))
	before := c
	c.read(time.Unix(1_000_000, 0).UnixNano())
	c.read(0)
	require.Equal(t, before, c)
}

func TestClock_neverRunsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c clock
		last := c.last
		for _, unix := range rapid.SliceOf(rapid.Int64Range(-1e18, 2e18)).Draw(t, "instants") {
			now := c.advance(time.Unix(0, unix))
			require.GreaterOrEqual(t, now, last)
			require.Equal(t, now, c.read(unix)) // the same instant again is the same moment
			last = now
		}
	})
}

// An account goes on working when its clock is set back, or when it moves into a bubble of virtual time.
func TestAccount_clockSetBack(t *testing.T) {
	f, err := NewAccount(Options{}).Claim("f", nil)
	require.NoError(t, err)
	v := f.Version("1")
	today := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	long := today.AddDate(-26, 0, 0)
	require.NoError(t, f.PutReservedAt(today, 1))
	cycle := func(now time.Time) (cold bool, err error) {
		l, err := v.AcquireAt(now)
		l.ReleaseAt(now, true)
		return l.Cold, err
	}
	for range 10 {
		_, err := cycle(today)
		require.NoError(t, err)
	}
	_, err = cycle(today)
	require.ErrorIs(t, err, errReservedRate)
	_, err = cycle(long)
	require.ErrorIs(t, err, errReservedRate) // setting the clock refills nothing
	_, err = cycle(long.Add(100*time.Millisecond - 1))
	require.ErrorIs(t, err, errReservedRate)
	cold, err := cycle(long.Add(100 * time.Millisecond)) // but time goes on, although all was refused since
	require.NoError(t, err)
	require.False(t, cold)
	require.NoError(t, v.PutProvisionedAt(long, 1))
	p, _ := v.ProvisionedAt(long.Add(61*time.Second - 1))
	require.Equal(t, InProgress, p.Status)
	_, err = cycle(long.Add(62 * time.Second))
	require.NoError(t, err)
}

// Accepting events goes on, too.
func TestAcceptEventAt_clockSetBack(t *testing.T) {
	a := NewAccount(Options{Limit: 1})
	today := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for range 10 {
		require.NoError(t, a.AcceptEventAt(today))
	}
	require.ErrorIs(t, a.AcceptEventAt(today), ErrThrottled)
	require.ErrorIs(t, a.AcceptEventAt(today.Add(-time.Hour)), ErrThrottled)
	require.NoError(t, a.AcceptEventAt(today.Add(100*time.Millisecond-time.Hour)))
}

// An admission moves time: what comes a little earlier by its caller's clock comes at that instant.
func TestAcquireAt_booksItsInstant(t *testing.T) {
	f, err := NewAccount(Options{}).Claim("f", nil)
	require.NoError(t, err)
	v := f.Version("1")
	at := func(d time.Duration) time.Time { return time.Unix(1_000_000, 0).Add(d) }
	l, err := v.AcquireAt(at(10 * time.Second))
	require.NoError(t, err)
	l.ReleaseAt(at(5*time.Second), true) // counts as ten: the environment idles from there
	l, err = v.AcquireAt(at(609 * time.Second))
	require.NoError(t, err)
	require.False(t, l.Cold)
}
