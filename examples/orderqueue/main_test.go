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
		require.Equal(t, `done: {"ID":"a","Items":2}
try 1: order b has no items
done: {"ID":"c","Items":1}
try 2: order b has no items
left in the queue: 0
dead letter: {"ID":"b","Items":0}
`, out.String())
		var runs []time.Duration
		for _, e := range timeline.Of(trace.Started) {
			runs = append(runs, e.Time.Sub(start))
		}
		require.Equal(t, []time.Duration{0, time.Second}, runs, "once at once, once when the message is visible again")
		deleted := 0
		for _, e := range timeline.Of(trace.Deleted) {
			deleted += e.Count
		}
		require.Equal(t, 2, deleted, "only what was done is deleted")
	})
}
