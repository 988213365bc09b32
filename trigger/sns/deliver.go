package sns

import (
	"context"
	"math"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// deliver sends a message to a subscriber.
func (t *Topic) deliver(s *subscription, m *message) {
	e := redeliver.Event{Target: s.Endpoint, Rule: redelivery}
	if s.queue != nil {
		body, attributes := t.queueMessage(s, m)
		e.Try = send(s.queue, body, attributes, m.header)
	} else {
		e.Try = redeliver.Function(t.opts.Invoker, s.Endpoint, t.caller, t.event(s, m), m.header)
	}
	if q := s.DeadLetterQueue; q != nil {
		e.DeadLetter = &redeliver.DeadLetter{Target: s.dead, Send: func(ctx context.Context, _ error, _ int) error {
			body, attributes := t.queueMessage(s, m) // as a queue would have got it, whoever did not
			return send(q, body, attributes, m.header)(ctx)
		}}
	}
	t.pushes.Push(e)
}

// queueMessage is what a queue gets: the envelope, or the message as it is with its attributes as the queue's.
func (t *Topic) queueMessage(s *subscription, m *message) (string, map[string]events.SQSMessageAttribute) {
	if !s.RawMessageDelivery {
		return t.envelope(s, m), nil
	}
	var as map[string]events.SQSMessageAttribute
	for i := range m.attributes {
		a := &m.attributes[i]
		if as == nil {
			as = map[string]events.SQSMessageAttribute{}
		}
		if a.base() == "Binary" {
			as[a.name] = events.SQSMessageAttribute{DataType: a.DataType, BinaryValue: a.BinaryValue}
		} else {
			as[a.name] = events.SQSMessageAttribute{DataType: a.DataType, StringValue: &a.StringValue}
		}
	}
	return m.textFor(sqsProtocol), as
}

// send makes the Try of a message for a queue.
func send(q destinations.Queue, body string, as map[string]events.SQSMessageAttribute, header string) func(context.Context) error {
	return func(ctx context.Context) error {
		m := events.SQSMessage{Body: body, MessageAttributes: as}
		if header != "" {
			m.Attributes = map[string]string{"AWSTraceHeader": header}
		}
		_, err := q.SendMessage(destinations.WithTraceHeader(ctx, header), m)
		return err
	}
}

// The retries of a message for an endpoint of AWS's own, in their four phases, and what each waits.
const (
	immediateRetries   = 3
	preBackoffRetries  = 2
	backoffRetries     = 10
	postBackoffRetries = 100_000
	minimumDelay       = time.Second
	maximumDelay       = 20 * time.Second
	jitter             = 0.1 // SNS says only that there is some
)

// MaxRetries is how often SNS tries again, over about 23 days.
const MaxRetries = immediateRetries + preBackoffRetries + backoffRetries + postBackoffRetries

// redelivery is SNS's rule. What is the client's fault, such as a function that is gone or may not be invoked, is not
// tried again.
func redelivery(f redeliver.Failure) (time.Duration, bool) {
	if f.Class == redeliver.ClientError || f.Tries > MaxRetries {
		return 0, false
	}
	return f.Spread(retryDelay(f.Tries), jitter), true
}

// retryDelay is what SNS waits before the n-th retry, from 1, without jitter.
func retryDelay(n int) time.Duration {
	switch {
	case n <= immediateRetries:
		return 0
	case n <= immediateRetries+preBackoffRetries:
		return minimumDelay
	case n <= MaxRetries-postBackoffRetries:
		return backoffDelay(n - immediateRetries - preBackoffRetries)
	}
	return maximumDelay
}

// backoffDelay is what the i-th of the retries with backoff waits, from 1: each longer than the one before by the same
// factor, the first 1 s, the last 20 s. SNS says that this phase is exponential; the factor follows from its ends.
func backoffDelay(i int) time.Duration {
	steps := float64(i-1) / (backoffRetries - 1)
	return time.Duration(float64(minimumDelay) * math.Pow(float64(maximumDelay/minimumDelay), steps))
}
