package batch

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// streamVector is one row of the vectors K: what happens to the records of one shard.
type streamVector struct {
	row      string
	n        int
	limits   Limits
	policy   Policy
	report   bool
	script   string // answers, separated by blanks; the last one stays
	log      string // what was invoked, separated by blanks
	discards []string
	position int // the checkpoint in the end
}

var all100 = Limits{BatchSize: 100}

func streamVectors() []streamVector {
	return []streamVector{
		{row: "K1", n: 30, limits: Limits{BatchSize: 10}, script: "S",
			log: "S1,2,3,4,5,6,7,8,9,10 S11,12,13,14,15,16,17,18,19,20 S21,22,23,24,25,26,27,28,29,30", position: 30},
		{row: "K2", n: 1, limits: all100, policy: Policy{MaximumRetryAttempts: new(1)}, script: "F",
			log: "F1 F1", discards: []string{"1 RetryAttemptsExhausted 2 1"}, position: 1},
		{row: "K3", n: 1, limits: all100, policy: Policy{MaximumRetryAttempts: new(0)}, script: "F",
			log: "F1", discards: []string{"1 RetryAttemptsExhausted 1 1"}, position: 1},
		{row: "K4", n: 6, limits: Limits{BatchSize: 3}, policy: Policy{MaximumRetryAttempts: new(3)}, report: true,
			script: "S P(6)", log: "S1,2,3 P4,5,6 P6 P6 P6 P6", discards: []string{"6 RetryAttemptsExhausted 4 2"}, position: 6},
		{row: "K5 number", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(2)}, report: true,
			script: `{"batchItemFailures":[{"itemIdentifier":123}]}`,
			log:    "A1,2 A1,2 A1,2", discards: []string{"1,2 RetryAttemptsExhausted 3 2"}, position: 2},
		{row: "K5 empty", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(2)}, report: true,
			script: `P()`, log: "A1,2 A1,2 A1,2", discards: []string{"1,2 RetryAttemptsExhausted 3 2"}, position: 2},
		{row: "K5 null", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(2)}, report: true,
			script: `{"batchItemFailures":[{"itemIdentifier":null}]}`,
			log:    "A1,2 A1,2 A1,2", discards: []string{"1,2 RetryAttemptsExhausted 3 2"}, position: 2},
		{row: "K5 foo", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(2)}, report: true,
			script: `{"batchItemFailures":[{"foo":123}]}`,
			log:    "A1,2 A1,2 A1,2", discards: []string{"1,2 RetryAttemptsExhausted 3 2"}, position: 2},
		{row: "K9", n: 4, limits: all100, policy: Policy{MaximumRetryAttempts: new(0), BisectBatchOnFunctionError: true},
			script: "F S F F S", log: "F1,2,3,4 S1,2 F3,4 F3 S4", discards: []string{"3 RetryAttemptsExhausted 1 1"}, position: 4},
		{row: "K10", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(2), BisectBatchOnFunctionError: true},
			script: "F F F F S", log: "F1,2 F1 F1 F1 S2", discards: []string{"1 RetryAttemptsExhausted 3 1"}, position: 2},
		{row: "K11", n: 6, limits: all100, policy: Policy{BisectBatchOnFunctionError: true}, report: true,
			script: "P(4) S", log: "P1,2,3,4,5,6 S4,5,6", position: 6},
		{row: "K12", n: 4, limits: all100, policy: Policy{MaximumRetryAttempts: new(0), BisectBatchOnFunctionError: true},
			report: true, script: "F S F F S", log: "F1,2,3,4 S1,2 F3,4 F3 S4",
			discards: []string{"3 RetryAttemptsExhausted 1 1"}, position: 4},
		{row: "K13", n: 6, limits: all100, report: true, script: "P(5,3) S", log: "P1,2,3,4,5,6 S3,4,5,6", position: 6},
		{row: "K14", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(0)},
			script: strings.Repeat("T ", 50) + "S", log: strings.Repeat("T1,2 ", 50) + "S1,2", position: 2},
		{row: "K24", n: 2, limits: all100, policy: Policy{MaximumRetryAttempts: new(0)}, script: "F",
			log: "F1,2", discards: []string{"1,2 RetryAttemptsExhausted 1 1"}, position: 2},
	}
}

func TestStreamVectors(t *testing.T) {
	for _, v := range streamVectors() {
		t.Run(v.row, func(t *testing.T) {
			answers := &script{words: strings.Fields(v.script), report: v.report}
			sim := newSim(StreamConfig{Limits: v.limits, Policy: v.policy},
				func(batch []rec, _ *Window) Outcome { return answers.stream(batch) })
			sim.add(records(v.n)...)
			sim.run(24 * time.Hour)
			require.Equal(t, strings.Fields(v.log), sim.log)
			require.Equal(t, v.discards, sim.discards)
			require.Equal(t, v.position, sim.shard.Checkpoint())
		})
	}
}

func TestStreamVectorK6(t *testing.T) {
	for _, payload := range []string{``, `""`, `[]`, `null`, `{}`, `{"batchItemFailures":null}`, `{"batchItemFailures":[]}`} {
		t.Run(payload, func(t *testing.T) {
			sim := newSim(StreamConfig{Limits: all100, Policy: Policy{MaximumRetryAttempts: new(0)}},
				func(batch []rec, _ *Window) Outcome { return StreamVerdict([]byte(payload), batch, recID) })
			sim.add(records(3)...)
			sim.run(time.Hour)
			require.Equal(t, []string{"S1,2,3"}, sim.log)
			require.Equal(t, 3, sim.shard.Checkpoint())
		})
	}
}

func TestStreamVectorK7(t *testing.T) {
	rs := records(6)
	rs[0].arrival = t0.Add(-80 * time.Second)
	sim := newSim(StreamConfig{Limits: all100, Policy: Policy{MaximumRecordAge: time.Minute}},
		func([]rec, *Window) Outcome { return Outcome{Result: Succeeded} })
	sim.add(rs...)
	sim.run(time.Hour)
	require.Equal(t, []string{"1 RecordAgeExceeded 1 0"}, sim.discards)
	require.Equal(t, []string{"S2,3,4,5,6"}, sim.log)
	require.Equal(t, 6, sim.shard.Checkpoint())
}

func TestStreamVectorK8(t *testing.T) {
	sim := newSim(StreamConfig{Limits: all100, Policy: Policy{MaximumRetryAttempts: new(-1), MaximumRecordAge: time.Minute}},
		func([]rec, *Window) Outcome { return Outcome{Result: FunctionError} })
	sim.add(records(1)...)
	sim.run(time.Hour)
	require.Equal(t, []string{"1 RecordAgeExceeded 8 0"}, sim.discards, "AWS reported a count of 8")
	require.Len(t, sim.log, 7)
	for i := 1; i < len(sim.gaps); i++ {
		require.Greater(t, sim.gaps[i], sim.gaps[i-1])
	}
	require.False(t, sim.calls[0].again)
	for _, c := range sim.calls[1:] {
		require.True(t, c.again, "unchanged retries keep their request id")
	}
}

func TestStreamVectorK15(t *testing.T) {
	rs := records(4)
	for i, k := range []string{"x", "x", "y", "y"} {
		rs[i].key = k
	}
	require.NotEqual(t, LaneOf("x", 2), LaneOf("y", 2))
	fails := 3
	sim := newSim(StreamConfig{Limits: Limits{BatchSize: 1}, ParallelizationFactor: 2}, func(batch []rec, _ *Window) Outcome {
		if batch[0].key == "x" && fails > 0 {
			fails--
			return Outcome{Result: FunctionError}
		}
		return Outcome{Result: Succeeded}
	})
	sim.add(rs...)
	sim.run(time.Second)
	require.Subset(t, sim.log, []string{"S3", "S4"}, "y proceeds while x fails")
	require.NotContains(t, sim.log, "S1")
	require.Zero(t, sim.shard.Checkpoint(), "the checkpoint stays before the oldest unresolved record")
	sim.run(time.Hour)
	require.Less(t, slices.Index(sim.log, "S1"), slices.Index(sim.log, "S2"))
	require.Equal(t, 4, sim.shard.Checkpoint())
}

func TestStreamVectorK16(t *testing.T) {
	type shard struct {
		id      string
		parents []string
	}
	tree := []shard{{"P", nil}, {"C1", []string{"P"}}, {"C2", []string{"P"}}}
	answers := &script{words: []string{"F", "S"}}
	parent := newSim(StreamConfig{Limits: all100}, func(batch []rec, _ *Window) Outcome { return answers.stream(batch) })
	readable := func() []int {
		return Readable(tree, func(s *shard) string { return s.id }, func(s *shard) []string { return s.parents },
			func(id string) bool { return id == "P" && parent.shard.Drained() })
	}
	parent.add(records(1)...)
	parent.shard.End()
	require.Equal(t, []int{0}, readable())
	parent.run(100 * time.Millisecond) // F
	require.Equal(t, []string{"F1"}, parent.log)
	require.Equal(t, []int{0}, readable())
	parent.run(time.Second) // S
	require.Equal(t, []int{1, 2}, readable(), "siblings go on side by side")
}

func TestStreamVectorK17(t *testing.T) {
	ok := func([]rec, *Window) Outcome { return Outcome{Result: Succeeded} }
	a, b := newSim(StreamConfig{Limits: all100}, ok), newSim(StreamConfig{Limits: Limits{BatchSize: 2}}, ok)
	for _, s := range []*shardSim{a, b} {
		s.add(records(3)...)
		s.run(time.Second)
	}
	require.Equal(t, []string{"S1,2,3"}, a.log)
	require.Equal(t, []string{"S1,2", "S3"}, b.log)
}

func TestStreamVectorK18(t *testing.T) {
	ok := func([]rec, *Window) Outcome { return Outcome{Result: Succeeded} }
	first := newSim(StreamConfig{Limits: all100}, ok)
	first.add(records(10)...)
	first.run(time.Second)
	second := newSim(StreamConfig{Limits: all100}, ok) // enabled again, it reads from the checkpoint
	second.add(records(11)[first.shard.Checkpoint():]...)
	second.run(time.Second)
	require.Equal(t, []string{"S11"}, second.log)
}

func TestStreamVectorK19(t *testing.T) {
	rs := records(3)
	rs[1].size = MaximumEventSize
	sim := newSim(StreamConfig{Limits: all100, Policy: Policy{MaximumRetryAttempts: new(2)}, Overhead: 14},
		func([]rec, *Window) Outcome { return Outcome{Result: Succeeded} })
	sim.add(rs...)
	sim.run(time.Hour)
	require.Equal(t, []string{"S1", "S3"}, sim.log)
	require.Equal(t, []string{"2 RetryAttemptsExhausted 3 0"}, sim.discards)
	require.Equal(t, []time.Duration{500 * time.Millisecond, time.Second}, sim.gaps)
	require.Equal(t, 3, sim.shard.Checkpoint())
}

func TestStreamVectorK23(t *testing.T) {
	sim := newSim(StreamConfig{Limits: all100}, func([]rec, *Window) Outcome { panic("invoked") })
	for i := range 5 {
		sim.shard.Skip(i + 1)
	}
	sim.run(time.Hour)
	require.Equal(t, 5, sim.shard.Checkpoint())
}
