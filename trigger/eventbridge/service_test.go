package eventbridge_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// With the real service: EventBridge hands an event over, and the function's own retries and destination do the rest;
// its failure comes back as an event of the same bus.
func TestWithTheService(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: svc, Trace: timeline.Trace})
		t.Cleanup(bus.Close)
		lambdatest.Deploy(t, svc, lambda.Config{Name: "ship"}, lambdatest.Script("F", time.Second))
		var alarms atomic.Int32
		lambdatest.Deploy(t, svc, lambda.Config{Name: "alarm"}, lambda.Handler(func(_ context.Context, e events.EventBridgeEvent) error {
			if e.DetailType != "Lambda Function Invocation Result - Failure" {
				return fmt.Errorf("unexpected %s", e.DetailType)
			}
			alarms.Add(1)
			return nil
		}))
		require.NoError(t, svc.PutEventInvokeConfig("ship", invoke.EventInvokeConfig{OnFailure: destinations.EventBridge(bus)}))
		for _, r := range []struct{ name, pattern, function string }{
			{"paid", `{"detail":{"state":["PAID"]}}`, "ship"}, {"failed", `{"source":["lambda"]}`, "alarm"},
		} {
			_, err := bus.PutRule(eventbridge.Rule{Name: r.name, EventPattern: r.pattern})
			require.NoError(t, err)
			require.NoError(t, bus.PutTargets(r.name, eventbridge.Target{ID: "1", Function: r.function}))
		}
		put(t, bus, `{"state":"PAID"}`)
		require.NoError(t, svc.Wait(t.Context()))
		lambdatest.Advance(time.Minute)
		require.EqualValues(t, 1, alarms.Load())
		require.Len(t, timeline.Of(trace.Pushed), 2)
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
	})
}

// A function that is not there is given up at once, into an SQS queue.
func TestMissingFunction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		dead := sqs.NewQueue("dead", sqs.Attributes{})
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: svc})
		putRule(t, bus, eventbridge.Target{Function: "gone", DeadLetterQueue: dead})
		put(t, bus, "{}")
		require.Zero(t, bus.Pending())
		messages := dead.ReceiveMessages(10)
		require.Len(t, messages, 1)
		require.Equal(t, "NO_RESOURCE", *messages[0].MessageAttributes["ERROR_CODE"].StringValue)
	})
}

// With the real service's resource policies: the rule gets through as long as its statement is there.
func TestPermissionOfTheService(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const role = "arn:aws:iam::123456789012:role/f"
		roles := iam.NewRoles()
		require.NoError(t, roles.Put(iam.Role{ARN: role, ManagedPolicies: []string{iam.AWSLambdaBasicExecutionRole}}))
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Roles: roles, Trace: timeline.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Role: role}, lambdatest.Script("S", 0))
		dead := newQueue("dead")
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: svc})
		arn := putRule(t, bus, eventbridge.Target{Function: "f", DeadLetterQueue: dead})

		put(t, bus, "{}")
		require.Len(t, dead.all(), 1)
		require.Equal(t, "NO_PERMISSIONS", attributes(dead.all()[0])["ERROR_CODE"])
		_, err := svc.Registry().AddPermission(time.Now(), "f", "", registry.AddPermissionInput{
			StatementID: "rule", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com", SourceARN: arn, SourceAccount: account,
		})
		require.NoError(t, err)
		put(t, bus, "{}")
		require.NoError(t, svc.Wait(t.Context()))
		require.Len(t, timeline.Of(trace.Started), 1)
		require.NoError(t, svc.Registry().RemovePermission(time.Now(), "f", "", "rule", ""))
		put(t, bus, "{}")
		require.Len(t, dead.all(), 2)

		// A schedule acts through its role: no policy is asked.
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: svc})
		_, err = s.CreateSchedule(eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 hour)", Target: eventbridge.ScheduleTarget{Function: "f"}})
		require.NoError(t, err)
		lambdatest.Advance(time.Hour + time.Minute)
		require.Len(t, timeline.Of(trace.Started), 2)
		s.Close()
	})
}

// Everything at once, for the race detector; every event still arrives once.
func TestStorm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var arrived atomic.Int32
		fake := &fakeLambda{refuse: func(n int, _ call) error {
			if n%7 == 0 {
				return throttle
			}
			arrived.Add(1)
			return nil
		}}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		putRule(t, bus, eventbridge.Target{Function: "f"})
		var wg sync.WaitGroup
		const workers, events = 4, 50
		for w := range workers {
			wg.Go(func() {
				for i := range events {
					put(t, bus, "{}")
					name := fmt.Sprintf("w%d", w)
					_, err := bus.PutRule(eventbridge.Rule{Name: name, ScheduleExpression: "rate(1 day)", EventPattern: `{"source":["other"]}`})
					require.NoError(t, err)
					require.NoError(t, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: "f"}))
					require.NoError(t, bus.DisableRule(name))
					require.NoError(t, bus.RemoveTargets(name, "1"))
					bus.NextFiring(name)
					bus.Targets(name)
					if i%2 == 0 {
						require.NoError(t, bus.DeleteRule(name))
					}
				}
			})
		}
		wg.Wait()
		require.NoError(t, bus.Wait(t.Context()))
		require.EqualValues(t, workers*events, arrived.Load())
		bus.Close()
	})
}
