package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		var timeline lambdatest.Timeline
		require.NoError(t, story(t.Context(), &out, &timeline))
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2)
		require.Equal(t, "window of 2s: cart 1, home 2", lines[0], "the bad record took nobody with it")
		require.Contains(t, lines[1], `"condition":"RetryAttemptsExhausted"`)
		require.Contains(t, lines[1], `"batchSize":1`)
		outcomes := ""
		for _, e := range timeline.Of(trace.Finished) {
			outcomes += e.Outcome[:1]
		}
		require.Equal(t, "eseesss", outcomes, "1234 fails; 12 succeeds; 34 and 3 fail; 4, the window's end and the next window succeed")
	})
}
