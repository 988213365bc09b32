package properties

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// What the generators make, Lambda accepts.
func TestGenerators_makeWhatLambdaAccepts(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config("f").Draw(t, "config")
		require.NoError(t, svc.Deploy(cfg, lambdatest.Script(Script().Draw(t, "script"), 0)))
		require.NoError(t, svc.PutEventInvokeConfig("f", EventInvokeConfig().Draw(t, "async")))
		if n := Reserved(900).Draw(t, "reserved"); n != nil {
			require.NoError(t, svc.PutFunctionConcurrency("f", *n))
		}
		payload, err := lambda.CheckEventPayload(Payload().Draw(t, "payload"))
		require.NoError(t, err)
		require.True(t, json.Valid(payload))
	})
}

// They reach what matters: bounds, nothing at all, and every letter.
func TestGenerators_reach(t *testing.T) {
	seen := map[string]bool{}
	see := func(what string, is bool) {
		if is {
			seen[what] = true
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			script, outcomes := Script().Draw(t, "script"), Outcomes().Draw(t, "outcomes")
			for _, l := range "SFPHX" {
				see("script "+string(l), strings.ContainsRune(script, l))
			}
			for _, l := range ".TEDL" {
				see("outcome "+string(l), strings.ContainsRune(outcomes, l))
			}
			c := EventInvokeConfig().Draw(t, "async")
			require.False(t, c.MaximumRetryAttempts == nil && c.MaximumEventAge == nil)
			see("retries unset", c.MaximumRetryAttempts == nil)
			see("age unset", c.MaximumEventAge == nil)
			see("no retries", c.MaximumRetryAttempts != nil && *c.MaximumRetryAttempts == 0)
			see("shortest age", c.MaximumEventAge != nil && *c.MaximumEventAge == time.Minute)
			n := Reserved(2).Draw(t, "reserved")
			see("not reserved", n == nil)
			see("off", n != nil && *n == 0)
			see("reserved most", n != nil && *n == 2)
			see("empty payload", Payload().Draw(t, "payload") == nil)
			for _, g := range Gaps().Draw(t, "gaps") {
				require.GreaterOrEqual(t, g, time.Duration(0))
				see("at once", g == 0)
				see("idle lifetime", g == 10*time.Minute)
				see("fraction of a second", g%time.Second != 0)
			}
		}
	})
	require.Len(t, seen, 21, "%v", seen)
}
