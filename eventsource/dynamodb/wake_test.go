package dynamodb

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNotify(t *testing.T) {
	table := NewTable("users", byID, Options{})
	var calls []string
	stopA := table.Notify(func() { calls = append(calls, "a") })
	stopB := table.Notify(func() {
		calls = append(calls, "b")
		table.Len() // the table is not locked
	})
	woken := func() []string { defer func() { calls = nil }(); return calls }

	require.NoError(t, table.PutItem(id("x")))
	require.Equal(t, []string{"a", "b"}, woken())
	require.NoError(t, table.UpdateItem(id("x"), func(i Item) Item { return with(i, "n", num("1")) }))
	require.Equal(t, []string{"a", "b"}, woken())
	require.NoError(t, table.DeleteItem(id("x")))
	require.Equal(t, []string{"a", "b"}, woken())

	require.NoError(t, table.DeleteItem(id("x")))
	require.Error(t, table.PutItem(Item{}))
	table.Scan()
	require.Empty(t, woken(), "what changes nothing wakes nobody")
	stopA()
	stopA()
	require.NoError(t, table.PutItem(id("x")))
	require.Equal(t, []string{"b"}, woken())
	stopB()
	require.NoError(t, table.PutItem(id("y")))
	require.Empty(t, woken())
}

// Whoever is woken may stop or start notification: those who are being woken are not disturbed.
func TestNotifyFromWithin(t *testing.T) {
	table := NewTable("users", byID, Options{})
	var calls []string
	var stopA func()
	stopA = table.Notify(func() {
		calls = append(calls, "a")
		stopA()
		table.Notify(func() { calls = append(calls, "c") })
	})
	table.Notify(func() { calls = append(calls, "b") })
	require.NoError(t, table.PutItem(id("x")))
	require.NoError(t, table.PutItem(id("y")))
	require.Equal(t, []string{"a", "b", "b", "c"}, calls)
}

func TestReadHonoursItsContext(t *testing.T) {
	table := NewTable("users", byID, Options{})
	shards, err := table.Shards(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = table.Read(ctx, shards[0].ID, horizon, 1)
	require.ErrorIs(t, err, context.Canceled)
	_, err = table.Shards(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

// Writers and a reader at once: nothing is missed, and the changes of one key come in order.
func TestConcurrentUse(t *testing.T) {
	const writers, each = 4, 100
	table := NewTable("users", byID, Options{Partitions: 2, ShardRecords: 17})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := table.PutItem(with(id(fmt.Sprint(w)), "n", num(fmt.Sprint(i)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			list, err := table.Shards(t.Context())
			if err != nil {
				t.Error(err)
			}
			if _, err := table.Read(t.Context(), list[len(list)-1].ID, horizon, 100); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	next := map[string]int{}
	list, err := table.Shards(t.Context())
	require.NoError(t, err)
	for _, sh := range list {
		p, err := table.Read(t.Context(), sh.ID, horizon, 1000)
		require.NoError(t, err)
		for _, r := range p.Records {
			require.Equal(t, fmt.Sprint(next[r.Group]), changeOf(t, r).Change.NewImage["n"].Number())
			next[r.Group]++
		}
	}
	require.Len(t, next, writers)
	for _, n := range next {
		require.Equal(t, each, n)
	}
}
