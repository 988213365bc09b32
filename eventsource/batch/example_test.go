package batch_test

import (
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
)

// message is a caller's own kind of record.
type message struct {
	ID      string
	Body    string
	Group   string
	Sent    time.Time
	Expires time.Time
}

var fields = batch.Fields[message]{
	ID:      func(m *message) string { return m.ID },
	Size:    func(m *message) int { return len(m.Body) },
	Arrival: func(m *message) time.Time { return m.Sent },
	Key:     func(m *message) string { return m.Group },
	Expires: func(m *message) time.Time { return m.Expires },
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func ids(ms []message) (s []string) {
	for _, m := range ms {
		s = append(s, m.ID)
	}
	return s
}

func four() []message {
	return []message{{ID: "1", Sent: start}, {ID: "2", Sent: start}, {ID: "3", Sent: start}, {ID: "4", Sent: start}}
}

// A poller of a queue: it takes a place, forms a batch, invokes, and deletes what succeeded.
func Example_queue() {
	now := start
	scale, _ := batch.NewScale(batch.Scaling{MaximumConcurrency: 10}, now)
	former, _ := batch.NewFormer(batch.Limits{BatchSize: 3}, len(`{"Records":[]}`))
	received := four()

	if ok, again := scale.AcquireAt(now); !ok {
		fmt.Println("come back at", again)
		return
	}
	var forming []message
	for i := range received {
		if !former.Add(len(received[i].Body), now) {
			break // it is the first of the next batch
		}
		forming = append(forming, received[i])
	}
	if former.Ready(now) {
		leased := fields.Leased(forming, now)
		fmt.Println("invoke with", ids(leased))
		payload := []byte(`{"batchItemFailures":[{"itemIdentifier":"2"}]}`) // what the function returned
		v := batch.QueueVerdict(payload, leased, fields.ID)
		fmt.Println(v.Result, "delete", ids(batch.Acknowledged(v, leased)))
		scale.ReportAt(now, v.Result)
		scale.ReleaseAt(now)
	}
	// Output:
	// invoke with [1 2 3]
	// PartlyFailed delete [1 3]
}

// A shell around one shard, in virtual time: record 3 always fails.
func Example_shard() {
	config := batch.StreamConfig{
		Limits:   batch.Limits{BatchSize: 100},
		Policy:   batch.Policy{MaximumRetryAttempts: new(1), BisectBatchOnFunctionError: true},
		Overhead: len(`{"Records":[]}`),
	}
	shard, _ := batch.NewShard(config, &fields, "TRIM_HORIZON")
	now := start
	page := four()
	for i := range page {
		shard.Add(now, &page[i], "after "+page[i].ID)
	}
	shard.Advance("after 4", true)

	for lane := range shard.Lanes() {
	work:
		for {
			switch w := shard.Next(lane, now); w.Action {
			case batch.Invoke:
				o := batch.Outcome{Result: batch.Succeeded}
				for _, m := range w.Records {
					if m.ID == "3" {
						o.Result = batch.FunctionError
					}
				}
				fmt.Println(now.Sub(start), "invoke with", ids(w.Records), o.Result)
				shard.Report(lane, now, o)
			case batch.Discard:
				fmt.Println(now.Sub(start), "discard", ids(w.Records), w.Condition, w.Count)
			case batch.Wait:
				now = w.At // a timer, in real life
			case batch.Done:
				break work
			}
		}
	}
	fmt.Println("checkpoint:", shard.Checkpoint())
	// Output:
	// 0s invoke with [1 2 3 4] FunctionError
	// 0s invoke with [1 2] Succeeded
	// 0s invoke with [3 4] FunctionError
	// 0s invoke with [3] FunctionError
	// 500ms invoke with [3] FunctionError
	// 500ms discard [3] RetryAttemptsExhausted 2
	// 500ms invoke with [4] Succeeded
	// checkpoint: after 4
}

func ExampleQueueVerdict() {
	for _, payload := range []string{
		``,
		`{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"4"}]}`,
		`{"batchItemFailures":[{"itemIdentifier":"5"}]}`,
		`"done"`,
	} {
		v := batch.QueueVerdict([]byte(payload), four(), fields.ID)
		fmt.Println(v.Result, v.Failed)
	}
	// Output:
	// Succeeded []
	// PartlyFailed [1 3]
	// AllFailed []
	// AllFailed []
}

func ExampleStreamVerdict() {
	o := batch.StreamVerdict([]byte(`{"batchItemFailures":[{"itemIdentifier":"4"},{"itemIdentifier":"3"}]}`), four(), fields.ID)
	fmt.Println(o.Result, "from", four()[o.First].ID)
	// Output: PartlyFailed from 3
}

func ExampleWindowVerdict() {
	o := batch.WindowVerdict([]byte(`{"state":{"sum":"7"}}`), four(), fields.ID, false)
	fmt.Println(o.Result, string(o.State))
	o = batch.WindowVerdict([]byte(`{}`), four(), fields.ID, false)
	fmt.Println(o.Result)
	// Output:
	// Succeeded {"sum":"7"}
	// FunctionError
}

func ExampleFormer() {
	f, _ := batch.NewFormer(batch.Limits{BatchSize: 100, Window: 10 * time.Second}, 14)
	f.Add(100, start)
	f.Add(200, start.Add(3*time.Second))
	fmt.Println(f.Len(), "records,", f.Bytes(), "bytes, due after", f.Due().Sub(start))
	// Output: 2 records, 315 bytes, due after 10s
}

func ExampleRetry() {
	r, _ := batch.NewRetry(batch.Policy{}, func(int) time.Time { return start })
	r.Begin(6)
	s := r.Next(start)
	fmt.Println(s.Action, s.From, s.To)
	r.Report(start, batch.Outcome{Result: batch.PartlyFailed, First: 4})
	s = r.Next(start)
	fmt.Println(s.Action, s.From, s.To, "resolved:", r.Resolved())
	r.Report(start, batch.Outcome{Result: batch.FunctionError})
	s = r.Next(start)
	fmt.Println(s.Action, s.At.Sub(start))
	// Output:
	// Invoke 0 6
	// Invoke 4 6 resolved: 4
	// Wait 500ms
}

func ExampleCheckpoint() {
	c := batch.NewCheckpoint("TRIM_HORIZON")
	first, second := c.Read("after 1"), c.Read("after 2")
	c.Resolve(second)
	fmt.Println(c.Position())
	c.Resolve(first)
	fmt.Println(c.Position())
	// Output:
	// TRIM_HORIZON
	// after 2
}

func ExampleReadable() {
	type shard struct {
		ID      string
		Parents []string
	}
	shards := []shard{{"parent", nil}, {"left", []string{"parent"}}, {"right", []string{"parent"}}}
	for _, drained := range []bool{false, true} {
		for _, i := range batch.Readable(shards,
			func(s *shard) string { return s.ID },
			func(s *shard) []string { return s.Parents },
			func(id string) bool { return id == "parent" && drained }) {
			fmt.Println(shards[i].ID)
		}
	}
	// Output:
	// parent
	// left
	// right
}

func ExampleTumbling() {
	w, _ := batch.NewTumbling(time.Minute)
	fmt.Println(w.Admit(start), w.Admit(start.Add(time.Minute)))
	w.Carry(batch.Outcome{Result: batch.Succeeded, State: []byte(`{"sum":"7"}`)})
	final := w.Window(true)
	fmt.Println(final.Start.Format(time.TimeOnly), final.End.Format(time.TimeOnly), string(final.State))
	w.Close()
	fmt.Println(w.Admit(start.Add(time.Minute)))
	// Output:
	// true false
	// 03:04:00 03:05:00 {"sum":"7"}
	// true
}

func ExampleScale() {
	s, _ := batch.NewScale(batch.Scaling{}, start)
	for range 5 {
		s.AcquireAt(start)
	}
	ok, again := s.AcquireAt(start)
	fmt.Println(ok, again.Sub(start))
	fmt.Println(s.LimitAt(start.Add(time.Minute)), s.LimitAt(start.Add(time.Hour)))
	// Output:
	// false 200ms
	// 305 1250
}

func ExampleGroups() {
	g := batch.NewGroups(&fields)
	former, _ := batch.NewFormer(batch.Limits{BatchSize: 2}, 14)
	waiting := []message{{ID: "1", Group: "a"}, {ID: "2", Group: "b"}, {ID: "3", Group: "a"}, {ID: "4", Group: "c"}}
	first, waiting := g.Take(waiting, &former, start)
	former.Reset(14)
	second, waiting := g.Take(waiting, &former, start)
	fmt.Println(ids(first), ids(second), ids(waiting))
	waiting = g.Release(first, nil, waiting) // it failed: nothing was deleted, and message 3 must not overtake 1
	fmt.Println(len(waiting), g.Held("a"), g.Held("c"))
	// Output:
	// [1 2] [4] [3]
	// 0 false true
}

func ExampleFields_RetryAt() {
	batchOf := []message{{ID: "1", Expires: start.Add(3 * time.Second)}}
	for tries := 1; tries <= 4; tries++ {
		fmt.Println(fields.RetryAt(batchOf, start, tries, nil).Sub(start))
	}
	// Output:
	// 500ms
	// 1s
	// 2s
	// 3s
}

func ExampleDoubling() {
	b := batch.Doubling(100*time.Millisecond, time.Second)
	fmt.Println(b(1), b(2), b(3), b(4), b(5))
	// Output: 100ms 200ms 400ms 800ms 1s
}

func ExampleLaneOf() {
	for _, key := range []string{"x", "y", "x", "z"} {
		fmt.Print(key, batch.LaneOf(key, 2), " ")
	}
	// Output: x1 y0 x1 z1
}
