package eventbridge_test

import (
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// Account, Region and partition stand in every ARN, in the event, and in what the function's policy is told.
func TestIdentity(t *testing.T) {
	bubble(t, func(t *testing.T) {
		id := lambda.Identity{Account: "999999999999", Region: "cn-north-1", Partition: "aws-cn"}
		fake, dead := &fakeLambda{}, newQueue("dead")
		o := eventbridge.Options{Invoker: fake, Identity: id}
		bus, scheduler := eventbridge.NewBus("", o), eventbridge.NewScheduler(o)
		require.Equal(t, "arn:aws-cn:events:cn-north-1:999999999999:event-bus/default", bus.ARN())
		arn := putRule(t, bus, eventbridge.Target{Function: "f:live", DeadLetterQueue: dead})
		require.Equal(t, "arn:aws-cn:events:cn-north-1:999999999999:rule/r", arn)
		put(t, bus, "{}")
		c := fake.all()[0]
		require.Equal(t, "arn:aws-cn:lambda:cn-north-1:999999999999:function:f:live", c.function)
		require.Equal(t, "999999999999", c.caller.SourceAccount)
		require.Equal(t, arn, c.caller.SourceARN)
		require.Contains(t, c.payload, `"account":"999999999999","time":"2000-01-01T00:00:00Z","region":"cn-north-1"`)

		arn, err := scheduler.CreateSchedule(eventbridge.Schedule{
			Name: "s", ScheduleExpression: "at(2000-01-01T00:00:05)", Target: eventbridge.ScheduleTarget{Function: "111111111111:function:g"},
		})
		require.NoError(t, err)
		require.Equal(t, "arn:aws-cn:scheduler:cn-north-1:999999999999:schedule/default/s", arn)
		lambdatest.Advance(time.Minute)
		c = fake.all()[1]
		require.Equal(t, "arn:aws-cn:lambda:cn-north-1:111111111111:function:g", c.function, "a function of another account")
		require.Nil(t, c.caller, "a schedule acts through its role")
		require.Contains(t, c.payload, `"resources":["`+arn+`"]`)
		require.Contains(t, c.payload, `"account":"999999999999"`)
	})
}

// An event's trace header goes with it wherever it goes, and to the dead-letter queue too.
func TestTraceHeaderOfDeadLetters(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, dead, quiet := &fakeLambda{refuse: func(int, call) error { return denied }}, newQueue("dead"), newQueue("quiet")
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		putRule(t, bus, eventbridge.Target{Function: "f", DeadLetterQueue: dead})
		_, err := bus.PutEvents(t.Context(), eventbridge.Entry{Source: "s", DetailType: "d", Detail: "{}", TraceHeader: "Root=1-2"})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"AWSTraceHeader": "Root=1-2"}, dead.all()[0].Attributes)
		require.Equal(t, fake.payloads()[0], dead.all()[0].Body)
		require.NoError(t, bus.PutTargets("r", eventbridge.Target{ID: "1", Function: "f", DeadLetterQueue: quiet}))
		put(t, bus, "{}")
		require.Empty(t, quiet.all()[0].Attributes, "there is none to pass on")
	})
}

// Equal seeds and equal calls give equal ids, equal instants and equal payloads; another seed gives others.
func TestDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		details := rapid.SliceOfN(rapid.SampledFrom([]string{`{}`, `{"n":1}`, `{"n":2}`}), 1, 6).Draw(t, "details")
		refusals := rapid.SliceOfN(rapid.Bool(), 1, 5).Draw(t, "refusals")
		run := func(seed uint64) (got []call) {
			rapid.SyncTest(t, func(t *rapid.T) {
				fake := &fakeLambda{refuse: func(n int, _ call) error {
					if refusals[n%len(refusals)] {
						return throttle
					}
					return nil
				}}
				bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Seed: seed})
				putRule(t, bus, eventbridge.Target{Function: "f", RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: new(3)}})
				for _, detail := range details {
					put(t, bus, detail)
					lambdatest.Advance(time.Second)
				}
				lambdatest.Advance(time.Hour)
				require.Zero(t, bus.Pending())
				got = fake.all()
			})
			return got
		}
		first, second, other := run(seed), run(seed), run(seed+1)
		require.Len(t, second, len(first))
		for i := range first {
			require.Equal(t, first[i].payload, second[i].payload)
			require.True(t, first[i].at.Equal(second[i].at))
		}
		require.NotEqual(t, first[0].payload, other[0].payload)
	})
}

// What a bus gets from a service of AWS keeps its source, and needs what every entry needs.
func TestPutEventOfAService(t *testing.T) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
	_, err := bus.PutRule(eventbridge.Rule{Name: "s3", EventPattern: `{"source":["aws.s3"]}`})
	require.NoError(t, err)
	require.NoError(t, bus.PutTargets("s3", eventbridge.Target{ID: "1", Function: "f"}))
	e := events.EventBridgeEvent{
		ID: "an id that is not taken over", AccountID: "1", Region: "r", Source: "aws.s3", DetailType: "Object Created", Detail: []byte(" {} "),
	}
	require.NoError(t, bus.PutEvent(t.Context(), e))
	require.Contains(t, fake.payloads()[0], `"detail-type":"Object Created","source":"aws.s3","account":"123456789012"`)
	require.Contains(t, fake.payloads()[0], `"resources":[],"detail":{}}`)
	require.NotContains(t, fake.payloads()[0], e.ID)
	for _, detail := range []string{"", "[]", "{", "null", "{}x", "\"{}\"", "{\"a\":\"\xff\"}"} {
		e.Detail = []byte(detail)
		err := bus.PutEvent(t.Context(), e)
		require.Error(t, err, detail)
		require.Equal(t, 400, err.(*eventbridge.Error).HTTPStatus())
	}
	require.Len(t, fake.all(), 1)
}
