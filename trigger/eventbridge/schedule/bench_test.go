package schedule_test

import (
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// BenchmarkNext compares with the scan that it replaces: every minute until one matches.
func BenchmarkNext(b *testing.B) {
	after := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, text string }{
		{"every minute", "cron(* * * * ? *)"}, {"next leap day", "cron(0 0 29 2 ? *)"}, {"never", "cron(0 0 30 2 ? *)"},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := schedule.MustParse(c.text)
			b.ReportAllocs()
			for b.Loop() {
				e.Next(after)
			}
		})
	}
	b.Run("baseline: next leap day minute by minute", func(b *testing.B) {
		for b.Loop() {
			at := after
			for at = at.Add(time.Minute); at.Month() != time.February || at.Day() != 29; {
				at = at.Add(time.Minute)
			}
		}
	})
}

// Asking allocates nothing: a bus asks at every tick.
func TestNextAllocatesNothing(t *testing.T) {
	e := schedule.MustParse("cron(15 10 ? * 6L *)")
	after := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	if n := testing.AllocsPerRun(100, func() { e.Next(after) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
