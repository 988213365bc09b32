package eventsource_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
)

// queuePlan is a run of one queue under one mapping, as it was drawn.
type queuePlan struct {
	fifo, blocking bool
	config         eventsource.Config
	redrive        int // MaxReceiveCount; 0 for none
	trouble        int // percent: errors, timeouts, reports
	throttles      int // percent
	faults         int // percent: of the queue and the poller
	duplicates     bool
	filtered       bool
	steps          []queueStep
}

type queueStep struct {
	act   string
	group int
	pause time.Duration
}

// drawQueue draws a plan. Whatever is drawn must lose nothing.
func drawQueue(t *rapid.T) queuePlan {
	p := queuePlan{
		fifo:       rapid.Bool().Draw(t, "fifo"),
		blocking:   rapid.IntRange(0, 4).Draw(t, "blocking") == 0,
		redrive:    rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "max receive count"),
		trouble:    rapid.SampledFrom([]int{0, 5, 20}).Draw(t, "trouble"),
		throttles:  rapid.SampledFrom([]int{0, 10, 70}).Draw(t, "throttles"),
		faults:     rapid.SampledFrom([]int{0, 0, 5, 20}).Draw(t, "faults"),
		duplicates: rapid.Bool().Draw(t, "duplicates"),
		filtered:   rapid.Bool().Draw(t, "filtered"),
	}
	p.config = eventsource.Config{
		BatchSize:               rapid.IntRange(1, 10).Draw(t, "batch size"),
		ReportBatchItemFailures: rapid.Bool().Draw(t, "partial"),
		MaximumConcurrency:      rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "maximum concurrency"),
	}
	if !p.fifo {
		p.config.MaximumBatchingWindow = time.Duration(rapid.SampledFrom([]int{0, 0, 1, 5, 40}).Draw(t, "window")) * time.Second
	}
	acts := []string{"send", "send", "send", "send", "send", "send", "send", "restart", "disable", "enable", "update", "delete"}
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		p.steps = append(p.steps, queueStep{
			rapid.SampledFrom(acts).Draw(t, "act"), rapid.IntRange(0, 3).Draw(t, "group"),
			time.Duration(rapid.SampledFrom([]int{0, 0, 300, 700, 1_400, 5_000, 31_000}).Draw(t, "pause")) * time.Millisecond,
		})
	}
	return p
}
