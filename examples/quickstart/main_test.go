package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// TestStory tells the story in virtual time: with Lambda's own delays, and at once.
func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		var timeline lambdatest.Timeline
		start := time.Now()
		require.NoError(t, story(t.Context(), &out, &timeline, invoke.RetryPolicy{}))
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
		require.Equal(t, 3*time.Minute, time.Since(start), "one minute, then two")

		var attempts []time.Duration
		for _, e := range timeline.Of(trace.Started) {
			if e.Type == string(invoke.Event) {
				attempts = append(attempts, e.Time.Sub(start))
			}
		}
		require.Equal(t, []time.Duration{0, time.Minute, 3 * time.Minute}, attempts)
		require.Equal(t, "RetriesExhausted", timeline.Of(trace.Ended)[0].Detail)
		require.Len(t, timeline.Of(trace.InitStarted), 1, "one cold start serves all")

		for _, want := range []string{
			`-> 200 [{"Key":"thumbnails/red kite.png","Width":64,"Height":40}]`,
			`function error Unhandled: {"errorMessage":"NoSuchKey: gone.png","errorType":"errorString"}`,
			"-> 202, accepted",
			`"condition":"RetriesExhausted","approximateInvokeCount":3`,
			"TooManyRequestsException: Rate Exceeded.",
			"ObjectCreated:Put s3://pictures/red+kite.png",
			"REPORT RequestId: ",
		} {
			require.Contains(t, out.String(), want)
		}
	})
}
