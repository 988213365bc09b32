package destinations

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

// Queue is what [SQS] needs of a queue.
//
// SendMessage sends m's Body with m's MessageAttributes and the entries of m's Attributes that a sender may set:
// AWSTraceHeader, MessageGroupId, MessageDeduplicationId. It returns the message as accepted, of which destinations
// looks at nothing. It must be safe for concurrent use and must not keep m's maps.
type Queue interface {
	ARN() string
	SendMessage(ctx context.Context, m events.SQSMessage) (events.SQSMessage, error)
}

// SQS makes a [Target] of a queue. The body is the record's JSON, with no message attribute; a dead letter's body is
// the original event, with its attributes. A trace header goes along as the system attribute AWSTraceHeader. Over
// 1,048,576 bytes, or the queue's own lower limit, the delivery fails and nothing is trimmed.
func SQS(q Queue) Target { return &queueTarget{q} }

type queueTarget struct{ queue Queue }

func (t *queueTarget) ARN() string { return t.queue.ARN() }

func (t *queueTarget) Deliver(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	body, err := d.document()
	if err != nil {
		return err
	}
	m := events.SQSMessage{Body: string(body)}
	size := len(body)
	if d.DeadLetter != nil {
		m.MessageAttributes = map[string]events.SQSMessageAttribute{}
		for _, a := range d.DeadLetter.Attributes() {
			m.MessageAttributes[a.Name] = events.SQSMessageAttribute{DataType: a.DataType, StringValue: &a.Value}
			size += a.size()
		}
	}
	if d.TraceHeader != "" {
		m.Attributes = map[string]string{"AWSTraceHeader": d.TraceHeader} // its size does not count
	}
	if err := checkSQSSize(size); err != nil {
		return err
	}
	_, err = t.queue.SendMessage(ctx, m)
	return err
}
