package sns_test

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/destinations/destinationstest"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

// A topic is a destination that keeps the contract of one: what is delivered is what a subscribed queue gets.
func TestDestination(t *testing.T) {
	destinationstest.Run(t, destinationstest.Harness{
		MaxBytes: sns.MaxMessage,
		New: func(t *testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			q := newQueue("q")
			p := sns.NewTopic("t", sns.Options{})
			_, err := p.Subscribe(sns.SubscribeInput{Queue: q, Attributes: sns.Attributes{RawMessageDelivery: true}})
			require.NoError(t, err)
			return destinations.SNS(p), func() (list []destinationstest.Arrival) {
				for _, m := range q.messages() {
					list = append(list, destinationstest.Arrival{
						Document: []byte(m.Body), Attributes: texts(m.MessageAttributes), TraceHeader: m.Attributes["AWSTraceHeader"],
					})
				}
				return list
			}
		},
	})
}

func texts(as map[string]events.SQSMessageAttribute) map[string]string {
	if as == nil {
		return nil
	}
	m := map[string]string{}
	for name, a := range as {
		m[name] = *a.StringValue
	}
	return m
}

// A topic's Publish may be called from several goroutines with the same entity.
func TestPublishKeepsNothing(t *testing.T) {
	var l taker
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	m := events.SNSEntity{Message: "m", MessageAttributes: map[string]any{"a": map[string]any{"Type": "String", "Value": "x"}}}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := p.Publish(context.Background(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	clear(m.MessageAttributes)
	require.Len(t, l.taken(), 4)
}
