package sns_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

func TestCloseDropsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		var l taker
		p := subscribed(t, &l, sns.Options{Trace: timeline.Trace}, sns.Attributes{DeadLetterQueue: newQueue("dead")})
		l.setRefusal(always("ServiceException"))
		publish(t, p, sns.PublishInput{Message: "m"})
		lambdatest.Advance(time.Minute)
		p.Close()
		require.Zero(t, p.Pending())
		require.Len(t, timeline.Of(trace.Lost), 1)
		publish(t, p, sns.PublishInput{Message: "m"})
		require.Len(t, timeline.Of(trace.Lost), 2)
	})
}

func TestTopicNames(t *testing.T) {
	for _, name := range []string{"t", "a-b_C9", strings.Repeat("x", 256)} {
		p, err := sns.New(name, sns.Options{})
		require.NoError(t, err)
		require.Equal(t, name, p.Name())
	}
	for _, name := range []string{"", "a b", "a.b", "é", strings.Repeat("x", 257)} {
		_, err := sns.New(name, sns.Options{})
		require.EqualError(t, err, "InvalidParameter: Invalid parameter: Topic Name", "%q", name)
	}
	_, err := sns.New("t.fifo", sns.Options{})
	require.ErrorIs(t, err, sns.ErrNotModelled)
	require.NotErrorIs(t, err, sns.ErrInvalidParameter)
	require.False(t, errors.Is(err, context.Canceled))
	require.Panics(t, func() { sns.NewTopic("t.fifo", sns.Options{}) })
}

func TestDoneContext(t *testing.T) {
	var l taker
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.PublishMessage(ctx, sns.PublishInput{Message: "m"})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, l.taken())
}

// The same calls give the same messages, and another seed other ids.
func TestSameSeedSameEvents(t *testing.T) {
	run := func(seed uint64) (list []string) {
		synctest.Test(t, func(t *testing.T) {
			var l taker
			p := subscribed(t, &l, sns.Options{Seed: seed}, sns.Attributes{})
			publish(t, p, sns.PublishInput{Message: "a"})
			publish(t, p, sns.PublishInput{Message: "b"})
			list = l.taken()
		})
		return list
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}

// Publishers at once, subscriptions that come and go: every message goes once to the subscriber that stays.
func TestConcurrentUse(t *testing.T) {
	const publishers, each = 8, 50
	var l taker
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			for range each {
				if _, err := p.PublishMessage(t.Context(), sns.PublishInput{Message: "m"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 4 {
		wg.Go(func() {
			q := newQueue(strings.Repeat("q", i+1))
			for range each {
				arn, err := p.Subscribe(sns.SubscribeInput{Queue: q})
				if err != nil {
					t.Error(err)
				}
				if err := p.SetSubscriptionAttributes(arn, sns.Attributes{FilterPolicy: `{"a":["x"]}`}); err != nil {
					t.Error(err)
				}
				_ = p.Subscriptions()
				p.Unsubscribe(arn)
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, event := range l.taken() {
		var e events.SNSEvent
		require.NoError(t, json.Unmarshal([]byte(event), &e))
		seen[e.Records[0].SNS.MessageID]++
	}
	require.Len(t, seen, publishers*each)
	for n := range maps.Values(seen) {
		require.Equal(t, 1, n)
	}
}
