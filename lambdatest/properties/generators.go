package properties

import (
	"encoding/json"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// Script generates scripts for lambdatest.Script: what up to twelve runs of a function come to.
func Script() *rapid.Generator[string] { return letters("SSSFFPHX", 12) }

// Outcomes generates scripts for lambdatest.Outcomes: what the service does to up to twelve attempts. About half of
// them are left alone.
func Outcomes() *rapid.Generator[string] { return letters("......TTTEDL", 12) }

// letters generates up to n letters of an alphabet, in which those that should be frequent stand several times.
func letters(alphabet string, n int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, n, -1)
}

// EventInvokeConfig generates retry and age limits of every kind that Lambda accepts: one of them or both are set.
// Short ages are frequent, so that they matter. There are no destinations.
func EventInvokeConfig() *rapid.Generator[invoke.EventInvokeConfig] {
	return rapid.Custom(func(t *rapid.T) invoke.EventInvokeConfig {
		var c invoke.EventInvokeConfig
		set := rapid.IntRange(1, 3).Draw(t, "which are set")
		if set&1 != 0 {
			c.MaximumRetryAttempts = new(rapid.IntRange(0, 2).Draw(t, "retries"))
		}
		if set&2 != 0 {
			c.MaximumEventAge = new(time.Duration(ages.Draw(t, "age in seconds")) * time.Second)
		}
		return c
	})
}

var ages = rapid.OneOf(rapid.IntRange(60, 400), rapid.IntRange(60, 21600))

// Config generates configurations of a function: its timeout, memory and scratch space are any that Lambda accepts.
// Timeouts of a few seconds are frequent.
func Config(name string) *rapid.Generator[lambda.Config] {
	return rapid.Custom(func(t *rapid.T) lambda.Config {
		return lambda.Config{
			Name:             name,
			Timeout:          time.Duration(timeouts.Draw(t, "timeout in seconds")) * time.Second,
			MemorySize:       rapid.IntRange(128, 10240).Draw(t, "memory"),
			EphemeralStorage: rapid.IntRange(512, 10240).Draw(t, "scratch space"),
		}
	})
}

var timeouts = rapid.OneOf(rapid.IntRange(1, 10), rapid.IntRange(1, 900))

// Reserved generates reserved concurrency from 0 to most; nil is none, which is not the same as 0.
func Reserved(most int) *rapid.Generator[*int] { return rapid.Ptr(rapid.IntRange(0, most), true) }

// Gaps generates the pauses before one to ten calls. Most are no longer than two retries; some come to the very
// lifetime of an idle environment, some are none at all.
func Gaps() *rapid.Generator[[]time.Duration] { return rapid.SliceOfN(gap, 1, 10) }

var gap = rapid.OneOf(
	rapid.Map(rapid.IntRange(0, 90), func(n int) time.Duration { return time.Duration(n) * time.Second }),
	rapid.Map(rapid.IntRange(0, 2000), func(n int) time.Duration { return time.Duration(n) * time.Millisecond }),
	rapid.SampledFrom([]time.Duration{0, 0, time.Minute, 3 * time.Minute, 10 * time.Minute}),
)

// Payload generates events: JSON texts of every kind, small ones first. The empty payload, for which Lambda takes {},
// is among them.
func Payload() *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		if rapid.IntRange(0, 9).Draw(t, "empty") == 9 {
			return nil
		}
		b, err := json.Marshal(jsonValue(t, 2))
		if err != nil {
			t.Fatalf("properties: %v", err)
		}
		return b
	})
}

// jsonValue draws a value with at most depth levels inside.
func jsonValue(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "string")
	case 1:
		return rapid.Int64().Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "boolean")
	case 3:
		return nil
	case 4:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = jsonValue(t, depth-1)
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		object[rapid.StringN(0, 8, -1).Draw(t, "name")] = jsonValue(t, depth-1)
	}
	return object
}
