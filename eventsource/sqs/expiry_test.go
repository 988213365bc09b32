package sqs

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Messages expire when their own age says so, in whatever order they came and whichever left before.
func TestExpiry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := newExpiry(time.Minute)
		var in []*message
		for i, sent := range rapid.SliceOfN(rapid.Int64Range(0, 20), 0, 30).Draw(t, "sent") {
			m := &message{number: uint64(i), sent: sent * int64(time.Second), pos: [2]int{notIn, notIn}}
			e.push(m)
			in = append(in, m)
			if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				k := rapid.IntRange(0, len(in)-1).Draw(t, "which")
				e.remove(in[k])
				in = slices.Delete(in, k, k+1)
			}
		}
		for now := range int64(100) {
			for {
				m := e.expired(now * int64(time.Second))
				if m == nil {
					break
				}
				k := slices.Index(in, m)
				require.GreaterOrEqual(t, k, 0)
				in = slices.Delete(in, k, k+1)
				e.remove(m)
			}
			for _, m := range in {
				require.Greater(t, m.sent+int64(time.Minute), now*int64(time.Second), "still there")
			}
		}
		require.Empty(t, in)
	})
}

func TestExpiryIsExact(t *testing.T) {
	e := newExpiry(time.Minute)
	require.Nil(t, e.expired(1<<62))
	m := &message{sent: 5, pos: [2]int{notIn, notIn}}
	e.push(m)
	require.Nil(t, e.expired(int64(time.Minute)+4))
	require.Same(t, m, e.expired(int64(time.Minute)+5))
}
