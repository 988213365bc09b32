package main

import (
	"slices"
	"strings"
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

		first, second, _ := strings.Cut(out.String(), "\n\n2. ")
		sorted := func(s string) []string {
			lines := strings.Split(strings.TrimSpace(s), "\n")[1:]
			slices.Sort(lines) // functions run at once
			return lines
		}
		require.Equal(t, []string{
			"-> audit: order a", "-> audit: order b", "-> audit: order c", "-> queue dead: 3", "-> queue large: 1",
			"-> ship: order b", "-> ship: order c",
		}, sorted(first))
		require.Equal(t, []string{"-> audit: order d", "-> queue dead: 1", "-> queue large: 0", "-> ship: order d"}, sorted(second))

		var late []time.Duration
		for _, e := range timeline.Of(trace.Pushed) {
			if d := e.Time.Sub(start); d > 0 {
				late = append(late, d)
			}
		}
		require.Len(t, late, 3, "two functions, and a dead letter")
		for _, d := range late {
			require.InDelta(t, float64(time.Second), float64(d), float64(200*time.Millisecond), "SNS waits a second before it tries again")
		}
		dead := 0
		for _, e := range timeline.Of(trace.Pushed) {
			if e.Route == trace.DeadLetter {
				dead++
			}
		}
		require.Equal(t, 4, dead)
	})
}
