// Package lambdatest is for the tests of those who use the library: it makes a Service that closes with the test,
// deploys and calls functions in one line, scripts handlers, moves virtual time, and records, draws and checks what
// happened.
//
// It imports neither rapid nor testify; generators and ready-made properties are in package lambdatest/properties.
package lambdatest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// TB is what the package needs of a test: *testing.T, *testing.B, *testing.F and *rapid.T have it.
type TB interface {
	Helper()
	Cleanup(func())
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// NewService makes a Service that is closed when the test ends. In a testing/synctest bubble, call it inside.
func NewService(t TB, o invoke.Options) *invoke.Service {
	t.Helper()
	if o.Logf == nil {
		o.Logf = t.Logf
	}
	svc := invoke.New(o)
	t.Cleanup(svc.Close)
	return svc
}

// Deploy deploys a function, and fails the test if that is refused.
func Deploy(t TB, svc *invoke.Service, cfg lambda.Config, code lambda.Code) {
	t.Helper()
	if err := svc.Deploy(cfg, code); err != nil {
		t.Fatalf("deploying %s: %v", cfg.Name, err)
	}
}

// Call invokes a function synchronously with event as JSON, and decodes its result. The error is the service's
// refusal, or the function's failure as a *[lambda.FunctionError]. A nil event is sent as null, which decodes into the
// zero value of whatever the handler takes.
func Call[Result any](ctx context.Context, svc *invoke.Service, function string, event any) (Result, error) {
	var result Result
	payload, err := json.Marshal(event)
	if err != nil {
		return result, fmt.Errorf("lambdatest: the event is no JSON: %w", err)
	}
	out, err := svc.Invoke(ctx, invoke.Input{FunctionName: function, Payload: payload})
	if err != nil {
		return result, err
	}
	return result, out.Unmarshal(&result)
}

// Advance lets d of a bubble's virtual time pass and waits until everything that happens by then has happened. Tests
// should move time with it, not with time.Sleep: what else happens at the very instant at which Sleep returns happens
// before or after, as it likes.
func Advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var _ TB = (*testing.T)(nil)
