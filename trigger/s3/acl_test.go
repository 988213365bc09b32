package s3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestACL(t *testing.T) {
	var l taker
	b := watched(t, &l, s3.Options{})
	put(t, b, "k", "")
	require.NoError(t, b.PutObjectACL(t.Context(), "k", "", ""))
	require.Len(t, l.taken(), 1, "no change, no event")
	require.NoError(t, b.PutObjectACL(t.Context(), "k", "", "public-read"))
	require.Len(t, l.taken(), 2)
}
