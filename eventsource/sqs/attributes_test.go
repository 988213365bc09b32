package sqs

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewRefuses(t *testing.T) {
	dead, deadFIFO := NewQueue("dead", Attributes{}), NewQueue("dead.fifo", Attributes{})
	elsewhere := NewQueue("dead", Attributes{Region: "eu-west-1"})
	const (
		name   = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
		fifo   = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."
		policy = `Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":`
		redriv = ` for parameter RedrivePolicy is invalid. Reason: `
	)
	for _, c := range []struct {
		name, queue string
		a           Attributes
		kind        *Error
		text        string
	}{
		{"no name", "", Attributes{}, ErrInvalidParameterValue, name},
		{"blank", "a b", Attributes{}, ErrInvalidParameterValue, name},
		{"81 characters", strings.Repeat("a", 81), Attributes{}, ErrInvalidParameterValue, name},
		{"only the suffix", ".fifo", Attributes{}, ErrInvalidParameterValue, fifo},
		{"81 characters with the suffix", strings.Repeat("a", 76) + ".fifo", Attributes{}, ErrInvalidParameterValue, fifo},
		{"visibility over 12 h", "q", Attributes{VisibilityTimeout: new(12*time.Hour + time.Second)}, ErrInvalidAttributeValue, "Invalid value for the parameter VisibilityTimeout."},
		{"visibility below 0", "q", Attributes{VisibilityTimeout: new(-time.Second)}, ErrInvalidAttributeValue, "Invalid value for the parameter VisibilityTimeout."},
		{"half a second", "q", Attributes{VisibilityTimeout: new(500 * time.Millisecond)}, ErrInvalidAttributeValue, "Invalid value for the parameter VisibilityTimeout."},
		{"delay over 15 min", "q", Attributes{Delay: 901 * time.Second}, ErrInvalidAttributeValue, "Invalid value for the parameter DelaySeconds."},
		{"retention below 60 s", "q", Attributes{Retention: 59 * time.Second}, ErrInvalidAttributeValue, "Invalid value for the parameter MessageRetentionPeriod."},
		{"retention over 14 days", "q", Attributes{Retention: 14*24*time.Hour + time.Second}, ErrInvalidAttributeValue, "Invalid value for the parameter MessageRetentionPeriod."},
		{"wait over 20 s", "q", Attributes{ReceiveMessageWaitTime: 21 * time.Second}, ErrInvalidAttributeValue, "Invalid value for the parameter ReceiveMessageWaitTimeSeconds."},
		{"size below 1 KiB", "q", Attributes{MaximumMessageSize: 1023}, ErrInvalidAttributeValue, "Invalid value for the parameter MaximumMessageSize."},
		{"size over 1 MiB", "q", Attributes{MaximumMessageSize: 1<<20 + 1}, ErrInvalidAttributeValue, "Invalid value for the parameter MaximumMessageSize."},
		{"deduplication without FIFO", "q", Attributes{ContentBasedDeduplication: true}, ErrInvalidAttributeName, "Unknown Attribute ContentBasedDeduplication."},
		{"count without a queue", "q", Attributes{MaxReceiveCount: 2}, ErrInvalidParameterValue, `Value {"maxReceiveCount":2}` + redriv + "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."},
		{"queue without a count", "q", Attributes{DeadLetterQueue: dead}, ErrInvalidParameterValue, `Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead"}` + redriv + "Redrive policy does not contain mandatory attribute: maxReceiveCount."},
		{"count over 1,000", "q", Attributes{DeadLetterQueue: dead, MaxReceiveCount: 1001}, ErrInvalidParameterValue, policy + "1001}" + redriv + "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive."},
		{"count below 0", "q", Attributes{DeadLetterQueue: dead, MaxReceiveCount: -1}, ErrInvalidParameterValue, policy + "-1}" + redriv + "Invalid value for maxReceiveCount: -1, valid values are from 1 to 1000 both inclusive."},
		{"FIFO to standard", "q.fifo", Attributes{DeadLetterQueue: dead, MaxReceiveCount: 1}, ErrInvalidParameterValue, policy + "1}" + redriv + "Dead-letter queue must be same type of queue as the source."},
		{"standard to FIFO", "q", Attributes{DeadLetterQueue: deadFIFO, MaxReceiveCount: 1}, ErrInvalidParameterValue, ""},
		{"other Region", "q", Attributes{DeadLetterQueue: elsewhere, MaxReceiveCount: 1}, ErrInvalidParameterValue, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := New(c.queue, c.a)
			require.Nil(t, q)
			require.ErrorIs(t, err, c.kind)
			if c.text != "" {
				require.EqualError(t, err, c.kind.Code+": "+c.text)
			}
			require.PanicsWithValue(t, "sqs: "+err.Error(), func() { NewQueue(c.queue, c.a) })
		})
	}
}

func TestNewAcceptsBounds(t *testing.T) {
	for _, a := range []Attributes{
		{VisibilityTimeout: new(time.Duration(0)), Retention: time.Minute, MaximumMessageSize: 1024},
		{VisibilityTimeout: new(12 * time.Hour), Delay: 15 * time.Minute, Retention: 14 * 24 * time.Hour, MaximumMessageSize: 1 << 20, ReceiveMessageWaitTime: 20 * time.Second},
	} {
		q, err := New(strings.Repeat("q", 80), a)
		require.NoError(t, err)
		require.Equal(t, *a.VisibilityTimeout, q.VisibilityTimeout())
	}
	_, err := New(strings.Repeat("q", 75)+".fifo", Attributes{ContentBasedDeduplication: true})
	require.NoError(t, err)
}
