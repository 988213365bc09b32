package kinesis

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

func (s *Stream) splitAt(at time.Duration, id, key string) error {
	return s.reshardAt(epoch.Add(at), func(st *state) error { return st.split(id, key) })
}

func (s *Stream) mergeAt(at time.Duration, id, adjacent string) error {
	return s.reshardAt(epoch.Add(at), func(st *state) error { return st.merge(id, adjacent) })
}

func (s *Stream) updateAt(at time.Duration, n int) error {
	return s.reshardAt(epoch.Add(at), func(st *state) error { return st.updateShardCount(n) })
}

func TestSplit(t *testing.T) {
	s := newAt(t, Options{})
	s.mustPut(t, 0, "k", "parent")
	require.NoError(t, s.splitAt(10*time.Second, shard0, s.listAt(epoch)[0].HashKeyRange.Half()))
	list := s.listAt(epoch)
	require.Equal(t, []eventsource.Shard{{ID: shard0}, {ID: shard1, Parents: []string{shard0}}, {ID: shard2, Parents: []string{shard0}}}, s.shardsAt(epoch))
	require.Equal(t, HashKeyRange{"0", "170141183460469231731687303715884105727"}, list[1].HashKeyRange)
	require.Equal(t, HashKeyRange{"170141183460469231731687303715884105728", "340282366920938463463374607431768211455"}, list[2].HashKeyRange)
	require.Equal(t, shard0, list[2].ParentShardID)
	require.Empty(t, list[2].AdjacentParentShardID)

	// The parent ends as the service's do, and the children begin a second later.
	end, ok := parseSequence(list[0].SequenceNumberRange.EndingSequenceNumber)
	require.True(t, ok)
	require.Equal(t, sequence{began: epoch.Unix(), index: endingIndex, second: epoch.Unix() + 10}, end)
	begin, ok := parseSequence(list[1].SequenceNumberRange.StartingSequenceNumber)
	require.True(t, ok)
	require.Equal(t, sequence{began: epoch.Unix() + 11, second: epoch.Unix() + 11, shard: 1}, begin)
	require.Empty(t, list[1].SequenceNumberRange.EndingSequenceNumber)

	p := s.mustRead(t, 11*time.Second, shard0, horizon, 10)
	require.Equal(t, []string{"parent"}, data(p))
	require.True(t, p.End, "the last page of a closed shard says so")
	require.True(t, s.mustRead(t, 11*time.Second, shard0, p.Next, 10).End)
	require.True(t, s.mustRead(t, 11*time.Second, shard0, after(list[0].SequenceNumberRange.EndingSequenceNumber), 10).End)
	out, err := s.putRecordAt(epoch.Add(11*time.Second), PutRecordInput{PartitionKey: "k", ExplicitHashKey: list[2].HashKeyRange.StartingHashKey})
	require.NoError(t, err)
	require.Equal(t, shard2, out.ShardID)
	require.Greater(t, out.SequenceNumber, list[0].SequenceNumberRange.EndingSequenceNumber)
}

func TestClosedShardEndsOnlyBehindItsLastRecord(t *testing.T) {
	s := newAt(t, Options{})
	s.mustPut(t, 0, "k", "a")
	s.mustPut(t, 0, "k", "b")
	require.NoError(t, s.splitAt(0, shard0, "1000"))
	p := s.mustRead(t, 0, shard0, horizon, 1)
	require.False(t, p.End)
	p = s.mustRead(t, 0, shard0, p.Next, 1)
	require.Equal(t, []string{"b"}, data(p))
	require.True(t, p.End)
}

func TestClosedShardLeavesWithItsRecords(t *testing.T) {
	s := newAt(t, Options{})
	s.mustPut(t, 0, "k", "a")
	require.NoError(t, s.splitAt(time.Hour, shard0, "1000"))
	require.Equal(t, []string{shard0, shard1, shard2}, ids(s.shardsAt(epoch.Add(25*time.Hour-time.Millisecond))))
	p := s.mustRead(t, 25*time.Hour-time.Millisecond, shard0, horizon, 10)
	require.Empty(t, p.Records)
	require.True(t, p.End)
	require.Equal(t, []eventsource.Shard{{ID: shard1, Parents: []string{shard0}}, {ID: shard2, Parents: []string{shard0}}}, s.shardsAt(epoch.Add(25*time.Hour)))
	p = s.mustRead(t, 25*time.Hour, shard0, p.Next, 10)
	require.True(t, p.End, "a reader that comes too late goes on to the children")
}

func TestMerge(t *testing.T) {
	s := newAt(t, Options{ShardCount: 2})
	require.NoError(t, s.mergeAt(0, shard0, shard1))
	list := s.listAt(epoch)
	require.Equal(t, shard0, list[2].ParentShardID)
	require.Equal(t, shard1, list[2].AdjacentParentShardID)
	require.Equal(t, HashKeyRange{"0", maxHashKey.String()}, list[2].HashKeyRange)
	require.Equal(t, []string{shard0, shard1}, s.shardsAt(epoch)[2].Parents)
	require.Equal(t, shard2, s.mustPut(t, 0, "k", "").ShardID)
}

func TestReshardRefuses(t *testing.T) {
	s := newAt(t, Options{ShardCount: 3})
	const account = " in stream s under account 123456789012"
	outside := func(key, id, first, last string) string {
		return "NewStartingHashKey " + key + " used in SplitShard() on shard " + id + account + " is not both greater than one plus the shard's StartingHashKey " + first + " and less than the shard's EndingHashKey " + last + "."
	}
	const end0, start2 = "113427455640312821154458202477256070484", "226854911280625642308916404954512140970"
	for _, row := range []struct {
		name string
		err  error
		code error
		text string
	}{
		{"no shard", s.splitAt(0, "shardId-5", "7"), ErrResourceNotFound, "Could not find shard shardId-000000000005" + account + "."},
		{"no id", s.splitAt(0, "ABKLFD8", "7"), ErrResourceNotFound, "Could not find shard ABKLFD8" + account + "."},
		{"exponent", s.splitAt(0, "2.14E4", "7"), ErrResourceNotFound, "Could not find shard 2.14E4" + account + "."},
		{"no key", s.splitAt(0, shard0, ""), ErrValidation, `1 validation error detected: Value '' at 'newStartingHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})`},
		{"key too small", s.splitAt(0, "shard-0", "1"), ErrInvalidArgument, outside("1", shard0, "0", end0)},
		{"key too large", s.splitAt(0, "shard-0", end0), ErrInvalidArgument, outside(end0, shard0, "0", end0)},
		{"key beyond the range", s.splitAt(0, "shard-2", "999999999999999999999999999999999999999"), ErrInvalidArgument, outside("999999999999999999999999999999999999999", shard2, start2, maxHashKey.String())},
		{"merge no shard", s.mergeAt(0, shard0, "shardId-5"), ErrResourceNotFound, "Could not find shard shardId-000000000005" + account + "."},
		{"merge no id", s.mergeAt(0, "x", shard0), ErrResourceNotFound, "Could not find shard x" + account + "."},
		{"not adjacent", s.mergeAt(0, shard0, shard2), ErrInvalidArgument, "Shards shardId-000000000000 and shardId-000000000002" + account + " are not an adjacent pair of shards eligible for merging"},
		{"inverted", s.mergeAt(0, shard1, shard0), ErrInvalidArgument, "Shards shardId-000000000001 and shardId-000000000000" + account + " are not an adjacent pair of shards eligible for merging"},
		{"around the end", s.mergeAt(0, shard2, shard0), ErrInvalidArgument, "Shards shardId-000000000002 and shardId-000000000000" + account + " are not an adjacent pair of shards eligible for merging"},
		{"with itself", s.mergeAt(0, shard0, shard0), ErrInvalidArgument, "Shards shardId-000000000000 and shardId-000000000000" + account + " are not an adjacent pair of shards eligible for merging"},
		{"no shards left", s.updateAt(0, 0), ErrValidation, "1 validation error detected: Value '0' at 'targetShardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"more than double", s.updateAt(0, 7), ErrInvalidArgument, "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 3 Target shard count: 7"},
		{"less than half", s.updateAt(0, 1), ErrInvalidArgument, "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: 3 Target shard count: 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.ErrorIs(t, row.err, row.code)
			require.Equal(t, row.text, row.err.(*Error).Message)
		})
	}
	require.Len(t, s.listAt(epoch), 3)

	require.NoError(t, s.splitAt(0, shard0, "2"), "the smallest key that may be")
	closed := "Shard shardId-000000000000" + account + " has already been merged or split, and thus is not eligible for merging or splitting."
	require.ErrorContains(t, s.splitAt(0, shard0, "2"), closed)
	require.ErrorContains(t, s.mergeAt(0, shard0, shard1), closed)
	require.ErrorIs(t, s.splitAt(0, shard0, "2"), ErrInvalidArgument)
	require.ErrorContains(t, s.splitAt(48*time.Hour, shard0, "2"), "Could not find shard shardId-000000000000")

	large := newAt(t, Options{ShardCount: 6000})
	err := large.updateAt(0, 10_001)
	require.ErrorContains(t, err, "Target shard count or number of open shards cannot be greater than 10000. Current open shard count: 6000, Target shard count: 10001")
}

// Shards that nobody reads or lists do not pile up.
func TestReshardForgets(t *testing.T) {
	s := newAt(t, Options{ShardCount: 2})
	for day := range time.Duration(50) {
		require.NoError(t, s.mergeAt(day*24*time.Hour, shardID(s.state.open[0].number), shardID(s.state.open[1].number)))
		require.NoError(t, s.splitAt(day*24*time.Hour, shardID(s.state.open[0].number), "1000"))
	}
	require.LessOrEqual(t, len(s.state.shards), 8)
	for day := range time.Duration(10) {
		require.NoError(t, s.updateAt((50+day)*24*time.Hour, 2+int(day%2)))
	}
	require.LessOrEqual(t, len(s.state.shards), 16)
}

func TestUpdateShardCount(t *testing.T) {
	for _, row := range []struct{ from, to, made int }{
		{1, 1, 0}, {1, 2, 2}, {2, 4, 4}, {4, 2, 2}, {2, 1, 1},
		{4, 3, 7},  // splits 2, merges 3
		{4, 5, 11}, // splits 4, merges 3
		{5, 3, 8},
		{1000, 1000, 0},
	} {
		s := newAt(t, Options{ShardCount: row.from})
		require.NoError(t, s.updateAt(time.Second, row.to))
		list := s.listAt(epoch.Add(time.Second))
		require.Len(t, list, row.from+row.made, "%d to %d", row.from, row.to)
		var ends []hashKey
		for _, sh := range s.state.open {
			ends = append(ends, sh.last)
		}
		require.Equal(t, uniform(row.to), ends)
	}
	// The service leaves shards 6, 9 and 10 of four shards made three.
	s := newAt(t, Options{ShardCount: 4})
	require.NoError(t, s.updateAt(0, 3))
	var open []int
	for _, sh := range s.state.open {
		open = append(open, sh.number)
	}
	require.Equal(t, []int{6, 9, 10}, open)
}

// A child's sequence numbers are greater than its parents', also where all of it happens in one second.
func TestSequenceNumbersGrowThroughReshards(t *testing.T) {
	at := time.Unix(1_000, 0)
	s, err := newStreamAt(at, "s", Options{ShardCount: 1})
	require.NoError(t, err)
	last := ""
	for range 12 {
		out, err := s.putRecordAt(at, PutRecordInput{PartitionKey: "k", ExplicitHashKey: "0"})
		require.NoError(t, err)
		require.Greater(t, out.SequenceNumber, last)
		last = out.SequenceNumber
		for _, sh := range s.listAt(at) {
			if sh.ShardID == out.ShardID {
				require.NoError(t, s.reshardAt(at, func(st *state) error { return st.split(sh.ShardID, sh.HashKeyRange.Half()) }))
			}
		}
	}
}
