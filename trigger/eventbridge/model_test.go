package eventbridge_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// modelRule is what a bus should know of a rule. Rates are whole minutes and rules are made on second 7 of a minute, so
// that they fire on the second.
type modelRule struct {
	source  string        // of the events that it takes; "" for none
	period  time.Duration // of its rate; 0 for none
	made    time.Time
	enabled bool
	target  bool
}

// busModel is the obvious bus: it looks at every rule for every event, and at every minute for every rate.
type busModel struct {
	rules map[string]*modelRule
	want  []string // deliveries: time, rule
}

func (m *busModel) deliver(at time.Time, name string) {
	m.want = append(m.want, at.Format("02 15:04:05 ")+name)
}

func (m *busModel) event(at time.Time, source string) {
	for name, r := range m.rules {
		if r.source == source && r.enabled && r.target {
			m.deliver(at, name)
		}
	}
}

func (m *busModel) minute(at time.Time) {
	for name, r := range m.rules {
		if r.period > 0 && r.enabled && r.target && at.After(r.made) && at.Sub(r.made)%r.period == 0 {
			m.deliver(at, name)
		}
	}
}

// A bus does over any sequence of operations what the obvious one does.
func TestBusAgainstModel(t *testing.T) {
	names := []string{"a", "b", "c"}
	sources := []string{"s", "t"}
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			fake := &fakeLambda{}
			bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Seed: rapid.Uint64().Draw(t, "seed")})
			m := &busModel{rules: map[string]*modelRule{}}
			lambdatest.Advance(7 * time.Second)
			known := func(name string) *modelRule { return m.rules[name] }
			t.Repeat(map[string]func(*rapid.T){
				"put rule": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					r := &modelRule{made: time.Now(), enabled: rapid.Bool().Draw(t, "enabled")}
					set := eventbridge.Rule{Name: name, State: eventbridge.Disabled}
					if r.enabled {
						set.State = eventbridge.Enabled
					}
					if r.source = rapid.SampledFrom([]string{"s", "t", ""}).Draw(t, "source"); r.source != "" {
						set.EventPattern = fmt.Sprintf(`{"source":[%q]}`, r.source)
					}
					if r.source == "" || rapid.Bool().Draw(t, "scheduled") {
						n := rapid.IntRange(2, 90).Draw(t, "minutes")
						r.period, set.ScheduleExpression = time.Duration(n)*time.Minute, fmt.Sprintf("rate(%d minutes)", n)
					}
					if old := known(name); old != nil {
						r.target = old.target
					}
					_, err := bus.PutRule(set)
					require.NoError(t, err)
					m.rules[name] = r
				},
				"put target": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					err := bus.PutTargets(name, eventbridge.Target{ID: "1", Function: name})
					require.Equal(t, known(name) != nil, err == nil)
					if r := known(name); r != nil {
						r.target = true
					}
				},
				"remove target": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					require.Equal(t, known(name) != nil, bus.RemoveTargets(name, "1") == nil)
					if r := known(name); r != nil {
						r.target = false
					}
				},
				"switch": func(t *rapid.T) {
					name, on := rapid.SampledFrom(names).Draw(t, "name"), rapid.Bool().Draw(t, "on")
					do := bus.DisableRule
					if on {
						do = bus.EnableRule
					}
					require.Equal(t, known(name) != nil, do(name) == nil)
					if r := known(name); r != nil {
						r.enabled = on
					}
				},
				"delete rule": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					r := known(name)
					require.Equal(t, r == nil || !r.target, bus.DeleteRule(name) == nil)
					if r != nil && !r.target {
						delete(m.rules, name)
					}
				},
				"put event": func(t *rapid.T) {
					source := rapid.SampledFrom(sources).Draw(t, "source")
					_, err := bus.PutEvents(context.Background(), eventbridge.Entry{Source: source, DetailType: "d", Detail: "{}"})
					require.NoError(t, err)
					m.event(time.Now(), source)
				},
				"wait": func(t *rapid.T) {
					for range rapid.IntRange(1, 200).Draw(t, "minutes") {
						lambdatest.Advance(time.Minute)
						m.minute(time.Now())
					}
				},
				"": func(t *rapid.T) {
					require.Len(t, bus.Rules(), len(m.rules))
					var got []string
					for _, c := range fake.all() {
						_, name, _ := strings.Cut(c.function, ":function:")
						got = append(got, c.at.Format("02 15:04:05 ")+name)
					}
					slices.Sort(got)
					slices.Sort(m.want)
					require.Equal(t, m.want, got)
				},
			})
			bus.Close()
		})
	})
}

// Whatever a target answers, each event ends in it once or in the dead-letter queue once.
func TestNothingIsLost(t *testing.T) {
	answers := []error{nil, nil, throttle, lambda.NewError("ServiceException", ""), denied, notFound}
	rapid.Check(t, func(t *rapid.T) {
		script := rapid.SliceOfN(rapid.SampledFrom(answers), 1, 40).Draw(t, "answers")
		retries := rapid.IntRange(0, 5).Draw(t, "retries")
		events := rapid.IntRange(1, 10).Draw(t, "events")
		rapid.SyncTest(t, func(t *rapid.T) {
			ended := map[string]int{}
			fake := &fakeLambda{refuse: func(n int, c call) error {
				err := script[n%len(script)]
				if err == nil {
					ended[eventID(t, c.payload)]++
				}
				return err
			}}
			dead := newQueue("dead")
			bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
			putRule(t, bus, eventbridge.Target{
				Function: "f", DeadLetterQueue: dead, RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: &retries},
			})
			var ids []string
			for range events {
				ids = append(ids, put(t, bus, "{}"))
			}
			require.NoError(t, bus.Wait(context.Background()))
			for _, letter := range dead.all() {
				ended[eventID(t, letter.Body)]++
			}
			require.Len(t, ended, events)
			for _, id := range ids {
				require.Equal(t, 1, ended[id])
			}
			require.LessOrEqual(t, len(fake.all()), events*(1+retries))
		})
	})
}

// eventID is the id of an event.
func eventID(t require.TestingT, event string) string {
	_, rest, ok := strings.Cut(event, `"id":"`)
	require.True(t, ok)
	return rest[:36]
}
