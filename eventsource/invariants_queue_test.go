package eventsource_test

import (
	"testing"

	"pgregory.net/rapid"
)

func queueInvariant(t *testing.T, tune func(*rapid.T, *queuePlan)) {
	rapid.Check(t, func(t *rapid.T) {
		p, c := drawQueue(t), newChance(t)
		tune(t, &p)
		rapid.SyncTest(t, func(t *rapid.T) { runQueue(t, p, c) })
	})
}

func TestInvariant15DeletesAreEarned(t *testing.T) {
	queueInvariant(t, func(_ *rapid.T, p *queuePlan) { p.trouble, p.filtered = 20, true })
}

func TestInvariant16NoMessageIsLost(t *testing.T) {
	queueInvariant(t, func(_ *rapid.T, p *queuePlan) { p.faults = 20 })
}

func TestInvariant17GroupsInOrder(t *testing.T) {
	queueInvariant(t, func(_ *rapid.T, p *queuePlan) { p.makeFIFO() })
}

// makeFIFO makes a plan one over a FIFO queue.
func (p *queuePlan) makeFIFO() { p.fifo, p.config.MaximumBatchingWindow = true, 0 }

func TestInvariant18Concurrency(t *testing.T) {
	queueInvariant(t, func(t *rapid.T, p *queuePlan) {
		if rapid.Bool().Draw(t, "groups") {
			p.makeFIFO()
		}
		p.config.BatchSize, p.config.MaximumConcurrency = 1, rapid.IntRange(2, 4).Draw(t, "bound")
		for i := range p.steps {
			if p.steps[i].act == "update" { // it might take the bound away
				p.steps[i].act = "send"
			}
		}
	})
}

func TestInvariant19ReceiveCountsGrow(t *testing.T) {
	queueInvariant(t, func(_ *rapid.T, p *queuePlan) { p.duplicates, p.trouble = false, 20 })
}
