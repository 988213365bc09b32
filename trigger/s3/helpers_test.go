package s3_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:f"

// taker is a Lambda that takes every event, or answers what refuse says.
type taker struct {
	mu     sync.Mutex
	inputs []invoke.Input
	refuse func(invoke.Input) error
}

func (l *taker) Invoke(_ context.Context, in invoke.Input) (*invoke.Output, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse != nil {
		if err := l.refuse(in); err != nil {
			return nil, err
		}
	}
	if in.InvocationType == invoke.Event {
		in.Payload = slices.Clone(in.Payload)
		l.inputs = append(l.inputs, in)
	}
	return &invoke.Output{StatusCode: 202}, nil
}

func (l *taker) setRefusal(f func(invoke.Input) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = f
}

// taken returns the events so far.
func (l *taker) taken() (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, in := range l.inputs {
		list = append(list, string(in.Payload))
	}
	return list
}

// last returns the latest event.
func (l *taker) last() string {
	list := l.taken()
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// always refuses with an exception.
func always(code string) func(invoke.Input) error {
	return func(invoke.Input) error { return lambda.NewError(code, "no") }
}

// all is every event that a bucket has.
var all = []string{"s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"}

// watched makes a bucket all of whose events go to a function.
func watched(t require.TestingT, l s3.Invoker, o s3.Options) *s3.Bucket {
	o.Invoker = l
	b := s3.NewBucket("pictures", o)
	require.NoError(t, b.PutBucketNotificationConfiguration(context.Background(), s3.NotificationConfiguration{
		Functions: []s3.FunctionConfiguration{{ID: "cfg", FunctionARN: functionARN, Events: all}},
	}))
	return b
}

// queue is a queue that keeps what it gets, unless it refuses.
type queue struct {
	arn string
	err error
	mu  sync.Mutex
	got []events.SQSMessage
}

func (q *queue) ARN() string { return q.arn }
func (q *queue) SendMessage(_ context.Context, m events.SQSMessage) (events.SQSMessage, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return m, q.err
	}
	q.got = append(q.got, m)
	return m, nil
}

// topic is the same of a topic.
type topic struct {
	arn     string
	err     error
	got     []events.SNSEntity
	headers []string
}

func (p *topic) ARN() string { return p.arn }
func (p *topic) Publish(ctx context.Context, m events.SNSEntity) error {
	if p.err != nil {
		return p.err
	}
	p.got = append(p.got, m)
	p.headers = append(p.headers, destinations.TraceHeader(ctx))
	return nil
}

// bus is the same of a bus.
type bus struct {
	got     []events.EventBridgeEvent
	headers []string
}

func (b *bus) ARN() string { return "arn:aws:events:us-east-1:123456789012:event-bus/default" }
func (b *bus) PutEvent(ctx context.Context, e events.EventBridgeEvent) error {
	b.got = append(b.got, e)
	b.headers = append(b.headers, destinations.TraceHeader(ctx))
	return nil
}

func put(t testing.TB, b *s3.Bucket, key, body string) *s3.Object {
	t.Helper()
	o, err := b.Put(t.Context(), s3.PutObjectInput{Key: key, Body: []byte(body)})
	require.NoError(t, err)
	return o
}
