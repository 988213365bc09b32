package kinesis

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

func TestPositions(t *testing.T) {
	s := newAt(t, Options{})
	var seq []string
	for i, d := range []string{"a", "b", "c", "d"} {
		seq = append(seq, s.mustPut(t, time.Duration(i)*time.Second, "k", d).SequenceNumber)
	}
	start := s.listAt(epoch)[0].SequenceNumberRange.StartingSequenceNumber
	const now = time.Minute
	for _, row := range []struct {
		name  string
		from  eventsource.Position
		limit int
		want  []string
		next  string
	}{
		{"all", horizon, 10, []string{"a", "b", "c", "d"}, seq[3]},
		{"limited", horizon, 2, []string{"a", "b"}, seq[1]},
		{"latest is behind the newest", latest, 10, []string{}, seq[3]},
		{"after the shard's start", after(start), 10, []string{"a", "b", "c", "d"}, seq[3]},
		{"after one", after(seq[1]), 1, []string{"c"}, seq[2]},
		{"after the last", after(seq[3]), 10, []string{}, seq[3]},
		{"at an arrival", at(time.Second), 10, []string{"b", "c", "d"}, seq[3]},
		{"at a finer instant of the same millisecond", at(time.Second + 900*time.Microsecond), 10, []string{"b", "c", "d"}, seq[3]},
		{"between arrivals", at(1001 * time.Millisecond), 10, []string{"c", "d"}, seq[3]},
		{"before all", at(-time.Hour), 10, []string{"a", "b", "c", "d"}, seq[3]},
		{"behind all", at(now), 10, []string{}, seq[3]},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := s.mustRead(t, now, shard0, row.from, row.limit)
			require.Equal(t, row.want, data(p))
			require.Equal(t, after(row.next), p.Next)
			require.False(t, p.End)
		})
	}
}

func TestLatestOfAnEmptyShardSkipsNothing(t *testing.T) {
	s := newAt(t, Options{})
	p := s.mustRead(t, 0, shard0, latest, 10)
	require.Empty(t, p.Records)
	s.mustPut(t, 0, "k", "first")
	require.Equal(t, []string{"first"}, data(s.mustRead(t, 0, shard0, p.Next, 10)))
}

func TestRetention(t *testing.T) {
	s := newAt(t, Options{RetentionPeriod: 48 * time.Hour})
	first := s.mustPut(t, 0, "k", "a").SequenceNumber
	s.mustPut(t, time.Hour, "k", "b")
	const day = 24 * time.Hour
	require.Equal(t, []string{"a", "b"}, data(s.mustRead(t, 2*day-time.Millisecond, shard0, horizon, 10)))
	require.Equal(t, []string{"b"}, data(s.mustRead(t, 2*day, shard0, horizon, 10)))
	require.Equal(t, []string{"b"}, data(s.mustRead(t, 2*day, shard0, after(first), 10)), "a trimmed position reads on at the horizon")
	p := s.mustRead(t, 3*day, shard0, after(first), 10)
	require.Empty(t, p.Records)
	s.mustPut(t, 3*day, "k", "c")
	require.Equal(t, []string{"c"}, data(s.mustRead(t, 3*day, shard0, p.Next, 10)))
}

// A clock that steps back neither reorders arrivals nor brings back what has expired.
func TestClockStepsBack(t *testing.T) {
	s := newAt(t, Options{})
	s.mustPut(t, time.Minute, "k", "a")
	s.mustPut(t, time.Second, "k", "b")
	p := s.mustRead(t, 0, shard0, horizon, 10)
	require.Equal(t, epoch.Add(time.Minute).UnixMilli(), p.Records[1].Arrival.UnixMilli())
	require.Empty(t, s.mustRead(t, 25*time.Hour, shard0, horizon, 10).Records)
	require.Empty(t, s.mustRead(t, 0, shard0, horizon, 10).Records)
}

// A page that was handed out stays as it is while the shard drops and takes records.
func TestPageOutlivesTrimming(t *testing.T) {
	s := newAt(t, Options{})
	for i := range 100 {
		s.mustPut(t, time.Duration(i)*time.Minute, "k", "old")
	}
	r, err := s.readAt(epoch.Add(2*time.Hour), shard0, horizon, 100)
	require.NoError(t, err)
	for i := range 300 {
		s.mustPut(t, 24*time.Hour+time.Duration(i)*time.Minute, "k", "new")
	}
	for _, rec := range s.page(r).Records {
		require.Equal(t, "old", string(rec.Data))
	}
}

func TestPageIsAtMostTenMebibytes(t *testing.T) {
	s := newAt(t, Options{MaxRecordSize: 10 << 20})
	s.mustPut(t, 0, "k", strings.Repeat("x", 10<<20-1))
	for range 12 {
		s.mustPut(t, 0, "k", strings.Repeat("x", 1<<20-1))
	}
	p := s.mustRead(t, 0, shard0, horizon, 100)
	require.Len(t, p.Records, 1)
	p = s.mustRead(t, 0, shard0, p.Next, 100)
	require.Len(t, p.Records, 10)
	p = s.mustRead(t, 0, shard0, p.Next, 100)
	require.Len(t, p.Records, 2)
}

func TestReadRefuses(t *testing.T) {
	s := newAt(t, Options{ShardCount: 2})
	other, err := newStreamAt(epoch.Add(time.Hour), "other", Options{})
	require.NoError(t, err)
	in1, err := s.putRecordAt(epoch, PutRecordInput{PartitionKey: "k", ExplicitHashKey: maxHashKey.String()})
	require.NoError(t, err)
	require.Equal(t, shard1, in1.ShardID)
	foreign := other.mustPut(t, time.Hour, "k", "")
	for _, row := range []struct {
		shard string
		from  eventsource.Position
		limit int
		code  error
		text  string
	}{
		{"shardId-000000000002", horizon, 1, ErrResourceNotFound, "Shard shardId-000000000002 in stream s under account 123456789012 does not exist"},
		{"shardId-x", horizon, 1, ErrResourceNotFound, "Could not find shard shardId-x in stream s under account 123456789012."},
		{"shardId-4294967296", horizon, 1, ErrResourceNotFound, "Could not find shard shardId-4294967296 in stream s under account 123456789012."},
		{shard0, horizon, 0, ErrValidation, "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{shard0, eventsource.Position{}, 1, ErrValidation, "1 validation error detected: Value '' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"},
		{shard0, at(time.Second), 1, ErrInvalidArgument, "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: 1545084651987, currentTimestampInMillis: 1545084650987"},
		{shard0, after("17"), 1, ErrInvalidArgument, "StartingSequenceNumber 17 used in GetShardIterator on shard shardId-000000000000 in stream s under account 123456789012 is invalid."},
		{shard0, after(in1.SequenceNumber), 1, ErrInvalidArgument, "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000"},
		{shard0, after(foreign.SequenceNumber), 1, ErrInvalidArgument, "StartingSequenceNumber " + foreign.SequenceNumber + " used in GetShardIterator on shard shardId-000000000000 in stream s under account 123456789012 is invalid because it did not come from this stream."},
	} {
		_, err := s.readAt(epoch, row.shard, row.from, row.limit)
		require.ErrorIs(t, err, row.code)
		require.NotErrorIs(t, err, ErrLimitExceeded)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, row.text, e.Message)
		require.Equal(t, "kinesis: "+e.Code+": "+e.Message, err.Error())
	}
	p := s.mustRead(t, 0, "0", horizon, 1) // the service takes the number for the id
	require.Empty(t, p.Records)
}

func TestReadHonoursItsContext(t *testing.T) {
	s := NewStream("s", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Read(ctx, shard0, horizon, 1)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Shards(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Consumer("c").Shards(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
