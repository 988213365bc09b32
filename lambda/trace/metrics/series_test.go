package metrics

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestMinuteOf(t *testing.T) {
	for _, c := range []struct {
		unix int64
		want minute
	}{{0, 0}, {59, 0}, {60, 1}, {-1, -1}, {-60, -1}, {-61, -2}} {
		require.Equal(t, c.want, minuteOf(time.Unix(c.unix, 0)), "%d", c.unix)
	}
	require.Equal(t, epoch, minuteOf(epoch.Add(59*time.Second)).time())
}

func TestFloor(t *testing.T) {
	for _, c := range []struct{ m, length, want minute }{{7, 5, 5}, {5, 5, 5}, {-1, 5, -5}, {-5, 5, -5}, {3, 1, 3}} {
		require.Equal(t, c.want, floor(c.m, c.length), "%v", c)
	}
}

// Samples come in any order of time, as a late run's do; the minutes stay sorted and each sample lands in its own.
func TestSeriesKeepsEverySampleInItsMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.SliceOfN(rapid.IntRange(-600, 600), 1, 50).Draw(t, "seconds")
		keep := rapid.IntRange(0, 5).Draw(t, "keep")
		s := series{keep: minute(keep)}
		want := map[minute]int{}
		newest := minute(-1 << 40)
		for _, sec := range seconds {
			at := time.Unix(int64(sec), 0)
			s.add(at, 1)
			newest = max(newest, minuteOf(at))
			want[minuteOf(at)]++
			for m := range want {
				if keep > 0 && m < newest-minute(keep) {
					delete(want, m)
				}
			}
		}
		got := map[minute]int{}
		for _, p := range s.periods {
			got[p.start] = p.SampleCount
		}
		require.Equal(t, want, got)
		require.True(t, slices.IsSortedFunc(s.periods, func(a, b period) int { return int(a.start - b.start) }))
		require.Equal(t, len(seconds), s.total.SampleCount)
	})
}

func TestLevelIsSampledOnceAMinuteWhileItLasts(t *testing.T) {
	var s series
	s.set(epoch.Add(30*time.Second), 2)
	s.set(epoch.Add(3*time.Minute+10*time.Second), 5)
	s.set(epoch.Add(3*time.Minute+20*time.Second), 0)
	s.set(epoch.Add(9*time.Minute), 1) // nothing went on between
	got := s.datapoints(1, time.Time{}, time.Time{})
	require.Len(t, got, 5)
	type row struct {
		offset   time.Duration
		n        int
		low, top float64
	}
	var rows []row
	for _, p := range got {
		rows = append(rows, row{p.Timestamp.Sub(epoch), p.SampleCount, p.Minimum, p.Maximum})
	}
	require.Equal(t, []row{
		{0, 1, 2, 2},
		{time.Minute, 1, 2, 2},
		{2 * time.Minute, 1, 2, 2},
		{3 * time.Minute, 3, 0, 5}, // carried over 2, then 5, then 0
		{9 * time.Minute, 1, 1, 1},
	}, rows)
}

func TestCarryingTwiceChangesNothing(t *testing.T) {
	var s series
	s.set(epoch, 1)
	s.carry(minuteOf(epoch) + 4)
	s.carry(minuteOf(epoch) + 4)
	s.carry(minuteOf(epoch) + 2)
	require.Equal(t, 5, s.total.SampleCount)
}
