package concurrency

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each step asks n times at an instant and says how many tokens it gets.
func TestBucket(t *testing.T) {
	const ms = int64(time.Millisecond)
	steps := []struct {
		at     int64
		n, got int
	}{
		{0, 12, 10}, {0, 1, 0}, {99 * ms, 1, 0}, {100 * ms, 2, 1}, {150 * ms, 1, 0}, {200 * ms, 2, 1}, {-500 * ms, 1, 0}, {200 * ms, 1, 0},
		{450 * ms, 5, 2}, {500 * ms, 1, 1}, {10_000 * ms, 12, 10},
	}
	var b bucket
	b.set(0, 10, 10*token)
	for _, s := range steps {
		got := 0
		for range s.n {
			if debt, ok := b.ask(s.at); ok {
				b.take(s.at, debt)
				got++
			}
		}
		require.Equal(t, s.got, got, "at %v", time.Duration(s.at))
	}
}

func TestBucket_aNewRateKeepsWhatWasUsed(t *testing.T) {
	var b bucket
	b.set(0, 10, 10*token)
	for range 10 {
		debt, _ := b.ask(0)
		b.take(0, debt)
	}
	b.set(0, 20, 20*token)
	require.EqualValues(t, int64(10*token), b.owed(0)) // ten of the twenty are left
	b.set(0, 1, token)
	_, ok := b.ask(9 * int64(time.Second))
	require.False(t, ok)
	_, ok = b.ask(10 * int64(time.Second))
	require.True(t, ok)
}

// The largest quota with the longest burst, after the longest time, does not overflow.
func TestBucket_extremes(t *testing.T) {
	r := Options{Limit: maxLimit, RateBurst: maxRateBurst}.rules()
	var b bucket
	r.requestRate(&b, 0, maxLimit)
	b.take(0, b.size)
	_, ok := b.ask(0)
	require.False(t, ok)
	require.Zero(t, b.owed(forever))
	require.EqualValues(t, b.size-requestsPerUnit*maxLimit, b.owed(1))
	require.Positive(t, b.owed(int64(maxRateBurst)-1))
	require.Zero(t, b.owed(int64(maxRateBurst)))
}

// A burst shorter than one request takes still lets one through.
func TestBucket_neverLessThanOneRequest(t *testing.T) {
	r := Options{Limit: 1, RateBurst: time.Nanosecond}.rules()
	var b bucket
	r.requestRate(&b, 0, 1)
	debt, ok := b.ask(0)
	require.True(t, ok)
	b.take(0, debt)
	_, ok = b.ask(int64(100*time.Millisecond) - 1)
	require.False(t, ok)
	_, ok = b.ask(int64(100 * time.Millisecond))
	require.True(t, ok)
}
