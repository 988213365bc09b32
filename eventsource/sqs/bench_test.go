package sqs

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

// BenchmarkQueue moves messages of 64 bytes through a queue in batches of 10: sent, received as a mapping receives
// them, deleted. The baseline does the same with a buffered channel of strings. Most of a send is the MD5 of the body.
func BenchmarkQueue(b *testing.B) {
	body := strings.Repeat("x", 64)
	ctx := context.Background()
	b.Run("channel", func(b *testing.B) {
		b.ReportAllocs()
		ch := make(chan string, 10)
		for i := 0; i < b.N; i += 10 {
			for range 10 {
				ch <- body
			}
			for range 10 {
				<-ch
			}
		}
	})
	b.Run("send+receive+delete", func(b *testing.B) {
		b.ReportAllocs()
		q := NewQueue("q", Attributes{})
		for i := 0; i < b.N; i += 10 {
			fill(b, q, body, i, 10)
			cycle(b, q, ctx)
		}
	})
	for _, c := range []struct {
		name, queue string
		notify      bool
	}{
		{"standard", "q", false},
		{"standard, notifying", "q", true},
		{"FIFO", "q.fifo", false},
	} {
		b.Run("receive+delete/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			q := NewQueue(c.queue, Attributes{})
			if c.notify {
				defer q.Notify(func() {})()
			}
			for i := 0; i < b.N; i += 10 {
				if i%1000 == 0 {
					b.StopTimer()
					fill(b, q, body, i, 1000)
					b.StartTimer()
				}
				cycle(b, q, ctx)
			}
		})
	}
}

// fill sends n messages, from number i on.
func fill(b testing.TB, q *Queue, body string, i, n int) {
	m := Message{Body: body}
	for ; n > 0; n-- {
		if i++; q.set.fifo {
			m = fifoMessage(body, "g", strconv.Itoa(i))
		}
		if _, err := q.send(m, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func cycle(b *testing.B, q *Queue, ctx context.Context) {
	rs, err := q.Receive(ctx, 10, false)
	if err != nil || len(rs) == 0 {
		b.Fatal(len(rs), err)
	}
	if err := q.Delete(ctx, rs); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBacklog receives and deletes ten at a time with 100,000 messages waiting and 100,000 in flight: the cost
// must not grow with them.
func BenchmarkBacklog(b *testing.B) {
	for _, backlog := range []int{10, 100_000} {
		b.Run(map[int]string{10: "10", 100_000: "100k"}[backlog], func(b *testing.B) {
			b.ReportAllocs()
			q := NewQueue("q", Attributes{})
			q.state.limit = 1 << 30
			var batches [][]eventsource.Record
			fill(b, q, "x", 0, 2*backlog)
			for range backlog / 10 {
				rs, _ := q.Receive(b.Context(), 10, false)
				batches = append(batches, rs)
			}
			b.ResetTimer()
			for i := 0; i < b.N; i += 10 {
				fill(b, q, "x", i, 10)
				rs, _ := q.Receive(b.Context(), 10, false)
				k := (i / 10 * 7919) % len(batches)
				if err := q.Delete(b.Context(), batches[k]); err != nil {
					b.Fatal(err)
				}
				batches[k] = rs
			}
		})
	}
}

// A batch of ten costs three allocations to receive, the records, their handles and their text, and none to delete.
func TestAllocations(t *testing.T) {
	for name, body := range map[string]string{"plain": strings.Repeat("x", 64), "JSON": `{"order":"1234567890","customer":"a","total":12.5}`} {
		t.Run(name, func(t *testing.T) {
			q := NewQueue("q", Attributes{})
			ctx := context.Background()
			const rounds = 100
			fill(t, q, body, 0, (rounds+1)*10)
			var rs []eventsource.Record
			receive := testing.AllocsPerRun(rounds, func() { rs, _ = q.Receive(ctx, 10, false) })
			require.LessOrEqual(t, receive, 3.0)
			require.Zero(t, testing.AllocsPerRun(rounds, func() { _ = q.Delete(ctx, rs) }))
		})
	}
}
