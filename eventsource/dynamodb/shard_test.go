package dynamodb

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
)

func TestPositions(t *testing.T) {
	table := newAt(t, byID, Options{})
	shard := table.shardsAt(epoch)[0].ID
	for _, s := range []string{"a", "b", "c"} {
		require.NoError(t, table.putAt(epoch, id(s)))
	}
	seq := func(n uint64) eventsource.Position { return after(string(appendSequence(nil, n))) }
	for _, row := range []struct {
		name  string
		from  eventsource.Position
		limit int
		want  string
		next  uint64
	}{
		{"all", horizon, 10, "abc", 3},
		{"limited", horizon, 2, "ab", 2},
		{"latest is behind the newest", latest, 10, "", 3},
		{"after the start", seq(0), 10, "abc", 3},
		{"after one", seq(1), 1, "b", 2},
		{"after the last", seq(3), 10, "", 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := table.readAt(epoch, shard, row.from, row.limit)
			require.NoError(t, err)
			got := ""
			for _, r := range p.Records {
				got += changeOf(t, r).Change.Keys["id"].String()
			}
			require.Equal(t, row.want, got)
			require.Equal(t, seq(row.next), p.Next)
			require.False(t, p.End)
		})
	}
}

func TestLatestOfAnEmptyShardSkipsNothing(t *testing.T) {
	table := newAt(t, byID, Options{})
	shard := table.shardsAt(epoch)[0].ID
	p, err := table.readAt(epoch, shard, latest, 10)
	require.NoError(t, err)
	require.NoError(t, table.putAt(epoch, id("a")))
	p, err = table.readAt(epoch, shard, p.Next, 10)
	require.NoError(t, err)
	require.Len(t, p.Records, 1)
}

func TestReadRefuses(t *testing.T) {
	table := newAt(t, byID, Options{})
	shard := table.shardsAt(epoch)[0].ID
	enum := func(given string) string {
		return "1 validation error detected: Value '" + given + "' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER]"
	}
	for _, row := range []struct {
		shard string
		from  eventsource.Position
		limit int
		code  error
		text  string
	}{
		{"x", horizon, 1, ErrResourceNotFound, "Requested resource not found: Shard: x not found"},
		{shard[:len(shard)-1] + "!", horizon, 1, ErrResourceNotFound, "Requested resource not found: Shard: " + shard[:len(shard)-1] + "! not found"},
		{shard, horizon, 0, ErrValidation, "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{shard, eventsource.Position{}, 1, ErrValidation, enum("")},
		{shard, eventsource.Position{Type: eventsource.AtTimestamp, Time: epoch}, 1, ErrValidation, enum("AT_TIMESTAMP")},
		{shard, after("17"), 1, ErrValidation, "1 validation error detected: Value '17' at 'sequenceNumber' failed to satisfy constraint: Member must have length greater than or equal to 21"},
		{shard, after("100000000000000000002"), 1, ErrValidation, "Invalid SequenceNumber: 100000000000000000002"},
	} {
		_, err := table.readAt(epoch, row.shard, row.from, row.limit)
		requireRefusal(t, err, row.code, row.text)
	}
}

// A shard takes records for four hours; the first change after that goes to its child.
func TestRollover(t *testing.T) {
	table := newAt(t, byID, Options{})
	parent := table.shardsAt(epoch)[0]
	require.Empty(t, parent.Parents)
	require.Equal(t, "shardId-00000001693997155678-", parent.ID[:29])
	require.NoError(t, table.putAt(epoch.Add(4*time.Hour-time.Millisecond), id("a")))
	require.Len(t, table.shardsAt(epoch.Add(5*time.Hour)), 1)

	full := newAt(t, byID, Options{})
	require.NoError(t, full.putAt(epoch.Add(4*time.Hour), id("a")))
	require.Len(t, full.shardsAt(epoch.Add(4*time.Hour)), 2)

	at := epoch.Add(6 * time.Hour)
	require.NoError(t, table.putAt(at, id("b")))
	list := table.shardsAt(at)
	require.Len(t, list, 2)
	require.Equal(t, []string{parent.ID}, list[1].Parents)
	p, err := table.readAt(at, parent.ID, horizon, 10)
	require.NoError(t, err)
	require.Len(t, p.Records, 1)
	require.True(t, p.End)
	p, err = table.readAt(at, list[1].ID, horizon, 10)
	require.NoError(t, err)
	require.Equal(t, `{"id":{"S":"b"}}`, p.Records[0].Group)
	require.False(t, p.End)
}

func TestRolloverByRecords(t *testing.T) {
	table := newAt(t, byID, Options{ShardRecords: 2})
	for i := range 5 {
		require.NoError(t, table.putAt(epoch, id(fmt.Sprint(i))))
	}
	list := table.shardsAt(epoch)
	require.Len(t, list, 3)
	for i, want := range []int{2, 2, 1} {
		p, err := table.readAt(epoch, list[i].ID, horizon, 10)
		require.NoError(t, err)
		require.Len(t, p.Records, want)
		require.Equal(t, i < 2, p.End)
		p, err = table.readAt(epoch, list[i].ID, horizon, 1)
		require.NoError(t, err)
		require.False(t, p.End && want == 2, "a closed shard ends behind its last record")
	}
}

func TestRetention(t *testing.T) {
	table := newAt(t, byID, Options{})
	shard := table.shardsAt(epoch)[0].ID
	count := func(at time.Duration, from eventsource.Position) (int, bool) {
		p, err := table.readAt(epoch.Add(at), shard, from, 10)
		require.NoError(t, err)
		return len(p.Records), p.End
	}
	const day = 24 * time.Hour
	require.NoError(t, table.putAt(epoch, id("a")))
	require.NoError(t, table.putAt(epoch.Add(time.Hour), id("b")))
	n, _ := count(day-time.Millisecond, horizon)
	require.Equal(t, 2, n)
	n, _ = count(day, horizon)
	require.Equal(t, 1, n)
	n, _ = count(day, after("100000000000000000001"))
	require.Equal(t, 1, n)
	require.NoError(t, table.putAt(epoch.Add(day), id("c"))) // the shard closes
	n, end := count(2*day-time.Millisecond, horizon)
	require.Equal(t, 0, n)
	require.True(t, end)
	require.Len(t, table.shardsAt(epoch.Add(2*day-time.Millisecond)), 2)
	n, end = count(2*day, after("100000000000000000001"))
	require.Equal(t, 0, n)
	require.True(t, end, "a reader that comes too late goes on to the child")
	list := table.shardsAt(epoch.Add(2 * day))
	require.Len(t, list, 1)
	require.Equal(t, []string{shard}, list[0].Parents)
}

// Shards that nobody reads or lists do not pile up, nor do their records.
func TestStreamForgets(t *testing.T) {
	table := newAt(t, byID, Options{ShardLifetime: time.Hour})
	for i := range time.Duration(2000) {
		require.NoError(t, table.putAt(epoch.Add(i*10*time.Minute), with(id("a"), "n", num(fmt.Sprint(int(i))))))
		require.LessOrEqual(t, len(table.state.stream.shards), 27)
	}
	kept := 0
	for _, sh := range table.state.stream.shards {
		kept += len(sh.changes)
	}
	require.LessOrEqual(t, kept, 27*6)

	long := newAt(t, byID, Options{ShardLifetime: 1e6 * time.Hour})
	for i := range time.Duration(2000) {
		require.NoError(t, long.putAt(epoch.Add(i*10*time.Minute), with(id("a"), "n", num(fmt.Sprint(int(i))))))
	}
	require.Len(t, long.state.stream.shards[0].changes, 24*6)
}

// A page that was handed out stays as it is while the shard drops and takes changes.
func TestPageOutlivesTrimming(t *testing.T) {
	table := newAt(t, byID, Options{ShardLifetime: 1000 * time.Hour})
	shard := table.shardsAt(epoch)[0].ID
	put := func(at time.Duration, text string) {
		require.NoError(t, table.putAt(epoch.Add(at), with(id("a"), "x", str(text+at.String()))))
	}
	for i := range time.Duration(100) {
		put(i*time.Minute, "old")
	}
	var r run
	table.do(epoch.Add(2*time.Hour), func(s *state) {
		var err error
		r, err = s.read(shard, horizon, 100, KeysOnly)
		require.NoError(t, err)
	})
	for i := range time.Duration(300) {
		put(24*time.Hour+i*time.Minute, "new")
	}
	for _, rec := range table.page(r).Records {
		require.Contains(t, string(rec.JSON), `"old`)
	}
}

func TestPageIsAtMostAMegabyte(t *testing.T) {
	table := newAt(t, byID, Options{StreamViewType: NewImage})
	shard := table.shardsAt(epoch)[0].ID
	for i := range 6 {
		require.NoError(t, table.putAt(epoch, with(id(fmt.Sprint(i)), "x", str(strings.Repeat("x", 300<<10)))))
	}
	p, err := table.readAt(epoch, shard, horizon, 100)
	require.NoError(t, err)
	require.Len(t, p.Records, 3)

	small := newAt(t, byID, Options{})
	for i := range 1200 {
		require.NoError(t, small.putAt(epoch, id(fmt.Sprint(i))))
	}
	p, err = small.readAt(epoch, small.shardsAt(epoch)[0].ID, horizon, 5000)
	require.NoError(t, err)
	require.Len(t, p.Records, 1000)
}

// The changes of one partition key go to one chain of shards, whatever the sort key.
func TestPartitions(t *testing.T) {
	table := newAt(t, byPair, Options{Partitions: 4})
	require.Len(t, table.shardsAt(epoch), 4)
	for i := range 40 {
		for n := range 3 {
			require.NoError(t, table.putAt(epoch, pair(fmt.Sprint(i), fmt.Sprint(n))))
		}
	}
	used, home := 0, map[string]string{}
	for _, sh := range table.shardsAt(epoch) {
		p, err := table.readAt(epoch, sh.ID, horizon, 1000)
		require.NoError(t, err)
		if len(p.Records) > 0 {
			used++
		}
		for _, r := range p.Records {
			key := changeOf(t, r).Change.Keys["id"].String()
			if home[key] == "" {
				home[key] = sh.ID
			}
			require.Equal(t, home[key], sh.ID)
		}
	}
	require.Equal(t, 4, used)
	require.Len(t, home, 40)

	numbers := newAt(t, KeySchema{Hash: "n", HashType: N}, Options{Partitions: 4})
	for i := range 40 {
		require.NoError(t, numbers.putAt(epoch, Item{"n": num(fmt.Sprint(i))}))
	}
	for _, sh := range numbers.shardsAt(epoch) {
		p, err := numbers.readAt(epoch, sh.ID, horizon, 1000)
		require.NoError(t, err)
		require.NotEmpty(t, p.Records)
	}
}

// A shard's id leads back to its number, and is no other's.
func TestShardIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stream{seed: rapid.Uint32().Draw(t, "seed"), next: rapid.IntRange(1, 1<<20).Draw(t, "next")}
		now := rapid.Int64Range(0, 1<<45).Draw(t, "now")
		number := rapid.IntRange(0, s.next-1).Draw(t, "number")
		other := rapid.IntRange(0, s.next-1).Draw(t, "other")
		id := s.shardID(number, now)
		if (s.shardID(other, now) == id) != (other == number) || len(id) != idLength {
			t.Fatalf("%d and %d are both %s", number, other, id)
		}
		if sh, ok := s.find(id); sh != nil || !ok {
			t.Fatalf("%s: %v %v", id, sh, ok) // forgotten, but known
		}
		if _, ok := s.find(strings.Replace(id, "shardId-", "ShardID-", 1)); ok {
			t.Fatal("an id that is none")
		}
		if _, ok := s.find(s.shardID(s.next, now)); ok {
			t.Fatal("a shard that is yet to come")
		}
		sh := &shard{number: number, id: id}
		s.shards = []*shard{sh}
		if got, ok := s.find(id); got != sh || !ok {
			t.Fatalf("%v %v", got, ok)
		}
		if _, ok := s.find(s.shardID(number, now+1)); ok {
			t.Fatal("the number with another instant")
		}
	})
}
