package eventbridge_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

func scheduledBus(t require.TestingT, expression string, seed uint64) (*eventbridge.Bus, *fakeLambda) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Seed: seed})
	_, err := bus.PutRule(eventbridge.Rule{Name: "nightly", ScheduleExpression: expression})
	require.NoError(t, err)
	require.NoError(t, bus.PutTargets("nightly", eventbridge.Target{ID: "1", Function: "f"}))
	return bus, fake
}

// The scheduled event byte for byte.
func TestScheduledEvent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		bus, fake := scheduledBus(t, "cron(0 2 * * ? *)", 7)
		next, ok := bus.NextFiring("nightly")
		require.True(t, ok)
		lambdatest.Advance(24 * time.Hour)
		calls := fake.all()
		require.Len(t, calls, 1)
		require.True(t, next.Equal(calls[0].at))
		var e events.EventBridgeEvent
		require.NoError(t, json.Unmarshal([]byte(calls[0].payload), &e))
		require.Equal(t, `{"version":"0","id":"`+e.ID+`","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012",`+
			`"time":"`+next.UTC().Format("2006-01-02T15:04:05Z")+`","region":"us-east-1",`+
			`"resources":["arn:aws:events:us-east-1:123456789012:rule/nightly"],"detail":{}}`, calls[0].payload)
		require.Equal(t, "arn:aws:events:us-east-1:123456789012:rule/nightly", calls[0].caller.SourceARN)
		bus.Close()
	})
}

// Every firing lies inside its minute, never at its start; as many as there are minutes; the same with the same seed.
func TestFiresInsideTheMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		var runs [2][]call
		for i := range runs {
			rapid.SyncTest(t, func(t *rapid.T) {
				start := time.Now()
				bus, fake := scheduledBus(t, "cron(*/10 * ? * MON-FRI *)", seed)
				lambdatest.Advance(3 * 24 * time.Hour) // 2000-01-01 is a Saturday
				runs[i] = fake.all()
				require.Len(t, runs[i], 24*6)
				for n, c := range runs[i] {
					want := start.AddDate(0, 0, 2).Add(time.Duration(n) * 10 * time.Minute)
					require.Equal(t, want, c.at.Truncate(time.Minute))
					require.NotZero(t, c.at.Second())
				}
				bus.Close()
			})
		}
		for n := range runs[0] {
			require.Equal(t, runs[0][n].payload, runs[1][n].payload)
			require.True(t, runs[0][n].at.Equal(runs[1][n].at))
		}
	})
}

// A rate counts from the rule's making; a new PutRule makes it anew, and disabling does not.
func TestRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		time.Sleep(10 * time.Second)
		start := time.Now()
		bus, fake := scheduledBus(t, "rate(5 minutes)", 0)
		since := func() []time.Duration {
			var all []time.Duration
			for _, c := range fake.all() {
				all = append(all, c.at.Sub(start))
			}
			return all
		}
		lambdatest.Advance(11 * time.Minute)
		require.Equal(t, []time.Duration{5 * time.Minute, 10 * time.Minute}, since())

		require.NoError(t, bus.DisableRule("nightly"))
		_, ok := bus.NextFiring("nightly")
		require.False(t, ok)
		lambdatest.Advance(10 * time.Minute)
		require.Len(t, since(), 2)
		require.NoError(t, bus.EnableRule("nightly"))
		lambdatest.Advance(5 * time.Minute)
		require.Equal(t, 25*time.Minute, since()[2])

		_, err := bus.PutRule(eventbridge.Rule{Name: "nightly", ScheduleExpression: "rate(1 hour)"})
		require.NoError(t, err)
		lambdatest.Advance(time.Hour)
		require.Equal(t, 86*time.Minute, since()[3])
		require.Len(t, since(), 4)

		require.NoError(t, bus.RemoveTargets("nightly", "1"))
		require.NoError(t, bus.DeleteRule("nightly"))
		_, ok = bus.NextFiring("nightly")
		require.False(t, ok)
		lambdatest.Advance(24 * time.Hour)
		require.Len(t, since(), 4)
	})
}

// Enabling a rule that is enabled changes nothing, not even a firing that is due later in this minute.
func TestEnableRuleTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		bus, fake := scheduledBus(t, "cron(0 2 * * ? *)", 7)
		next, _ := bus.NextFiring("nightly")
		lambdatest.Advance(time.Until(next) - time.Second)
		require.NoError(t, bus.EnableRule("nightly"))
		lambdatest.Advance(time.Second)
		require.Len(t, fake.all(), 1)
		bus.Close()
	})
}

// A rule may have both: then it fires and matches.
func TestPatternAndSchedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		_, err := bus.PutRule(eventbridge.Rule{Name: "r", ScheduleExpression: "rate(1 hour)", EventPattern: `{"source":["s"]}`})
		require.NoError(t, err)
		require.NoError(t, bus.PutTargets("r", eventbridge.Target{ID: "1", Function: "f"}))
		put(t, bus, "{}")
		lambdatest.Advance(61 * time.Minute)
		require.Len(t, fake.all(), 2)
		bus.Close()
	})
}

// An expression with no time left is accepted and sets no timer.
func TestPastSchedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		bus, fake := scheduledBus(t, "cron(0 0 * * ? 1970-1999)", 0)
		_, ok := bus.NextFiring("nightly")
		require.False(t, ok)
		lambdatest.Advance(1000 * time.Hour)
		require.Empty(t, fake.all())
	})
}

// A bubble ends cleanly with rules that would fire for ever: what waits is timers only.
func TestNoGoroutineIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduledBus(t, "rate(1 minute)", 0)
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: &fakeLambda{}})
		_, err := s.CreateSchedule(eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 minute)", Target: eventbridge.ScheduleTarget{Function: "f"}})
		require.NoError(t, err)
	})
}
