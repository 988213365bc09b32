package kinesis

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPutRefuses(t *testing.T) {
	s := newAt(t, Options{})
	const one = "1 validation error detected: "
	for _, row := range []struct {
		in   PutRecordInput
		code error
		text string
	}{
		{PutRecordInput{}, ErrValidation, one + "Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{PutRecordInput{PartitionKey: strings.Repeat("ü", 257)}, ErrValidation, one + "Value '" + strings.Repeat("ü", 257) + "' at 'partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{PutRecordInput{PartitionKey: "k", ExplicitHashKey: "-1"}, ErrValidation, one + `Value '-1' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})`},
		{PutRecordInput{ExplicitHashKey: "x"}, ErrValidation, `2 validation errors detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; Value 'x' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})`},
		{PutRecordInput{PartitionKey: "k", ExplicitHashKey: "340282366920938463463374607431768211456"}, ErrInvalidArgument, "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456"},
		{PutRecordInput{PartitionKey: "k", Data: make([]byte, 1<<20)}, ErrValidation, one + "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576"},
		{PutRecordInput{PartitionKey: "\xff"}, ErrSerialization, "PartitionKey is not valid UTF-8"},
	} {
		_, err := s.putRecordAt(epoch, row.in)
		require.ErrorIs(t, err, row.code)
		require.Equal(t, row.text, err.(*Error).Message)
	}
	require.Empty(t, s.mustRead(t, 0, shard0, horizon, 10).Records)
}

func TestPutTakesTheLargest(t *testing.T) {
	for _, size := range []int{0, 10 << 20} {
		s := newAt(t, Options{MaxRecordSize: size})
		limit := max(size, 1<<20)
		s.mustPut(t, 0, strings.Repeat("k", 256), strings.Repeat("x", limit-256))
		_, err := s.putRecordAt(epoch, PutRecordInput{PartitionKey: "kk", Data: make([]byte, limit-1)})
		require.ErrorIs(t, err, ErrValidation)
	}
}

func TestPutCopies(t *testing.T) {
	s := newAt(t, Options{})
	b := []byte("mine")
	require.NoError(t, s.Put("k", b))
	copy(b, "gone")
	r := s.mustRead(t, 0, shard0, horizon, 1).Records[0]
	require.Equal(t, "mine", string(r.Data))
	require.NoError(t, s.Put("k", nil))
	require.NotNil(t, s.mustRead(t, 0, shard0, after(r.ID), 1).Records[0].Data, "empty is not absent")
}

func TestPutRecords(t *testing.T) {
	s := newAt(t, Options{ShardCount: 2})
	out, err := s.putRecordsAt(epoch, []PutRecordInput{
		{PartitionKey: "a", Data: []byte("1"), ExplicitHashKey: "0"},
		{PartitionKey: "b", Data: []byte("2"), ExplicitHashKey: maxHashKey.String()},
		{PartitionKey: "c", Data: []byte("3"), ExplicitHashKey: "1"},
	})
	require.NoError(t, err)
	require.Zero(t, out.FailedRecordCount)
	require.Equal(t, shard1, out.Records[1].ShardID)
	p := s.mustRead(t, 0, shard0, horizon, 10)
	require.Equal(t, []string{"1", "3"}, data(p))
	require.Equal(t, out.Records[2].SequenceNumber, p.Records[1].ID)

	for _, row := range []struct {
		name string
		in   []PutRecordInput
		code error
		text string
	}{
		{"none", nil, ErrValidation, "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"too many", make([]PutRecordInput, 501), ErrValidation, "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length less than or equal to 500"},
		{"too large", repeat(11, PutRecordInput{PartitionKey: "k", Data: make([]byte, 1<<20-1)}), ErrInvalidArgument, "Records size exceeds 10 MB limit"},
		{"one bad", []PutRecordInput{{PartitionKey: "k"}, {}}, ErrValidation, "1 validation error detected: Value '' at 'records.2.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"one large", []PutRecordInput{{PartitionKey: "k"}, {PartitionKey: "k", Data: make([]byte, 1<<20)}}, ErrValidation, "1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := s.putRecordsAt(epoch, row.in)
			require.ErrorIs(t, err, row.code)
			require.Equal(t, row.text, err.(*Error).Message)
			require.Len(t, s.mustRead(t, 0, shard0, horizon, 10).Records, 2, "nothing was put")
		})
	}
	out, err = s.putRecordsAt(epoch, repeat(10, PutRecordInput{PartitionKey: "k", Data: make([]byte, 1<<20-1)}))
	require.NoError(t, err)
	require.Zero(t, out.FailedRecordCount)
}

func repeat(n int, in PutRecordInput) []PutRecordInput {
	all := make([]PutRecordInput, n)
	for i := range all {
		all[i] = in
	}
	return all
}

func TestShardWriteLimits(t *testing.T) {
	s := newAt(t, Options{ShardCount: 2, ShardWriteLimits: true})
	in := append(repeat(400, PutRecordInput{PartitionKey: "k", ExplicitHashKey: "0"}), PutRecordInput{PartitionKey: "k", ExplicitHashKey: maxHashKey.String()})
	var out PutRecordsOutput
	for range 3 {
		var err error
		out, err = s.putRecordsAt(epoch, in)
		require.NoError(t, err)
	}
	require.Equal(t, 200, out.FailedRecordCount)
	failed := out.Records[200]
	require.Equal(t, "ProvisionedThroughputExceededException", failed.ErrorCode)
	require.Equal(t, "Rate exceeded for shard shardId-000000000000 in stream s under account 123456789012.", failed.ErrorMessage)
	require.Empty(t, failed.ShardID+failed.SequenceNumber)
	require.Equal(t, shard1, out.Records[400].ShardID, "another shard has its own limit")
	woken := 0
	s.Notify(func() { woken++ })
	_, err := s.putRecordAt(epoch, in[0])
	require.ErrorIs(t, err, ErrProvisionedThroughputExceeded)
	out, err = s.putRecordsAt(epoch, in[:3])
	require.NoError(t, err)
	require.Equal(t, 3, out.FailedRecordCount)
	require.Zero(t, woken, "nothing was put")
	_, err = s.putRecordAt(epoch.Add(time.Millisecond), in[0])
	require.NoError(t, err)

	future, err := newStreamAt(time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC), "s", Options{ShardWriteLimits: true})
	require.NoError(t, err)
	require.NoError(t, future.Put("k", nil), "a new shard has its whole rate, whatever the date")

	free := newAt(t, Options{})
	for range 2000 {
		free.mustPut(t, 0, "k", "x")
	}
}
