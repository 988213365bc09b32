package s3_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

// Sequencers of a key grow as texts, also within one instant.
func TestSequencersGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, 0, 1, time.Microsecond, time.Second, 400 * time.Millisecond}), 1, 30).Draw(t, "steps")
		rapid.SyncTest(t, func(t *rapid.T) {
			var l taker
			b := watched(t, &l, s3.Options{})
			for _, d := range steps {
				time.Sleep(d)
				require.NoError(t, b.PutObject(context.Background(), "k", "", nil))
			}
			var seen []string
			for _, event := range l.taken() {
				var e events.S3Event
				require.NoError(t, json.Unmarshal([]byte(event), &e))
				seen = append(seen, e.Records[0].S3.Object.Sequencer)
			}
			require.True(t, slices.IsSorted(seen))
			require.Len(t, slices.Compact(seen), len(steps))
			require.Len(t, seen[0], 18)
		})
	})
}
