package lambdatest_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestTimelineText(t *testing.T) {
	for name, make := range stories {
		t.Run(name, func(t *testing.T) {
			tl := make().timeline()
			golden(t, name+".txt", []byte(tl.String()))
			var b bytes.Buffer
			n, err := tl.WriteTo(&b)
			require.NoError(t, err)
			require.EqualValues(t, b.Len(), n)
			require.Equal(t, tl.String(), b.String())
		})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestTimelinePassesOnTheWritersError(t *testing.T) {
	tl := classic().timeline()
	_, err := tl.WriteTo(brokenWriter{})
	require.EqualError(t, err, "no room")
	require.EqualError(t, tl.WriteSVG(brokenWriter{}), "no room")
}

// Times are shown as people write them.
func TestTimelineTimes(t *testing.T) {
	for _, c := range []struct {
		at   time.Duration
		want string
	}{
		{0, "+0s"},
		{250, "+250ns"},
		{1500 * time.Nanosecond, "+1.5µs"},
		{12 * time.Millisecond, "+12ms"},
		{12345678 * time.Nanosecond, "+12.346ms"},
		{999999600 * time.Nanosecond, "+1s"},
		{1500 * time.Millisecond, "+1.5s"},
		{59999 * time.Millisecond, "+59.999s"},
		{59999600 * time.Microsecond, "+1m00s"},
		{time.Minute, "+1m00s"},
		{69500 * time.Millisecond, "+1m09.5s"},
		{6 * time.Hour, "+6h00m00s"},
		{25*time.Hour + 61*time.Second, "+25h01m01s"},
	} {
		var tl lambdatest.Timeline
		tl.Trace(trace.Event{Kind: trace.Log, Time: epoch})
		tl.Trace(trace.Event{Kind: trace.Log, Time: epoch.Add(c.at), Detail: "here"})
		lines := strings.Split(strings.TrimSpace(tl.String()), "\n")
		require.Equal(t, c.want, strings.Fields(lines[len(lines)-1])[0])
	}
}

// A retry without a due time, which only a broken trace has, lies as far back as durations go.
func TestTimelineTimesHaveNoEnd(t *testing.T) {
	var tl lambdatest.Timeline
	tl.Trace(trace.Event{Kind: trace.Retrying, Time: epoch})
	require.Contains(t, tl.String(), "in -2562047h47m")
}

func TestTimelineTextStaysATable(t *testing.T) {
	var tl lambdatest.Timeline
	tl.Trace(trace.Event{Kind: trace.Log, Time: epoch, Function: "f\ng", Detail: "one\ntwo\x00 \xff ünï"})
	tl.Trace(trace.Event{Kind: 200, Time: epoch, Function: "f"})
	text := tl.String()
	require.Equal(t, 3, strings.Count(text, "\n"))
	require.Contains(t, text, `one\ntwo\x00 \xff ünï`)
	require.Contains(t, text, "Kind 200")
}

// Whatever is traced has a line, and what the event carries is in it.
func TestEveryStepIsDescribed(t *testing.T) {
	full := trace.Event{
		Time: epoch, Number: 7, Attempt: 2, RequestID: "id", Function: "fn", Qualifier: "live", Version: "3",
		Environment: "stream", Pool: "Reserved", Phase: "init", Cold: true, Spillover: true, Status: 429, Code: "Code",
		Reason: "why", Outcome: trace.Error, ErrorType: "errorString", Route: trace.OnFailure, Target: "arn:target",
		Detail: "detail", Due: epoch.Add(time.Minute), Age: time.Hour, Duration: time.Second, Billed: 2 * time.Second,
		Init: time.Millisecond, Size: 99, Count: 5, InFlight: 4, Claimed: 40, Allocated: 10,
	}
	for kind, want := range map[trace.Kind][]string{
		trace.Accepted:           {"99 bytes"},
		trace.Dispatched:         {"age 1h00m00s"},
		trace.Throttled:          {"429", "why"},
		trace.Refused:            {"429", "Code", "detail"},
		trace.InitStarted:        {"environment 1", "init", "Reserved"},
		trace.InitEnded:          {"environment 1", "error errorString", "after 1s"},
		trace.Started:            {"version 3", "environment 1", "Reserved", "cold", "spillover", "4 in flight"},
		trace.Finished:           {"error errorString", "after 1s", "billed 2s", "init 1ms", "4 in flight"},
		trace.Abandoned:          {"environment 1"},
		trace.Retrying:           {"in 1m00s", "detail"},
		trace.Ended:              {"detail", "invoke count 5", "age 1h00m00s"},
		trace.Delivered:          {"OnFailure", "arn:target"},
		trace.DeliveryFailed:     {"OnFailure", "arn:target", "detail"},
		trace.LoopStopped:        {"detail"},
		trace.Lost:               {"detail"},
		trace.EnvironmentEnded:   {"environment 1", "detail"},
		trace.ConcurrencyChanged: {"detail", "version 3 has 10", "claimed 40"},
		trace.Log:                {"detail"},
		trace.Polled:             {"5 records"},
		trace.Filtered:           {"5 records"},
		trace.BatchFormed:        {"5 records"},
		trace.BatchEnded:         {"5 records", "error"},
		trace.Deleted:            {"5 records"},
		trace.Checkpointed:       {"detail"},
		trace.Discarded:          {"5 records", "detail"},
		trace.MappingState:       {"detail", "why"},
		trace.Pushed:             {"OnFailure", "to arn:target", "try 2", "detail"},
		trace.PushFailed:         {"OnFailure", "to arn:target", "try 2", "Code", "detail", "again in 1m00s"},
	} {
		var tl lambdatest.Timeline
		e := full
		e.Kind = kind
		tl.Trace(e)
		for _, part := range append(want, kind.String(), "#7.2", "fn:live") {
			require.Contains(t, tl.String(), part, kind)
		}
	}
}

func TestMappingsAreNamedByTheirUUID(t *testing.T) {
	var tl lambdatest.Timeline
	tl.Trace(trace.Event{Kind: trace.Delivered, Time: epoch, Source: "5c0ffee5-0000-4000-8000-000000000000", Function: "f", Count: 1, Route: trace.OnFailure})
	require.Contains(t, tl.String(), "mapping 5c0ffee5  Delivered  OnFailure, 1 record")
}

func TestServicesThatPushAreNamedByTheirResource(t *testing.T) {
	var tl lambdatest.Timeline
	const topic, queue = "arn:aws:sns:us-east-1:123456789012:orders", "arn:aws:sqs:us-east-1:123456789012:dead"
	const function = "arn:aws:lambda:us-east-1:123456789012:function:f"
	tl.Trace(trace.Event{Kind: trace.PushFailed, Time: epoch, Source: topic, Target: function, Attempt: 1, Code: "ServiceException", Due: epoch.Add(time.Second)})
	tl.Trace(trace.Event{Kind: trace.Pushed, Time: epoch.Add(time.Second), Source: topic, Target: function, Attempt: 2})
	tl.Trace(trace.Event{Kind: trace.Pushed, Time: epoch.Add(2 * time.Second), Source: topic, Target: queue, Attempt: 1, Route: trace.DeadLetter})
	tl.Trace(trace.Event{Kind: trace.Lost, Time: epoch.Add(3 * time.Second), Source: topic, Detail: "closed"})
	lines := strings.Split(tl.String(), "\n")
	require.Equal(t, []string{
		"+0s    sns orders  PushFailed  to lambda function:f, ServiceException, again in 1s",
		"+1s    sns orders  Pushed      to lambda function:f, try 2",
		"+2s    sns orders  Pushed      DeadLetter, to sqs dead",
		"+3s    sns orders  Lost        closed",
	}, lines[1:5])
}
