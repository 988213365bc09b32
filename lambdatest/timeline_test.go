package lambdatest_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestTimelineSortsByTimeInvocationAndAttempt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tl lambdatest.Timeline
		var want []trace.Event
		for i := range rapid.IntRange(0, 40).Draw(t, "n") {
			e := trace.Event{
				Kind: trace.Log, Size: i, // the order in which they came
				Time:    epoch.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "second")) * time.Second),
				Number:  uint64(rapid.IntRange(0, 2).Draw(t, "number")),
				Attempt: rapid.IntRange(0, 2).Draw(t, "attempt"),
			}
			want = append(want, e)
			tl.Trace(e)
		}
		slices.SortFunc(want, func(a, b trace.Event) int {
			if c := trace.Compare(a, b); c != 0 {
				return c
			}
			return a.Size - b.Size
		})
		require.Equal(t, want, append([]trace.Event(nil), tl.Events()...))
	})
}

func TestTimelineOfKinds(t *testing.T) {
	tl := busyDay().timeline()
	require.Len(t, tl.Of(trace.Started), 7)
	require.Len(t, tl.Of(trace.Throttled, trace.Retrying), 7)
	require.Empty(t, tl.Of(trace.Polled))
	require.Empty(t, tl.Of())
	require.Equal(t, "RetriesExhausted", tl.Of(trace.Ended)[1].Detail)
}

func TestTimelineGivesCopies(t *testing.T) {
	tl := classic().timeline()
	first := tl.Events()
	clear(first)
	require.NotEqual(t, first, tl.Events())
	n := len(tl.Events())
	require.Equal(t, n, cap(tl.Events()[:n:n]))
}

func TestTimelineReset(t *testing.T) {
	tl := classic().timeline()
	tl.Reset()
	require.Empty(t, tl.Events())
	require.Equal(t, "no steps\n", tl.String())
}

func TestTimelineIsSafeForConcurrentUse(t *testing.T) {
	var tl lambdatest.Timeline
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				tl.Trace(trace.Event{Kind: trace.Started, Time: epoch, Number: uint64(i)})
				_ = tl.Of(trace.Started)
			}
		})
	}
	wg.Wait()
	require.Len(t, tl.Events(), 800)
}
