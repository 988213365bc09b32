package eventsource_test

import (
	"fmt"
	"slices"
	"strings"
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
