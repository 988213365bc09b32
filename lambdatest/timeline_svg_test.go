package lambdatest_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func drawn(t require.TestingT, tl *lambdatest.Timeline) string {
	var b bytes.Buffer
	require.NoError(t, tl.WriteSVG(&b))
	wellFormed(t, b.Bytes())
	return b.String()
}

func wellFormed(t require.TestingT, doc []byte) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			require.NoError(t, err)
		}
	}
}

func TestTimelineSVG(t *testing.T) {
	for name, make := range stories {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".svg", []byte(drawn(t, make().timeline())))
		})
	}
}

func TestNothingCanBeDrawn(t *testing.T) {
	var tl lambdatest.Timeline
	drawn(t, &tl)
	tl.Trace(trace.Event{Kind: trace.Log, Time: epoch}) // a step without a lane
	require.NotContains(t, drawn(t, &tl), "NaN")
}

func TestPictureIsSelfContained(t *testing.T) {
	svg := drawn(t, busyDay().timeline())
	for _, outside := range []string{"href", "@import", "<script", "url(http", "<image"} {
		require.NotContains(t, svg, outside)
	}
	require.Contains(t, svg, "prefers-color-scheme:dark")
}

func TestTextsAreEscaped(t *testing.T) {
	var s story
	x := s.sync(0, `<f>&"`, "")
	x.run("a", time.Second, trace.Error, "</title><script>\x00\xff")
	x.run("a", time.Second, `"><script>`, "")
	svg := drawn(t, s.timeline())
	require.NotContains(t, svg, "<script>")
	require.Contains(t, svg, "&lt;f&gt;&amp;")
}

// Not by color alone: each outcome has a sign of its own, and each mark says in words what it is.
func TestMarksSayWhatTheyAre(t *testing.T) {
	svg := drawn(t, busyDay().timeline())
	for _, text := range []string{
		"attempt 1: error errorString after 2s", "attempt 1: timeout Sandbox.Timedout after 3s",
		"throttled: ReservedFunctionConcurrentInvocationLimitExceeded", ">2m00s<", "accepted",
		"RetriesExhausted", "→ OnFailure → DeadLetter", "429", "cold start", "peak 2",
	} {
		require.Contains(t, svg, text)
	}
}

func TestFailedDeliveryIsShown(t *testing.T) {
	var s story
	x := s.async(0, "f", "")
	x.dispatch(0)
	x.run("a", time.Second, trace.Success, "")
	x.end("Success")
	x.step(trace.DeliveryFailed, trace.Event{Route: trace.OnSuccess, Detail: "denied"})
	require.Contains(t, drawn(t, s.timeline()), "↛ OnSuccess")
}

func TestManyLanesAreCut(t *testing.T) {
	var s story
	for i := range 75 {
		s.sync(time.Duration(i)*time.Second, "f", "").run("a", time.Second, trace.Success, "")
	}
	svg := drawn(t, s.timeline())
	require.Contains(t, svg, "and 15 lanes more")
	require.Contains(t, svg, "#60<")
	require.NotContains(t, svg, "#61<")
}

// bars finds the horizontal extent of everything drawn as a run.
func bars(svg string) (spans [][2]float64) {
	for _, m := range regexp.MustCompile(`<rect class="\w+" x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="18"`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		w, _ := strconv.ParseFloat(m[2], 64)
		spans = append(spans, [2]float64{x, x + w})
	}
	return spans
}

// A retry after hours, and runs of milliseconds: every run can be seen, in order, inside the picture.
func TestEveryRunCanBeSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		at := time.Duration(0)
		n := rapid.IntRange(1, 8).Draw(t, "runs")
		for range n {
			at += time.Duration(rapid.Int64Range(0, int64(6*time.Hour)).Draw(t, "pause"))
			took := time.Duration(rapid.Int64Range(0, int64(15*time.Minute)).Draw(t, "took"))
			s.sync(at, "f", "").run("a", took, trace.Success, "")
			at += took
		}
		spans := bars(drawn(t, s.timeline()))
		require.Len(t, spans, n)
		for i, b := range spans {
			require.GreaterOrEqual(t, b[1]-b[0], 17.9)
			require.GreaterOrEqual(t, b[0], 188.0)
			require.LessOrEqual(t, b[1], 960.0)
			if i > 0 {
				require.GreaterOrEqual(t, b[0], spans[i-1][0], "later runs are further to the right")
			}
		}
	})
}

func TestPoolsAreShown(t *testing.T) {
	svg := drawn(t, (&story{events: pool(as("Provisioned"), 0)}).timeline())
	require.Contains(t, svg, "#1 · provisioned")
	svg = drawn(t, (&story{events: pool(func(e *trace.Event) { e.Spillover = true }, 0)}).timeline())
	require.Contains(t, svg, "success after 1s, spillover")
}

func TestUnfinishedRunIsDrawnAsSuch(t *testing.T) {
	var s story
	s.sync(0, "f", "").start("a", 0, false)
	s.sync(time.Second, "g", "").run("b", time.Second, trace.Success, "")
	svg := drawn(t, s.timeline())
	require.Contains(t, svg, "still running")
	require.Len(t, bars(svg), 2)
}

// Any trace, however strange, gives a well-formed picture and a table, the same each time.
func FuzzTimeline(f *testing.F) {
	f.Add([]byte("\x01\x00\x01f\x02\x05\x01f\x07\x00\x01f\x08\x10\x01f\x0b\x20\x01f"))
	f.Add([]byte("\x07\x00\x02<&\x08\xff\x02<&\x13\x01\x00x\x15\x02\x00x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var a, b lambdatest.Timeline
		for ; len(data) >= 4; data = data[4:] {
			e := trace.Event{
				Kind: trace.Kind(data[0] % 30), Time: epoch.Add(time.Duration(data[1]) * time.Duration(data[1]) * 10 * time.Millisecond),
				Number: uint64(data[2] % 4), Attempt: int(data[2] >> 5), Function: string(data[3:4]), Type: "Event",
				Detail: string(data), Environment: fmt.Sprint(data[2]), Cold: data[1]%2 == 0, Outcome: trace.Error, Count: int(data[3]),
				Due: epoch.Add(time.Duration(data[2]) * time.Minute),
			}
			if e.Kind >= trace.Polled {
				e.Source, e.Shard = "u-u", string(data[3:4])
			}
			a.Trace(e)
			b.Trace(e)
		}
		svg := drawn(t, &a)
		if svg != drawn(t, &b) || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Fatal("not reproducible, or not a number")
		}
		if lines := strings.Count(a.String(), "\n"); lines != max(1, len(a.Events())+1) {
			t.Fatalf("%d lines for %d events", lines, len(a.Events()))
		}
	})
}
