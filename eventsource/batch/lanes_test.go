package batch

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLaneOf(t *testing.T) {
	for factor := 2; factor <= 10; factor++ {
		var lanes [10]int
		for i := range 1000 {
			key := "key-" + strconv.Itoa(i)
			lane := LaneOf(key, factor)
			require.Equal(t, lane, LaneOf(key, factor))
			require.Less(t, lane, factor)
			lanes[lane]++
		}
		for lane := range factor {
			require.InDelta(t, 1000/factor, lanes[lane], 300/float64(factor), "lane %d of %d", lane, factor)
		}
	}
	ones, evenDigits := 0, strings.NewReplacer("1", "6", "3", "8")
	for i := range 500 {
		ones += LaneOf(evenDigits.Replace(strconv.FormatInt(int64(i), 5)), 2)
	}
	require.InDelta(t, 250, ones, 60, "keys of a pattern spread, too")
	require.Zero(t, LaneOf("k", 1))
	require.Zero(t, LaneOf("k", 0))
	require.Zero(t, LaneOf("k", -3))
}
