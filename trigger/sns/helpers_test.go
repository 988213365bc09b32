package sns_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/sns"
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
	in.Payload = slices.Clone(in.Payload)
	l.inputs = append(l.inputs, in)
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

// only returns the only event.
func (l *taker) only(t require.TestingT) (string, events.SNSEventRecord) {
	list := l.taken()
	require.Len(t, list, 1)
	var e events.SNSEvent
	require.NoError(t, json.Unmarshal([]byte(list[0]), &e))
	require.Len(t, e.Records, 1)
	return list[0], e.Records[0]
}

func always(code string) func(invoke.Input) error {
	return func(invoke.Input) error { return lambda.NewError(code, "no") }
}

// queue is a queue that keeps what it gets, unless it refuses.
type queue struct {
	arn string
	mu  sync.Mutex
	err error
	got []events.SQSMessage
}

func newQueue(name string) *queue { return &queue{arn: "arn:aws:sqs:us-east-1:123456789012:" + name} }

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

func (q *queue) messages() []events.SQSMessage {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.got)
}

// subscribed makes a topic to which a function is subscribed.
func subscribed(t require.TestingT, l sns.Invoker, o sns.Options, a sns.Attributes) *sns.Topic {
	o.Invoker = l
	p := sns.NewTopic("t", o)
	_, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN, Attributes: a})
	require.NoError(t, err)
	return p
}

func publish(t testing.TB, p *sns.Topic, in sns.PublishInput) string {
	t.Helper()
	id, err := p.PublishMessage(t.Context(), in)
	require.NoError(t, err)
	return id
}
