package eventsource_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/invoke"
)

// chance is a fixed stream of decisions, so that a case repeats.
type chance struct {
	mu   sync.Mutex
	rand *rand.Rand
	off  int
}

// hits reports whether something of a probability in a hundred happens.
func (c *chance) hits(percent int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.IntN(100) < percent && c.off == 0
}

// number is below n.
func (c *chance) number(n uint64) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.Uint64N(n)
}

// pause lets nothing happen until resume; calm, ever again.
func (c *chance) pause()  { c.turn(1) }
func (c *chance) resume() { c.turn(-1) }
func (c *chance) calm()   { c.turn(1) }

func (c *chance) turn(by int) {
	c.mu.Lock()
	c.off += by
	c.mu.Unlock()
}

func newChance(t *rapid.T) *chance {
	return &chance{rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "chance"), 1))}
}

// throttle refuses some of a world's invocations.
func (w *world) throttle(c *chance, percent int) {
	w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		if c.hits(percent) {
			return invoke.Throttle("x")
		}
		return next()
	})
}

// Whatever goes wrong, a message is deleted only when its batch earned it, or the filters rejected it, comes again
// otherwise, with a receive count that only grows, and is handled, or moved to the dead-letter queue, in the end. FIFO
// groups never have two batches in flight, and come in order.
func TestQueueNeverLoses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, c := drawQueue(t), newChance(t)
		rapid.SyncTest(t, func(t *rapid.T) { runQueue(t, p, c) })
	})
}

// Whatever goes wrong, every record succeeds, is filtered out, or is given up and recorded, in order; across restarts,
// crashes, reshards, updates and failing stores, of Kinesis and of DynamoDB, with windows of both kinds.
func TestStreamNeverLoses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, c := drawStream(t), newChance(t)
		rapid.SyncTest(t, func(t *rapid.T) { runStream(t, p, c) })
	})
}

// reshard splits the first open shard, or merges the first two that adjoin. What cannot be is left.
func reshard(s *kinesis.Stream, act string) {
	open := slices.DeleteFunc(s.ListShards(), func(sh kinesis.Shard) bool { return sh.SequenceNumberRange.EndingSequenceNumber != "" })
	if act == "split" && len(open) < 5 {
		s.SplitShard(open[0].ShardID, open[0].HashKeyRange.Half())
		return
	}
	for i := range open {
		for j := range open {
			if i != j && s.MergeShards(open[i].ShardID, open[j].ShardID) == nil {
				return
			}
		}
	}
}

func keys(d delivery) (ks []string) {
	for _, it := range d.Items {
		if !slices.Contains(ks, it.Key) {
			ks = append(ks, it.Key)
		}
	}
	return ks
}
