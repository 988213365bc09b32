package lambdatest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// Batches of one queue that are under way at the same time are drawn each.
func TestSVG_concurrentBatches(t *testing.T) {
	var tl lambdatest.Timeline
	at := func(s int, kind trace.Kind, count int) {
		tl.Trace(trace.Event{Kind: kind, Time: time.Unix(int64(s), 0), Source: "m", Function: "f", Count: count, Outcome: trace.Success})
	}
	at(0, trace.BatchFormed, 10)
	at(1, trace.BatchFormed, 7)
	at(2, trace.BatchFormed, 10)
	at(3, trace.BatchEnded, 7)
	at(4, trace.BatchEnded, 10)
	at(6, trace.BatchEnded, 10)
	var b bytes.Buffer
	require.NoError(t, tl.WriteSVG(&b))
	for tip, n := range map[string]int{"7 records: success after 2s": 1, "10 records: success after 4s": 2} {
		require.Equal(t, n, strings.Count(b.String(), tip), tip)
	}
}
