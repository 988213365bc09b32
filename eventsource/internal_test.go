package eventsource

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/lambda"
)

// However many ask, one at a time works, and nobody's request is forgotten.
func TestTurn(t *testing.T) {
	var tr turn
	var wg sync.WaitGroup
	var asked, served atomic.Int64
	inside, rounds := 0, 0
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				asked.Add(1)
				if !tr.take() {
					continue
				}
				tr.do(func() {
					inside++
					if inside != 1 {
						t.Error("two are inside")
					}
					served.Store(asked.Load())
					rounds++
					inside--
				})
			}
		})
	}
	wg.Wait()
	require.Equal(t, asked.Load(), served.Load())
	require.Positive(t, rounds)
}

func TestLife(t *testing.T) {
	var l life
	over := 0
	require.True(t, l.enter())
	l.then(func() { over++ })
	l.stop()
	require.False(t, l.enter())
	l.add() // work under way begins more
	l.leave()
	require.Zero(t, over)
	l.leave()
	require.Equal(t, 1, over)
	l.then(func() { over++ })
	require.Equal(t, 2, over)
}

func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var rings []time.Duration
		a := alarm{ring: func() { rings = append(rings, time.Since(start)) }}
		a.set(time.Time{}, start)
		a.set(start.Add(2*time.Second), start)
		a.set(start.Add(time.Second), start)
		a.set(start.Add(time.Second), start)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		a.set(start.Add(100*time.Second), time.Now())
		a.set(time.Time{}, time.Now())
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, []time.Duration{time.Second}, rings)
	})
}

func TestInbox(t *testing.T) {
	var b inbox[int]
	require.Empty(t, b.drain())
	b.post(1)
	b.post(2)
	require.Equal(t, []int{1, 2}, b.drain())
	b.post(3)
	require.Equal(t, []int{3}, b.drain())
	require.Empty(t, b.drain())
}

// What the rules count as an event without records is what is written.
func TestEventSizes(t *testing.T) {
	records := []Record{{JSON: []byte(`{"a":1}`)}, {JSON: []byte(`{"b":2}`)}}
	require.JSONEq(t, `{"Records":[{"a":1},{"b":2}]}`, string(appendEvent(nil, records)))
	require.Equal(t, len(`{"Records":[]}`), emptyEvent)
	w := batch.Window{Start: time.Unix(60, 0), End: time.Unix(120, 0), State: []byte(`{"n":1}`), Final: true}
	event := appendWindowEvent(nil, nil, &w, `shard"1`, "arn")
	require.JSONEq(t, `{"Records":[],"window":{"start":"1970-01-01T00:01:00Z","end":"1970-01-01T00:02:00Z"},"state":{"n":1},
		"shardId":"shard\"1","eventSourceARN":"arn","isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}`, string(event))
	require.Less(t, emptyWindowEvent(`shard"1`, "arn")+len(w.State)-len(event), 3) // a true is shorter than a false
	require.GreaterOrEqual(t, emptyWindowEvent(`shard"1`, "arn")+len(w.State), len(event))
}

var identity = lambda.Identity{}.WithDefaults()

func FuzzMarker(f *testing.F) {
	f.Add("")
	f.Add("MQ")
	f.Add(writeMarker(1 << 63))
	f.Fuzz(func(t *testing.T, marker string) {
		n, ok := readMarker(marker)
		if again, fine := readMarker(writeMarker(n)); ok && (!fine || again != n) {
			t.Fatalf("%q is %d, which reads as %d", marker, n, again)
		}
	})
}

// Whatever the numbers, a configuration is either refused or marshals to JSON that says them.
func FuzzSettings(f *testing.F) {
	f.Add(10, int64(0), 0, 0, int64(0), int64(0), `{"body":[1]}`)
	f.Add(11, int64(time.Second), 2, 1, int64(time.Minute), int64(time.Hour), `{`)
	f.Fuzz(func(t *testing.T, size int, window int64, concurrency, factor int, tumbling, age int64, pattern string) {
		for k := standardQueue; k <= dynamoDBStream; k++ {
			c := Config{FunctionName: "f", BatchSize: size, MaximumBatchingWindow: time.Duration(window), MaximumConcurrency: concurrency,
				ParallelizationFactor: factor, TumblingWindow: time.Duration(tumbling), MaximumRecordAge: time.Duration(age), Filters: []string{pattern}}
			s, err := newSettings(c, k, identity, "arn:aws:kinesis:us-east-1:123456789012:stream/s", time.Unix(0, 0))
			if err != nil {
				continue
			}
			limits, scaling, policy := s.limits(), s.scaling(), s.policy(0)
			if limits.Validate() != nil || scaling.Validate() != nil || policy.Validate() != nil {
				t.Fatalf("the rules refuse %+v", c)
			}
		}
	})
}

// Configurations of every kind marshal.
func TestConfigurationMarshals(t *testing.T) {
	for _, c := range []Configuration{{}, {stream: true, StartingPosition: AtTimestamp, StartingPositionTimestamp: time.Unix(1, 0), OnFailure: "arn"},
		{ProvisionedPollers: &ProvisionedPollers{2, 200}}} {
		b, err := json.Marshal(c)
		require.NoError(t, err)
		require.True(t, json.Valid(b))
	}
	require.Empty(t, PositionType(9).String())
}
