package batch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func former(t require.TestingT, l Limits, overhead int) *Former {
	f, err := NewFormer(l, overhead)
	require.NoError(t, err)
	return &f
}

func TestFormer_closesAtBatchSize(t *testing.T) {
	f := former(t, Limits{BatchSize: 2, Window: time.Minute}, 14)
	require.False(t, f.Ready(t0), "an empty batch is never sent")
	require.Zero(t, f.Due())
	require.True(t, f.Add(10, t0))
	require.False(t, f.Ready(t0))
	require.True(t, f.Add(10, t0.Add(time.Second)))
	require.True(t, f.Ready(t0))
	require.Equal(t, t0, f.Due())
	require.False(t, f.Add(10, t0))
	require.Equal(t, 2, f.Len())
	require.Equal(t, 14+10+1+10, f.Bytes())
}

func TestFormer_windowOpensWithTheFirstRecord(t *testing.T) {
	f := former(t, Limits{BatchSize: 10, Window: 10 * time.Second}, 0)
	f.Add(1, t0.Add(time.Second))
	f.Add(1, t0.Add(9*time.Second))
	require.Equal(t, t0.Add(11*time.Second), f.Due())
	require.False(t, f.Ready(t0.Add(11*time.Second-1)))
	require.True(t, f.Ready(t0.Add(11*time.Second)))
	f.Reset(0)
	require.Zero(t, f.Len())
	f.Add(1, t0.Add(time.Hour))
	require.Equal(t, t0.Add(time.Hour+10*time.Second), f.Due(), "the next window opens anew")
}

func TestFormer_withoutAWindowNothingWaits(t *testing.T) {
	f := former(t, Limits{BatchSize: 10}, 0)
	f.Add(1, t0)
	require.True(t, f.Ready(t0))
	require.True(t, f.Add(1, t0), "what was read together may still join")
}

func TestFormer_closesAtSixMegabytesOfEncodedEvent(t *testing.T) {
	f := former(t, Limits{BatchSize: 10_000, Window: time.Minute}, 14)
	require.True(t, f.Add(MaximumEventSize-14-1-100, t0))
	require.False(t, f.Complete())
	require.True(t, f.Add(100, t0), "14 bytes around, a comma, and exactly 6 MB in all")
	require.True(t, f.Complete())
	require.Equal(t, MaximumEventSize, f.Bytes())
	f.Reset(14)
	f.Add(MaximumEventSize-14-1-100, t0)
	require.False(t, f.Add(101, t0))
	require.True(t, f.Ready(t0), "what does not fit completes the batch")
	require.False(t, f.Add(1, t0), "and nothing overtakes it")
}

func TestFormer_oversizeRecordIsABatchOfItsOwn(t *testing.T) {
	f := former(t, Limits{BatchSize: 10, Window: time.Minute, MaxBytes: 100}, 10)
	require.True(t, f.Add(90, t0))
	require.False(t, f.Oversize())
	f.Reset(10)
	require.True(t, f.Add(91, t0))
	require.True(t, f.Oversize())
	require.True(t, f.Ready(t0))
	require.False(t, f.Add(1, t0))
	f.Reset(10)
	f.Add(1, t0)
	require.False(t, f.Add(91, t0), "it takes no others along")
	require.False(t, f.Oversize())
	f.Reset(101)
	require.False(t, f.Oversize(), "there is no record")
}

func TestFormer_close(t *testing.T) {
	f := former(t, Limits{BatchSize: 10, Window: time.Minute}, 0)
	f.Close()
	require.True(t, f.Add(1, t0), "an empty batch has nothing to close")
	f.Close()
	require.False(t, f.Add(1, t0))
	require.True(t, f.Ready(t0))
}

func TestLimits_validate(t *testing.T) {
	for _, c := range []struct {
		field string
		l     Limits
	}{
		{"BatchSize", Limits{}},
		{"BatchSize", Limits{BatchSize: 10_001}},
		{"MaximumBatchingWindowInSeconds", Limits{BatchSize: 1, Window: -1}},
		{"MaximumBatchingWindowInSeconds", Limits{BatchSize: 1, Window: 301 * time.Second}},
		{"MaxBytes", Limits{BatchSize: 1, MaxBytes: MaximumEventSize + 1}},
	} {
		_, err := NewFormer(c.l, 0)
		var e *RangeError
		require.ErrorAs(t, err, &e)
		require.Equal(t, c.field, e.Field)
	}
	_, err := NewFormer(Limits{BatchSize: 10_001}, 0)
	require.EqualError(t, err, "batch: BatchSize 10001 is not between 1 and 10000")
	require.NoError(t, (&Limits{BatchSize: 10_000, Window: 300 * time.Second, MaxBytes: MaximumEventSize}).Validate())
}

// The model cuts a whole list of sizes into batches at once.
func cut(sizes []int, most, overhead, limit int) (batches [][]int) {
	for len(sizes) > 0 {
		n := 1
		for n < len(sizes) && n < most {
			total := overhead + n // the commas
			for _, s := range sizes[:n+1] {
				total += s
			}
			if total > limit {
				break
			}
			n++
		}
		batches = append(batches, sizes[:n])
		sizes = sizes[n:]
	}
	return batches
}

func TestFormer_cutsAsTheModelDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		overhead := rapid.IntRange(0, 30).Draw(t, "overhead")
		most := rapid.IntRange(1, 6).Draw(t, "BatchSize")
		sizes := rapid.SliceOfN(rapid.IntRange(0, 90), 0, 40).Draw(t, "sizes")
		f := former(t, Limits{BatchSize: most, MaxBytes: limit}, overhead)
		var got [][]int
		for i := 0; i < len(sizes); {
			start := i
			for i < len(sizes) && f.Add(sizes[i], t0) {
				i++
			}
			got = append(got, sizes[start:i])
			if f.Bytes() > limit && !f.Oversize() {
				t.Fatalf("%d bytes in %v", f.Bytes(), got)
			}
			f.Reset(overhead)
		}
		require.Equal(t, cut(sizes, most, overhead, limit), got)
	})
}
