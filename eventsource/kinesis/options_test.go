package kinesis

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCreateStreamRefuses(t *testing.T) {
	const one = "1 validation error detected: "
	for _, row := range []struct {
		name    string
		options Options
		code    error
		text    string
	}{
		{"", Options{}, ErrValidation, "2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'streamName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a/b", Options{}, ErrValidation, one + "Value 'a/b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{strings.Repeat("a", 129), Options{}, ErrValidation, one + "Value '" + strings.Repeat("a", 129) + "' at 'streamName' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"s", Options{ShardCount: -1}, ErrValidation, one + "Value '-1' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"s", Options{ShardCount: 10_001}, ErrValidation, one + "Value '10001' at 'shardCount' failed to satisfy constraint: Member must have value less than or equal to 10000"},
		{"s", Options{MaxRecordSize: 1024}, ErrValidation, one + "Value '1' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have value greater than or equal to 1024"},
		{"s", Options{MaxRecordSize: 10<<20 + 1}, ErrValidation, one + "Value '10241' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have value less than or equal to 10240"},
		{"s", Options{MaxRecordSize: 2<<20 + 1}, ErrInvalidArgument, "MaxRecordSize 2097153 is not a whole number of KiB"},
		{"s", Options{RetentionPeriod: 23 * time.Hour}, ErrInvalidArgument, "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."},
		{"s", Options{RetentionPeriod: 8761 * time.Hour}, ErrInvalidArgument, "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long."},
		{"s", Options{RetentionPeriod: 24*time.Hour + 1}, ErrInvalidArgument, "RetentionPeriod 24h0m0.000000001s is not a whole number of hours"},
	} {
		s, err := New(row.name, row.options)
		require.Nil(t, s)
		require.ErrorIs(t, err, row.code)
		require.Equal(t, row.text, err.(*Error).Message)
	}
}

func TestNewStream(t *testing.T) {
	s := NewStream("My_stream-1.x", 3)
	require.Equal(t, "My_stream-1.x", s.Name())
	require.Equal(t, "arn:aws:kinesis:us-east-1:123456789012:stream/My_stream-1.x", s.ARN())
	require.Len(t, s.ListShards(), 3)
	require.Panics(t, func() { NewStream("s", 0) })
	require.Panics(t, func() { NewStream("a b", 1) })
	_, err := New("s", Options{ShardCount: 2, RetentionPeriod: 8760 * time.Hour, MaxRecordSize: 10 << 20})
	require.NoError(t, err)
}

func TestHalfOfNoRange(t *testing.T) {
	for _, r := range []HashKeyRange{{}, {"5", "5"}, {"7", "5"}, {"x", "5"}, {"0", "-"}} {
		require.Empty(t, r.Half())
	}
	require.Equal(t, "2", HashKeyRange{"0", "2"}.Half())
}
