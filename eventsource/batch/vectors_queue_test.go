package batch

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func answers(words string) func([]rec) string {
	s := &script{words: strings.Fields(words)}
	return func([]rec) string { return s.next() }
}

func TestQueueVectors(t *testing.T) {
	for _, v := range []struct {
		row           string
		n             int
		maxReceive    int
		off           bool // ReportBatchItemFailures off
		script        string
		log           string
		deleted, dead []string
	}{
		{row: "Q1", n: 1, script: "F S", log: "1 1", deleted: []string{"1"}},
		{row: "Q2", n: 1, maxReceive: 2, script: "F", log: "1 1", dead: []string{"1"}},
		{row: "Q3", n: 4, script: "P(2,4) S", log: "1,2,3,4 2,4", deleted: []string{"1", "2", "3", "4"}},
		{row: "Q5", n: 2, maxReceive: 2, script: `{"batchItemFailures":[{"foo":"x"}]}`, log: "1,2 1,2", dead: []string{"1", "2"}},
		{row: "Q6", n: 1, script: "{}", log: "1", deleted: []string{"1"}},
		{row: "Q7 empty", n: 2, script: "P() S", log: "1,2 1,2", deleted: []string{"1", "2"}},
		{row: "Q7 null", n: 2, script: `{"batchItemFailures":[{"itemIdentifier":null}]} S`, log: "1,2 1,2", deleted: []string{"1", "2"}},
		{row: "Q7 unknown", n: 2, script: "P(9) S", log: "1,2 1,2", deleted: []string{"1", "2"}},
		{row: "Q8", n: 2, off: true, script: "P(1)", log: "1,2", deleted: []string{"1", "2"}},
		{row: "Q9", n: 2, maxReceive: 1, script: "F", log: "1,2", dead: []string{"1", "2"}},
	} {
		t.Run(v.row, func(t *testing.T) {
			q := &fakeQueue{visibility: 30 * time.Second, maxReceive: v.maxReceive}
			q.send(slices.Repeat([]string{""}, v.n)...)
			sim := newQueueSim(q, Limits{BatchSize: 10}, Scaling{}, answers(v.script))
			sim.report = !v.off
			sim.run(time.Hour)
			require.Equal(t, strings.Fields(v.log), sim.log)
			require.Equal(t, v.deleted, q.named("deleted"))
			require.Equal(t, v.dead, q.named("dead"))
			for i, at := range sim.at {
				require.Equal(t, time.Duration(i)*30*time.Second, at, "what is not deleted comes back when its visibility ends")
			}
		})
	}
}

func TestQueueVectorQ1ReceiveCounts(t *testing.T) {
	q := &fakeQueue{visibility: 30 * time.Second}
	q.send("")
	sim := newQueueSim(q, Limits{BatchSize: 10}, Scaling{}, answers("F S"))
	sim.run(time.Hour)
	require.Equal(t, []int{1, 2}, sim.counts["1"])
}

func TestQueueVectorQ4(t *testing.T) {
	q := &fakeQueue{visibility: 30 * time.Second, maxReceive: 2}
	q.send("g", "g", "g", "g")
	sim := newQueueSim(q, Limits{BatchSize: 10}, Scaling{FIFO: true}, answers("P(2,3,4) P(4)"))
	sim.report = true
	sim.run(time.Hour)
	require.Equal(t, []string{"1,2,3,4", "2,3,4"}, sim.log)
	require.Equal(t, []string{"4"}, q.named("dead"))
}

func TestQueueVectorQ10(t *testing.T) {
	q := &fakeQueue{visibility: 30 * time.Second}
	q.send("", "", "")
	sim := newQueueSim(q, Limits{BatchSize: 10}, Scaling{}, answers("S"))
	sim.filter = func(r rec) bool { return r.id == "1" }
	sim.run(time.Hour)
	require.Equal(t, []string{"1"}, sim.log)
	require.Equal(t, []string{"1", "2", "3"}, q.named("deleted"))
}

func TestQueueVectorQ11(t *testing.T) {
	q := &fakeQueue{visibility: 30 * time.Second}
	q.send(make([]string, 25)...)
	sim := newQueueSim(q, Limits{BatchSize: 20, Window: 10 * time.Second}, Scaling{}, answers("S"))
	sim.run(time.Hour)
	require.Equal(t, []time.Duration{0, 10 * time.Second}, sim.at)
	require.Len(t, sim.batches[0], 20)
	require.Len(t, sim.batches[1], 5)
}

func TestQueueVectorQ12(t *testing.T) {
	q := &fakeQueue{visibility: time.Minute}
	q.send("g", "g", "g", "g", "g")
	sim := newQueueSim(q, Limits{BatchSize: 1}, Scaling{FIFO: true}, answers("S"))
	sim.work = 5 * time.Second
	sim.run(time.Hour)
	require.Equal(t, []string{"1", "2", "3", "4", "5"}, sim.log)
	require.Equal(t, 1, sim.most)
}

func TestQueueVectorQ13(t *testing.T) {
	q := &fakeQueue{visibility: time.Minute}
	q.send("a", "b", "c", "a", "b", "c")
	sim := newQueueSim(q, Limits{BatchSize: 1}, Scaling{FIFO: true, MaximumConcurrency: 2}, answers("S"))
	sim.work = time.Second
	sim.run(time.Hour)
	require.Equal(t, 2, sim.most)
	require.False(t, sim.conflict)
	require.Len(t, q.named("deleted"), 6)
}

func TestQueueVectorQ14(t *testing.T) {
	q := &fakeQueue{visibility: 30 * time.Second}
	q.send("")
	throttled := 0
	sim := newQueueSim(q, Limits{BatchSize: 10}, Scaling{}, nil)
	sim.answer = func(batch []rec) string {
		require.True(t, sim.now.Before(batch[0].expires), "invoked with an expired receipt")
		if q.messages[0].count == 1 {
			throttled++
			return "T"
		}
		return "S"
	}
	sim.run(time.Hour)
	require.Equal(t, 6, throttled) // at 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s
	require.Equal(t, []int{2}, sim.counts["1"])
	require.Equal(t, []time.Duration{30 * time.Second}, sim.at)
	require.Zero(t, sim.scale.InFlight())
}

func TestQueueVectorQ15(t *testing.T) {
	q := &fakeQueue{visibility: 30 * time.Second}
	q.send("g", "g", "g")
	sim := newQueueSim(q, Limits{BatchSize: 10}, Scaling{FIFO: true}, answers("P(1) S"))
	sim.report = true
	sim.run(time.Second)
	require.Equal(t, []string{"2", "3"}, q.named("deleted"))
	sim.run(time.Hour)
	require.Equal(t, []string{"1,2,3", "1"}, sim.log)
}
