package eventsource_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
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
	off  bool
}

// hits reports whether something of a probability in a hundred happens.
func (c *chance) hits(percent int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.IntN(100) < percent && !c.off
}

func (c *chance) calm() {
	c.mu.Lock()
	c.off = true
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
			checkTrace(t, w)
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

// Whatever goes wrong, every record succeeds or is given up and recorded, and no record of a key is delivered before all
// earlier ones of it are through with; across restarts, crashes and reshards.
func TestStreamNeverLoses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := eventsource.Config{
			BatchSize:                  rapid.IntRange(1, 6).Draw(t, "batch size"),
			ParallelizationFactor:      rapid.IntRange(1, 3).Draw(t, "factor"),
			BisectBatchOnFunctionError: rapid.Bool().Draw(t, "bisect"),
			ReportBatchItemFailures:    rapid.Bool().Draw(t, "partial"),
			Checkpoints:                eventsource.NewMemoryCheckpoints(),
		}
		if n := rapid.IntRange(-1, 3).Draw(t, "attempts"); n >= 0 {
			config.MaximumRetryAttempts = &n
		}
		trouble := rapid.SampledFrom([]int{0, 5, 20}).Draw(t, "trouble")
		puts := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 40).Draw(t, "keys")
		acts := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "", "restart", "disable", "split", "merge"}), len(puts), len(puts)).Draw(t, "acts")
		c := newChance(t)
		rapid.SyncTest(t, func(t *rapid.T) {
			s := kinesis.NewStream("s", 2)
			h := &streamHandler{t: t, c: c, trouble: trouble, partial: config.ReportBatchItemFailures, through: map[string]bool{}, flying: map[string]int{}, sent: map[string][]string{}}
			config.OnFailure = destinations.Func("arn:aws:sqs:us-east-1:123456789012:discards", h.discard)
			w := newWorld(t, invoke.Options{}, h.answer)
			w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
				if c.hits(trouble) {
					return invoke.Throttle("x")
				}
				return next()
			})
			m := w.mapping(s, config)
			m.Control(faults(c, trouble))
			for i, k := range puts {
				h.put(s, fmt.Sprint("k", k), fmt.Sprintf("k%d-%d", k, i))
				lambdatest.Advance(time.Duration(i%4) * 300 * time.Millisecond)
				switch acts[i] {
				case "restart":
					m.Close()
					m = w.mapping(s, config)
					m.Control(faults(c, trouble))
				case "disable":
					require.NoError(t, m.Disable())
					require.NoError(t, m.Enable())
				case "split", "merge":
					reshard(s, acts[i])
				}
			}
			lambdatest.Advance(10 * time.Minute)
			c.calm()
			lambdatest.Advance(10 * time.Minute)
			m.Close()
			checkSizes(t, w, config.BatchSize)
			for _, texts := range h.sent {
				for _, text := range texts {
					if !h.through[text] {
						t.Fatalf("record %s was lost", text)
					}
				}
			}
			checkTrace(t, w)
		})
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

type streamHandler struct {
	t       *rapid.T
	c       *chance
	trouble int
	partial bool
	mu      sync.Mutex
	through map[string]bool // succeeded, or given up
	flying  map[string]int
	sent    map[string][]string // by key
	ids     map[string]string   // text by sequence number
	order   []string            // sequence numbers in the order in which they were put
}

func (h *streamHandler) put(s *kinesis.Stream, key, text string) {
	h.mu.Lock()
	h.sent[key] = append(h.sent[key], text)
	h.mu.Unlock()
	out, err := s.PutRecord(kinesis.PutRecordInput{PartitionKey: key, Data: []byte(text)})
	require.NoError(h.t, err)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ids == nil {
		h.ids = map[string]string{}
	}
	h.ids[out.SequenceNumber] = text
	h.order = append(h.order, out.SequenceNumber)
}

func (h *streamHandler) answer(_ int, d delivery) (string, error) {
	h.enter(d)
	time.Sleep(200 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range keys(d) {
		h.flying[key]--
	}
	if h.c.hits(h.trouble) {
		return "", errScripted
	}
	for i, it := range d.Items {
		if h.partial && h.c.hits(h.trouble) {
			return report(d, d.Items[i].Text), nil
		}
		h.through[it.Text] = true
	}
	return "", nil
}

func keys(d delivery) (ks []string) {
	for _, it := range d.Items {
		if !slices.Contains(ks, it.Key) {
			ks = append(ks, it.Key)
		}
	}
	return ks
}

// enter checks that what comes before in each key is through with, but for what is in the batch itself.
func (h *streamHandler) enter(d delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range keys(d) {
		if h.flying[key]++; h.flying[key] > 1 {
			h.t.Errorf("key %s has %d batches in flight", key, h.flying[key])
		}
	}
	seen := map[string]bool{}
	for _, it := range d.Items {
		for _, earlier := range h.sent[it.Key] {
			if earlier == it.Text {
				break
			}
			if !h.through[earlier] && !seen[earlier] {
				h.t.Errorf("%s came before %s was through with", it.Text, earlier)
			}
		}
		seen[it.Text] = true
	}
}

// discard is the on-failure destination. A batch that is given up is one run of a shard or, with several lanes, of those
// of its records that are in the lane: all that are not through with between its ends are not told apart.
func (h *streamHandler) discard(_ context.Context, d destinations.Delivery) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	info := d.Batch.KinesisBatchInfo
	event := decode(d.Batch.Event)
	if len(event.Items) != info.BatchSize || event.Items[0].ID != info.StartSequenceNumber || event.Items[len(event.Items)-1].ID != info.EndSequenceNumber {
		h.t.Errorf("the record says %d records from %s to %s, the event has %d", info.BatchSize, info.StartSequenceNumber, info.EndSequenceNumber, len(event.Items))
	}
	for _, it := range event.Items {
		h.through[it.Text] = true
	}
	return nil
}

// checkSizes holds every batch against the BatchSize. None is empty.
func checkSizes(t *rapid.T, w *world, most int) {
	for _, d := range w.deliveries() {
		if n := len(d.Items); n == 0 || n > most {
			t.Fatalf("a batch has %d records", n)
		}
	}
}

// checkTrace holds the trace against the laws that all traces keep, but for one: a stream's batch that is tried again
// has the same request id. Nothing else has.
func checkTrace(t *rapid.T, w *world) {
	if err, ok := w.tl.Check(lambdatest.Settings{}).(interface{ Unwrap() []error }); ok {
		for _, e := range err.Unwrap() {
			if !strings.Contains(e.Error(), "one-request-id") {
				t.Fatal(e)
			}
		}
	}
	sent := map[string]string{}
	for _, d := range w.deliveries() {
		if text, ok := sent[d.ID]; ok && text != d.text() {
			t.Fatalf("request %s had the batch %s and then %s", d.ID, text, d.text())
		}
		sent[d.ID] = d.text()
	}
}
