package batch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestExpired(t *testing.T) {
	ages := []time.Duration{90, 61, 60, 70, 1} // in seconds; the fourth is out of order
	arrival := func(i int) time.Time { return t0.Add(-ages[i] * time.Second) }
	for _, c := range []struct {
		name     string
		from, to int
		limit    time.Duration
		want     int
	}{
		{"a prefix; exactly the limit is not too old", 0, 5, time.Minute, 2},
		{"from a later record", 1, 5, time.Minute, 2},
		{"an older record behind a younger one stays", 2, 5, time.Minute, 2},
		{"not beyond the end", 0, 1, time.Minute, 1},
		{"all", 0, 5, time.Nanosecond, 5},
		{"none in an empty range", 3, 3, time.Minute, 3},
		{"0 is no limit", 0, 5, 0, 0},
		{"-1 is no limit", 0, 5, -1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, expired(c.from, c.to, arrival, c.limit, t0))
		})
	}
}
