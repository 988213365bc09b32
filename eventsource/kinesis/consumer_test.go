package kinesis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConsumer(t *testing.T) {
	s := newAt(t, Options{})
	c, isNew, err := s.consumerAt(epoch, "c")
	require.NoError(t, err)
	require.True(t, isNew)
	require.Equal(t, "c", c.Name())
	require.Equal(t, "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1545084650", c.ARN())
	require.Same(t, c, s.Consumer("c"))
	require.NoError(t, s.Put("k", []byte("x")))

	own := string(readAll(t, s)[0][0].JSON)
	theirs := string(readAll(t, c)[0][0].JSON)
	require.Equal(t, strings.Replace(own, `:stream/s"}`, `:stream/s/consumer/c:1545084650"}`, 1), theirs)
	require.NotEqual(t, own, theirs)
}

func TestRegisterRefuses(t *testing.T) {
	s := NewStream("s", 1)
	_, err := s.RegisterStreamConsumer("a b")
	require.ErrorIs(t, err, ErrValidation)
	require.ErrorContains(t, err, "1 validation error detected: Value 'a b' at 'consumerName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	for i := range maxConsumers {
		_, err := s.RegisterStreamConsumer(fmt.Sprint("c", i))
		require.NoError(t, err)
	}
	_, err = s.RegisterStreamConsumer("c0")
	require.ErrorIs(t, err, ErrResourceInUse)
	_, err = s.RegisterStreamConsumer("more")
	require.ErrorIs(t, err, ErrLimitExceeded)
	require.Panics(t, func() { s.Consumer("more") })
}
