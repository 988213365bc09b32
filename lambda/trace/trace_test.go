package trace_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

func TestTee(t *testing.T) {
	require.Nil(t, trace.Tee())
	require.Nil(t, trace.Tee(nil, nil), "an untraced path stays free")
	var got []string
	record := func(name string) trace.Func {
		return func(e trace.Event) { got = append(got, name+" "+e.Detail) }
	}
	trace.Tee(nil, record("a"))(trace.Event{Detail: "1"})
	trace.Tee(record("a"), nil, record("b"))(trace.Event{Detail: "2"})
	require.Equal(t, []string{"a 1", "a 2", "b 2"}, got)
}

func TestCompare(t *testing.T) {
	at := func(second int, number uint64, attempt int) trace.Event {
		return trace.Event{Time: time.Unix(int64(second), 0), Number: number, Attempt: attempt}
	}
	sorted := []trace.Event{at(1, 0, 0), at(1, 1, 1), at(1, 1, 2), at(1, 2, 1), at(2, 0, 0), at(2, 1<<63, 0)}
	shuffled := []trace.Event{sorted[4], sorted[2], sorted[5], sorted[0], sorted[3], sorted[1]}
	slices.SortStableFunc(shuffled, trace.Compare)
	require.Equal(t, sorted, shuffled)
	require.Zero(t, trace.Compare(at(1, 1, 1), at(1, 1, 1)))
}

// Every kind has a name of its own, and what is no kind has none.
func TestKind_String(t *testing.T) {
	seen := map[string]bool{"": true}
	for k := trace.Accepted; k <= trace.PushFailed; k++ {
		require.False(t, seen[k.String()], "%d %s", k, k)
		seen[k.String()] = true
	}
	require.Empty(t, trace.Kind(0).String())
	require.Empty(t, (trace.PushFailed + 1).String())
	require.Equal(t, "EnvironmentEnded", trace.EnvironmentEnded.String())
}
