package eventsource_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
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
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// The invariants of event source mappings by their numbers, as properties of whole mappings over embedded sources in
// virtual time. Those of single rules are in package batch, too; 22, 23 and 30 are those of package filter, where tests
// have these numbers as well.
//
// Not here: 27 (committed offsets) is Kafka's, which is not modelled.

// streamInvariant runs plans for an invariant: tune makes of what was drawn what it is about, and after, if any, looks
// at how it went. While it runs, runStream holds everything against the laws.
func streamInvariant(t *testing.T, tune func(*rapid.T, *streamPlan), after func(*rapid.T, *streamRun)) {
	rapid.Check(t, func(t *rapid.T) {
		p, c := drawStream(t), newChance(t)
		p.pulled, p.steps = false, p.steps[:min(len(p.steps), 15)]
		tune(t, &p)
		rapid.SyncTest(t, func(t *rapid.T) {
			if r := runStream(t, p, c); after != nil {
				after(t, r)
			}
		})
	})
}

func queueInvariant(t *testing.T, tune func(*rapid.T, *queuePlan)) {
	rapid.Check(t, func(t *rapid.T) {
		p, c := drawQueue(t), newChance(t)
		tune(t, &p)
		rapid.SyncTest(t, func(t *rapid.T) { runQueue(t, p, c) })
	})
}

// onlyPuts leaves nothing to the plan but records that are put, by one mapping, and reshards.
func (p *streamPlan) onlyPuts() {
	p.mappings, p.faults = 1, 0
	p.drop("restart", "disable", "enable", "update", "rename", "delete")
}

func TestInvariant01ShardOrder(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) { p.config.ParallelizationFactor = 1 }, nil)
}

func TestInvariant02KeyOrderInLanes(t *testing.T) {
	streamInvariant(t, func(t *rapid.T, p *streamPlan) {
		p.config.TumblingWindow, p.config.ParallelizationFactor = 0, rapid.IntRange(2, 10).Draw(t, "lanes")
		p.drop("reshard") // in one shard there is more to get wrong
	}, nil)
}

func TestInvariant03RecordsPassForAReason(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) { p.trouble, p.filtered = 20, p.config.TumblingWindow == 0 }, nil)
}

func TestInvariant04Checkpoints(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) { p.faults, p.crashes, p.lies = 20, true, false }, nil)
}

func TestInvariant05ParentsFirst(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.dynamo = false
		for i := range p.steps {
			if i%3 == 1 {
				p.steps[i].act = "reshard"
			}
		}
	}, nil)
}

func TestInvariant06BatchSizes(t *testing.T) {
	t.Run("records", func(t *testing.T) {
		streamInvariant(t, func(_ *rapid.T, p *streamPlan) { p.config.BatchSize = 2 }, nil)
	})
	t.Run("bytes", func(t *testing.T) { rapid.Check(t, sixMegabytes) })
}

// sixMegabytes puts large records: no event is over 6 MB, and none is so small that another record had gone in.
func sixMegabytes(t *rapid.T) {
	sizes := rapid.SliceOfN(rapid.IntRange(1, 1<<20-10), 2, 12).Draw(t, "sizes")
	rapid.SyncTest(t, func(t *rapid.T) {
		s, events := kinesis.NewStream("s", 1), [][]byte(nil)
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, code(func(event []byte) ([]byte, error) {
			events = append(events, []byte(fmt.Sprint(len(event), " ", strings.Count(string(event), `"eventID"`))))
			return nil, nil
		}))
		total := 0
		for _, n := range sizes {
			require.NoError(t, s.Put("k", make([]byte, n)))
			total += n * 4 / 3
		}
		m, err := eventsource.NewMapping(svc, s, eventsource.Config{FunctionName: "f"})
		require.NoError(t, err)
		defer m.Close()
		lambdatest.Advance(time.Second)
		seen := 0
		for _, e := range events {
			var bytes, records int
			fmt.Sscan(string(e), &bytes, &records)
			if bytes > 6<<20+100 {
				t.Fatalf("an event has %d bytes", bytes)
			}
			seen += records
		}
		require.Equal(t, len(sizes), seen)
		require.LessOrEqual(t, len(events), total/(9<<19)+1, "an event of less than 4.5 MB had room for any record")
	})
}

func TestInvariant07Attempts(t *testing.T) {
	streamInvariant(t, func(t *rapid.T, p *streamPlan) {
		p.trouble, p.config.MaximumRetryAttempts = 60, new(rapid.IntRange(0, 3).Draw(t, "retries"))
	}, func(t *rapid.T, r *streamRun) {
		sent, most := map[string]int{}, 0
		for _, d := range r.w.deliveries() {
			sent[d.ID]++
			most = max(most, sent[d.ID])
		}
		if limit := max(r.sides[0].attempts, r.sides[len(r.sides)-1].attempts); most > limit+1 {
			t.Fatalf("a batch was invoked %d times, with %d retries", most, limit)
		}
	})
}

// streamModel says, slowly and obviously, what becomes of records that wait in one shard.
type streamModel struct {
	attempts         int // -1 for no bound
	bisect, partial  bool
	script           []int // of each invoke: -1 success, -2 error, -3 a report that is invalid, or the first that failed
	invokes, discard []string
	subs             map[string]bool
}

func (m *streamModel) next(n int) int {
	if len(m.script) == 0 {
		return -1
	}
	o := m.script[0]
	m.script = m.script[1:]
	switch {
	case o == -3 && !m.partial:
		return -1
	case o >= 0 && !m.partial:
		return -2
	case o >= 0:
		return o % n
	}
	return o
}

func (m *streamModel) batch(b []string) {
	failures := 0
	for {
		text := strings.Join(b, ",")
		m.invokes = append(m.invokes, text)
		m.subs[text] = true
		o := m.next(len(b))
		switch {
		case o == -1:
			return
		case o > 0:
			m.batch(b[o:])
			return
		case o < 0 && m.bisect && len(b) > 1:
			half := (len(b) + 1) / 2
			m.batch(b[:half])
			m.batch(b[half:])
			return
		}
		if failures++; m.attempts >= 0 && failures > m.attempts {
			m.discard = append(m.discard, fmt.Sprint(len(b), " ", failures, " ", o != -2))
			return
		}
	}
}

// followModel runs a mapping and the model, and compares every batch that is sent and every record about one that is
// given up: how many records, after how many invokes, and whether functionError is null.
func followModel(t *rapid.T, bisect bool) (m *streamModel, sizes []int) {
	records, size := rapid.IntRange(1, 20).Draw(t, "records"), rapid.IntRange(1, 20).Draw(t, "batch size")
	m = &streamModel{
		attempts: rapid.IntRange(-1, 3).Draw(t, "attempts"), bisect: bisect, partial: rapid.Bool().Draw(t, "partial"),
		script: rapid.SliceOfN(rapid.SampledFrom([]int{-1, -2, -2, -2, -3, 0, 1, 3, 5}), 0, 30).Draw(t, "script"), subs: map[string]bool{},
	}
	played := &streamModel{script: slices.Clone(m.script), partial: m.partial}
	rapid.SyncTest(t, func(t *rapid.T) {
		s, discards := kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{})
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
			switch o := played.next(len(d.Items)); o {
			case -1:
				return "", nil
			case -2:
				return "", errScripted
			case -3:
				return `{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`, nil
			default:
				return report(d, d.Items[o].Text), nil
			}
		})
		put(t, s, 1, records)
		defer w.mapping(s, eventsource.Config{BatchSize: size, BisectBatchOnFunctionError: bisect, ReportBatchItemFailures: m.partial,
			MaximumRetryAttempts: new(m.attempts), OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(2 * time.Hour)
		for b := range slices.Chunk(strings.Split(numbers(1, records), ","), size) {
			m.batch(b)
			sizes = append(sizes, len(b))
		}
		require.Equal(t, m.invokes, w.texts())
		var got []string
		for _, r := range recordsOf(t, discards) {
			got = append(got, fmt.Sprint(r.KinesisBatchInfo.BatchSize, " ", r.RequestContext.ApproximateInvokeCount, " ", r.ResponseContext.FunctionError == nil))
		}
		require.Equal(t, m.discard, got)
	})
	return m, sizes
}

// recordsOf are all on-failure records in a queue.
func recordsOf(t require.TestingT, q *sqs.Queue) (all []destinations.BatchRecord) {
	for got := records(t, q); len(got) > 0; got = records(t, q) {
		all = append(all, got...)
	}
	return all
}

// Budgets restart where the rules say, and nowhere else.
func TestStreamFollowsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { followModel(t, rapid.Bool().Draw(t, "bisect")) })
}

func TestInvariant08BisectTerminates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, sizes := followModel(t, true)
		most := 0
		for _, n := range sizes {
			most += 2*n - 1
		}
		if len(m.subs) > most {
			t.Fatalf("%d different batches, %d at most", len(m.subs), most)
		}
	})
}

func TestInvariant09BisectFindsThePoison(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, attempts := rapid.IntRange(1, 30).Draw(t, "records"), rapid.IntRange(0, 3).Draw(t, "attempts")
		poison := fmt.Sprint(rapid.IntRange(1, n).Draw(t, "poison"))
		rapid.SyncTest(t, func(t *rapid.T) {
			s, discards, done := kinesis.NewStream("s", 1), sqs.NewQueue("d", sqs.Attributes{}), []string(nil)
			w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
				if slices.Contains(strings.Split(d.text(), ","), poison) {
					return "", errScripted
				}
				done = append(done, strings.Split(d.text(), ",")...)
				return "", nil
			})
			put(t, s, 1, n)
			defer w.mapping(s, eventsource.Config{BisectBatchOnFunctionError: true, MaximumRetryAttempts: &attempts, OnFailure: destinations.SQS(discards)}).Close()
			lambdatest.Advance(time.Minute)
			want := slices.DeleteFunc(strings.Split(numbers(1, n), ","), func(s string) bool { return s == poison })
			require.Equal(t, want, append([]string{}, done...), "each once, in order")
			rs := recordsOf(t, discards)
			require.Len(t, rs, 1)
			require.Equal(t, 1, rs[0].KinesisBatchInfo.BatchSize)
			require.Equal(t, attempts+1, rs[0].RequestContext.ApproximateInvokeCount)
		})
	})
}

func TestInvariant10DiscardsAddUp(t *testing.T) {
	streamInvariant(t, func(t *rapid.T, p *streamPlan) {
		p.onlyPuts()
		p.dynamo, p.trouble, p.config.ParallelizationFactor, p.config.TumblingWindow = false, 60, 1, 0
		p.config.MaximumRetryAttempts = new(rapid.IntRange(0, 1).Draw(t, "retries"))
	}, func(t *rapid.T, r *streamRun) {
		told, last := 0, map[string]string{}
		for _, b := range r.sides[0].discards {
			info := b.KinesisBatchInfo
			told += info.BatchSize
			if compareSequences(info.StartSequenceNumber, last[info.ShardID]) <= 0 || compareSequences(info.EndSequenceNumber, info.StartSequenceNumber) < 0 {
				t.Fatalf("%s to %s were given up after %s", info.StartSequenceNumber, info.EndSequenceNumber, last[info.ShardID])
			}
			last[info.ShardID] = info.EndSequenceNumber
		}
		require.Equal(t, r.w.sum(trace.Discarded), told)
	})
}

func TestInvariant11RecordAge(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.trouble, p.throttles, p.config.MaximumRecordAge, p.config.MaximumRetryAttempts = 60, 60, time.Minute, nil
	}, func(t *rapid.T, r *streamRun) {
		for _, b := range r.sides[0].discards {
			require.Equal(t, destinations.RecordAgeExceeded, b.RequestContext.Condition, "there is no other reason")
		}
	})
}

func TestInvariant12FunctionError(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.trouble, p.config.ReportBatchItemFailures, p.config.MaximumRetryAttempts, p.config.TumblingWindow = 60, true, new(1), 0
		p.crashes = false
	}, func(t *rapid.T, r *streamRun) {
		for _, b := range r.sides[0].discards {
			if exhausted := b.RequestContext.Condition == destinations.RetryAttemptsExhausted; exhausted != (b.ResponseContext != nil) {
				t.Fatalf("%s with the responseContext %v", b.RequestContext.Condition, b.ResponseContext)
			}
		}
	})
}

func TestInvariant13ShardsAreApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards, bad := rapid.IntRange(2, 6).Draw(t, "shards"), rapid.IntRange(0, 19).Draw(t, "bad")
		factor := rapid.IntRange(1, 3).Draw(t, "factor")
		hangs := rapid.Bool().Draw(t, "hangs")
		rapid.SyncTest(t, func(t *rapid.T) {
			s, home, got := kinesis.NewStream("s", shards), map[string]string{}, map[string]bool{}
			for i := range 20 {
				out, err := s.PutRecord(kinesis.PutRecordInput{PartitionKey: fmt.Sprint(i), Data: fmt.Append(nil, i)})
				require.NoError(t, err)
				home[fmt.Sprint(i)] = out.ShardID
			}
			var mu sync.Mutex
			w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
				if home[d.Items[0].Text] == home[fmt.Sprint(bad)] {
					if hangs {
						time.Sleep(time.Hour)
					}
					return "", errScripted
				}
				mu.Lock()
				defer mu.Unlock()
				for _, it := range d.Items {
					got[it.Text] = true
				}
				return "", nil
			})
			m := w.mapping(s, eventsource.Config{BatchSize: 2, ParallelizationFactor: factor})
			lambdatest.Advance(time.Second)
			mu.Lock()
			defer mu.Unlock()
			for text, shard := range home {
				if shard != home[fmt.Sprint(bad)] && !got[text] {
					t.Fatalf("record %s of shard %s waits for shard %s", text, shard, home[fmt.Sprint(bad)])
				}
			}
			go m.Close()
			lambdatest.Advance(2 * time.Hour)
		})
	})
}

func TestInvariant14ThrottlesDiscardNothing(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.trouble, p.throttles, p.config.MaximumRecordAge, p.config.MaximumRetryAttempts = 0, 80, 0, new(0)
	}, func(t *rapid.T, r *streamRun) {
		require.Empty(t, r.sides[0].discards)
		require.Zero(t, r.w.sum(trace.Discarded))
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

// fails decides by a record's text and how often it was seen, whatever comes between.
func fails(text string, times int) bool {
	h := fnv.New32a()
	fmt.Fprint(h, text, "/", times)
	return h.Sum32()%3 == 0 && times < 5
}

// twins runs a function that answers failed batches in two ways, over a queue and over a stream, and expects the same.
func twins(t *testing.T, config eventsource.Config, one, other func(d delivery, failed bool) (string, error)) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "records")
		c, stream := config, rapid.Bool().Draw(t, "stream")
		c.BatchSize = rapid.IntRange(1, 10).Draw(t, "batch size")
		if stream && rapid.Bool().Draw(t, "limited") {
			c.MaximumRetryAttempts = new(1)
			c.BisectBatchOnFunctionError = rapid.Bool().Draw(t, "bisect")
		}
		play := func(answer func(d delivery, failed bool) (string, error)) (history []string) {
			rapid.SyncTest(t, func(t *rapid.T) {
				seen := map[string]int{}
				var mu sync.Mutex
				w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
					mu.Lock()
					defer mu.Unlock()
					failed := false
					for _, it := range d.Items {
						seen[it.Text]++
						failed = failed || fails(it.Text, seen[it.Text])
					}
					return answer(d, failed)
				})
				q, s := sqs.NewQueue("q", sqs.Attributes{}), kinesis.NewStream("s", 1)
				source := eventsource.Source(q)
				if stream {
					source = s
					put(t, s, 1, n)
				} else {
					send(t, q, strings.Split(numbers(1, n), ",")...)
				}
				defer w.mapping(source, c).Close()
				lambdatest.Advance(10 * time.Minute)
				for _, d := range w.deliveries() {
					history = append(history, fmt.Sprint(d.At, " ", d.text()))
				}
				slices.Sort(history)
				for _, e := range slices.Concat(w.tl.Of(trace.Checkpointed), w.tl.Of(trace.Deleted)) {
					history = append(history, fmt.Sprint(e.Time.Sub(w.began), " ", e.Kind, " ", e.Count, " ", e.Detail))
				}
				slices.Sort(history)
			})
			return history
		}
		require.Equal(t, play(one), play(other))
	})
}

func TestInvariant20InvalidResponsesAreErrors(t *testing.T) {
	invalid := []string{`{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`, `{"batchItemFailures":[{"itemIdentifier":""}]}`,
		`{"batchItemFailures":"x"}`, `{"batchItemFailures":[{"foo":"x"}]}`, `"done"`, `5`}
	twins(t, eventsource.Config{ReportBatchItemFailures: true}, func(_ delivery, failed bool) (string, error) {
		if failed {
			return "", errScripted
		}
		return "", nil
	}, func(d delivery, failed bool) (string, error) {
		if failed {
			return invalid[len(d.text())%len(invalid)], nil
		}
		return "", nil
	})
}

func TestInvariant21PayloadsDoNotCount(t *testing.T) {
	twins(t, eventsource.Config{}, func(_ delivery, failed bool) (string, error) {
		if failed {
			return "", errScripted
		}
		return "", nil
	}, func(d delivery, failed bool) (string, error) {
		if failed {
			return "", errScripted
		}
		return []string{report(d, d.Items[0].Text), `"x"`, `{"batchItemFailures":5}`, `5`}[len(d.text())%4], nil
	})
}

// What is delivered is what any pattern matches, byte for byte.
func TestInvariant22And23Filters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			`{"body":{"k":[1]}}`, `{"body":{"k":[2,3]}}`, `{"body":[{"prefix":"t"}]}`, `{"body":{"k":[{"numeric":[">",4]}]}}`, `{"body":{"l":[{"exists":true}]}}`,
		}), 1, 4, rapid.ID[string]).Draw(t, "patterns")
		matches := func(pattern string, k int, body string) bool {
			switch pattern {
			case `{"body":{"k":[1]}}`:
				return k == 1
			case `{"body":{"k":[2,3]}}`:
				return k == 2 || k == 3
			case `{"body":[{"prefix":"t"}]}`:
				return strings.HasPrefix(body, "t")
			case `{"body":{"k":[{"numeric":[">",4]}]}}`:
				return k > 4
			}
			return strings.Contains(body, `"l"`)
		}
		ks := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 20).Draw(t, "bodies")
		deliver := func(t *rapid.T, patterns []string) (got []string) {
			w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
			for i, k := range ks {
				send(t, q, bodyOf(i, k))
			}
			defer w.mapping(q, eventsource.Config{Filters: patterns}).Close()
			lambdatest.Advance(time.Second)
			require.Zero(t, q.Len(), "what does not match is deleted, too")
			for _, d := range w.deliveries() {
				for _, it := range d.Items {
					got = append(got, it.Text)
				}
			}
			slices.Sort(got)
			return got
		}
		rapid.SyncTest(t, func(t *rapid.T) {
			var want []string
			for i, k := range ks {
				number := k
				if k == 0 || k == 9 {
					number = -1
				}
				if slices.ContainsFunc(patterns, func(p string) bool { return matches(p, number, bodyOf(i, k)) }) {
					want = append(want, bodyOf(i, k))
				}
			}
			slices.Sort(want)
			require.Equal(t, want, deliver(t, patterns))
			turned := append(slices.Clone(patterns), patterns[0])
			slices.Reverse(turned)
			require.Equal(t, want, deliver(t, turned), "neither order nor repetition counts")
		})
	})
}

// bodyOf is a body with a number, or, of two numbers, without.
func bodyOf(i, k int) string {
	switch k {
	case 0:
		return fmt.Sprint("text ", i)
	case 9:
		b, _ := json.Marshal(map[string]int{"l": i})
		return string(b)
	}
	return fmt.Sprintf(`{ "k" : %d , "i":%d}`, k, i)
}

func TestInvariant24DisableAndEnable(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.faults, p.trouble, p.throttles, p.config.MaximumRecordAge, p.config.TumblingWindow = 0, 0, 0, 0, 0
		p.config.ParallelizationFactor = 1 // a shard has one position: what is resolved ahead of it, in another lane, repeats
		p.drop("restart", "update", "rename", "delete")
		for i := range p.steps {
			if i%3 == 1 {
				p.steps[i].act = []string{"disable", "enable"}[i/3%2]
			}
		}
	}, func(t *rapid.T, r *streamRun) {
		seen := map[string]bool{}
		for _, d := range r.w.deliveries() {
			for _, it := range d.Items {
				if seen[d.By+it.Text] {
					t.Fatalf("record %s came twice, though it had been resolved", it.Text)
				}
				seen[d.By+it.Text] = true
			}
		}
	})
}

// A mapping's state goes along the lines of the table, and whatever meets it in a transition is refused and changes
// nothing.
func TestInvariant25States(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue, disabled := rapid.Bool().Draw(t, "queue"), rapid.Bool().Draw(t, "disabled")
		acts := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 25).Draw(t, "acts")
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t, invoke.Options{}, script("S"))
			source := eventsource.Source(kinesis.NewStream("s", 1))
			if queue {
				source = sqs.NewQueue("q", sqs.Attributes{})
			}
			m := w.mapping(source, eventsource.Config{TransitionDelay: time.Minute, Disabled: disabled})
			defer m.Close()
			want, enabled := eventsource.Creating, !disabled
			if queue && disabled {
				want = eventsource.Disabled
			}
			for _, a := range acts {
				require.Equal(t, want, m.State())
				before, resting := m.Configuration(), want == eventsource.Enabled || want == eventsource.Disabled
				next, err := want, error(nil)
				switch {
				case a < 4: // time passes
					lambdatest.Advance(time.Minute)
					if want == eventsource.Deleting {
						_, err := eventsource.Get(w.svc, m.UUID())
						require.ErrorIs(t, err, lambda.ErrResourceNotFound)
						return
					}
					want = map[bool]eventsource.State{true: eventsource.Enabled, false: eventsource.Disabled}[enabled]
					continue
				case a < 6:
					next = eventsource.Updating
					_, err = m.Update(eventsource.UpdateInput{BatchSize: new(a)})
				case a < 8:
					next = map[bool]eventsource.State{true: eventsource.Enabling, false: eventsource.Disabling}[a == 6]
					if _, err = m.Update(eventsource.UpdateInput{Enabled: new(a == 6)}); err == nil {
						enabled = a == 6
					}
				case a == 8:
					_, err = m.Update(eventsource.UpdateInput{BatchSize: new(10_001)})
					require.Error(t, err, "it is invalid at any time")
					require.Equal(t, before, m.Configuration())
					continue
				default:
					next = eventsource.Deleting
					_, err = m.Delete()
				}
				if !resting {
					require.ErrorIs(t, err, lambda.ErrResourceInUse)
					require.Equal(t, before, m.Configuration())
					continue
				}
				require.NoError(t, err)
				want = next
			}
		})
	})
}

func TestInvariant26PolledAddsUp(t *testing.T) {
	t.Run("stream", func(t *testing.T) {
		streamInvariant(t, func(_ *rapid.T, p *streamPlan) { p.onlyPuts() }, func(t *rapid.T, r *streamRun) {
			invoked := map[string]bool{}
			for _, d := range r.w.deliveries() {
				for _, it := range d.Items {
					invoked[it.ID] = true
				}
			}
			dropped := 0
			for _, text := range slices.Sorted(maps.Keys(r.sides[0].given)) {
				if !invoked[r.sides[0].given[text]] {
					dropped++
				}
			}
			require.Equal(t, r.w.sum(trace.Polled), r.w.sum(trace.Filtered)+len(invoked)+dropped)
		})
	})
	t.Run("queue", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			p, c := drawQueue(t), newChance(t)
			p.trouble, p.throttles, p.faults = 0, 0, 0 // then every message is received once
			if p.blocking {                            // and its lease outlasts the window
				p.config.MaximumBatchingWindow = min(p.config.MaximumBatchingWindow, 5*time.Second)
			}
			for i := range p.steps {
				p.steps[i].act = "send"
			}
			rapid.SyncTest(t, func(t *rapid.T) {
				r := runQueue(t, p, c)
				require.Equal(t, len(r.sent), r.w.sum(trace.Polled))
				require.Equal(t, r.w.sum(trace.Polled), r.w.sum(trace.Filtered)+r.w.sum(trace.BatchFormed))
			})
		})
	})
}

func TestInvariant28TumblingWindows(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.onlyPuts()
		p.config.TumblingWindow, p.config.ParallelizationFactor, p.filtered = 10*time.Second, 1, false
		p.config.MaximumRetryAttempts, p.config.MaximumRecordAge = nil, 0
	}, func(t *rapid.T, r *streamRun) {
		opened, where := map[string]bool{}, map[string]string{}
		for _, d := range r.w.deliveries() {
			shard := d.Shard
			window := shard + d.Window.Start.String()
			if !opened[window] && d.State != "{}" {
				t.Fatalf("window %s begins with the state %s", window, d.State)
			}
			opened[window] = true
			for _, it := range d.Items {
				if w := where[it.ID]; w != "" && w != window {
					t.Fatalf("record %s is in the windows %s and %s", it.Text, w, window)
				}
				where[it.ID] = window
			}
		}
		for window := range opened {
			if n := r.sides[0].finals[window]; n != 1 {
				t.Fatalf("window %s has %d final successes", window, n)
			}
		}
	})
}

// Whatever is made, renamed, closed and deleted, one source and one qualified function have one mapping.
func TestInvariant29Uniqueness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acts := rapid.SliceOfN(rapid.IntRange(0, 999), 1, 40).Draw(t, "acts")
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t, invoke.Options{}, script("S"))
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, w.code())
			_, err := w.svc.PublishVersion("f")
			require.NoError(t, err)
			sources := []eventsource.Source{sqs.NewQueue("q", sqs.Attributes{}), sqs.NewQueue("p", sqs.Attributes{}), kinesis.NewStream("s", 1)}
			functions := []string{"f", "f:1", "f:$LATEST", "g"}
			type pair struct{ source, function int }
			live := map[pair]*eventsource.Mapping{}
			for _, a := range acts {
				at := pair{a % 3, a / 3 % 4}
				m := live[at]
				switch a / 12 % 4 {
				case 0, 1:
					made, err := eventsource.NewMapping(w.svc, sources[at.source], eventsource.Config{FunctionName: functions[at.function]})
					if m != nil {
						require.ErrorIs(t, err, lambda.ErrResourceConflict)
						require.ErrorContains(t, err, m.UUID())
						continue
					}
					require.NoError(t, err)
					live[at] = made
				case 2:
					if m == nil {
						continue
					}
					to := pair{at.source, (at.function + 1 + a/48) % 4}
					_, err := m.Update(eventsource.UpdateInput{FunctionName: functions[to.function]})
					if taken := live[to]; taken != nil && taken != m {
						require.ErrorIs(t, err, lambda.ErrResourceConflict)
						continue
					}
					require.NoError(t, err)
					delete(live, at)
					live[to] = m
				default:
					if m != nil {
						_, err := m.Delete()
						require.NoError(t, err)
						delete(live, at)
					}
				}
				lambdatest.Advance(0)
				list, _, err := eventsource.List(w.svc, eventsource.ListInput{})
				require.NoError(t, err)
				require.Len(t, list, len(live))
			}
			for _, m := range live {
				m.Close()
			}
		})
	})
}
