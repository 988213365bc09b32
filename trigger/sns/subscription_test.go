package sns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/sns"
)

func TestSubscriptions(t *testing.T) {
	var l taker
	q, dead := newQueue("q"), newQueue("dead")
	p := sns.NewTopic("t", sns.Options{Invoker: &l})
	first, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN})
	require.NoError(t, err)
	require.Regexp(t, "^"+p.ARN()+":"+anyID+"$", first)
	again, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN})
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{DeadLetterQueue: dead}})
	require.ErrorContains(t, err, "Attributes Reason: Subscription already exists with different attributes")
	second, err := p.Subscribe(sns.SubscribeInput{Queue: q, Attributes: sns.Attributes{DeadLetterQueue: dead}})
	require.NoError(t, err)
	list := p.Subscriptions()
	require.Len(t, list, 2)
	require.Equal(t, sns.Subscription{ARN: first, Protocol: "lambda", Endpoint: functionARN, Attributes: sns.Attributes{FilterPolicyScope: sns.MessageAttributes}}, list[0])
	require.Equal(t, "sqs", list[1].Protocol)
	require.NoError(t, p.SetSubscriptionAttributes(second, sns.Attributes{RawMessageDelivery: true}))
	publish(t, p, sns.PublishInput{Message: "m"})
	require.Equal(t, "m", q.messages()[0].Body)
	p.Unsubscribe(first)
	p.Unsubscribe(first)
	publish(t, p, sns.PublishInput{Message: "m"})
	require.Len(t, l.taken(), 1)
	require.Len(t, q.messages(), 2)
	require.ErrorIs(t, p.SetSubscriptionAttributes(first, sns.Attributes{}), sns.ErrNotFound)
}

func TestRefusedSubscriptions(t *testing.T) {
	var l taker
	p := sns.NewTopic("t", sns.Options{Invoker: &l})
	for _, c := range []struct {
		name string
		in   sns.SubscribeInput
		want string
	}{
		{"nothing", sns.SubscribeInput{}, "a FunctionARN or a Queue"},
		{"both", sns.SubscribeInput{FunctionARN: functionARN, Queue: newQueue("q")}, "a FunctionARN or a Queue"},
		{"a name", sns.SubscribeInput{FunctionARN: "f"}, "Lambda endpoint ARN"},
		{"a queue's ARN", sns.SubscribeInput{FunctionARN: newQueue("q").arn}, "Lambda endpoint ARN"},
		{"a layer's ARN", sns.SubscribeInput{FunctionARN: "arn:aws:lambda:us-east-1:123456789012:layer:l:1"}, "Lambda endpoint ARN"},
		{"no queue", sns.SubscribeInput{Queue: &queue{arn: "q"}}, "SQS endpoint ARN"},
		{"a FIFO queue", sns.SubscribeInput{Queue: newQueue("q.fifo")}, "FIFO SQS Queues can not be subscribed to standard SNS topics"},
		{"raw", sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{RawMessageDelivery: true}}, "Invalid parameter: Attributes Reason: Delivery protocol [lambda] does not support raw message delivery."},
		{"scope", sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{FilterPolicyScope: "Body"}}, "FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes"},
		{"FIFO dead letters", sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{DeadLetterQueue: newQueue("q.fifo")}}, "RedrivePolicy"},
		{"dead letters to nowhere", sns.SubscribeInput{FunctionARN: functionARN, Attributes: sns.Attributes{DeadLetterQueue: &queue{arn: "q"}}}, "RedrivePolicy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Subscribe(c.in)
			require.ErrorContains(t, err, c.want)
			require.ErrorIs(t, err, sns.ErrInvalidParameter)
			require.Empty(t, p.Subscriptions())
		})
	}
	_, err := sns.NewTopic("t", sns.Options{}).Subscribe(sns.SubscribeInput{FunctionARN: functionARN})
	require.ErrorContains(t, err, "Options.Invoker")
}

// nosy is a queue that asks the topic before it says who it is.
type nosy struct {
	*queue
	topic *sns.Topic
}

func (q nosy) ARN() string {
	_ = q.topic.Subscriptions()
	return q.queue.ARN()
}

// Queues are not called with the topic's lock held.
func TestQueuesMayCallTheTopic(t *testing.T) {
	p := sns.NewTopic("t", sns.Options{})
	in := sns.SubscribeInput{Queue: nosy{newQueue("q"), p}, Attributes: sns.Attributes{DeadLetterQueue: nosy{newQueue("dead"), p}}}
	arn, err := p.Subscribe(in)
	require.NoError(t, err)
	again, err := p.Subscribe(in)
	require.NoError(t, err)
	require.Equal(t, arn, again)
	require.NoError(t, p.SetSubscriptionAttributes(arn, in.Attributes))
	publish(t, p, sns.PublishInput{Message: "m"})
}
