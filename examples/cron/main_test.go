package main

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// TestNights runs a month of nights in virtual time: one report each, in the minute of half past two.
func TestNights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		made := &reports{w: io.Discard}
		bus, err := deploy(svc, made)
		require.NoError(t, err)
		t.Cleanup(bus.Close)

		start := time.Now().UTC() // the year 2000 begins
		lambdatest.Advance(31 * 24 * time.Hour)
		var want []string
		for day := range 31 {
			want = append(want, start.AddDate(0, 0, day).Format(time.DateOnly))
		}
		require.Equal(t, want, made.days)
		for day, e := range timeline.Of(trace.Started) {
			at := start.AddDate(0, 0, day).Add(2*time.Hour + 30*time.Minute)
			require.Equal(t, at, e.Time.UTC().Truncate(time.Minute))
		}
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
	})
}

// TestRun is the program, in virtual time.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		start := time.Now()
		require.NoError(t, run(t.Context(), &out))
		require.Equal(t, 2*time.Second, time.Since(start))
		require.Equal(t, `The rule cron(30 2 * * ? *) fires next at 2000-01-01 02:30:`+seconds(out.String())+`.
In New York, the clocks skip it on 8 March 2026:
  Sat, 07 Mar 2026 02:30:00 -0500
  Mon, 09 Mar 2026 02:30:00 -0400
  Tue, 10 Mar 2026 02:30:00 -0400
Once, in two seconds of real time:
report of 2000-01-01, asked for by aws.scheduler
`, out.String())
	})
}

// seconds is where in its minute the rule fires, which is anywhere.
func seconds(out string) string {
	const at = len("The rule cron(30 2 * * ? *) fires next at 2000-01-01 02:30:")
	return out[at : at+2]
}
