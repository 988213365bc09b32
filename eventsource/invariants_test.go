package eventsource_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// The invariants of event source mappings by their numbers, as properties of whole mappings over embedded sources in
// virtual time. Those of single rules are in package batch, too; 22, 23 and 30 are those of package filter, where tests
// have these numbers as well.
//
// Not here: 27 (committed offsets) is Kafka's, which is not modelled, nor is MQ or DocumentDB. For that reason the vectors
// A6 and M1 to M6 are not here either; all other rows of A, Q, K and F are found by their names.

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
			if bytes > 6<<20 {
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
