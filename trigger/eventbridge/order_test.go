package eventbridge_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// firings runs make, which makes ten rules or schedules that fire at the same instants, whose targets refuse two of three
// calls, and returns what was called, with ids and all, and what was traced. They are made in no order of their names.
func firings(t *testing.T, make func(o eventbridge.Options, names []string)) (calls []string, traced []trace.Event) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		fake := &fakeLambda{refuse: func(n int, _ call) error {
			if n%3 != 0 {
				return throttle
			}
			return nil
		}}
		make(eventbridge.Options{Invoker: fake, Seed: 1, Trace: func(e trace.Event) {
			mu.Lock()
			defer mu.Unlock()
			traced = append(traced, e)
		}}, []string{"e", "b", "j", "a", "d", "c", "i", "f", "h", "g"})
		for _, c := range fake.all() {
			calls = append(calls, c.at.Format("15:04:05.000 ")+c.function+" "+c.payload)
		}
	})
	return calls, traced
}

// Rules and schedules that fire in one instant fire in the order in which they were made, before what is tried again in
// that instant: equal calls give equal ids and traces.
func TestFiringsOfOneInstantAreInOrder(t *testing.T) {
	for kind, make := range map[string]func(o eventbridge.Options, names []string){
		"rules": func(o eventbridge.Options, names []string) {
			bus := eventbridge.NewBus("", o)
			defer bus.Close()
			for _, name := range names {
				_, err := bus.PutRule(eventbridge.Rule{Name: name, ScheduleExpression: "rate(10 minutes)"})
				require.NoError(t, err)
				require.NoError(t, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: name}))
			}
			lambdatest.Advance(time.Hour)
		},
		"schedules": func(o eventbridge.Options, names []string) {
			s := eventbridge.NewScheduler(o)
			defer s.Close()
			for _, name := range names {
				_, err := s.CreateSchedule(eventbridge.Schedule{
					Name: name, ScheduleExpression: "rate(10 minutes)", StartDate: time.Now().Add(7 * time.Second),
					Target: eventbridge.ScheduleTarget{Function: name},
				})
				require.NoError(t, err)
			}
			lambdatest.Advance(time.Hour)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			calls, traced := firings(t, make)
			require.Greater(t, len(calls), 60)
			for range 5 {
				again, tracedAgain := firings(t, make)
				require.Equal(t, calls, again)
				require.Equal(t, traced, tracedAgain)
			}
		})
	}
}

// The order of the first firing is plain to see.
func TestOrderOfFirings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		time.Sleep(7 * time.Second) // so that a rate fires on the second
		fake := &fakeLambda{}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		for _, name := range []string{"c", "a", "d", "b"} {
			_, err := bus.PutRule(eventbridge.Rule{Name: name, ScheduleExpression: "rate(1 minute)"})
			require.NoError(t, err)
			require.NoError(t, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: name}))
		}
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"c", "a", "d", "b"}, fake.functions())
		require.NoError(t, bus.DisableRule("a"))
		require.NoError(t, bus.EnableRule("a")) // keeps its turn
		_, err := bus.PutRule(eventbridge.Rule{Name: "c", ScheduleExpression: "rate(1 minute)"})
		require.NoError(t, err) // is made anew
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"a", "d", "b", "c"}, fake.functions()[4:])
		for n, c := range fake.all()[4:] {
			require.Equal(t, time.Minute, c.at.Sub(fake.all()[n].at), fmt.Sprint(n))
		}
		bus.Close()
	})
}
