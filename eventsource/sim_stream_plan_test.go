package eventsource_test

import (
	"encoding/json"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
)

// streamPlan is a run of one stream under one mapping, or under two that share their store, as it was drawn.
type streamPlan struct {
	dynamo, pulled bool
	config         eventsource.Config
	mappings       int
	trouble        int // percent: errors, timeouts, reports
	throttles      int // percent
	faults         int // percent: of the store, the source, the poller
	lies           bool
	crashes        bool
	storeFails     bool
	filtered       bool
	early          []int // keys put before there is a mapping
	steps          []streamStep
}

type streamStep struct {
	act   string
	key   int
	pause time.Duration
}

// drawStream draws a plan. Whatever is drawn must lose nothing.
func drawStream(t *rapid.T) streamPlan {
	p := streamPlan{
		dynamo:     rapid.Bool().Draw(t, "dynamodb"),
		pulled:     rapid.IntRange(0, 4).Draw(t, "pulled") == 0,
		mappings:   rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "mappings"),
		trouble:    rapid.SampledFrom([]int{0, 5, 20}).Draw(t, "trouble"),
		throttles:  rapid.SampledFrom([]int{0, 10, 60}).Draw(t, "throttles"),
		faults:     rapid.SampledFrom([]int{0, 0, 5, 20}).Draw(t, "faults"),
		lies:       rapid.Bool().Draw(t, "lies"),
		crashes:    rapid.Bool().Draw(t, "crashes"),
		storeFails: rapid.Bool().Draw(t, "store fails"),
		filtered:   rapid.Bool().Draw(t, "filtered"),
		early:      rapid.SliceOfN(rapid.IntRange(0, 5), 0, 5).Draw(t, "early"),
	}
	p.config = eventsource.Config{
		BatchSize:                  rapid.IntRange(1, 6).Draw(t, "batch size"),
		MaximumBatchingWindow:      time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "window")) * time.Second,
		ParallelizationFactor:      rapid.IntRange(1, 3).Draw(t, "factor"),
		BisectBatchOnFunctionError: rapid.Bool().Draw(t, "bisect"),
		ReportBatchItemFailures:    rapid.Bool().Draw(t, "partial"),
		MaximumRecordAge:           time.Duration(rapid.SampledFrom([]int{0, 0, 60}).Draw(t, "age")) * time.Second,
		StartingPosition:           rapid.SampledFrom([]eventsource.PositionType{eventsource.TrimHorizon, eventsource.Latest, eventsource.AtTimestamp}).Draw(t, "position"),
	}
	if n := rapid.IntRange(-1, 3).Draw(t, "attempts"); n >= 0 {
		p.config.MaximumRetryAttempts = &n
	}
	if rapid.IntRange(0, 3).Draw(t, "tumbling") == 0 {
		p.config.TumblingWindow, p.config.ParallelizationFactor, p.filtered = 10*time.Second, 1, false
	}
	if p.dynamo && p.config.StartingPosition == eventsource.AtTimestamp {
		p.config.StartingPosition = eventsource.TrimHorizon
	}
	acts := []string{"put", "put", "put", "put", "put", "restart", "disable", "enable", "update", "rename", "delete", "reshard"}
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		p.steps = append(p.steps, streamStep{
			rapid.SampledFrom(acts).Draw(t, "act"), rapid.IntRange(0, 5).Draw(t, "key"),
			time.Duration(rapid.SampledFrom([]int{0, 0, 300, 600, 900, 900, 5_000, 40_000}).Draw(t, "pause")) * time.Millisecond,
		})
	}
	return p
}

// restrict takes out of a plan what loses records by right: a mapping that begins at Latest and could never save that
// begins elsewhere after a crash, or when it is made anew.
func (p *streamPlan) restrict() {
	if p.config.StartingPosition == eventsource.Latest && p.storeFails && p.faults > 0 {
		p.crashes = false
		p.drop("restart", "delete")
	}
	if p.lies {
		p.drop("restart") // a position that was never saved is not there any more; crashes show what comes of it
	}
}

// drop replaces acts by puts.
func (p *streamPlan) drop(acts ...string) {
	for i := range p.steps {
		if slices.Contains(acts, p.steps[i].act) {
			p.steps[i].act = "put"
		}
	}
}

// kept are the keys that the filter lets through.
var kept = []string{"k0", "k1", "k2", "k3"}

func (p *streamPlan) patterns() []string {
	quoted, _ := json.Marshal(kept)
	switch {
	case !p.filtered:
		return nil
	case p.dynamo:
		return []string{`{"dynamodb":{"Keys":{"id":{"S":` + string(quoted) + `}}}}`}
	}
	return []string{`{"partitionKey":` + string(quoted) + `}`}
}

func (p *streamPlan) rejects(key string) bool { return p.filtered && !slices.Contains(kept, key) }
