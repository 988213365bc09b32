package sqs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIdentity(t *testing.T) {
	q := NewQueue("q", Attributes{})
	require.Equal(t, "arn:aws:sqs:us-east-1:123456789012:q", q.ARN())
	require.Equal(t, "q", q.Name())
	require.Equal(t, 30*time.Second, q.VisibilityTimeout())
	require.Equal(t, "arn:aws-cn:sqs:cn-north-1:000000000000:q", NewQueue("q", Attributes{Partition: "aws-cn", Region: "cn-north-1", Account: "000000000000"}).ARN())
}

// Ids depend on the queue and on the order of sends only.
func TestIDsRepeat(t *testing.T) {
	ids := func(name string) (all []string) {
		q := NewQueue(name, Attributes{})
		for range 100 {
			m, err := q.Send("x")
			require.NoError(t, err)
			require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, m.MessageId)
			all = append(all, m.MessageId)
		}
		return all
	}
	a := ids("a")
	require.Equal(t, a, ids("a"))
	for _, id := range ids("b") {
		require.NotContains(t, a, id)
	}
}
