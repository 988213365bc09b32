package s3_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

// The same calls give the same events, and another seed other ids.
func TestSameSeedSameEvents(t *testing.T) {
	run := func(seed uint64) (list []string) {
		synctest.Test(t, func(t *testing.T) {
			var l taker
			b := watched(t, &l, s3.Options{Seed: seed})
			require.NoError(t, b.PutBucketVersioning(t.Context(), s3.Enabled))
			put(t, b, "k", "1")
			_, err := b.DeleteObject(t.Context(), "k", "")
			require.NoError(t, err)
			list = l.taken()
		})
		return list
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}
