package destinations_test

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/destinations/destinationstest"
)

// Ports that keep what they are given.

type kept[T any] struct {
	mu  sync.Mutex
	got []T
	err error // what the port answers
}

func (k *kept[T]) keep(v T) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.got = append(k.got, v)
	return k.err
}

// arrived shows what the port was given.
func (k *kept[T]) arrived(show func(T) destinationstest.Arrival) func() []destinationstest.Arrival {
	return func() (as []destinationstest.Arrival) {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, v := range k.got {
			as = append(as, show(v))
		}
		return as
	}
}

type fakeQueue struct{ kept[events.SQSMessage] }

func (*fakeQueue) ARN() string { return "arn:aws:sqs:us-east-1:123456789012:q" }
func (q *fakeQueue) SendMessage(_ context.Context, m events.SQSMessage) (events.SQSMessage, error) {
	return m, q.keep(m)
}

type publication struct {
	message events.SNSEntity
	trace   string
}

type fakeTopic struct{ kept[publication] }

func (*fakeTopic) ARN() string { return "arn:aws:sns:us-east-1:123456789012:t" }
func (t *fakeTopic) Publish(ctx context.Context, m events.SNSEntity) error {
	return t.keep(publication{m, destinations.TraceHeader(ctx)})
}

type invocation struct {
	arn, trace string
	payload    []byte
}

type fakeFunction struct{ kept[invocation] }

func (f *fakeFunction) InvokeEvent(ctx context.Context, arn string, payload []byte) error {
	return f.keep(invocation{arn, destinations.TraceHeader(ctx), payload})
}

type entry struct {
	event events.EventBridgeEvent
	trace string
}

type fakeBus struct{ kept[entry] }

const busARN = "arn:aws:events:us-east-1:123456789012:event-bus/b"

func (*fakeBus) ARN() string { return busARN }
func (b *fakeBus) PutEvent(ctx context.Context, e events.EventBridgeEvent) error {
	return b.keep(entry{e, destinations.TraceHeader(ctx)})
}

type object struct {
	key, contentType, trace string
	body                    []byte
}

type fakeBucket struct{ kept[object] }

func (*fakeBucket) ARN() string { return "arn:aws:s3:::b" }
func (b *fakeBucket) PutObject(ctx context.Context, key, contentType string, body []byte) error {
	return b.keep(object{key, contentType, destinations.TraceHeader(ctx), body})
}

// ctxOf is the context of a test, where it has one.
func ctxOf(t any) context.Context {
	if c, ok := t.(interface{ Context() context.Context }); ok {
		return c.Context()
	}
	return context.Background()
}

const targetFunction = "arn:aws:lambda:us-east-1:123456789012:function:next"

func TestConformance(t *testing.T) {
	const success, batch, letter = destinationstest.SuccessRecord, destinationstest.BatchRecord, destinationstest.DeadLetter
	for name, h := range map[string]destinationstest.Harness{
		"SQS": {MaxBytes: 1 << 20, New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			q := &fakeQueue{}
			return destinations.SQS(q), q.arrived(func(m events.SQSMessage) destinationstest.Arrival {
				as := map[string]string{}
				for name, a := range m.MessageAttributes {
					as[name] = *a.StringValue
				}
				return destinationstest.Arrival{Document: []byte(m.Body), Attributes: as, TraceHeader: m.Attributes["AWSTraceHeader"]}
			})
		}},
		"SNS": {MaxBytes: 256 << 10, New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			topic := &fakeTopic{}
			return destinations.SNS(topic), topic.arrived(func(p publication) destinationstest.Arrival {
				as := map[string]string{}
				for name, a := range p.message.MessageAttributes {
					as[name] = a.(map[string]any)["Value"].(string)
				}
				return destinationstest.Arrival{Document: []byte(p.message.Message), Attributes: as, TraceHeader: p.trace}
			})
		}},
		"Lambda": {MaxBytes: 1 << 20, Refuses: []destinationstest.Kind{batch, letter}, New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			f := &fakeFunction{}
			return destinations.Lambda(targetFunction, f), f.arrived(func(i invocation) destinationstest.Arrival {
				return destinationstest.Arrival{Document: i.payload, TraceHeader: i.trace}
			})
		}},
		"EventBridge": {MaxBytes: 1 << 20, Refuses: []destinationstest.Kind{batch, letter}, New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			b := &fakeBus{}
			return destinations.EventBridge(b), b.arrived(func(e entry) destinationstest.Arrival {
				return destinationstest.Arrival{Document: e.event.Detail, TraceHeader: e.trace}
			})
		}},
		"S3": {Refuses: []destinationstest.Kind{success, letter}, New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			b := &fakeBucket{}
			return destinations.S3(b), b.arrived(func(o object) destinationstest.Arrival {
				return destinationstest.Arrival{Document: o.body, TraceHeader: o.trace}
			})
		}},
	} {
		t.Run(name, func(t *testing.T) { destinationstest.Run(t, h) })
	}
}
