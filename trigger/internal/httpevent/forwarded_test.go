package httpevent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
)

// TestTraceRoot compares the root with the one that package lambda would begin a trace with.
func TestTraceRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 1<<32-1).Draw(t, "at"), 0)
		seed, number := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "number")
		hi, lo := uuid.Bits(seed, number, "trace")
		require.Equal(t, lambda.NewTraceHeader(at, hi, lo, 0).Root, TraceRoot(at, seed, number))
	})
	require.LessOrEqual(t, testing.AllocsPerRun(10, func() { TraceRoot(time.Time{}, 1, 2) }), 1.0)
}

func TestBytes(t *testing.T) {
	for _, text := range []string{`"plain"`, `"a\"b\\c\u00e9"`, `""`} {
		v := Value(text)
		want, _ := v.Text()
		got, ok := v.Bytes()
		require.True(t, ok)
		require.Equal(t, want, string(got))
	}
	for _, other := range []string{`1`, `null`, `{}`, ``} {
		_, ok := Value(other).Bytes()
		require.False(t, ok)
	}
}
