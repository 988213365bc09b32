package kinesis

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

func TestNotify(t *testing.T) {
	s := NewStream("s", 2)
	var calls []string
	stopA := s.Notify(func() { calls = append(calls, "a") })
	stopB := s.Consumer("c").Notify(func() {
		calls = append(calls, "b")
		s.ListShards() // the stream is not locked
	})
	woken := func() []string { defer func() { calls = nil }(); return calls }

	require.NoError(t, s.Put("k", nil))
	require.Equal(t, []string{"a", "b"}, woken())
	_, err := s.PutRecords(repeat(5, PutRecordInput{PartitionKey: "k"}))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, woken())
	require.NoError(t, s.SplitShard(shard0, "1000"))
	require.Equal(t, []string{"a", "b"}, woken())
	require.NoError(t, s.MergeShards(shard2, shard3))
	require.Equal(t, []string{"a", "b"}, woken())
	require.NoError(t, s.UpdateShardCount(4))
	require.Equal(t, []string{"a", "b"}, woken())

	require.Error(t, s.Put("", nil))
	require.Error(t, s.SplitShard(shard0, "1000"))
	require.Empty(t, woken(), "what changes nothing wakes nobody")
	stopA()
	stopA()
	require.NoError(t, s.Put("k", nil))
	require.Equal(t, []string{"b"}, woken())
	stopB()
	require.NoError(t, s.Put("k", nil))
	require.Empty(t, woken())
}

// Whoever is woken may stop or start notification: those who are being woken are not disturbed.
func TestNotifyFromWithin(t *testing.T) {
	s := NewStream("s", 1)
	var calls []string
	var stopA func()
	stopA = s.Notify(func() {
		calls = append(calls, "a")
		stopA()
		s.Notify(func() { calls = append(calls, "c") })
	})
	s.Notify(func() { calls = append(calls, "b") })
	require.NoError(t, s.Put("k", nil))
	require.NoError(t, s.Put("k", nil))
	require.Equal(t, []string{"a", "b", "b", "c"}, calls)
}

func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewStream("s", 1)
		require.NoError(t, s.Put("k", []byte("a")))
		time.Sleep(23 * time.Hour)
		page, err := s.Read(t.Context(), shard0, horizon, 10)
		require.NoError(t, err)
		require.Len(t, page.Records, 1)
		time.Sleep(time.Hour)
		page, err = s.Read(t.Context(), shard0, horizon, 10)
		require.NoError(t, err)
		require.Empty(t, page.Records)
		require.Equal(t, "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:946771200", s.Consumer("c").ARN())
	})
}

// Writers, a resharder and a reader at once: the reader follows the shards and misses nothing, in order per key.
func TestConcurrentUse(t *testing.T) {
	const writers, each = 4, 200
	s := NewStream("s", 2)
	var wake atomic.Int64
	defer s.Notify(func() { wake.Add(1) })()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := s.Put(string(rune('a'+w)), []byte{byte(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 10 {
			for _, n := range []int{3, 2} {
				if err := s.UpdateShardCount(n); err != nil {
					t.Error(err)
				}
			}
		}
	})
	next := map[string]byte{}
	drain := func() {
		for _, sh := range readAll(t, s) {
			for _, r := range sh {
				require.Equal(t, next[r.Group], r.Data[0])
				next[r.Group]++
			}
		}
	}
	wg.Wait()
	drain()
	require.Len(t, next, writers)
	for key, n := range next {
		require.EqualValues(t, each, n, key)
	}
	require.EqualValues(t, writers*each+20, wake.Load())
}

// readAll reads every shard from its horizon to its end, in the order of the list.
func readAll(t testing.TB, s eventsource.Stream) [][]eventsource.Record {
	shards, err := s.Shards(t.Context())
	require.NoError(t, err)
	var all [][]eventsource.Record
	for _, sh := range shards {
		var records []eventsource.Record
		for from := horizon; ; {
			p, err := s.Read(t.Context(), sh.ID, from, 7)
			require.NoError(t, err)
			records = append(records, p.Records...)
			if from = p.Next; p.End || len(p.Records) == 0 {
				break
			}
		}
		all = append(all, records)
	}
	return all
}
