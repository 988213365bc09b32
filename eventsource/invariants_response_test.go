package eventsource_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

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
