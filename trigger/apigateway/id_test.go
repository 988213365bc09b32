package apigateway

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// TestIDs: ids have AWS's forms, and are told apart by everything that goes into them.
func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(4) {
		for number := range uint64(250) {
			for _, id := range []string{extendedID(seed, number), requestID(seed, number)} {
				require.False(t, seen[id], id)
				seen[id] = true
			}
			require.Regexp(t, `^[A-Za-z0-9_-]{15}=$`, extendedID(seed, number))
		}
		require.Regexp(t, `^[a-z0-9]{10}$`, resourceID(seed, "/"))
		require.Regexp(t, `^[a-z0-9]{6}$`, resourceID(seed, "/a"))
	}
	header := lambda.ParseTraceHeader(answerTrace("Root=1-5c34e93e-4df8cee7b8c1fc7aa96d71eb", 1, 2, firstRun(0xabcdef01)))
	require.Equal(t, "1-5c34e93e-4df8cee7b8c1fc7aa96d71eb", header.Root)
	require.Equal(t, "0", header.Sampled)
	require.Len(t, header.Parent, 16)
	require.Equal(t, 1, header.Lineage.Runs(0xabcdef01))
}
