package eventbridge_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

const account = "123456789012"

// call is one invocation that Lambda was asked for.
type call struct {
	at       time.Time
	function string
	payload  string
	kind     invoke.InvocationType
	caller   *iam.Caller
	header   string
}

// fakeLambda records invocations, and refuses those that refuse says.
type fakeLambda struct {
	mu     sync.Mutex
	calls  []call
	refuse func(n int, c call) error
}

func (f *fakeLambda) Invoke(_ context.Context, in invoke.Input) (*invoke.Output, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := call{time.Now(), in.FunctionName, string(in.Payload), in.InvocationType, in.Caller, in.TraceHeader}
	f.calls = append(f.calls, c)
	if f.refuse != nil {
		if err := f.refuse(len(f.calls), c); err != nil {
			return nil, err
		}
	}
	return &invoke.Output{StatusCode: 202}, nil
}

// all is what has been asked for so far.
func (f *fakeLambda) all() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

func (f *fakeLambda) payloads() []string {
	var all []string
	for _, c := range f.all() {
		all = append(all, c.payload)
	}
	return all
}

// fakeQueue and fakeTopic keep what they get.
type fakeQueue struct {
	arn      string
	mu       sync.Mutex
	messages []events.SQSMessage
}

func newQueue(name string) *fakeQueue {
	return &fakeQueue{arn: "arn:aws:sqs:us-east-1:" + account + ":" + name}
}

func (q *fakeQueue) ARN() string { return q.arn }

func (q *fakeQueue) SendMessage(_ context.Context, m events.SQSMessage) (events.SQSMessage, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, m)
	return m, nil
}

func (q *fakeQueue) all() []events.SQSMessage {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.messages)
}

// attributes is a message's attributes as plain texts.
func attributes(m events.SQSMessage) map[string]string {
	texts := map[string]string{}
	for name, a := range m.MessageAttributes {
		texts[name] = *a.StringValue
	}
	return texts
}

type fakeTopic struct{ published []events.SNSEntity }

func (t *fakeTopic) ARN() string { return "arn:aws:sns:us-east-1:" + account + ":t" }

func (t *fakeTopic) Publish(_ context.Context, m events.SNSEntity) error {
	t.published = append(t.published, m)
	return nil
}

// bubble runs a test in virtual time, which begins with the year 2000.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// putRule puts a rule for all events of source s with one function, f, as its target.
func putRule(t require.TestingT, b *eventbridge.Bus, target eventbridge.Target) string {
	arn, err := b.PutRule(eventbridge.Rule{Name: "r", EventPattern: `{"source":["s"]}`})
	require.NoError(t, err)
	if target.ID == "" {
		target.ID = "1"
	}
	require.NoError(t, b.PutTargets("r", target))
	return arn
}

// put puts one event with that detail.
func put(t require.TestingT, b *eventbridge.Bus, detail string) string {
	results, err := b.PutEvents(context.Background(), eventbridge.Entry{Source: "s", DetailType: "d", Detail: detail})
	require.NoError(t, err)
	require.Len(t, results, 1)
	require.Empty(t, results[0].ErrorCode, results[0].ErrorMessage)
	return results[0].EventID
}

var (
	denied   = lambda.NewError("AccessDeniedException", "no")
	notFound = lambda.NewError("ResourceNotFoundException", "Function not found")
	throttle = lambda.NewError("TooManyRequestsException", "Rate Exceeded.")
)
