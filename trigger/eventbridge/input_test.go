package eventbridge_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// sent is what function, queue and topic get for an event with that detail.
func sent(t require.TestingT, target eventbridge.Target, detail string) (function, queue, topic string) {
	fake, q, top := &fakeLambda{}, newQueue("q"), &fakeTopic{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
	_, err := bus.PutRule(eventbridge.Rule{Name: "r", EventPattern: `{"source":["s"]}`})
	require.NoError(t, err)
	for i, where := range []eventbridge.Target{{Function: "f"}, {Queue: q}, {Topic: top}} {
		to := target
		to.ID = string(rune('a' + i))
		to.Function, to.Queue, to.Topic = where.Function, where.Queue, where.Topic
		require.NoError(t, bus.PutTargets("r", to))
	}
	put(t, bus, detail)
	require.Len(t, fake.all(), 1)
	require.Len(t, q.all(), 1)
	require.Len(t, top.published, 1)
	return fake.payloads()[0], q.all()[0].Body, top.published[0].Message
}

func TestInput(t *testing.T) {
	template := func(text string, paths ...string) eventbridge.Target {
		m := map[string]string{}
		for i := 0; i < len(paths); i += 2 {
			m[paths[i]] = paths[i+1]
		}
		return eventbridge.Target{InputTransformer: &eventbridge.InputTransformer{InputPathsMap: m, InputTemplate: text}}
	}
	const detail = `{"acc_id":"0a787ecb-4015","sf":{"id":"baz"},"n":1.50,"list":[{"a":"b"},2],"q":"say \"hi\"\n","nil":null,"a-b":true}`
	for _, c := range []struct {
		name   string
		target eventbridge.Target
		want   string // JSON for the function
		text   string // for a queue and a topic; "" for the same
	}{
		{"vector 38", eventbridge.Target{Input: `{"custom-value":"x"}`}, `{"custom-value":"x"}`, ""},
		{"constant as it stands", eventbridge.Target{Input: `[ 1, "<" ]`}, `[ 1, "<" ]`, ""},
		{"path to the string in the string", eventbridge.Target{InputPath: "$.detail.q"}, `"say \"hi\"\n"`, ""},
		{"path to an object", eventbridge.Target{InputPath: "$.detail.sf"}, `{"id":"baz"}`, ""},
		{"path to a number", eventbridge.Target{InputPath: "$.detail.n"}, `1.50`, ""},
		{"path into a list", eventbridge.Target{InputPath: "$.detail.list[0].a"}, `"b"`, ""},
		{"quoted member", eventbridge.Target{InputPath: "$['detail-type']"}, `"d"`, ""},
		{"hyphenated member", eventbridge.Target{InputPath: "$.detail.a-b"}, `true`, ""},
		{"path to nothing", eventbridge.Target{InputPath: "$.detail.x.y"}, `null`, ""},
		{"beyond the list", eventbridge.Target{InputPath: "$.detail.list[2]"}, `null`, ""},
		{"JSON template", template(`{"who":<who>,"n":<n>,"o":<o>,"l":<l>}`, "who", "$.detail.acc_id", "n", "$.detail.n", "o", "$.detail.sf", "l", "$.detail.list"),
			`{"who":"0a787ecb-4015","n":1.50,"o":{"id":"baz"},"l":[{"a":"b"},2]}`, ""},
		{"inside a string of a JSON template", template(`{"t":"<n> of <who>: <q>"}`, "who", "$.detail.acc_id", "n", "$.detail.n", "q", "$.detail.q"),
			`{"t":"1.50 of 0a787ecb-4015: say \"hi\"\n"}`, ""},
		{"nothing in a JSON template", template(`{"x":<x>,"y":"<x>"}`, "x", "$.detail.x"), `{"x":"","y":""}`, ""},
		{"quoted template", template(`"state <n>, <q>"`, "n", "$.detail.n", "q", "$.detail.q"), `"state 1.50, say \"hi\"\n"`, "state 1.50, say \"hi\"\n"},
		{"missing in a quoted template", template(`"[<x>] [<nil>]"`, "x", "$.detail.x", "nil", "$.detail.nil"), `"[] []"`, "[] []"},
		{"an object loses its quotes", template(`"{acc_id:<a>,sf_id:<b>} <o>"`, "a", "$.detail.acc_id", "b", "$.detail.sf.id", "o", "$.detail.sf"),
			`"{acc_id:0a787ecb-4015,sf_id:baz} {id:baz}"`, "{acc_id:0a787ecb-4015,sf_id:baz} {id:baz}"},
		{"not a variable", template(`"a < b > c, <1 2>"`), `"a < b > c, <1 2>"`, "a < b > c, <1 2>"},
		{"rule", template(`{"arn":<aws.events.rule-arn>,"name":"<aws.events.rule-name>"}`), `{"arn":"arn:aws:events:us-east-1:123456789012:rule/r","name":"r"}`, ""},
		{"a variable of no use to the template", template(`true`, "x", "$.id"), `true`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			function, queue, topic := sent(t, c.target, detail)
			require.Equal(t, c.want, function)
			if c.text == "" {
				c.text = c.want
			}
			require.Equal(t, c.text, queue)
			require.Equal(t, c.text, topic)
		})
	}
}

// The event itself as a value, with its detail and without.
func TestInputTransformerEvent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		time.Sleep(2 * time.Second)
		function, _, _ := sent(t, eventbridge.Target{InputTransformer: &eventbridge.InputTransformer{
			InputTemplate: `{"all":<aws.events.event.json>,"head":<aws.events.event>,"at":<aws.events.event.ingestion-time>}`,
		}}, `{"a":1}`)
		var got struct {
			All, Head map[string]any
			At        string
		}
		require.NoError(t, json.Unmarshal([]byte(function), &got))
		require.Equal(t, map[string]any{"a": 1.0}, got.All["detail"])
		require.NotContains(t, got.Head, "detail")
		require.Equal(t, got.All["id"], got.Head["id"])
		require.Len(t, got.Head, len(got.All)-1)
		require.Equal(t, "2000-01-01T00:00:02Z", got.At)
	})
}

func TestPutTargetsRefuses(t *testing.T) {
	q, fifo, top := newQueue("q"), newQueue("q.fifo"), &fakeTopic{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: &fakeLambda{}})
	_, err := bus.PutRule(eventbridge.Rule{Name: "r", EventPattern: `{"source":["s"]}`})
	require.NoError(t, err)
	transformer := func(text string, paths map[string]string) eventbridge.Target {
		return eventbridge.Target{ID: "t", Queue: q, InputTransformer: &eventbridge.InputTransformer{InputTemplate: text, InputPathsMap: paths}}
	}
	many := map[string]string{}
	for i := range 101 {
		many["v"+string(rune('a'+i%26))+string(rune('a'+i/26))] = "$"
	}
	const only = "Only one of Input, InputPath, or InputTransformer must be provided for target t."
	for _, c := range []struct {
		name   string
		target eventbridge.Target
		text   string
	}{
		{"Input and InputPath", eventbridge.Target{ID: "t", Queue: q, Input: "{}", InputPath: "$.detail"}, only},
		{"Input and InputTransformer", eventbridge.Target{ID: "t", Queue: q, Input: "{}", InputTransformer: &eventbridge.InputTransformer{}}, only},
		{"InputPath and InputTransformer", eventbridge.Target{ID: "t", Queue: q, InputPath: "$", InputTransformer: &eventbridge.InputTransformer{}}, only},
		{"no ID", eventbridge.Target{Queue: q}, "1 validation error detected: Value '' at 'targets.member.id' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"nowhere", eventbridge.Target{ID: "t"}, "Exactly one of Function, Queue, Topic and Bus must be provided for target: t."},
		{"two places", eventbridge.Target{ID: "t", Queue: q, Topic: top}, "Exactly one of Function, Queue, Topic and Bus must be provided for target: t."},
		{"FIFO without group", eventbridge.Target{ID: "t", Queue: fifo}, "Parameter(s) SqsParameters must be specified for target: t."},
		{"a group for a function", eventbridge.Target{ID: "t", Function: "f", MessageGroupID: "g"}, "SqsParameters are not supported for target: t, which is no queue."},
		{"a group for a topic", eventbridge.Target{ID: "t", Topic: top, MessageGroupID: "g"}, "SqsParameters are not supported for target: t, which is no queue."},
		{"a group for a bus", eventbridge.Target{ID: "t", Bus: bus, MessageGroupID: "g"}, "SqsParameters are not supported for target: t, which is no queue."},
		{"FIFO dead letters", eventbridge.Target{ID: "t", Queue: q, DeadLetterQueue: fifo}, "The dead-letter queue of target: t must be a standard queue."},
		{"function's name", eventbridge.Target{ID: "t", Function: "a b"}, ""},
		{"Input is no JSON", eventbridge.Target{ID: "t", Queue: q, Input: "x"}, "JSON syntax error in input for target t"},
		{"Input is too long", eventbridge.Target{ID: "t", Queue: q, Input: `"` + strings.Repeat("x", 8192) + `"`}, ""},
		{"no path", eventbridge.Target{ID: "t", Queue: q, InputPath: "detail"}, "Invalid InputPath for target t."},
		{"wildcard path", eventbridge.Target{ID: "t", Queue: q, InputPath: "$.detail.*"}, "Invalid InputPath for target t."},
		{"deep scan", eventbridge.Target{ID: "t", Queue: q, InputPath: "$..id"}, "Invalid InputPath for target t."},
		{"open bracket", eventbridge.Target{ID: "t", Queue: q, InputPath: "$.a[1"}, "Invalid InputPath for target t."},
		{"negative index", eventbridge.Target{ID: "t", Queue: q, InputPath: "$.a[-1]"}, "Invalid InputPath for target t."},
		{"open quote", eventbridge.Target{ID: "t", Queue: q, InputPath: "$['a"}, "Invalid InputPath for target t."},
		{"trailing text", eventbridge.Target{ID: "t", Queue: q, InputPath: "$.a!"}, "Invalid InputPath for target t."},
		{"input for a bus", eventbridge.Target{ID: "t", Bus: bus, Input: "{}"}, "A bus gets the event itself: Input, InputPath and InputTransformer are not supported for target: t."},
		{"empty template", transformer("", nil), "Invalid InputTransformer for target t: InputTemplate must have 1 to 8192 characters."},
		{"long template", transformer(`"`+strings.Repeat("x", 8192)+`"`, nil), "Invalid InputTransformer for target t: InputTemplate must have 1 to 8192 characters."},
		{"template is no JSON", transformer("{", nil), "Invalid InputTransformer for target t: InputTemplate is not valid JSON."},
		{"two strings", transformer("\"a\"\n\"b\"", nil), "Invalid InputTransformer for target t: InputTemplate is not valid JSON."},
		{"variable as a key", transformer(`{<k>:1}`, map[string]string{"k": "$.id"}), "Invalid InputTransformer for target t: InputTemplate is not valid JSON."},
		{"unknown variable", transformer(`{"a":<b>}`, nil), "Invalid InputTransformer for target t: InputTemplate has the variable <b>, which InputPathsMap does not define."},
		{"path of a variable", transformer(`1`, map[string]string{"k": "id"}), "Invalid InputTransformer for target t: InputPathsMap has a variable whose name or path is not valid."},
		{"reserved variable", transformer(`1`, map[string]string{"aws.x": "$.id"}), "Invalid InputTransformer for target t: InputPathsMap has a variable whose name or path is not valid."},
		{"101 variables", transformer(`1`, many), "Invalid InputTransformer for target t: InputPathsMap has more than 100 variables."},
		{"age", eventbridge.Target{ID: "t", Queue: q, RetryPolicy: &eventbridge.RetryPolicy{MaximumEventAge: 59 * time.Second}}, "1 validation error detected: Value '59' at 'retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"},
		{"part of a second", eventbridge.Target{ID: "t", Queue: q, RetryPolicy: &eventbridge.RetryPolicy{MaximumEventAge: 24*time.Hour + time.Millisecond}}, "MaximumEventAge is whole seconds."},
		{"long age", eventbridge.Target{ID: "t", Queue: q, RetryPolicy: &eventbridge.RetryPolicy{MaximumEventAge: 24*time.Hour + time.Second}}, ""},
		{"retries", eventbridge.Target{ID: "t", Queue: q, RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: new(186)}}, "1 validation error detected: Value '186' at 'retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185"},
		{"negative retries", eventbridge.Target{ID: "t", Queue: q, RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: new(-1)}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := bus.PutTargets("r", eventbridge.Target{ID: "good", Queue: q}, c.target)
			require.ErrorIs(t, err, eventbridge.ErrValidation)
			if c.text != "" {
				require.Equal(t, c.text, err.(*eventbridge.Error).Message)
			}
			require.Empty(t, bus.Targets("r"), "nothing has changed")
		})
	}
	noLambda := eventbridge.NewBus("", eventbridge.Options{})
	_, err = noLambda.PutRule(eventbridge.Rule{Name: "r", EventPattern: `{"source":["s"]}`})
	require.NoError(t, err)
	require.ErrorIs(t, noLambda.PutTargets("r", eventbridge.Target{ID: "t", Function: "f"}), eventbridge.ErrValidation)

	five := []eventbridge.Target{{ID: "a", Queue: q}, {ID: "b", Queue: q}, {ID: "c", Queue: q}, {ID: "d", Queue: q}, {ID: "e", Queue: q}}
	require.NoError(t, bus.PutTargets("r", five...))
	require.NoError(t, bus.PutTargets("r", eventbridge.Target{ID: "c", Topic: top}), "replaces")
	require.EqualError(t, bus.PutTargets("r", eventbridge.Target{ID: "f", Queue: q}), "LimitExceededException: The requested resource exceeds the maximum number allowed.")
	require.Len(t, bus.Targets("r"), 5)
	require.Equal(t, top, bus.Targets("r")[2].Topic)
}

// A target's pointers may be used for something else afterwards, those of [eventbridge.Bus.Targets] too.
func TestTargetsAreCopies(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{refuse: func(int, call) error { return throttle }}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		transformer := &eventbridge.InputTransformer{InputPathsMap: map[string]string{"v": "$.detail.v"}, InputTemplate: `[<v>]`}
		policy := &eventbridge.RetryPolicy{MaximumRetryAttempts: new(1)}
		putRule(t, bus, eventbridge.Target{Function: "f", InputTransformer: transformer, RetryPolicy: policy})
		spoil := func(transformer *eventbridge.InputTransformer, policy *eventbridge.RetryPolicy) {
			transformer.InputPathsMap["v"], transformer.InputTemplate = "$.id", "0"
			*policy.MaximumRetryAttempts, policy.MaximumEventAge = 9, time.Hour
		}
		for range 2 {
			spoil(transformer, policy)
			got := bus.Targets("r")[0]
			require.Equal(t, map[string]string{"v": "$.detail.v"}, got.InputTransformer.InputPathsMap)
			require.Equal(t, `[<v>]`, got.InputTransformer.InputTemplate)
			require.Equal(t, 1, *got.RetryPolicy.MaximumRetryAttempts)
			require.Zero(t, got.RetryPolicy.MaximumEventAge)
			transformer, policy = got.InputTransformer, got.RetryPolicy
		}
		put(t, bus, `{"v":7}`)
		require.NoError(t, bus.Wait(t.Context()))
		require.Equal(t, []string{"[7]", "[7]"}, fake.payloads())
	})
}

// Whatever the values, a template that was accepted makes JSON, and the text of a quoted one is what the JSON says.
func TestTemplatesMakeJSON(t *testing.T) {
	templates := []string{`{"a":<v>,"b":"<v>"}`, `"<v>"`, `[<v>,"x<v>y"]`, `<v>`}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
			rapid.Map(rapid.MapOf(rapid.String(), rapid.String()), func(m map[string]string) any { return m }),
			rapid.Map(rapid.SliceOf(rapid.String()), func(l []string) any { return l }),
			rapid.Just[any](nil),
		).Draw(t, "value")
		detail, err := json.Marshal(map[string]any{"v": value})
		require.NoError(t, err)
		text := rapid.SampledFrom(templates).Draw(t, "template")
		function, queue, _ := sent(t, eventbridge.Target{InputTransformer: &eventbridge.InputTransformer{
			InputPathsMap: map[string]string{"v": "$.detail.v"}, InputTemplate: text,
		}}, string(detail))
		require.True(t, json.Valid([]byte(function)), function)
		if text == `"<v>"` {
			var s string
			require.NoError(t, json.Unmarshal([]byte(function), &s))
			require.Equal(t, s, queue)
			if str, ok := value.(string); ok {
				require.Equal(t, str, s)
			}
		}
	})
}

func FuzzInputTransformer(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"a":<v>}`, "$.detail.v", `{"v":"x"}`}, {`"<v> \" <aws.events.rule-name>"`, "$.detail['v'][0]", `{"v":["\u0041\\",{"k":"\""}]}`},
		{`<v`, "$", `{}`}, {"[<v>,\"\\<v>\"]", "$.detail", `{"v":{}}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, template, path, detail string) {
		fake := &fakeLambda{}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		_, err := bus.PutRule(eventbridge.Rule{Name: "r", EventPattern: `{"source":["s"]}`})
		require.NoError(t, err)
		err = bus.PutTargets("r", eventbridge.Target{ID: "t", Function: "f", InputTransformer: &eventbridge.InputTransformer{
			InputTemplate: template, InputPathsMap: map[string]string{"v": path},
		}})
		if err != nil {
			require.ErrorIs(t, err, eventbridge.ErrValidation)
			return
		}
		results, err := bus.PutEvents(t.Context(), eventbridge.Entry{Source: "s", DetailType: "d", Detail: detail})
		if err != nil || results[0].EventID == "" {
			return
		}
		require.True(t, json.Valid([]byte(fake.payloads()[0])), "%s", fake.payloads()[0])
	})
}
