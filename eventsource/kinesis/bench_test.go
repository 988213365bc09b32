package kinesis

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

var payload = []byte(strings.Repeat("x", 200))

// BenchmarkPut puts 200 bytes; baseline is a copy appended to a slice.
func BenchmarkPut(b *testing.B) {
	b.Run("baseline", func(b *testing.B) {
		b.ReportAllocs()
		var kept [][]byte
		for b.Loop() {
			if len(kept) == 1000 {
				kept = kept[:0]
			}
			kept = append(kept, append([]byte{}, payload...))
		}
	})
	for _, shards := range []int{1, 1000} {
		b.Run(fmt.Sprintf("shards=%d", shards), func(b *testing.B) {
			b.ReportAllocs()
			s, err := newStreamAt(epoch, "s", Options{ShardCount: shards})
			require.NoError(b, err)
			keys := make([]string, 512)
			for i := range keys {
				keys[i] = fmt.Sprint("key-", i)
			}
			t := epoch
			for i := 0; b.Loop(); i++ {
				t = t.Add(time.Minute) // so that retention bounds the memory, and trimming is paid
				in := PutRecordInput{PartitionKey: keys[i%len(keys)], Data: payload}
				if _, _, err := s.putAt(t, &in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRead reads 100 records of 200 bytes behind a position, out of many; baseline only writes their JSON.
func BenchmarkRead(b *testing.B) {
	for _, kept := range []int{100, 100_000} {
		s, err := newStreamAt(epoch, "s", Options{})
		require.NoError(b, err)
		for i := range kept {
			in := PutRecordInput{PartitionKey: fmt.Sprint("key-", i), Data: payload}
			_, _, err := s.putAt(epoch, &in)
			require.NoError(b, err)
		}
		r, err := s.readAt(epoch, shard0, horizon, max(1, kept/2-100))
		require.NoError(b, err)
		from := r.next
		b.Run(fmt.Sprintf("kept=%d/baseline", kept), func(b *testing.B) {
			b.ReportAllocs()
			r, err := s.readAt(epoch, shard0, horizon, 100)
			require.NoError(b, err)
			id := strings.Repeat("4", sequenceDigits)
			buffer := make([]byte, 0, s.size(r.records))
			for b.Loop() {
				out := buffer
				for i := range r.records {
					out = s.appendRecord(out, &r.records[i], shard0, id)
				}
			}
		})
		b.Run(fmt.Sprintf("kept=%d/page", kept), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := s.readAt(epoch, shard0, from, 100)
				if err != nil {
					b.Fatal(err)
				}
				if p := s.page(r); len(p.Records) < 99 {
					b.Fatal(len(p.Records))
				}
			}
		})
	}
}

func BenchmarkShards1000(b *testing.B) {
	b.ReportAllocs()
	s, err := newStreamAt(epoch, "s", Options{ShardCount: 1000})
	require.NoError(b, err)
	for b.Loop() {
		s.shardsAt(epoch)
	}
}

// A page costs a handful of allocations, however long it is.
func TestReadAllocations(t *testing.T) {
	s := newAt(t, Options{})
	for range 500 {
		s.mustPut(t, 0, "k", "some data")
	}
	for _, n := range []int{1, 100, 500} {
		allocs := testing.AllocsPerRun(20, func() {
			r, _ := s.readAt(epoch, shard0, horizon, n)
			s.page(r)
		})
		require.LessOrEqual(t, allocs, 5.0, "%d records", n)
	}
	var idle eventsource.Page
	allocs := testing.AllocsPerRun(20, func() {
		r, _ := s.readAt(epoch, shard0, latest, 100)
		idle = s.page(r)
	})
	require.LessOrEqual(t, allocs, 2.0)
	require.Empty(t, idle.Records)
}

// Memory is bounded by retention: a shard written for ever keeps about what it can still show.
func TestMemoryIsBoundedByRetention(t *testing.T) {
	s := newAt(t, Options{})
	for i := range 20_000 {
		s.mustPut(t, time.Duration(i)*time.Minute, "k", "x")
		sh := s.state.shards[0]
		require.LessOrEqual(t, len(sh.records), 24*60+1)
		require.LessOrEqual(t, cap(sh.records), 4*(24*60+1))
	}
}

// What has expired is let go at the next read, though nothing is written any more.
func TestExpiredDataIsFreed(t *testing.T) {
	s := newAt(t, Options{})
	s.mustPut(t, 0, "k", strings.Repeat("x", 1000))
	first := weak.Make(&s.state.shards[0].records[0].data[0])
	s.mustPut(t, time.Hour, "k", "young")
	s.mustPut(t, time.Hour, "k", "young")
	runtime.GC()
	require.NotNil(t, first.Value())
	require.Len(t, s.mustRead(t, 24*time.Hour, shard0, horizon, 10).Records, 2)
	runtime.GC()
	require.NotNil(t, first.Value(), "the array is copied only when half of it is dead")
	require.Empty(t, s.mustRead(t, 25*time.Hour, shard0, horizon, 10).Records)
	runtime.GC()
	require.Nil(t, first.Value())
	runtime.KeepAlive(s)
}
