package registry

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

func target(arn string) destinations.Target { return destinations.Func(arn, nil) }

var (
	queue = target("arn:aws:sqs:us-east-1:123456789012:q")
	topic = target("arn:aws:sns:us-east-1:123456789012:t")
)

func TestEventInvokeConfig_answer(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	c, err := x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{MaximumRetryAttempts: new(0)})
	require.NoError(t, err)
	require.Equal(t, `{"FunctionArn":"`+arnPrefix+`f:$LATEST","LastModified":1764037574.123,"MaximumRetryAttempts":0,`+
		`"DestinationConfig":{"OnSuccess":{},"OnFailure":{}}}`, wire(t, c))
	c, err = x.PutEventInvokeConfig(x.now, "f:1", "1", EventInvokeConfig{MaximumEventAge: new(90 * time.Second), OnFailure: queue})
	require.NoError(t, err)
	require.Equal(t, `{"FunctionArn":"`+arnPrefix+`f:1","LastModified":1764037574.123,"MaximumEventAgeInSeconds":90,`+
		`"DestinationConfig":{"OnSuccess":{},"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:123456789012:q"}}}`, wire(t, c))
	got, err := x.GetEventInvokeConfig(x.now, arnPrefix+"f:1", "")
	require.NoError(t, err)
	require.Equal(t, c, got)
	require.Equal(t, wire(t, c), wire(t, *c), "a value marshals as a pointer does")
}

func TestEventInvokeConfig_putReplacesAndUpdateMerges(t *testing.T) {
	x := newFixture(t)
	put := func(c EventInvokeConfig) EventInvokeConfig {
		t.Helper()
		got, err := x.PutEventInvokeConfig(x.now, "f", "", c)
		require.NoError(t, err)
		return got.EventInvokeConfig
	}
	update := func(c EventInvokeConfig) EventInvokeConfig {
		t.Helper()
		got, err := x.UpdateEventInvokeConfig(x.now, "f", "$LATEST", c)
		require.NoError(t, err)
		return got.EventInvokeConfig
	}
	one := EventInvokeConfig{MaximumRetryAttempts: new(1), OnSuccess: queue}
	require.Equal(t, one, put(one))
	require.Equal(t, EventInvokeConfig{OnFailure: topic}, put(EventInvokeConfig{OnFailure: topic}), "what is left out vanishes")
	require.Equal(t, EventInvokeConfig{}, put(EventInvokeConfig{OnSuccess: NoTarget}), "an empty destination is a setting")
	put(one)
	require.Equal(t, EventInvokeConfig{MaximumRetryAttempts: new(1), MaximumEventAge: new(time.Minute), OnSuccess: queue},
		update(EventInvokeConfig{MaximumEventAge: new(time.Minute)}))
	require.Equal(t, EventInvokeConfig{MaximumRetryAttempts: new(0), MaximumEventAge: new(time.Minute), OnFailure: topic},
		update(EventInvokeConfig{MaximumRetryAttempts: new(0), OnSuccess: NoTarget, OnFailure: topic}))
}

func TestEventInvokeConfig_refused(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.create("b")
	const (
		none    = "You must specify at least one of error handling or destination setting."
		missing = "The function doesn't exist."
		pattern = `$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`
	)
	r0 := EventInvokeConfig{MaximumRetryAttempts: new(0)}
	put := func(name, q string, c EventInvokeConfig) func() error {
		return func() error { _, err := x.PutEventInvokeConfig(x.now, name, q, c); return err }
	}
	update := func(name, q string, c EventInvokeConfig) func() error {
		return func() error { _, err := x.UpdateEventInvokeConfig(x.now, name, q, c); return err }
	}
	get := func(name, q string) func() error {
		return func() error { _, err := x.GetEventInvokeConfig(x.now, name, q); return err }
	}
	del := func(name, q string) func() error {
		return func() error { return x.DeleteEventInvokeConfig(x.now, name, q) }
	}
	list := func(name string) func() error {
		return func() error { _, _, err := x.ListEventInvokeConfigs(x.now, name, Page{}); return err }
	}
	ve1 := func(value, path, constraint string) string {
		return "1 validation error detected: Value '" + value + "' at '" + path + "' failed to satisfy constraint: " + constraint
	}
	const bucket, badService = "arn:aws:s3:::b", "arn:aws:dynamodb:us-east-1:123456789012:table/t"
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
	}{
		{"put nothing", put("f", "", EventInvokeConfig{}), ipv, none},
		{"put nothing, function missing", put("g", "", EventInvokeConfig{}), ipv, none},
		{"update nothing", update("g", "", EventInvokeConfig{}), ipv, none},
		{"put, function missing", put("g", "", r0), rnf, missing},
		{"put, version missing", put("f", "9", r0), rnf, missing},
		{"put, alias missing", put("f", "live", r0), rnf, missing},
		{"update, function missing", update("g", "", r0), rnf, missing},
		{"update, alias missing", update("f", "live", r0), rnf, missing},
		{"update, config missing", update("f", "1", r0), rnf, "The function " + arnPrefix + "f:1 doesn't have an EventInvokeConfig"},
		{"list, function missing", list("g"), rnf, missing},
		{"list, qualified", list("f:1"), ipv, "The function name must not include a version number or alias."},
		{"get, config missing", get("f", ""), rnf, "The function " + arnPrefix + "f:$LATEST doesn't have an EventInvokeConfig"},
		{"get, function missing", get("g", "live"), rnf, "The function " + arnPrefix + "g:live doesn't have an EventInvokeConfig"},
		{"delete, config missing", del("f", "1"), rnf, "The function " + arnPrefix + "f:1 doesn't have an EventInvokeConfig"},
		{"delete, function missing", del("g", ""), rnf, "The function " + arnPrefix + "g:$LATEST doesn't have an EventInvokeConfig"},
		{"mismatch", put("f:1", "2", r0), ipv, "The derived qualifier from the function name does not match the specified qualifier."},
		{"retries above", put("f", "", EventInvokeConfig{MaximumRetryAttempts: new(3)}), ve, ve1("3", "maximumRetryAttempts", "Member must have value less than or equal to 2")},
		{"retries below", put("f", "", EventInvokeConfig{MaximumRetryAttempts: new(-1)}), ve, ve1("-1", "maximumRetryAttempts", "Member must have value greater than or equal to 0")},
		{"age below", put("f", "", EventInvokeConfig{MaximumEventAge: new(59 * time.Second)}), ve, ve1("59", "maximumEventAgeInSeconds", "Member must have value greater than or equal to 60")},
		{"age above", put("f", "", EventInvokeConfig{MaximumEventAge: new(21601 * time.Second)}), ve, ve1("21601", "maximumEventAgeInSeconds", "Member must have value less than or equal to 21600")},
		{"age with a fraction", put("f", "", EventInvokeConfig{MaximumEventAge: new(60500 * time.Millisecond)}), ipv, "MaximumEventAge is not a whole number of seconds: 1m0.5s"},
		{"malformed destination, function missing", put("g", "", EventInvokeConfig{OnFailure: target("q")}), ve,
			ve1("q", "destinationConfig.onFailure.destination", "Member must satisfy regular expression pattern: "+pattern)},
		{"malformed destination and retries", put("f", "", EventInvokeConfig{MaximumRetryAttempts: new(3), OnSuccess: target("q")}), ve,
			"2 validation errors detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2; " +
				"Value 'q' at 'destinationConfig.onSuccess.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern},
		{"destination function missing", put("f", "", EventInvokeConfig{OnSuccess: target(arnPrefix + "nobody")}), ipv, "The destination ARN " + arnPrefix + "nobody is invalid."},
		{"destination version missing", put("f", "", EventInvokeConfig{OnFailure: target(arnPrefix + "b:7")}), ipv, "The destination ARN " + arnPrefix + "b:7 is invalid."},
		{"itself", put("f", "", EventInvokeConfig{OnFailure: target(arnPrefix + "f")}), ipv, "You can't specify the function as a destination for itself."},
		{"itself under a qualifier", put("f", "1", EventInvokeConfig{OnSuccess: target(arnPrefix + "f:$LATEST")}), ipv, "You can't specify the function as a destination for itself."},
		{"unsupported service", put("f", "", EventInvokeConfig{OnSuccess: target(badService)}), ipv,
			"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=" + badService + "), onFailure=null) is invalid."},
		{"unsupported service, function missing", put("g", "", EventInvokeConfig{OnSuccess: target(badService)}), rnf, missing},
		{"bucket as on-success", put("f", "", EventInvokeConfig{OnSuccess: target(bucket)}), ipv,
			"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=" + bucket + "), onFailure=null) is invalid."},
		{"FIFO queue", put("f", "", EventInvokeConfig{OnFailure: target("arn:aws:sqs:us-east-1:123456789012:q.fifo")}), ipv,
			"The destination ARN arn:aws:sqs:us-east-1:123456789012:q.fifo is invalid."},
		{"FIFO topic", put("f", "", EventInvokeConfig{OnFailure: target("arn:aws:sns:us-east-1:123456789012:t.fifo")}), ipv,
			"FIFO-type Amazon SNS topics aren't supported as a destination."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			requireRefused(t, tt.err(), tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
	for _, arn := range []string{bucket, arnPrefix + "b", "arn:aws:events:us-east-1:123456789012:event-bus/none", "arn:aws:lambda:eu-west-1:123456789012:function:far"} {
		_, err := x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{OnFailure: target(arn)})
		require.NoError(t, err, arn)
	}
}

func TestEventInvokeConfig_destinationFunctionsOfTheHost(t *testing.T) {
	var x *fixture
	x = newFixture(t, Options{FunctionExists: func(arn string) bool {
		require.True(t, x.mu.TryLock(), "the host may call the Registry")
		x.mu.Unlock()
		require.NotContains(t, arn, "own")
		return arn == arnPrefix+"theirs"
	}})
	x.create("own")
	_, err := x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{OnFailure: target(arnPrefix + "theirs")})
	require.NoError(t, err)
	_, err = x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{OnFailure: target(arnPrefix + "nobody's")})
	require.Error(t, err)
	_, err = x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{OnFailure: target(arnPrefix + "own"), OnSuccess: queue})
	require.NoError(t, err)
}

// A config is that of its own qualifier and of no other.
func TestEventInvokeConfig_belongsToItsQualifier(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	qualifiers := []string{"", "1", "live"}
	for i, q := range qualifiers {
		_, err := x.PutEventInvokeConfig(x.now, "f", q, EventInvokeConfig{MaximumEventAge: new(time.Duration(60+i) * time.Second)})
		require.NoError(t, err)
	}
	for i, q := range qualifiers {
		require.Equal(t, time.Duration(60+i)*time.Second, *x.resolve("f", q).Async.MaximumEventAge)
	}
	require.Same(t, x.resolve("f", "").Async, x.resolve("f", lambda.Latest).Async)
	require.NoError(t, x.DeleteEventInvokeConfig(x.now, "f", "1"))
	require.Nil(t, x.resolve("f", "1").Async)
	require.NotNil(t, x.resolve("f", "live").Async)
	x.publish("f")
	require.Nil(t, x.resolve("f", "2").Async, "a published version inherits none")
	items, _, err := x.ListEventInvokeConfigs(x.now, "f", Page{})
	require.NoError(t, err)
	var arns []string
	for _, c := range items {
		arns = append(arns, strings.TrimPrefix(c.FunctionARN, arnPrefix))
	}
	require.Equal(t, []string{"f:$LATEST", "f:live"}, arns)
}

func TestEventInvokeConfig_keepsNothingOfItsInput(t *testing.T) {
	x := newFixture(t)
	retries := 1
	got, err := x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{MaximumRetryAttempts: &retries})
	require.NoError(t, err)
	retries, *got.MaximumRetryAttempts = 2, 0
	require.Equal(t, 1, *x.resolve("f", "").Async.MaximumRetryAttempts)
}

// drawConfig draws a config that has something set.
func drawConfig(t *rapid.T, label string) EventInvokeConfig {
	var c EventInvokeConfig
	what := rapid.IntRange(1, 15).Draw(t, label)
	if what&1 != 0 {
		c.MaximumRetryAttempts = new(rapid.IntRange(0, 2).Draw(t, label+" retries"))
	}
	if what&2 != 0 {
		c.MaximumEventAge = new(time.Duration(rapid.IntRange(60, 21600).Draw(t, label+" age")) * time.Second)
	}
	targets := rapid.SampledFrom([]destinations.Target{queue, topic, NoTarget})
	if what&4 != 0 {
		c.OnSuccess = targets.Draw(t, label+" on-success")
	}
	if what&8 != 0 {
		c.OnFailure = targets.Draw(t, label+" on-failure")
	}
	return c
}

// Put then Get gives what Put was given, Update lays its fields over them, and equal Puts differ in LastModified only.
func TestEventInvokeConfig_putAndUpdateProperties(t *testing.T) {
	x := newFixture(t)
	stored := func(c EventInvokeConfig) EventInvokeConfig {
		c.OnSuccess, c.OnFailure = orNil(c.OnSuccess), orNil(c.OnFailure)
		return c
	}
	rapid.Check(t, func(t *rapid.T) {
		put, update := drawConfig(t, "put"), drawConfig(t, "update")
		_, err := x.PutEventInvokeConfig(x.now, "f", "", put)
		require.NoError(t, err)
		first, err := x.GetEventInvokeConfig(x.now, "f", "")
		require.NoError(t, err)
		require.Equal(t, stored(put), first.EventInvokeConfig)

		x.advance(time.Second)
		again, err := x.PutEventInvokeConfig(x.now, "f", "", put)
		require.NoError(t, err)
		require.Equal(t, time.Second, again.LastModified.Sub(first.LastModified))
		again.LastModified = first.LastModified
		require.Equal(t, first, again)

		want := put
		if update.MaximumRetryAttempts != nil {
			want.MaximumRetryAttempts = update.MaximumRetryAttempts
		}
		if update.MaximumEventAge != nil {
			want.MaximumEventAge = update.MaximumEventAge
		}
		if update.OnSuccess != nil {
			want.OnSuccess = update.OnSuccess
		}
		if update.OnFailure != nil {
			want.OnFailure = update.OnFailure
		}
		_, err = x.UpdateEventInvokeConfig(x.now, "f", "", update)
		require.NoError(t, err)
		require.Equal(t, stored(want), *x.resolve("f", "").Async)
	})
}
