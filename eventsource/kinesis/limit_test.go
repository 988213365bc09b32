package kinesis

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWriteLimit(t *testing.T) {
	const full = shardBytesPerSecond
	for _, row := range []struct {
		name string
		puts [][3]int // millisecond, size, times
		want []int    // how many of each were admitted
	}{
		{"a thousand at once", [][3]int{{0, 1, 1500}}, []int{1000}},
		{"a thousand every second", [][3]int{{0, 1, 1000}, {1000, 1, 1500}}, []int{1000, 1000}},
		{"one a millisecond once used up", [][3]int{{0, 1, 1000}, {1, 1, 5}, {4, 1, 5}}, []int{1000, 1, 3}},
		{"a megabyte at once", [][3]int{{0, full / 4, 6}}, []int{4}},
		{"the record that does not fit waits for room", [][3]int{{0, full, 1}, {999, full, 1}, {1000, full, 1}}, []int{1, 0, 1}},
		{"a large record bursts and is paid off", [][3]int{{0, 10 * full, 1}, {8999, 1, 1}, {9001, 1, 1}}, []int{1, 0, 1}},
		{"idle time is not saved up", [][3]int{{0, 1, 1}, {5000, 1, 1500}, {9000, full / 4, 6}}, []int{1, 1000, 4}},
		{"a clock that stands still adds nothing", [][3]int{{5, full, 1}, {5, 1, 1}}, []int{1, 0}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var l writeLimit
			for i, put := range row.puts {
				n := 0
				for range put[2] {
					if l.admit(put[1], int64(put[0])) {
						n++
					}
				}
				require.Equal(t, row.want[i], n, "step %d", i)
			}
		})
	}
}

// Over any stretch of time a shard takes no more than the rate and one second's burst.
func TestWriteLimitBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l writeLimit
		var now, bytes, records int64
		for range rapid.IntRange(1, 200).Draw(t, "puts") {
			now += rapid.Int64Range(0, 50).Draw(t, "gap")
			size := rapid.IntRange(0, 300_000).Draw(t, "size")
			if l.admit(size, now) {
				bytes += int64(size)
				records++
			}
			if records*1000 > (now+1000)*shardRecordsPerSecond || bytes*1000 > (now+1000)*shardBytesPerSecond {
				t.Fatalf("%d records and %d bytes by %d ms", records, bytes, now)
			}
		}
	})
}
