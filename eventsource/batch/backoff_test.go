package batch

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDefaultBackoff(t *testing.T) {
	var got []time.Duration
	for tries := range 11 {
		got = append(got, DefaultBackoff(tries))
	}
	half := 500 * time.Millisecond
	require.Equal(t, []time.Duration{half, half, 2 * half, 4 * half, 8 * half, 16 * half, 32 * half, 64 * half,
		time.Minute, time.Minute, time.Minute}, got)
	require.Equal(t, time.Minute, DefaultBackoff(math.MaxInt))
	require.Equal(t, 2*half, Backoff(nil).delay(2))
}

func TestDoubling(t *testing.T) {
	for _, c := range []struct {
		base, limit time.Duration
		tries       int
		want        time.Duration
	}{
		{1, 1000, 1, 1},
		{1, 1000, 5, 16},
		{1, 1000, 20, 1000},
		{2000, 1000, 1, 1000},
		{0, 1000, 50, 0},
		{-5, 1000, 50, 0},
		{10, 0, 3, 0},
		{1, math.MaxInt64, 100, math.MaxInt64},
		{1, math.MaxInt64, 63, 1 << 62},
	} {
		require.Equal(t, c.want, Doubling(c.base, c.limit)(c.tries), "%+v", c)
	}
}

func TestDoubling_neverShrinksNorExceedsItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := time.Duration(rapid.Int64().Draw(t, "base"))
		limit := time.Duration(rapid.Int64Min(0).Draw(t, "limit"))
		b := Doubling(base, limit)
		for tries, last := 1, time.Duration(0); tries < 80; tries++ {
			d := b(tries)
			if d < last || d > limit {
				t.Fatalf("after %d tries %v, before %v", tries, d, last)
			}
			last = d
		}
	})
}
