package batch

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestStreamConfig_validate(t *testing.T) {
	for _, c := range []StreamConfig{
		{},
		{Limits: all100, ParallelizationFactor: 11},
		{Limits: all100, ParallelizationFactor: -1},
		{Limits: all100, TumblingWindow: 901 * time.Second},
		{Limits: all100, TumblingWindow: -1},
		{Limits: all100, Policy: Policy{MaximumRetryAttempts: new(-2)}},
	} {
		_, err := NewShard(c, &recFields, 0)
		var e *RangeError
		require.ErrorAs(t, err, &e, "%+v", c)
	}
	_, err := NewShard(StreamConfig{Limits: all100, TumblingWindow: time.Minute, ParallelizationFactor: 2}, &recFields, 0)
	var e *ConflictError
	require.ErrorAs(t, err, &e)
	s, err := NewShard(StreamConfig{Limits: all100}, &recFields, 7)
	require.NoError(t, err)
	require.Equal(t, 1, s.Lanes())
	require.Equal(t, 7, s.Checkpoint())
}

func TestShard_windowOpensWhenThePreviousInvokeEnds(t *testing.T) {
	ok := func([]rec, *Window) Outcome { return Outcome{Result: Succeeded} }
	sim := newSim(StreamConfig{Limits: Limits{BatchSize: 2, Window: 10 * time.Second}}, ok)
	sim.work = func([]rec) time.Duration { return 5 * time.Second }
	sim.add(records(3)...)
	sim.run(time.Minute)
	require.Equal(t, []string{"S1,2", "S3"}, sim.log)
	require.Equal(t, t0, sim.calls[0].start, "a full batch does not wait")
	require.Equal(t, t0.Add(15*time.Second), sim.calls[1].start)
}

func TestShard_recordsReadDuringAnInvokeWait(t *testing.T) {
	s, err := NewShard(StreamConfig{Limits: all100}, &recFields, 0)
	require.NoError(t, err)
	rs := records(3)
	s.Add(t0, &rs[0], 1)
	w := s.Next(0, t0)
	require.Equal(t, "1", idsOf(w.Records))
	s.Add(t0, &rs[1], 2)
	s.Add(t0, &rs[2], 3)
	require.Equal(t, Step{Action: Wait}, s.Next(0, t0).Step)
	require.Equal(t, "1", idsOf(w.Records))
	require.Equal(t, 3, s.Pending())
	s.Report(0, t0, Outcome{Result: Succeeded})
	require.Equal(t, 1, s.Checkpoint())
	require.Equal(t, "2,3", idsOf(s.Next(0, t0).Records))
	s.Report(0, t0, Outcome{Result: Succeeded})
	s.Report(0, t0, Outcome{Result: Succeeded}) // once too often
	require.Equal(t, Step{}, s.Next(0, t0).Step)
	require.Equal(t, 3, s.Checkpoint())
	s.Add(t0, &rs[0], 4)
	s.Report(0, t0, Outcome{Result: Succeeded}) // nothing is outstanding
	require.Equal(t, 3, s.Checkpoint())
}

func TestShard_skippedRecordsMoveThePositionInTurn(t *testing.T) {
	s, err := NewShard(StreamConfig{Limits: all100}, &recFields, 0)
	require.NoError(t, err)
	s.Skip(1)
	require.Equal(t, 1, s.Checkpoint())
	s.Add(t0, &records(1)[0], 2)
	s.Skip(3)
	s.Advance(4, true)
	require.Equal(t, 1, s.Checkpoint(), "a record before it is unresolved")
	s.Next(0, t0)
	s.Report(0, t0, Outcome{Result: Succeeded})
	require.Equal(t, 4, s.Checkpoint())
}

func TestShard_discardIsOverWhenNextIsAskedAgain(t *testing.T) {
	s, err := NewShard(StreamConfig{Limits: all100, Policy: Policy{MaximumRetryAttempts: new(0)}}, &recFields, 0)
	require.NoError(t, err)
	s.Add(t0, &records(1)[0], 1)
	s.End()
	s.Next(0, t0)
	s.Report(0, t0, Outcome{Result: FunctionError})
	w := s.Next(0, t0)
	require.Equal(t, Discard, w.Action)
	require.Equal(t, "1", idsOf(w.Records))
	require.Zero(t, s.Checkpoint(), "its record may not have been delivered yet")
	require.False(t, s.Drained())
	require.Equal(t, Done, s.Next(0, t0).Action)
	require.Equal(t, 1, s.Checkpoint())
	require.True(t, s.Drained())
}

func TestShard_oversizeRecordWithoutABackoffDoesNotSpin(t *testing.T) {
	s, err := NewShard(StreamConfig{Limits: all100, Policy: Policy{Backoff: Doubling(0, 0)}}, &recFields, 0)
	require.NoError(t, err)
	r := records(1)[0]
	r.size = MaximumEventSize + 1
	s.Add(t0, &r, 1)
	require.Equal(t, Step{Action: Wait, At: t0}, s.Next(0, t0).Step)
}

// What is resolved is given up, and a caller that appends to what it was given harms nothing.
func TestShard_memory(t *testing.T) {
	s, err := NewShard(StreamConfig{Limits: Limits{BatchSize: 3}}, &recFields, 0)
	require.NoError(t, err)
	rs := records(10)
	for range 1_000 {
		for i := range rs {
			s.Add(t0, &rs[i], 1)
		}
		for w := s.Next(0, t0); w.Action == Invoke; w = s.Next(0, t0) {
			_ = append(w.Records, rec{id: "stranger"})
			for i := range w.Records {
				require.NotEqual(t, "stranger", w.Records[i].id)
			}
			s.Report(0, t0, Outcome{Result: Succeeded})
			for _, r := range s.lanes[0].records[:s.lanes[0].head] {
				require.Zero(t, r)
			}
		}
	}
	l := &s.lanes[0]
	require.LessOrEqual(t, cap(l.records), 64)
	require.LessOrEqual(t, cap(l.numbers), 64)
	for _, r := range l.records[:cap(l.records)] {
		require.Zero(t, r, "resolved records are not held")
	}
}

func TestShard_fieldsMayBeMissing(t *testing.T) {
	s, err := NewShard(StreamConfig{Limits: all100, ParallelizationFactor: 3}, &Fields[string]{}, 0)
	require.NoError(t, err)
	lane := s.Add(t0, new("x"), 1)
	w := s.Next(lane, t0)
	require.Equal(t, []string{"x"}, w.Records)
	require.Nil(t, w.Window)
	s.Report(lane, t0, Outcome{Result: Throttled})
	require.Equal(t, t0.Add(backoffBase), s.Next(lane, t0).At)
}

// shardWatch checks the laws of a shard at every invoke.
type shardWatch struct {
	t        *rapid.T
	sim      *shardSim
	config   StreamConfig
	answer   func(n int) Outcome
	lanes    [][]int // per lane, its records in order
	resolved map[int]string
	last     int // the last checkpoint seen
}

func number(r rec) int {
	n, _ := strconv.Atoi(r.id)
	return n
}

func (w *shardWatch) handle(batch []rec, _ *Window) Outcome {
	w.checkpoint()
	limits, bytes := w.config.Limits, w.config.Overhead+len(batch)-1
	lane := LaneOf(batch[0].key, len(w.lanes))
	pending := w.pending(lane)
	for i, r := range batch {
		bytes += r.size
		if LaneOf(r.key, len(w.lanes)) != lane {
			w.t.Fatalf("a batch of two lanes: %s", idsOf(batch))
		}
		if pending[i] != number(r) {
			w.t.Fatalf("lane %d: invoked with %s, while %v is unresolved", lane, idsOf(batch), pending)
		}
	}
	if len(batch) > limits.BatchSize || bytes > limits.MaxBytes {
		w.t.Fatalf("a batch of %d records and %d bytes", len(batch), bytes)
	}
	for _, f := range w.sim.running {
		if f.lane == lane {
			w.t.Fatalf("two batches in flight in lane %d", lane)
		}
	}
	o := w.answer(len(batch))
	switch o.Result {
	case Succeeded:
		w.resolve("succeeded", batch)
	case PartlyFailed:
		w.resolve("succeeded", batch[:o.First])
	}
	return o
}

// pending are the unresolved records of a lane: with retries and splits, work always goes on with the first of them.
func (w *shardWatch) pending(lane int) (ids []int) {
	for _, n := range w.lanes[lane] {
		if w.resolved[n] == "" {
			ids = append(ids, n)
		}
	}
	return ids
}

func (w *shardWatch) resolve(how string, batch []rec) {
	for _, r := range batch {
		if was := w.resolved[number(r)]; was != "" {
			w.t.Fatalf("record %s %s, and then %s", r.id, was, how)
		}
		w.resolved[number(r)] = how
	}
}

func (w *shardWatch) checkpoint() {
	at := w.sim.shard.Checkpoint()
	if at < w.last {
		w.t.Fatalf("the checkpoint went back from %d to %d", w.last, at)
	}
	w.last = at
	for n := 1; n <= at; n++ {
		if w.resolved[n] == "" {
			w.t.Fatalf("the checkpoint %d has passed the unresolved record %d", at, n)
		}
	}
}

// discarded checks the discards in the end: disjoint, in order per lane, and for a reason.
func (w *shardWatch) discarded() {
	for _, d := range w.sim.discarded {
		switch limit := w.config.Policy.MaximumRecordAge; d.work.Condition {
		case RecordAgeExceeded:
			for _, r := range d.work.Records {
				if d.at.Sub(r.arrival) <= limit || d.work.Response != NoResponse {
					w.t.Fatalf("%+v discarded at %v", d.work, d.at)
				}
			}
		case RetentionExpired:
			for _, r := range d.work.Records {
				if d.at.Sub(r.arrival) <= w.config.Policy.Retention {
					w.t.Fatalf("%+v discarded at %v", d.work, d.at)
				}
			}
		case RetryAttemptsExhausted:
			if max := *w.config.Policy.MaximumRetryAttempts; max < 0 || d.work.Count != max+1 {
				w.t.Fatalf("%+v with %d attempts", d.work, max)
			}
		}
		w.resolve("was discarded", d.work.Records)
	}
}

func TestShard_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := StreamConfig{
			Limits: Limits{
				BatchSize: rapid.IntRange(1, 6).Draw(t, "BatchSize"),
				Window:    time.Duration(rapid.IntRange(0, 3).Draw(t, "window")) * time.Second,
				MaxBytes:  rapid.IntRange(40, 90).Draw(t, "MaxBytes"),
			},
			Policy:                drawPolicy(t),
			ParallelizationFactor: rapid.IntRange(1, 4).Draw(t, "factor"),
			Overhead:              14,
		}
		w := &shardWatch{t: t, config: c, answer: drawAnswers(t)(), lanes: make([][]int, c.ParallelizationFactor), resolved: map[int]string{}}
		w.sim = newSim(c, w.handle)
		w.sim.onDiscard = func() {
			w.discarded()
			w.sim.discarded = nil
			w.checkpoint()
		}
		work := time.Duration(rapid.IntRange(0, 4).Draw(t, "work")) * time.Second
		w.sim.work = func(batch []rec) time.Duration { return work * time.Duration(len(batch)) / 2 }
		rs := records(rapid.IntRange(0, 30).Draw(t, "records"))
		for i := range rs {
			rs[i].key = rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "key")
			rs[i].size = rapid.IntRange(1, 26).Draw(t, "size")
			rs[i].arrival = w.sim.now.Add(-time.Duration(rapid.IntRange(0, 80).Draw(t, "age")) * time.Second)
			if rapid.IntRange(0, 5).Draw(t, "filter") == 0 {
				w.resolved[i+1] = "was filtered"
				w.sim.shard.Skip(i + 1)
			} else {
				lane := LaneOf(rs[i].key, len(w.lanes))
				w.lanes[lane] = append(w.lanes[lane], i+1)
				w.sim.add(rs[i])
			}
			if rapid.IntRange(0, 3).Draw(t, "run") == 0 {
				w.sim.run(time.Duration(rapid.IntRange(0, 10).Draw(t, "seconds")) * time.Second)
			}
		}
		w.sim.shard.End()
		w.sim.run(48 * time.Hour)
		w.checkpoint()
		require.True(t, w.sim.shard.Drained())
		require.Zero(t, w.sim.shard.Pending())
		require.Equal(t, len(rs), w.sim.shard.Checkpoint())
		require.Len(t, w.resolved, len(rs), "every record ends once: %v", w.resolved)
	})
}

// A batch is invoked at most once more than its retries, throttles apart.
func TestShard_attempts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		p.MaximumRetryAttempts = new(rapid.IntRange(0, 3).Draw(t, "retries"))
		answer := drawAnswers(t)()
		sim := newSim(StreamConfig{Limits: Limits{BatchSize: rapid.IntRange(1, 5).Draw(t, "BatchSize")}, Policy: p},
			func(batch []rec, _ *Window) Outcome { return answer(len(batch)) })
		sim.add(records(rapid.IntRange(1, 12).Draw(t, "records"))...)
		sim.run(48 * time.Hour)
		attempts := map[string]int{}
		for _, c := range sim.calls {
			if c.result != Throttled {
				attempts[idsOf(c.batch)]++
			}
		}
		for b, n := range attempts {
			if n > *p.MaximumRetryAttempts+1 {
				t.Fatalf("%s was invoked %d times: %v", b, n, sim.log)
			}
		}
	})
}

// A lane that fails for ever holds up no other lane.
func TestShard_lanesAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factor := rapid.IntRange(2, 10).Draw(t, "factor")
		rs := records(30)
		for i := range rs {
			rs[i].key = fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "key"))
		}
		bad := LaneOf(rs[0].key, factor)
		done := 0
		sim := newSim(StreamConfig{Limits: all100, ParallelizationFactor: factor}, func(batch []rec, _ *Window) Outcome {
			if LaneOf(batch[0].key, factor) == bad {
				return Outcome{Result: FunctionError}
			}
			done += len(batch)
			return Outcome{Result: Succeeded}
		})
		sim.add(rs...)
		sim.run(time.Second)
		require.Equal(t, count(rs, func(r rec) bool { return LaneOf(r.key, factor) != bad }), done)
		require.Zero(t, sim.shard.Checkpoint())
	})
}
