package backoff

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDoubling(t *testing.T) {
	for _, c := range []struct {
		base, limit time.Duration
		n           int
		want        time.Duration
	}{
		{time.Second, 300 * time.Second, 1, time.Second},
		{time.Second, 300 * time.Second, 2, 2 * time.Second},
		{time.Second, 300 * time.Second, 9, 256 * time.Second},
		{time.Second, 300 * time.Second, 10, 300 * time.Second},
		{time.Second, 300 * time.Second, 11, 300 * time.Second},
		{time.Second, 300 * time.Second, 0, time.Second},
		{time.Second, 300 * time.Second, -5, time.Second},
		{time.Second, 300 * time.Second, math.MaxInt, 300 * time.Second},
		{time.Second, math.MaxInt64, 100, math.MaxInt64},
		{500 * time.Millisecond, time.Minute, 8, time.Minute},
		{time.Hour, time.Minute, 1, time.Minute},
		{0, time.Minute, 7, 0},
	} {
		require.Equal(t, c.want, Doubling(c.base, c.limit, c.n), "%v %v %d", c.base, c.limit, c.n)
	}
}

func TestDoublingNeverShrinksAndNeverPassesItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "base"))
		limit := time.Duration(rapid.Int64Range(1, math.MaxInt64).Draw(t, "limit"))
		last := time.Duration(0)
		for n := range 80 {
			d := Doubling(base, limit, n+1)
			if d < last || d > limit || d <= 0 {
				t.Fatalf("delay %d is %v after %v, limit %v", n+1, d, last, limit)
			}
			last = d
		}
	})
}
