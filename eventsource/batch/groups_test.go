package batch

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func grouped(groups ...string) []rec {
	rs := records(len(groups))
	for i := range rs {
		rs[i].key = groups[i]
	}
	return rs
}

func take(g *Groups[rec], waiting []rec, max int) (batch, rest []rec) {
	f, err := NewFormer(Limits{BatchSize: max}, 0)
	if err != nil {
		panic(err)
	}
	return g.Take(waiting, &f, t0)
}

func TestGroups(t *testing.T) {
	g := NewGroups(&recFields)
	first, waiting := take(g, grouped("a", "a", "b", "a", "c", "b"), 3)
	require.Equal(t, "1,2,3", idsOf(first), "a batch may mix groups")
	require.Equal(t, "4,5,6", idsOf(waiting))
	require.Equal(t, 2, g.Active())
	second, waiting := take(g, waiting, 3)
	require.Equal(t, "5", idsOf(second), "groups in flight are passed over")
	require.Equal(t, "4,6", idsOf(waiting))
	waiting = g.Release(first, first, waiting)
	require.False(t, g.Held("a"))
	require.True(t, g.Held("c"))
	third, waiting := take(g, waiting, 3)
	require.Equal(t, "4,6", idsOf(third))
	require.Empty(t, waiting)
}

// What was taken, or given up, is not held by the memory of what waits.
func TestGroups_memory(t *testing.T) {
	g, all := NewGroups(&recFields), grouped("a", "a", "b", "b")
	batch, waiting := take(g, all, 3)
	require.Equal(t, "4", idsOf(waiting))
	for _, r := range all[1:] {
		require.Zero(t, r)
	}
	require.Empty(t, g.Release(batch, nil, waiting))
	require.Zero(t, all[0])
}

func TestGroups_whatWaitsBehindAFailureIsGivenUp(t *testing.T) {
	for name, deleted := range map[string]func([]rec) []rec{
		"error":   func([]rec) []rec { return nil },
		"partial": func(batch []rec) []rec { return Acknowledged(QueueVerdict(partial("2"), batch, recID), batch) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewGroups(&recFields)
			batch, waiting := take(g, grouped("a", "a", "b", "a", "a"), 2)
			require.Equal(t, "1,2", idsOf(batch))
			require.Equal(t, "3", idsOf(g.Release(batch, deleted(batch), waiting)), "b did not fail")
			require.Zero(t, g.Active())
		})
	}
}

// What came again after its lease ended, and what came behind it, is the queue's own repetition and not given up.
func TestGroups_whatCameAgainIsKept(t *testing.T) {
	g := NewGroups(&recFields)
	all := grouped("a", "a", "a", "b")
	batch, waiting := take(g, slices.Clone(all[:3]), 2)
	require.Equal(t, "1,2", idsOf(batch))
	waiting = append(waiting, all[0], all[1], all[2], all[3])
	require.Equal(t, "1,2,3,4", idsOf(g.Release(batch, nil, slices.Clone(waiting))), "the older copy of 3 is given up")
	batch, _ = take(g, slices.Clone(all[:2]), 2)
	require.Equal(t, "2,3,4", idsOf(g.Release(batch, batch[:1], waiting)), "1 was deleted, so it is 2 that came again")
}

func TestGroups_messagesWithoutAGroupAreFree(t *testing.T) {
	g := NewGroups(&recFields)
	batch, waiting := take(g, grouped("", "", "", ""), 2)
	require.Zero(t, g.Active())
	again, rest := take(g, waiting, 1)
	require.Equal(t, "3", idsOf(again))
	require.Equal(t, "4", idsOf(g.Release(batch, nil, rest)), "a failure gives up nothing that waits")
}

func TestGroups_aMessageThatDoesNotFitIsNotOvertaken(t *testing.T) {
	g := NewGroups(&recFields)
	waiting := grouped("a", "a", "b", "a")
	waiting[1].size = 100
	f, err := NewFormer(Limits{BatchSize: 10, MaxBytes: 50}, 0)
	require.NoError(t, err)
	batch, rest := g.Take(waiting, &f, t0)
	require.Equal(t, "1", idsOf(batch))
	require.Equal(t, "2,3,4", idsOf(rest))
}

// queueRun is a random queue and mapping, worked off.
func queueRun(t *rapid.T, fifo bool) *queueSim {
	groups := rapid.SampledFrom([]string{""})
	if fifo {
		groups = rapid.SampledFrom([]string{"a", "b", "c"})
	}
	q := &fakeQueue{visibility: 30 * time.Second, maxReceive: rapid.IntRange(0, 4).Draw(t, "maxReceive")}
	q.send(rapid.SliceOfN(groups, 0, 30).Draw(t, "messages")...)
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"S", "S", "F", "T", "suffix", "{}", "5"}), 0, 40).Draw(t, "answers")
	cuts := rapid.SliceOfN(rapid.IntRange(0, 100), 41, 41).Draw(t, "cuts")
	scaling := Scaling{FIFO: fifo, MaximumConcurrency: rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "MaximumConcurrency")}
	limits := Limits{BatchSize: rapid.IntRange(1, 10).Draw(t, "BatchSize"), MaxBytes: rapid.IntRange(30, 150).Draw(t, "MaxBytes")}
	calls := 0
	sim := newQueueSim(q, limits, scaling, nil)
	sim.answer = func(batch []rec) string {
		for _, r := range batch {
			if !r.expires.After(sim.now) {
				t.Fatalf("message %s was invoked with an expired receipt", r.id)
			}
		}
		if calls++; calls > len(words) {
			return "S"
		}
		if w := words[calls-1]; w != "suffix" {
			return w
		}
		return string(suffix(batch, cuts[calls]))
	}
	sim.report = true
	sim.work = time.Duration(rapid.IntRange(0, 20).Draw(t, "work")) * time.Second
	if !fifo {
		sim.filter = func(r rec) bool { return r.id != "3" }
	}
	sim.run(24 * time.Hour)
	return sim
}

// suffix reports, as FIFO handlers must, the first failed message of a group and everything behind it.
func suffix(batch []rec, cut int) []byte {
	from := cut % len(batch)
	var ids []string
	for i, r := range batch {
		if i >= from && (r.key == "" || r.key == batch[from].key) {
			ids = append(ids, r.id)
		}
	}
	return partial(ids...)
}

func TestQueueRules_nothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fifo := rapid.Bool().Draw(t, "FIFO")
		sim := queueRun(t, fifo)
		for _, m := range sim.queue.messages {
			if m.gone == "" {
				t.Fatalf("message %s is still there after a day", m.id)
			}
			if m.gone == "dead" && sim.queue.maxReceive == 0 {
				t.Fatalf("message %s is dead", m.id)
			}
			seen := sim.counts[m.id]
			if !slices.IsSorted(seen) {
				t.Fatalf("receive counts %v", seen)
			}
		}
		if limit := sim.scale.most; sim.most > limit {
			t.Fatalf("%d batches in flight, allowed are %d", sim.most, limit)
		}
		if sim.scale.InFlight() != 0 || sim.groups.Active() != 0 {
			t.Fatalf("leaked places or groups")
		}
	})
}

func TestQueueRules_fifoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sim := queueRun(t, true)
		if sim.conflict {
			t.Fatal("two batches in flight shared a group")
		}
		if sim.most > 3 {
			t.Fatalf("%d batches of three groups in flight", sim.most)
		}
		reached := map[string]int{} // per group, the number of its messages delivered so far
		order := map[string][]string{}
		for _, m := range sim.queue.messages {
			order[m.key] = append(order[m.key], m.id)
		}
		for _, b := range sim.batches {
			for _, r := range b {
				at := slices.Index(order[r.key], r.id)
				if at > reached[r.key] && !allGone(sim.queue, order[r.key][reached[r.key]:at]) {
					t.Fatalf("message %s of group %s came before %v", r.id, r.key, order[r.key][reached[r.key]:at])
				}
				reached[r.key] = max(reached[r.key], at+1)
			}
		}
	})
}

// allGone reports whether the messages ended in the dead-letter queue, where order does not count.
func allGone(q *fakeQueue, ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return q.find(id).gone != "dead" })
}
