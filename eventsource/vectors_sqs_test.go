package eventsource_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// visibility is the queues' default.
const visibility = 30 * time.Second

// redriven makes a queue with a dead-letter queue.
func redriven(name string, maxReceiveCount int) (work, dead *sqs.Queue) {
	suffix := ""
	if len(name) > 5 && name[len(name)-5:] == ".fifo" {
		suffix = ".fifo"
	}
	dead = sqs.NewQueue("dead"+suffix, sqs.Attributes{})
	return sqs.NewQueue(name, sqs.Attributes{DeadLetterQueue: dead, MaxReceiveCount: maxReceiveCount}), dead
}

func TestSQSVectors(t *testing.T) {
	bubble(t, "Q1", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("FS")), sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, "a")
		defer w.mapping(q, eventsource.Config{}).Close()
		lambdatest.Advance(visibility - 1)
		require.Equal(t, []string{"a"}, w.texts())
		lambdatest.Advance(1)
		require.Equal(t, []string{"a", "a"}, w.texts())
		require.Equal(t, 1, w.deliveries()[0].Items[0].Count)
		require.Equal(t, 2, w.deliveries()[1].Items[0].Count)
		require.Zero(t, q.Len())
	})
	bubble(t, "Q2", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, script("F"))
		q, dead := redriven("q", 2)
		send(t, q, "a")
		defer w.mapping(q, eventsource.Config{}).Close()
		lambdatest.Advance(2 * visibility)
		require.Len(t, w.deliveries(), 2)
		require.Equal(t, w.deliveries()[0].Items[0].ID, dead.ReceiveMessages(1)[0].MessageId)
	})
	bubble(t, "Q3", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) { return report(d, "2", "4"), nil })
		q := sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, "1", "2", "3", "4")
		defer w.mapping(q, eventsource.Config{ReportBatchItemFailures: true}).Close()
		synctest.Wait()
		require.Equal(t, 2, q.Len())
		lambdatest.Advance(visibility)
		require.Equal(t, []string{"1,2,3,4", "2,4"}, w.texts())
		require.Equal(t, 2, w.sum(trace.Deleted))
	})
	bubble(t, "Q4", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(n int, d delivery) (string, error) {
			if n == 1 {
				return report(d, "g:2", "g:3", "g:4"), nil
			}
			return report(d, "g:4"), nil
		})
		q, dead := redriven("q.fifo", 2)
		send(t, q, "g:1", "g:2", "g:3", "g:4")
		defer w.mapping(q, eventsource.Config{ReportBatchItemFailures: true}).Close()
		lambdatest.Advance(3 * visibility)
		require.Equal(t, []string{"g:1,g:2,g:3,g:4", "g:2,g:3,g:4"}, w.texts())
		require.Equal(t, "g:4", dead.ReceiveMessages(1)[0].Body)
	})
	bubble(t, "Q5", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { return `{"batchItemFailures":[{"foo":"x"}]}`, nil })
		q, dead := redriven("q", 2)
		send(t, q, "a", "b")
		defer w.mapping(q, eventsource.Config{ReportBatchItemFailures: true}).Close()
		lambdatest.Advance(2 * visibility)
		require.Equal(t, []string{"a,b", "a,b"}, w.texts())
		require.Equal(t, 2, dead.Len())
	})
	for answer, deleted := range map[string]bool{
		`{}`: true, ``: true, `null`: true, `""`: true, `[]`: true, `{"ok":1}`: true, `{"batchItemFailures":[]}`: true,
		`{"batchItemFailures":null}`:                          true,
		`{"batchItemFailures":[{}]}`:                          true,
		`{"batchItemFailures":[{"itemIdentifier":""}]}`:       false,
		`{"batchItemFailures":[{"itemIdentifier":null}]}`:     false,
		`{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`: false,
		`{"batchItemFailures":[{"itemIdentifier":5}]}`:        false,
		`{"batchItemFailures":"x"}`:                           false,
		`"done"`:                                              false, `5`: false,
	} {
		row := map[bool]string{true: "Q6 ", false: "Q7 "}[deleted]
		bubble(t, row+answer, func(t *testing.T) {
			w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { return answer, nil })
			q := sqs.NewQueue("q", sqs.Attributes{})
			send(t, q, "a", "b")
			defer w.mapping(q, eventsource.Config{ReportBatchItemFailures: true}).Close()
			synctest.Wait()
			require.Equal(t, deleted, q.Len() == 0)
			lambdatest.Advance(visibility)
			require.Equal(t, map[bool][]string{true: {"a,b"}, false: {"a,b", "a,b"}}[deleted], w.texts())
		})
	}
	bubble(t, "Q8", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) { return report(d, "1"), nil })
		q := sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, "1", "2")
		defer w.mapping(q, eventsource.Config{}).Close()
		synctest.Wait()
		require.Zero(t, q.Len())
	})
	bubble(t, "Q9", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, script("F"))
		q, dead := redriven("q", 1)
		send(t, q, "a", "b")
		defer w.mapping(q, eventsource.Config{ReportBatchItemFailures: true}).Close()
		lambdatest.Advance(visibility)
		require.Len(t, w.deliveries(), 1)
		require.Equal(t, 2, dead.Len())
	})
	bubble(t, "Q10", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, `{"k":"v"}`, `{"k":"w"}`, `text`)
		defer w.mapping(q, eventsource.Config{Filters: []string{`{"body":{"k":["v"]}}`}}).Close()
		synctest.Wait()
		require.Equal(t, []string{`{"k":"v"}`}, w.texts())
		require.Zero(t, q.Len())
		require.Equal(t, 3, w.sum(trace.Polled))
		require.Equal(t, 2, w.sum(trace.Filtered))
		require.Equal(t, 3, w.sum(trace.Deleted))
	})
	bubble(t, "Q11", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		for range 25 {
			send(t, q, "a")
		}
		defer w.mapping(q, eventsource.Config{BatchSize: 20, MaximumBatchingWindow: 10 * time.Second}).Close()
		lambdatest.Advance(10 * time.Second)
		got := w.deliveries()
		require.Len(t, got, 2)
		require.Len(t, got[0].Items, 20)
		require.Zero(t, got[0].At)
		require.Len(t, got[1].Items, 5)
		require.Equal(t, 10*time.Second, got[1].At)
	})
	bubble(t, "Q12", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { time.Sleep(5 * time.Second); return "", nil })
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 10 * time.Second}, w.code())
		q := sqs.NewQueue("q.fifo", sqs.Attributes{})
		send(t, q, "g:1", "g:2", "g:3", "g:4", "g:5")
		defer w.mapping(q, eventsource.Config{BatchSize: 1}).Close()
		lambdatest.Advance(25 * time.Second)
		require.Equal(t, []string{"g:1", "g:2", "g:3", "g:4", "g:5"}, w.texts())
		require.Equal(t, 1, w.most())
		require.Len(t, w.tl.Of(trace.InitStarted), 1)
	})
	bubble(t, "Q13", func(t *testing.T) {
		var mu sync.Mutex
		flying := map[string]int{}
		fly := func(group string, by int) {
			mu.Lock()
			defer mu.Unlock()
			flying[group] += by
			require.LessOrEqual(t, flying[group], 1, group)
		}
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) {
			fly(d.Items[0].Group, 1)
			defer fly(d.Items[0].Group, -1)
			time.Sleep(time.Second)
			return "", nil
		})
		q := sqs.NewQueue("q.fifo", sqs.Attributes{})
		send(t, q, "a:1", "b:1", "c:1", "a:2", "b:2", "c:2")
		defer w.mapping(q, eventsource.Config{BatchSize: 1, MaximumConcurrency: 2}).Close()
		lambdatest.Advance(3 * time.Second)
		require.Equal(t, 2, w.most())
		require.Len(t, w.deliveries(), 6)
		require.Zero(t, q.Len())
	})
	bubble(t, "Q14", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		send(t, q, "a")
		defer w.mapping(q, eventsource.Config{}).Close()
		lambdatest.Advance(visibility + time.Second)
		require.Empty(t, w.deliveries())
		require.Greater(t, len(w.tl.Of(trace.BatchFormed)), 5)
		require.NoError(t, w.svc.DeleteFunctionConcurrency("f"))
		lambdatest.Advance(visibility)
		require.Len(t, w.deliveries(), 1)
		require.Equal(t, 2, w.deliveries()[0].Items[0].Count)
	})
	bubble(t, "Q15", func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(_ int, d delivery) (string, error) { return report(d, "g:1"), nil })
		q := sqs.NewQueue("q.fifo", sqs.Attributes{})
		send(t, q, "g:1", "g:2", "g:3")
		defer w.mapping(q, eventsource.Config{ReportBatchItemFailures: true}).Close()
		lambdatest.Advance(visibility)
		require.Equal(t, []string{"g:1,g:2,g:3", "g:1"}, w.texts())
	})
}

// Concurrency begins at five, grows by demand, and never exceeds MaximumConcurrency.
func TestSQSScale(t *testing.T) {
	for _, c := range []struct {
		name    string
		config  eventsource.Config
		atOnce  int
		later   time.Duration
		atLater int
	}{
		{"five at first, five a second more", eventsource.Config{BatchSize: 1}, 5, 2 * time.Second, 15},
		{"bounded", eventsource.Config{BatchSize: 1, MaximumConcurrency: 3}, 3, 2 * time.Second, 3},
		{"provisioned", eventsource.Config{BatchSize: 1, ProvisionedPollers: &eventsource.ProvisionedPollers{MaximumPollers: 4}}, 20, 2 * time.Second, 40},
	} {
		bubble(t, c.name, func(t *testing.T) {
			w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { time.Sleep(20 * time.Second); return "", nil })
			q := sqs.NewQueue("q", sqs.Attributes{})
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 30 * time.Second}, w.code())
			for range 100 {
				send(t, q, "a")
			}
			defer w.mapping(q, c.config).Close()
			synctest.Wait()
			require.Equal(t, c.atOnce, w.most())
			lambdatest.Advance(c.later)
			require.Equal(t, c.atLater, w.most())
		})
	}
}

// A deleted function leaves its messages to the queue.
func TestSQSFunctionDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		m := w.mapping(q, eventsource.Config{})
		defer m.Close()
		require.NoError(t, w.svc.DeleteFunction("f"))
		send(t, q, "a")
		lambdatest.Advance(time.Minute)
		require.Equal(t, 1, q.Len())
		require.Equal(t, eventsource.Enabled, m.State())
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, w.code())
		lambdatest.Advance(visibility)
		require.Zero(t, q.Len())
	})
}

// What is in flight when a mapping is disabled ends and is acknowledged; nothing new begins.
func TestSQSDisable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{}, func(int, delivery) (string, error) { time.Sleep(time.Second); return "", nil })
		q := sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, "a")
		m := w.mapping(q, eventsource.Config{})
		defer m.Close()
		synctest.Wait()
		require.NoError(t, m.Disable())
		send(t, q, "b")
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"a"}, w.texts())
		require.Equal(t, 1, q.Len())
		require.NoError(t, m.Enable())
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"a", "b"}, w.texts())
		require.Zero(t, q.Len())
	})
}

// A Service that closes stops its mappings.
func TestServiceCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		m := w.mapping(q, eventsource.Config{})
		w.svc.Close()
		send(t, q, "a")
		synctest.Wait()
		require.Equal(t, 1, q.Len())
		m.Close()
	})
}
