package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		var timeline lambdatest.Timeline
		start := time.Now()
		require.NoError(t, story(t.Context(), &out, &timeline))
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
		require.Equal(t, "batch of 500: 500 inserted, 0 modified, 0 removed\nbatch of 100: 98 inserted, 1 modified, 1 removed\n", out.String())
		var runs []time.Duration
		for _, e := range timeline.Of(trace.Started) {
			runs = append(runs, e.Time.Sub(start))
		}
		require.Equal(t, []time.Duration{0, window}, runs, "a full batch goes at once, the rest when its window ends")
	})
}
