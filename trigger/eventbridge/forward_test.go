package eventbridge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// A bus forwards the event as it is, id, account and Region included; from there it goes no further, so that a circle of
// buses comes to rest.
func TestForwarding(t *testing.T) {
	fake, dead := &fakeLambda{}, newQueue("dead")
	elsewhere := lambda.Identity{Account: "999999999999", Region: "eu-west-1"}
	a := eventbridge.NewBus("a", eventbridge.Options{Invoker: fake})
	b := eventbridge.NewBus("b", eventbridge.Options{Invoker: fake, Identity: elsewhere, Seed: 1})
	require.Equal(t, "arn:aws:events:eu-west-1:999999999999:event-bus/b", b.ARN())
	putRule(t, a, eventbridge.Target{Function: "fa"})
	require.NoError(t, a.PutTargets("r", eventbridge.Target{ID: "2", Bus: b}))
	putRule(t, b, eventbridge.Target{Function: "fb"})
	require.NoError(t, b.PutTargets("r", eventbridge.Target{ID: "2", Bus: a, DeadLetterQueue: dead}))

	id := put(t, a, `{"n":1}`)
	calls := fake.all()
	require.Len(t, calls, 2)
	require.Equal(t, calls[0].payload, calls[1].payload)
	require.Contains(t, calls[1].payload, `"id":"`+id+`"`)
	require.Contains(t, calls[1].payload, `"account":"123456789012"`)
	require.Equal(t, "arn:aws:events:eu-west-1:999999999999:rule/b/r", calls[1].caller.SourceARN)
	require.Len(t, dead.all(), 1)
	require.Equal(t, "SDK_CLIENT_ERROR", attributes(dead.all()[0])["ERROR_CODE"])
	require.Equal(t, "ThirdBusHopDetected: The event has come from another bus already.", attributes(dead.all()[0])["ERROR_MESSAGE"])
}

// A FIFO queue gets the group, and every queue the trace header.
func TestQueueTarget(t *testing.T) {
	q := newQueue("q.fifo")
	bus := eventbridge.NewBus("", eventbridge.Options{})
	putRule(t, bus, eventbridge.Target{Queue: q, MessageGroupID: "g"})
	_, err := bus.PutEvents(t.Context(), eventbridge.Entry{Source: "s", DetailType: "d", Detail: "{}", TraceHeader: "Root=1"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"MessageGroupId": "g", "AWSTraceHeader": "Root=1"}, q.all()[0].Attributes)
}
