package sqs

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Attributes are a queue's attributes. The zero value of a field is AWS's default. Durations are whole seconds.
//
// A queue whose name ends in .fifo is a FIFO queue (FifoQueue). Not modelled, and so not offered: encryption, the
// queue's own policy, RedriveAllowPolicy, DeduplicationScope, FifoThroughputLimit, and attributes that change after
// creation.
type Attributes struct {
	// VisibilityTimeout hides a message that was received, 0 s to 12 h; nil means 30 s.
	VisibilityTimeout *time.Duration
	// Delay hides a message that was sent, 0 s to 15 min (wire name DelaySeconds).
	Delay time.Duration
	// Retention is how long a message stays, 60 s to 14 days; 0 means 4 days (wire name MessageRetentionPeriod).
	Retention time.Duration
	// MaximumMessageSize is in bytes, body and message attributes, 1,024 to 1,048,576; 0 means 1,048,576.
	MaximumMessageSize int
	// ReceiveMessageWaitTime is how long [Queue.ReceiveMessage] waits if it does not say, 0 s to 20 s.
	ReceiveMessageWaitTime time.Duration
	// ContentBasedDeduplication makes the deduplication id the SHA-256 of the body. FIFO queues only.
	ContentBasedDeduplication bool
	// DeadLetterQueue takes a message that would be received more than MaxReceiveCount times, 1 to 1,000 (RedrivePolicy).
	// It is of the same kind, account and region. Both are set, or neither.
	DeadLetterQueue *Queue
	MaxReceiveCount int

	// Account, Region and Partition are where the queue is; "" means 123456789012, us-east-1 and aws.
	Account, Region, Partition string
}

// The defaults and bounds of SQS.
const (
	defaultVisibility = 30 * time.Second
	maxVisibility     = 12 * time.Hour
	maxDelay          = 15 * time.Minute
	defaultRetention  = 4 * 24 * time.Hour
	minRetention      = time.Minute
	maxRetention      = 14 * 24 * time.Hour
	maxMessageSize    = 1 << 20
	minMessageSize    = 1 << 10
	maxWait           = 20 * time.Second
	maxReceiveCount   = 1000
	maxBatch          = 10
)

// settings are a queue's attributes with the defaults filled in.
type settings struct {
	visibility, delay, retention, wait time.Duration
	maxSize                            int
	fifo, contentDedup                 bool
	dead                               *Queue
	maxReceives                        int
}

// settle checks a's values and fills in the defaults.
func (a *Attributes) settle(name string) (settings, error) {
	s := settings{
		visibility: defaultVisibility, delay: a.Delay, retention: defaultRetention, wait: a.ReceiveMessageWaitTime,
		maxSize: maxMessageSize, fifo: strings.HasSuffix(name, ".fifo"), contentDedup: a.ContentBasedDeduplication,
		dead: a.DeadLetterQueue, maxReceives: a.MaxReceiveCount,
	}
	if a.VisibilityTimeout != nil {
		s.visibility = *a.VisibilityTimeout
	}
	if a.Retention != 0 {
		s.retention = a.Retention
	}
	if a.MaximumMessageSize != 0 {
		s.maxSize = a.MaximumMessageSize
	}
	for _, c := range []struct {
		name string
		ok   bool
	}{
		{"VisibilityTimeout", seconds(s.visibility, 0, maxVisibility)},
		{"DelaySeconds", seconds(s.delay, 0, maxDelay)},
		{"MessageRetentionPeriod", seconds(s.retention, minRetention, maxRetention)},
		{"ReceiveMessageWaitTimeSeconds", seconds(s.wait, 0, maxWait)},
		{"MaximumMessageSize", s.maxSize >= minMessageSize && s.maxSize <= maxMessageSize},
	} {
		if !c.ok {
			return settings{}, ErrInvalidAttributeValue.because("Invalid value for the parameter " + c.name + ".")
		}
	}
	if s.contentDedup && !s.fifo {
		return settings{}, ErrInvalidAttributeName.because("Unknown Attribute ContentBasedDeduplication.")
	}
	return s, nil
}

// seconds reports whether d is a whole number of seconds within bounds.
func seconds(d, lo, hi time.Duration) bool { return d >= lo && d <= hi && d%time.Second == 0 }

// checkRedrive refuses a redrive policy that SQS refuses.
func (a *Attributes) checkRedrive(q *Queue) error {
	dead := a.DeadLetterQueue
	if dead == nil && a.MaxReceiveCount == 0 {
		return nil
	}
	if dead == nil {
		return redriveError(`{"maxReceiveCount":`+strconv.Itoa(a.MaxReceiveCount)+`}`, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
	}
	if a.MaxReceiveCount == 0 {
		return redriveError(`{"deadLetterTargetArn":"`+dead.arn+`"}`, "Redrive policy does not contain mandatory attribute: maxReceiveCount.")
	}
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, dead.arn, a.MaxReceiveCount)
	if n := a.MaxReceiveCount; n < 1 || n > maxReceiveCount {
		return redriveError(policy, fmt.Sprintf("Invalid value for maxReceiveCount: %d, valid values are from 1 to %d both inclusive.", n, maxReceiveCount))
	}
	if dead.set.fifo != q.set.fifo {
		return redriveError(policy, "Dead-letter queue must be same type of queue as the source.")
	}
	if place(dead.arn) != place(q.arn) {
		return redriveError(policy, "Dead-letter queue must be in the same region and account as the source.")
	}
	return nil
}

func redriveError(policy, reason string) error { return invalidValue(policy, "RedrivePolicy", reason) }

// place is an ARN without the queue's name.
func place(arn string) string { return arn[:strings.LastIndexByte(arn, ':')+1] }

// checkName refuses a name that SQS refuses.
func checkName(name string) error {
	base, fifo := strings.CutSuffix(name, ".fifo")
	ok := len(name) <= 80 && base != ""
	for _, c := range []byte(base) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	switch {
	case ok:
		return nil
	case fifo:
		return ErrInvalidParameterValue.because("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	}
	return ErrInvalidParameterValue.because("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
}
