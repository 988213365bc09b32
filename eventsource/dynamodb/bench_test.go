package dynamodb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
)

// user is an item of about 200 bytes.
func user(i int) Item {
	return Item{
		"id":    str(fmt.Sprint("user-", i%512)),
		"name":  str(strings.Repeat("n", 60)),
		"mail":  str(strings.Repeat("m", 60)),
		"count": num(fmt.Sprint(i)),
		"tags":  setOf("red", "green", "blue"),
		"at":    events.NewMapAttribute(Item{"lat": num("52.5"), "lon": num("13.4")}),
	}
}

// BenchmarkPut replaces one of 512 items; baseline marshals the item with encoding/json.
func BenchmarkPut(b *testing.B) {
	items := make([]Item, 1024)
	for i := range items {
		items[i] = user(i)
	}
	b.Run("baseline", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := json.Marshal(items[i%len(items)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("table", func(b *testing.B) {
		b.ReportAllocs()
		table := newAt(b, byID, Options{})
		at := epoch
		for i := 0; b.Loop(); i++ {
			at = at.Add(time.Minute) // so that retention bounds the memory, and trimming is paid
			if err := table.putAt(at, items[i%len(items)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRead reads 100 records with both images, out of many; baseline copies their bytes.
func BenchmarkRead(b *testing.B) {
	table := newAt(b, byID, Options{})
	for i := range 20_000 {
		require.NoError(b, table.putAt(epoch, user(i)))
	}
	shard := table.shardsAt(epoch)[0].ID
	from := after(string(appendSequence(nil, 10_000)))
	p, err := table.readAt(epoch, shard, from, 100)
	require.NoError(b, err)
	b.Run("baseline", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, r := range p.Records {
				bytes.Clone(r.JSON)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if p, err := table.readAt(epoch, shard, from, 100); err != nil || len(p.Records) != 100 {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	table := newAt(b, byID, Options{})
	require.NoError(b, table.putAt(epoch, user(7)))
	b.ReportAllocs()
	for b.Loop() {
		if item, err := table.getAt(epoch, id("user-7")); err != nil || item == nil {
			b.Fatal(err)
		}
	}
}

// A page costs a handful of allocations, however long it is.
func TestReadAllocations(t *testing.T) {
	table := newAt(t, byID, Options{TimeToLive: "at"})
	for i := range 500 {
		require.NoError(t, table.putAt(epoch, user(i)))
	}
	shard := table.shardsAt(epoch)[0].ID
	for _, n := range []int{1, 100, 500} {
		allocs := testing.AllocsPerRun(20, func() {
			if p, err := table.readAt(epoch, shard, horizon, n); err != nil || len(p.Records) != n {
				t.Error(err)
			}
		})
		require.LessOrEqual(t, allocs, 8.0, "%d records", n)
	}
}

// What has expired is let go at the next read, though nothing is written any more.
func TestExpiredImagesAreFreed(t *testing.T) {
	table := newAt(t, byID, Options{})
	shard := table.shardsAt(epoch)[0].ID
	require.NoError(t, table.putAt(epoch, user(1)))
	require.NoError(t, table.deleteAt(epoch, id("user-1")))
	old := weak.Make(table.state.stream.shards[0].changes[0].new)
	require.NoError(t, table.putAt(epoch.Add(time.Hour), id("young")))
	runtime.GC()
	require.NotNil(t, old.Value())
	p, err := table.readAt(epoch.Add(24*time.Hour), shard, horizon, 10)
	require.NoError(t, err)
	require.Len(t, p.Records, 1)
	runtime.GC()
	require.Nil(t, old.Value())
	runtime.KeepAlive(table)
}
