package lambdatest_test

import (
	"io"
	"testing"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// BenchmarkTimeline compares keeping an event with appending it to a slice without a lock.
func BenchmarkTimeline(b *testing.B) {
	e := classic().events[3]
	b.Run("trace", func(b *testing.B) {
		var tl lambdatest.Timeline
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%10_000 == 0 {
				tl.Reset()
			}
			tl.Trace(e)
		}
	})
	b.Run("baseline", func(b *testing.B) {
		var events []trace.Event
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%10_000 == 0 {
				events = nil
			}
			events = append(events, e)
		}
		_ = events[len(events)-1]
	})
}

// BenchmarkTimelineOutput is what printing, drawing and checking cost for eight events with 54 steps.
func BenchmarkTimelineOutput(b *testing.B) {
	tl := crowd().timeline()
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = tl.String()
		}
	})
	b.Run("svg", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = tl.WriteSVG(io.Discard)
		}
	})
	b.Run("check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := tl.Check(lambdatest.Settings{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
