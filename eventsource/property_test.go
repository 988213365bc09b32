package eventsource_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambdatest"
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

// guardedQueue checks that nothing is deleted that its batch did not earn.
type guardedQueue struct {
	*sqs.Queue
	t      *rapid.T
	mu     sync.Mutex
	earned map[string]bool
}

func (q *guardedQueue) Delete(ctx context.Context, records []eventsource.Record) error {
	q.mu.Lock()
	for _, r := range records {
		if !q.earned[r.ID] {
			q.t.Errorf("message %s was deleted unearned", r.Data)
		}
	}
	q.mu.Unlock()
	return q.Queue.Delete(ctx, records)
}

// faults injects what can go wrong between a poller and the world.
func faults(c *chance, percent int) eventsource.Control {
	return func(s *eventsource.Step, next func() error) error {
		switch {
		case c.hits(percent):
			return errFault
		case c.hits(percent):
			return eventsource.ErrCrash
		case c.hits(percent):
			next()
			return eventsource.ErrCrash
		case s.Kind == eventsource.Received && c.hits(percent):
			s.Records = append(s.Records, s.Records[0])
		}
		return next()
	}
}

// Whatever goes wrong, a message is deleted only when its batch earned it, comes again otherwise, with a receive count
// that only grows, and is handled in the end. FIFO groups never have two batches in flight.
func TestQueueNeverLoses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fifo := rapid.Bool().Draw(t, "fifo")
		partial := rapid.Bool().Draw(t, "partial")
		size := rapid.IntRange(1, 10).Draw(t, "batch size")
		most := rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "maximum concurrency")
		trouble := rapid.SampledFrom([]int{0, 5, 20}).Draw(t, "trouble")
		sends := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 30).Draw(t, "groups")
		restart := rapid.IntRange(0, 30).Draw(t, "restart")
		c := newChance(t)
		rapid.SyncTest(t, func(t *rapid.T) {
			name := "q"
			if fifo {
				name = "q.fifo"
			}
			q := &guardedQueue{Queue: sqs.NewQueue(name, sqs.Attributes{}), t: t, earned: map[string]bool{}}
			h := &queueHandler{t: t, q: q, c: c, partial: partial, fifo: fifo, trouble: trouble, counts: map[string]int{}, flying: map[string]int{}}
			w := newWorld(t, invoke.Options{}, h.answer)
			w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
				if c.hits(trouble) {
					return invoke.Throttle("x")
				}
				return next()
			})
			config := eventsource.Config{BatchSize: size, ReportBatchItemFailures: partial, MaximumConcurrency: most}
			m := w.mapping(q, config)
			m.Control(faults(c, trouble))
			for i, g := range sends {
				send(t, q.Queue, fmt.Sprintf("%d:%d", g, i))
				lambdatest.Advance(time.Duration(i%3) * 700 * time.Millisecond)
				if i == restart {
					m.Close()
					m = w.mapping(q, config)
					m.Control(faults(c, trouble))
				}
			}
			lambdatest.Advance(5 * time.Minute)
			c.calm()
			lambdatest.Advance(5 * time.Minute)
			m.Close()
			if n := q.Len(); n != 0 {
				t.Fatalf("%d messages are left", n)
			}
			if len(q.earned) != len(sends) {
				t.Fatalf("%d of %d messages were handled", len(q.earned), len(sends))
			}
			if most > 0 && w.most() > most {
				t.Fatalf("%d batches in flight", w.most())
			}
			checkSizes(t, w, size)
			checkTrace(t, w, nil, false)
		})
	})
}

// queueHandler answers at random, and checks what it sees.
type queueHandler struct {
	t             *rapid.T
	q             *guardedQueue
	c             *chance
	partial, fifo bool
	trouble       int
	mu            sync.Mutex
	counts        map[string]int
	flying        map[string]int
}

func (h *queueHandler) answer(_ int, d delivery) (string, error) {
	h.enter(d, 1)
	time.Sleep(500 * time.Millisecond)
	defer h.enter(d, -1)
	if h.c.hits(h.trouble) {
		return "", errScripted
	}
	failed := map[string]bool{}
	for _, it := range d.Items {
		if h.partial && h.c.hits(h.trouble) {
			failed[it.Text] = true
		}
	}
	h.q.mu.Lock()
	defer h.q.mu.Unlock()
	var texts []string
	for _, it := range d.Items {
		if failed[it.Text] {
			texts = append(texts, it.Text)
			continue
		}
		h.q.earned[it.ID] = true
	}
	return report(d, texts...), nil
}

func (h *queueHandler) enter(d delivery, by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	inBatch := map[string]bool{}
	for _, it := range d.Items {
		if by > 0 && it.Count < h.counts[it.ID] {
			h.t.Errorf("message %s came with the receive count %d after %d", it.Text, it.Count, h.counts[it.ID])
		}
		h.counts[it.ID] = it.Count
		inBatch[it.Group] = true
	}
	for g := range inBatch {
		if h.flying[g] += by; h.fifo && h.flying[g] > 1 {
			h.t.Errorf("group %s has %d batches in flight", g, h.flying[g])
		}
	}
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

// checkSizes holds every batch against the BatchSize. None is empty.
func checkSizes(t *rapid.T, w *world, most int) {
	for _, d := range w.deliveries() {
		if n := len(d.Items); n == 0 || n > most {
			t.Fatalf("a batch has %d records", n)
		}
	}
}
