package eventbridge_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// The event byte for byte: key order, whole seconds, an empty list of resources, no HTML escapes.
func TestEventJSON(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		arn := putRule(t, bus, eventbridge.Target{Function: "f"})
		require.Equal(t, "arn:aws:events:us-east-1:123456789012:rule/r", arn)
		require.Equal(t, "arn:aws:events:us-east-1:123456789012:event-bus/default", bus.ARN())

		time.Sleep(1500 * time.Millisecond)
		id := put(t, bus, "{ \"a\" : \"<&>\",\n \"n\": 1e3 }")
		results, err := bus.PutEvents(t.Context(), eventbridge.Entry{
			Source: "s", DetailType: "d \"e\"", Detail: "{}", Resources: []string{"x", "y"}, TraceHeader: "Root=1-2-3",
			Time: time.Date(2020, 4, 28, 9, 20, 20, 999, time.FixedZone("", 7200)),
		})
		require.NoError(t, err)

		calls := fake.all()
		require.Len(t, calls, 2)
		require.Equal(t, `{"version":"0","id":"`+id+`","detail-type":"d","source":"s","account":"123456789012",`+
			`"time":"2000-01-01T00:00:01Z","region":"us-east-1","resources":[],"detail":{"a":"<&>","n":1e3}}`, calls[0].payload)
		require.Equal(t, `{"version":"0","id":"`+results[0].EventID+`","detail-type":"d \"e\"","source":"s","account":"123456789012",`+
			`"time":"2020-04-28T07:20:20Z","region":"us-east-1","resources":["x","y"],"detail":{}}`, calls[1].payload)
		require.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:f", calls[0].function)
		require.Equal(t, "Event", string(calls[0].kind))
		require.Equal(t, "events.amazonaws.com", calls[0].caller.Principal)
		require.Equal(t, arn, calls[0].caller.SourceARN)
		require.Equal(t, account, calls[0].caller.SourceAccount)
		require.Equal(t, "Root=1-2-3", calls[1].header)
		require.NotEqual(t, id, results[0].EventID)
	})
}

// What a handler decodes with aws-lambda-go is what was put.
func TestEventDecodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fake := &fakeLambda{}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake, Seed: rapid.Uint64().Draw(t, "seed")})
		_, err := bus.PutRule(eventbridge.Rule{Name: "all", EventPattern: `{"version":["0"]}`})
		require.NoError(t, err)
		require.NoError(t, bus.PutTargets("all", eventbridge.Target{ID: "f", Function: "f"}))
		text := rapid.StringN(1, 20, -1)
		detail, err := json.Marshal(rapid.MapOf(text, text).Draw(t, "detail"))
		require.NoError(t, err)
		in := eventbridge.Entry{
			Source: "x" + text.Draw(t, "source"), DetailType: text.Draw(t, "type"), Detail: string(detail),
			Resources: rapid.SliceOf(text).Draw(t, "resources"), Time: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "time"), 0),
		}
		results, err := bus.PutEvents(context.Background(), in)
		require.NoError(t, err)
		var got events.EventBridgeEvent
		require.NoError(t, json.Unmarshal([]byte(fake.payloads()[0]), &got))
		require.Equal(t, in.Source, got.Source)
		require.Equal(t, in.DetailType, got.DetailType)
		require.JSONEq(t, in.Detail, string(got.Detail))
		require.ElementsMatch(t, in.Resources, got.Resources)
		require.True(t, in.Time.Equal(got.Time))
		require.Equal(t, results[0].EventID, got.ID)
	})
}

func TestPutEventsRefuses(t *testing.T) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
	_, err := bus.PutRule(eventbridge.Rule{Name: "all", EventPattern: `{"version":["0"]}`})
	require.NoError(t, err)
	require.NoError(t, bus.PutTargets("all", eventbridge.Target{ID: "f", Function: "f"}))

	for _, c := range []struct {
		name          string
		entry         eventbridge.Entry
		code, message string
	}{
		{"no source", eventbridge.Entry{DetailType: "d", Detail: "{}"}, "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."},
		{"no detail type", eventbridge.Entry{Source: "s", Detail: "{}"}, "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."},
		{"no detail", eventbridge.Entry{Source: "s", DetailType: "d"}, "InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."},
		{"no JSON", eventbridge.Entry{Source: "s", DetailType: "d", Detail: "{"}, "MalformedDetail", "Detail is malformed."},
		{"no object", eventbridge.Entry{Source: "s", DetailType: "d", Detail: "[{}]"}, "MalformedDetail", "Detail is malformed."},
		{"text behind the object", eventbridge.Entry{Source: "s", DetailType: "d", Detail: "{}{}"}, "MalformedDetail", "Detail is malformed."},
		{"blanks", eventbridge.Entry{Source: "s", DetailType: "d", Detail: "  "}, "MalformedDetail", "Detail is malformed."},
		{"no UTF-8, which no pattern would match", eventbridge.Entry{Source: "s", DetailType: "d", Detail: "{\"a\":\"\xff\"}"}, "MalformedDetail", "Detail is malformed."},
		{"AWS's own source", eventbridge.Entry{Source: "aws.s3", DetailType: "d", Detail: "{}"}, "NotAuthorizedForSourceException", "Not authorized for the source."},
	} {
		t.Run(c.name, func(t *testing.T) {
			results, err := bus.PutEvents(t.Context(), c.entry)
			require.NoError(t, err)
			require.Equal(t, []eventbridge.Result{{ErrorCode: c.code, ErrorMessage: c.message}}, results)
		})
	}
	require.Empty(t, fake.all())

	_, err = bus.PutEvents(t.Context())
	require.ErrorIs(t, err, eventbridge.ErrValidation)
	_, err = bus.PutEvents(t.Context(), make([]eventbridge.Entry, 11)...)
	require.EqualError(t, err, "ValidationException: 1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = bus.PutEvents(done, eventbridge.Entry{})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, bus.PutEvent(done, events.EventBridgeEvent{}), context.Canceled)
	require.ErrorIs(t, bus.PutEvent(t.Context(), events.EventBridgeEvent{Source: "s"}), eventbridge.ErrInvalidArgument)

	// A bad entry does not keep a good one from arriving.
	results, err := bus.PutEvents(t.Context(), eventbridge.Entry{}, eventbridge.Entry{Source: "s", DetailType: "d", Detail: "{}"})
	require.NoError(t, err)
	require.NotEmpty(t, results[0].ErrorCode)
	require.NotEmpty(t, results[1].EventID)
	require.Len(t, fake.all(), 1)
}

// Invariant 21, EventBridge's part: what is over the limit reaches no target.
func TestInvariant21(t *testing.T) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
	putRule(t, bus, eventbridge.Target{Function: "f"})
	entry := func(size int) eventbridge.Entry {
		return eventbridge.Entry{Source: "s", DetailType: "d", Detail: `{"a":"` + strings.Repeat("x", size-2-len(`{"a":""}`)) + `"}`}
	}
	for _, c := range []struct {
		name    string
		entries []eventbridge.Entry
		taken   bool
	}{
		{"1 MB", []eventbridge.Entry{entry(1 << 20)}, true},
		{"a byte more", []eventbridge.Entry{entry(1<<20 + 1)}, false},
		{"1 MB together", []eventbridge.Entry{entry(1 << 19), entry(1 << 19)}, true},
		{"a byte more together", []eventbridge.Entry{entry(1 << 19), entry(1<<19 + 1)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(fake.all())
			results, err := bus.PutEvents(t.Context(), c.entries...)
			if c.taken {
				require.NoError(t, err)
				require.Len(t, results, len(c.entries))
				require.Len(t, fake.all(), before+len(c.entries))
				return
			}
			require.EqualError(t, err, "ValidationException: Total size of the entries in the request is over the limit.")
			require.Len(t, fake.all(), before)
		})
	}
	timed := entry(1<<20 - 13)
	timed.Time = time.Unix(1, 0)
	_, err := bus.PutEvents(t.Context(), timed)
	require.ErrorIs(t, err, eventbridge.ErrValidation, "a time counts 14 bytes")
	timed.Detail, timed.Resources = "{}", []string{strings.Repeat("r", 1<<20)}
	require.ErrorIs(t, bus.PutEvent(t.Context(), events.EventBridgeEvent{
		Source: "s", DetailType: "d", Detail: []byte("{}"), Resources: timed.Resources,
	}), eventbridge.ErrValidation)
}

// A bus is a destination: Lambda's record arrives as the detail of an event from lambda.
func TestBusIsADestination(t *testing.T) {
	fake := &fakeLambda{}
	bus := eventbridge.NewBus("audit", eventbridge.Options{Invoker: fake})
	_, err := bus.PutRule(eventbridge.Rule{Name: "failed", EventPattern: `{"source":["lambda"],"detail":{"requestContext":{"condition":["RetriesExhausted"]}}}`})
	require.NoError(t, err)
	require.NoError(t, bus.PutTargets("failed", eventbridge.Target{ID: "f", Function: "f:live"}))
	target := destinations.EventBridge(bus)
	for _, condition := range []destinations.Condition{destinations.Success, destinations.RetriesExhausted} {
		record := destinations.NewRecord(destinations.Ending{Time: time.Unix(9, 0), Condition: condition, FunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST"})
		require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record, TraceHeader: "Root=1"}))
	}
	calls := fake.all()
	require.Len(t, calls, 1)
	require.Equal(t, "Root=1", calls[0].header)
	require.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:f:live", calls[0].function)
	require.Contains(t, calls[0].payload, `"detail-type":"Lambda Function Invocation Result - Failure","source":"lambda"`)
	require.Contains(t, calls[0].payload, `"time":"1970-01-01T00:00:09Z"`)
}

// What is handed in may be changed afterwards.
func TestPutEventKeepsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{refuse: func(n int, _ call) error {
			if n == 1 {
				return throttle
			}
			return nil
		}}
		bus := eventbridge.NewBus("", eventbridge.Options{Invoker: fake})
		putRule(t, bus, eventbridge.Target{Function: "f"})
		e := events.EventBridgeEvent{Source: "s", DetailType: "d", Detail: []byte(`{"a":1}`), Resources: []string{"r"}}
		require.NoError(t, bus.PutEvent(t.Context(), e))
		e.Detail[2], e.Resources[0] = 'z', "changed"
		require.NoError(t, bus.Wait(t.Context()))
		payloads := fake.payloads()
		require.Len(t, payloads, 2)
		require.Equal(t, payloads[0], payloads[1])
	})
}
