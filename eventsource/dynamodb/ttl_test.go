package dynamodb

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
)

func TestExpiry(t *testing.T) {
	const now = 1_700_000_000
	for _, row := range []struct {
		v    events.DynamoDBAttributeValue
		want int64
	}{
		{num("1700000060"), 1700000060000},
		{num("1.70000006e9"), 1700000060000},
		{num("1700000060.9"), 1700000060000},
		{num("1699999999"), 1699999999000},
		{num(fmt.Sprint(now - ttlHorizon)), (now - ttlHorizon) * 1000},
		{num(fmt.Sprint(now - ttlHorizon - 1)), never},
		{num("0"), never},
		{num("-5"), never},
		{num("9999999999999"), 9999999999999000},
		{num("10000000000000"), never},
		{num("1e125"), never},
		{num("0.5"), never},
		{str("1700000060"), never},
		{events.NewNullAttribute(), never},
		{events.DynamoDBAttributeValue{}, never},
	} {
		require.Equal(t, row.want, expiry(row.v, now*1000), "%v", row.v)
	}
}

// The next row to expire is the one with the earliest instant, whatever rows are set to.
func TestExpiringIsAMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e expiring
		rows := make([]*row, 8)
		for i := range rows {
			rows[i] = &row{key: key{json: fmt.Sprint(i)}, expires: never, place: -1}
		}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			at := rapid.OneOf(rapid.Just(never), rapid.Int64Range(0, 10)).Draw(t, "at")
			e.set(rapid.SampledFrom(rows).Draw(t, "row"), at)
			next, timed := never, 0
			for _, r := range rows {
				next = min(next, r.expires)
				if r.expires != never {
					timed++
				}
			}
			if e.next() != next || len(e) != timed {
				t.Fatalf("%d rows, the next at %d, not %d at %d", len(e), e.next(), timed, next)
			}
		}
	})
}

func ttl(s string, at time.Time) Item { return with(id(s), "ttl", num(fmt.Sprint(at.Unix()))) }

func TestTimeToLive(t *testing.T) {
	table := newAt(t, byID, Options{TimeToLive: "ttl"})
	minute := func(n int) time.Time { return epoch.Truncate(time.Second).Add(time.Duration(n) * time.Minute) }
	for i, s := range []string{"a", "b", "c", "d", "e"} {
		require.NoError(t, table.putAt(epoch, ttl(s, minute(i+1))))
	}
	require.NoError(t, table.putAt(epoch, id("for ever")))
	require.NoError(t, table.putAt(epoch, ttl("b", minute(10))), "a later instant")
	require.NoError(t, table.putAt(epoch, id("c")), "none any more")
	require.NoError(t, table.deleteAt(epoch, id("d")))
	require.Len(t, table.scanAt(minute(1).Add(-time.Millisecond)), 5)
	require.Len(t, table.scanAt(minute(1)), 4)
	got, err := table.getAt(minute(5), id("e"))
	require.NoError(t, err)
	require.Nil(t, got)
	require.NoError(t, table.updateAt(clock(minute(6)), id("b"), func(i Item) Item { return with(i, "ttl", num(fmt.Sprint(minute(7).Unix()))) }))
	require.NoError(t, table.putAt(minute(8), ttl("b", minute(9))), "what has expired is inserted anew")

	var seen []string
	for _, r := range table.records(t, minute(20)) {
		e := changeOf(t, r)
		seen = append(seen, fmt.Sprint(e.EventName, e.Change.Keys["id"], e.UserIdentity != nil, " ", r.Arrival.Sub(minute(0)).Minutes()))
	}
	require.Equal(t, []string{"INSERTa false 0", "INSERTb false 0", "INSERTc false 0", "INSERTd false 0", "INSERTe false 0", "INSERTfor ever false 0",
		"MODIFYb false 0", "MODIFYc false 0", "REMOVEd false 0",
		"REMOVEa true 1", "REMOVEe true 5", "MODIFYb false 6", "REMOVEb true 7", "INSERTb false 8", "REMOVEb true 9"}, seen)
}

func TestAnItemThatHasExpiredIsDeletedAtOnce(t *testing.T) {
	table := newAt(t, byID, Options{TimeToLive: "ttl"})
	require.NoError(t, table.putAt(epoch, ttl("a", epoch.Add(-time.Hour))))
	require.NoError(t, table.putAt(epoch, ttl("old", epoch.AddDate(-6, 0, 0))))
	require.Len(t, table.scanAt(epoch), 1, "what expired six years ago stays")
	got := table.records(t, epoch)
	require.Len(t, got, 3)
	require.Equal(t, epoch.Truncate(time.Second), got[1].Arrival)
}

// When a table is looked at makes no difference to what its stream says.
func TestLazyIsEager(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eager, lazy := newAt(t, byID, Options{TimeToLive: "ttl", ShardRecords: 3}), newAt(t, byID, Options{TimeToLive: "ttl", ShardRecords: 3})
		at := epoch
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			for range rapid.IntRange(0, 5).Draw(t, "looks") {
				at = at.Add(rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, time.Minute}).Draw(t, "gap"))
				eager.do(at, func(*state) {})
			}
			item := ttl(rapid.StringMatching(`[a-d]`).Draw(t, "id"), at.Add(time.Duration(rapid.IntRange(-2, 90).Draw(t, "ttl"))*time.Second))
			require.NoError(t, eager.putAt(at, item))
			require.NoError(t, lazy.putAt(at, item))
		}
		end := at.Add(time.Hour)
		a, b := eager.records(t, end), lazy.records(t, end)
		require.Equal(t, len(a), len(b))
		for i := range a {
			require.Equal(t, string(a[i].JSON), string(b[i].JSON))
		}
		require.Equal(t, eager.shardsAt(end), lazy.shardsAt(end))
		require.Equal(t, eager.state.expiring.next(), never)
	})
}

func TestTimerWakesAtTheInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		table := NewTable("users", byID, Options{TimeToLive: "ttl"})
		var mu sync.Mutex // wake comes from the timer
		var log []time.Duration
		stop := table.Notify(func() {
			mu.Lock()
			defer mu.Unlock()
			log = append(log, time.Since(start))
		})
		woken := func() []time.Duration {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			defer func() { log = nil }()
			return log
		}
		put := func(s string, at time.Duration) { require.NoError(t, table.PutItem(ttl(s, start.Add(at)))) }
		put("a", time.Hour)
		put("b", 2*time.Hour)
		put("c", -time.Second)
		require.Equal(t, []time.Duration{0, 0, 0, 0}, woken(), "three puts, and one that had expired")
		time.Sleep(90 * time.Minute)
		require.Equal(t, []time.Duration{time.Hour}, woken())
		put("b", 3*time.Hour)
		time.Sleep(time.Hour)
		require.Equal(t, []time.Duration{90 * time.Minute}, woken(), "the put, and not the instant that it put off")
		put("d", 170*time.Minute)
		time.Sleep(time.Hour)
		require.Equal(t, []time.Duration{150 * time.Minute, 170 * time.Minute, 180 * time.Minute}, woken())

		put("e", 4*time.Hour)
		stop()
		require.Equal(t, never, table.armed, "no timer without anyone to wake")
		time.Sleep(time.Hour)
		require.Len(t, woken(), 1, "by the put only")
		require.Zero(t, table.Len(), "but expired all the same")
		defer table.Notify(func() {})()
		require.NoError(t, table.PutItem(id("f")))
		require.Equal(t, never, table.armed, "no timer without anything to expire")
		put("f", 24*time.Hour)
		require.Equal(t, start.Add(24*time.Hour).UnixMilli(), table.armed)
		require.NoError(t, table.DeleteItem(id("f")))
		require.Equal(t, never, table.armed)
	})
}

// An item that is there before anyone asks for notification wakes them too.
func TestNotifyArms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable("users", byID, Options{TimeToLive: "ttl"})
		require.NoError(t, table.PutItem(ttl("a", time.Now().Add(time.Hour))))
		var woken atomic.Int64
		defer table.Notify(func() { woken.Add(1) })()
		time.Sleep(time.Hour)
		synctest.Wait()
		require.EqualValues(t, 1, woken.Load())
		shards, err := table.Shards(t.Context())
		require.NoError(t, err)
		p, err := table.Read(t.Context(), shards[0].ID, eventsource.Position{Type: eventsource.TrimHorizon}, 10)
		require.NoError(t, err)
		require.Len(t, p.Records, 2)
		require.True(t, strings.Contains(string(p.Records[1].JSON), "REMOVE"))
	})
}
