package eventbridge_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// functions are the names of the functions that were invoked, in order.
func (f *fakeLambda) functions() []string {
	var names []string
	for _, c := range f.all() {
		names = append(names, c.function[len("arn:aws:lambda:us-east-1:123456789012:function:"):])
	}
	return names
}

// Whatever happens to the rules between two events, the second finds them as they are then.
func TestRuleChangesBetweenEvents(t *testing.T) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
	rule := func(name, pattern string) {
		r := eventbridge.Rule{Name: name, EventPattern: pattern}
		if pattern == "" {
			r.ScheduleExpression = "rate(1 day)" // takes no events
		}
		_, err := bus.PutRule(r)
		require.NoError(t, err)
		require.NoError(t, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: name}))
	}
	defer bus.Close()
	for _, step := range []struct {
		name   string
		change func()
		want   []string
	}{
		{"no rules", func() {}, nil},
		{"a rule", func() { rule("m", `{"source":["s"]}`) }, []string{"m"}},
		{"one before it", func() { rule("d", `{"detail-type":["d"]}`) }, []string{"d", "m"}},
		{"one of other events", func() { rule("e", `{"source":["other"]}`) }, []string{"d", "m"}},
		{"one without a pattern", func() { rule("f", "") }, []string{"d", "m"}},
		{"one behind it", func() { rule("z", `{"source":[{"prefix":""}]}`) }, []string{"d", "m", "z"}},
		{"another pattern", func() { rule("e", `{"account":[{"exists":true}]}`) }, []string{"d", "e", "m", "z"}},
		{"disabled", func() { require.NoError(t, bus.DisableRule("d")) }, []string{"e", "m", "z"}},
		{"put again, and so enabled", func() { rule("d", `{"source":["s"]}`) }, []string{"d", "e", "m", "z"}},
		{"a pattern given up", func() { rule("m", "") }, []string{"d", "e", "z"}},
		{"refused", func() {
			_, err := bus.PutRule(eventbridge.Rule{Name: "e", EventPattern: `{"source":[]}`})
			require.ErrorIs(t, err, eventbridge.ErrInvalidEventPattern)
		}, []string{"d", "e", "z"}},
		{"deleted", func() {
			require.NoError(t, bus.RemoveTargets("e", "1"))
			require.NoError(t, bus.DeleteRule("e"))
		}, []string{"d", "z"}},
	} {
		step.change()
		before := len(fake.all())
		put(t, bus, "{}")
		require.Equal(t, step.want, fake.functions()[before:], step.name)
	}
}

// Rules may change while events come, and those that do not change get every event.
func TestRulesChangeWhileEventsCome(t *testing.T) {
	const events = 200
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
	for _, name := range []string{"b", "y"} {
		_, err := bus.PutRule(eventbridge.Rule{Name: name, EventPattern: `{"source":["s"]}`})
		require.NoError(t, err)
		require.NoError(t, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: name}))
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range events / 2 {
				put(t, bus, "{}")
			}
		})
	}
	wg.Go(func() {
		for i := range events {
			name := []string{"a", "m", "z"}[i%3]
			if _, err := bus.PutRule(eventbridge.Rule{Name: name, EventPattern: fmt.Sprintf(`{"source":["s%d"]}`, i)}); err != nil {
				t.Error(err)
			}
			if i%5 == 0 {
				if err := bus.DeleteRule(name); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Wait()
	got := map[string]int{}
	for _, name := range fake.functions() {
		got[name]++
	}
	require.Equal(t, map[string]int{"b": events, "y": events}, got)
}
