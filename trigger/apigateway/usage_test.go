package apigateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestBucketMatchesModel compares the bucket with one that is filled a step of a millisecond at a time. The rates are
// such that both count exactly.
func TestBucketMatchesModel(t *testing.T) {
	start := time.Unix(0, 0)
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]float64{0, 125, 250, 500}).Draw(t, "rate") // 1/8, 1/4, 1/2 token a millisecond
		burst := rapid.IntRange(0, 3).Draw(t, "burst")
		b, err := newBucket("", &Throttle{Rate: rate, Burst: burst})
		require.NoError(t, err)
		at, tokens := 0, float64(burst)
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			for range rapid.IntRange(0, 9).Draw(t, "milliseconds") {
				at++
				tokens = min(float64(burst), tokens+rate/1000)
			}
			took := b.take(start.Add(time.Duration(at) * time.Millisecond))
			require.Equal(t, tokens >= 1, took)
			if took {
				tokens--
			}
		}
	})
}

func TestBucketWhenTheClockGoesBack(t *testing.T) {
	now := time.Unix(100, 0)
	b, err := newBucket("", &Throttle{Rate: 1, Burst: 1})
	require.NoError(t, err)
	require.True(t, b.take(now))
	require.False(t, b.take(now.Add(-time.Hour)))
	require.False(t, b.take(now), "the hour that came twice brings nothing")
	require.True(t, b.take(now.Add(time.Second)))
	var none *bucket
	require.True(t, none.take(now))
}

// TestPeriods compares the beginning of a period with the last instant, hour by hour backwards, that was one.
func TestPeriods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0).In(time.FixedZone("", 5*3600))
		for period, begins := range map[QuotaPeriod]func(time.Time) bool{
			Day:   func(time.Time) bool { return true },
			Week:  func(t time.Time) bool { return t.Weekday() == time.Monday },
			Month: func(t time.Time) bool { return t.Day() == 1 },
		} {
			want := now.UTC().Truncate(time.Hour)
			for want.Hour() != 0 || !begins(want) {
				want = want.Add(-time.Hour)
			}
			require.Equal(t, want, period.begin(now), period)
		}
	})
}

// TestQuota: a day's requests are counted, and a clock that goes back counts on.
func TestQuota(t *testing.T) {
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	q := &quota{limit: 1, period: Day}
	require.True(t, q.take(midnight))
	require.False(t, q.take(midnight.Add(24*time.Hour-1)))
	require.True(t, q.take(midnight.Add(24*time.Hour)))
	require.False(t, q.take(midnight))
	var none *quota
	require.True(t, none.take(midnight))
}
