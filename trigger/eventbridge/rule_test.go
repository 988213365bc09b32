package eventbridge_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource/filter"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

func TestNewRefuses(t *testing.T) {
	for _, name := range []string{"a b", "a:b", strings.Repeat("n", 257), "ü"} {
		_, err := eventbridge.New(name, eventbridge.Options{})
		require.ErrorIs(t, err, eventbridge.ErrValidation, name)
		require.PanicsWithValue(t, "eventbridge: "+err.Error(), func() { eventbridge.NewBus(name, eventbridge.Options{}) })
	}
	b, err := eventbridge.New("orders/eu.1-x_y", eventbridge.Options{})
	require.NoError(t, err)
	require.Equal(t, "orders/eu.1-x_y", b.Name())
}

func TestPutRuleRefuses(t *testing.T) {
	def, custom := eventbridge.NewBus("", eventbridge.Options{}), eventbridge.NewBus("custom", eventbridge.Options{})
	for _, c := range []struct {
		name string
		bus  *eventbridge.Bus
		rule eventbridge.Rule
		kind error
		text string
	}{
		{"vector 44 cron", def, eventbridge.Rule{Name: "r", ScheduleExpression: "cron(0 1 * * * *)"}, eventbridge.ErrValidation, "Parameter ScheduleExpression is not valid."},
		{"vector 44 rate", def, eventbridge.Rule{Name: "r", ScheduleExpression: "rate(1 minutes)"}, eventbridge.ErrValidation, "Parameter ScheduleExpression is not valid."},
		{"at is Scheduler's", def, eventbridge.Rule{Name: "r", ScheduleExpression: "at(2030-01-01T00:00:00)"}, eventbridge.ErrValidation, "Parameter ScheduleExpression is not valid."},
		{"custom bus", custom, eventbridge.Rule{Name: "r", ScheduleExpression: "rate(1 minute)"}, eventbridge.ErrValidation, "ScheduleExpression is supported only on the default event bus."},
		{"neither", def, eventbridge.Rule{Name: "r"}, eventbridge.ErrValidation, "Parameter(s) EventPattern or ScheduleExpression must be specified."},
		{"pattern", def, eventbridge.Rule{Name: "r", EventPattern: `{"source":"s"}`}, eventbridge.ErrInvalidEventPattern, `Event pattern is not valid. Reason: filter: pattern 0, byte 10: "source" must be an object or an array`},
		{"no name", def, eventbridge.Rule{EventPattern: `{"a":[1]}`}, eventbridge.ErrValidation, "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"bad name", def, eventbridge.Rule{Name: "a/b", EventPattern: `{"a":[1]}`}, eventbridge.ErrValidation, `1 validation error detected: Value 'a/b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`},
		{"long name", def, eventbridge.Rule{Name: strings.Repeat("a", 65), EventPattern: `{"a":[1]}`}, eventbridge.ErrValidation, ""},
		{"long description", def, eventbridge.Rule{Name: "r", Description: strings.Repeat("a", 513), EventPattern: `{"a":[1]}`}, eventbridge.ErrValidation, ""},
		{"long pattern", def, eventbridge.Rule{Name: "r", EventPattern: `{"a":["` + strings.Repeat("x", 4096) + `"]}`}, eventbridge.ErrValidation, ""},
		{"state", def, eventbridge.Rule{Name: "r", EventPattern: `{"a":[1]}`, State: "ON"}, eventbridge.ErrValidation, "1 validation error detected: Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.bus.PutRule(c.rule)
			require.ErrorIs(t, err, c.kind)
			if c.text != "" {
				require.Equal(t, c.text, err.(*eventbridge.Error).Message)
			}
			require.Empty(t, c.bus.Rules())
		})
	}
}

func TestRuleLifecycle(t *testing.T) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("custom", eventbridge.Options{Invoker: fake})
	arn := putRule(t, bus, eventbridge.Target{Function: "f"})
	require.Equal(t, "arn:aws:events:us-east-1:123456789012:rule/custom/r", arn)
	rule, ok := bus.Rule("r")
	require.True(t, ok)
	require.Equal(t, eventbridge.Enabled, rule.State)
	put(t, bus, "{}")
	require.Len(t, fake.all(), 1)

	require.NoError(t, bus.DisableRule("r"))
	put(t, bus, "{}")
	require.Len(t, fake.all(), 1, "disabled")
	require.NoError(t, bus.EnableRule("r"))
	put(t, bus, "{}")
	require.Len(t, fake.all(), 2)

	// Put again with another pattern: the targets stay.
	_, err := bus.PutRule(eventbridge.Rule{Name: "r", EventPattern: `{"source":["other"]}`})
	require.NoError(t, err)
	put(t, bus, "{}")
	require.Len(t, fake.all(), 2)
	require.Len(t, bus.Targets("r"), 1)

	require.EqualError(t, bus.DeleteRule("r"), "ValidationException: Rule can't be deleted since it has targets.")
	require.NoError(t, bus.RemoveTargets("r", "1", "unknown"))
	require.NoError(t, bus.DeleteRule("r"))
	require.NoError(t, bus.DeleteRule("r"), "a second time")
	require.Empty(t, bus.Rules())
	_, ok = bus.Rule("r")
	require.False(t, ok)
	require.Nil(t, bus.Targets("r"))

	const gone = "ResourceNotFoundException: Rule r does not exist on EventBus custom."
	require.EqualError(t, bus.EnableRule("r"), gone)
	require.EqualError(t, bus.DisableRule("r"), gone)
	require.EqualError(t, bus.PutTargets("r"), gone)
	require.EqualError(t, bus.RemoveTargets("r", "1"), gone)
}

// An event goes to the targets of exactly those rules whose pattern matches it, once each, in the order of names.
func TestRouting(t *testing.T) {
	patterns := []string{
		`{"source":["s"]}`, `{"source":[{"prefix":"x"}]}`, `{"detail":{"n":[{"numeric":[">",5]}]}}`,
		`{"detail":{"k":[{"exists":false}]}}`, `{"$or":[{"detail":{"n":[1]}},{"detail-type":[{"anything-but":"d"}]}]}`,
	}
	rapid.Check(t, func(t *rapid.T) {
		fake := &fakeLambda{}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}`), 1, 6, rapid.ID[string]).Draw(t, "names")
		chosen := map[string]*filter.Set{}
		for _, name := range names {
			pattern := rapid.SampledFrom(patterns).Draw(t, "pattern")
			_, err := bus.PutRule(eventbridge.Rule{Name: name, EventPattern: pattern})
			require.NoError(t, err)
			require.NoError(t, bus.PutTargets(name, eventbridge.Target{ID: "1", Function: name}))
			chosen[name], err = filter.Compile(pattern)
			require.NoError(t, err)
		}
		detail := rapid.SampledFrom([]string{`{}`, `{"n":1}`, `{"n":9}`, `{"k":null,"n":6}`}).Draw(t, "detail")
		id := put(t, bus, detail)
		var want []string
		for _, name := range bus.Rules() {
			if chosen[name].Match([]byte(`{"version":"0","id":"` + id + `","detail-type":"d","source":"s","detail":` + detail + `}`)) {
				want = append(want, "arn:aws:lambda:us-east-1:123456789012:function:"+name)
			}
		}
		var got []string
		for _, c := range fake.all() {
			got = append(got, c.function)
		}
		require.Equal(t, want, got)
	})
}

// A rule that changes while an event is on its way to the rules before it takes the event as it is then.
func TestRuleChangesOnTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*eventbridge.Bus) error
		gets   bool
	}{
		"nothing":   {func(*eventbridge.Bus) error { return nil }, true},
		"disabled":  {func(b *eventbridge.Bus) error { return b.DisableRule("z") }, false},
		"no target": {func(b *eventbridge.Bus) error { return b.RemoveTargets("z", "1") }, false},
		"another pattern": {func(b *eventbridge.Bus) error {
			_, err := b.PutRule(eventbridge.Rule{Name: "z", EventPattern: `{"source":["other"]}`})
			return err
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &fakeLambda{}
			bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
			putRule(t, bus, eventbridge.Target{Function: "first"}) // rule r
			_, err := bus.PutRule(eventbridge.Rule{Name: "z", EventPattern: `{"source":["s"]}`})
			require.NoError(t, err)
			require.NoError(t, bus.PutTargets("z", eventbridge.Target{ID: "1", Function: "second"}))
			fake.refuse = func(n int, _ call) error {
				if n == 1 {
					return c.change(bus)
				}
				return nil
			}
			put(t, bus, "{}")
			require.Len(t, fake.all(), map[bool]int{true: 2, false: 1}[c.gets])
		})
	}
}
