package destinations

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

// Topic is what [SNS] needs of a topic.
//
// Publish publishes m's Message, with m's MessageAttributes in the form in which SNS shows them to a function: name to
// map[string]any with the keys Type and Value. Subject is empty: Lambda sets none. It must be safe for concurrent use
// and must not keep m's map. [TraceHeader] of ctx is the trace header.
type Topic interface {
	ARN() string
	Publish(ctx context.Context, m events.SNSEntity) error
}

// SNS makes a [Target] of a topic. The message is the record's JSON, with neither subject nor attribute; a dead
// letter's is the original event, with its attributes. Over 262,144 bytes the delivery fails and nothing is trimmed.
func SNS(t Topic) Target { return &topicTarget{t} }

type topicTarget struct{ topic Topic }

func (t *topicTarget) ARN() string { return t.topic.ARN() }

func (t *topicTarget) Deliver(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	body, err := d.document()
	if err != nil {
		return err
	}
	m := events.SNSEntity{Type: "Notification", TopicArn: t.topic.ARN(), Message: string(body)}
	size := len(body)
	if d.DeadLetter != nil {
		m.MessageAttributes = map[string]any{}
		for _, a := range d.DeadLetter.Attributes() {
			m.MessageAttributes[a.Name] = map[string]any{"Type": a.DataType, "Value": a.Value}
			size += a.size()
		}
	}
	if err := checkSNSSize(size); err != nil {
		return err
	}
	return t.topic.Publish(WithTraceHeader(ctx, d.TraceHeader), m)
}
