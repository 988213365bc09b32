package invoke_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// The rows of the synchronous vectors that need a wire, a process of their own or a feature that is not modelled, and
// so do not run here:
//
//	26, 27, 28  os.Exit in the handler's process: run with Environment.Exit instead, which stands for it
//	36, 37      billing arithmetic: with the REPORT line, in package lambda
//	38          alias weights: with the registry
//	39, 40      tenant isolation and durable functions are refused by name; the registry cannot express them

// sync1 deploys code as f, version 1 and alias a1, timeout 3 s, 128 MB.
func sync1(t *testing.T, c lambda.Code) *world {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c)
	w.publish("1")
	require.NoError(t, w.svc.PutAlias("f", "a1", invoke.Routing{Version: "1"}))
	return w
}

func (w *world) invoke(in invoke.Input) *invoke.Output {
	w.t.Helper()
	if in.FunctionName == "" {
		in.FunctionName = "f"
	}
	out, err := w.svc.Invoke(w.t.Context(), in)
	require.NoError(w.t, err)
	return out
}

func (w *world) refused(in invoke.Input) *lambda.Error {
	w.t.Helper()
	if in.FunctionName == "" {
		in.FunctionName = "f"
	}
	out, err := w.svc.Invoke(w.t.Context(), in)
	require.Nil(w.t, out)
	var e *lambda.Error
	require.ErrorAs(w.t, err, &e)
	return e
}

// identity is what a handler sees of its call.
type identity struct{ ARN, Version string }

func whoami(ctx context.Context) (identity, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	env, _ := lambda.EnvironmentFromContext(ctx)
	return identity{lc.InvokedFunctionArn, env.FunctionVersion()}, nil
}

func TestSyncVectors1To5_results(t *testing.T) {
	w := sync1(t, lambdatest.Script("S", 0))
	out := w.invoke(invoke.Input{Payload: []byte(`{"a":1}`)}) // row 1
	require.Equal(t, 200, out.StatusCode)
	require.Equal(t, `{"a":1}`, string(out.Payload))
	require.Equal(t, "$LATEST", out.ExecutedVersion)
	require.Empty(t, out.FunctionError)
	require.NoError(t, out.Err())
	require.Equal(t, `{}`, string(w.invoke(invoke.Input{}).Payload)) // row 2
	out = w.invoke(invoke.Input{InvocationType: invoke.Event})       // row 3
	require.Equal(t, 202, out.StatusCode)
	require.Empty(t, out.Payload)
	require.Empty(t, out.ExecutedVersion)
	w.wait()
	before := len(w.tl.Of(trace.Started))
	out = w.invoke(invoke.Input{InvocationType: invoke.DryRun}) // row 4
	require.Equal(t, 204, out.StatusCode)
	require.Empty(t, out.Payload)
	require.Empty(t, out.ExecutedVersion)
	require.Len(t, w.tl.Of(trace.Started), before)
	w = sync1(t, lambda.Handler(func() error { return nil })) // row 5
	require.Equal(t, "null", string(w.invoke(invoke.Input{}).Payload))
}

func TestSyncVectors6To9_payloads(t *testing.T) {
	w := sync1(t, lambdatest.Script("S", 0))
	for _, kind := range []invoke.InvocationType{invoke.RequestResponse, invoke.Event, invoke.DryRun} { // rows 6 and 7
		e := w.refused(invoke.Input{InvocationType: kind, Payload: []byte("Hello World")})
		require.Equal(t, "InvalidRequestContentException", e.Code)
		require.Equal(t, 400, e.StatusCode)
		require.True(t, strings.HasPrefix(e.Message, "Could not parse request body into json: Could not parse payload into json: "), e.Message)
	}
	e := w.refused(invoke.Input{Payload: jsonString(6291457)}) // row 8
	require.Equal(t, 413, e.StatusCode)
	require.Equal(t, "RequestEntityTooLargeException", e.Code)
	require.Equal(t, "Request must be smaller than 6291456 bytes for the InvokeFunction operation", e.Message)
	w.invoke(invoke.Input{Payload: jsonString(6291456)})
	e = w.refused(invoke.Input{InvocationType: invoke.Event, Payload: jsonString(1048577)}) // row 9
	require.Equal(t, 413, e.StatusCode)
	require.Equal(t, "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)", e.Message)
	w.invoke(invoke.Input{InvocationType: invoke.Event, Payload: jsonString(1048576)})
	w.wait()
	require.Len(t, w.tl.Of(trace.Accepted), 1)
}

// jsonString is a JSON string of n bytes, quotes included.
func jsonString(n int) []byte { return []byte(`"` + strings.Repeat("x", n-2) + `"`) }

func TestSyncVectors10And11_responseSizes(t *testing.T) {
	w := sync1(t, lambda.Handler(func(n int) (string, error) { return strings.Repeat("x", n), nil }))
	out := w.invoke(invoke.Input{Payload: []byte("6291456")}) // row 10
	require.Empty(t, out.FunctionError)
	require.Len(t, out.Payload, 6291458)
	require.Len(t, w.invoke(invoke.Input{Payload: []byte("6291554")}).Payload, 6291556)
	for _, n := range []string{"6291555", "7340032"} { // row 11
		out = w.invoke(invoke.Input{Payload: []byte(n)})
		require.Equal(t, 200, out.StatusCode)
		require.Equal(t, "Unhandled", out.FunctionError)
		require.JSONEq(t, `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`, string(out.Payload))
	}
	require.Len(t, w.tl.Of(trace.InitStarted), 1, "the environment is none the worse")
}

func TestSyncVectors12To20_names(t *testing.T) {
	w := sync1(t, lambda.Handler(whoami))
	for _, c := range []struct {
		row             int
		name, qualifier string
		arn, version    string
	}{
		{14, "f", "a1", "f:a1", "1"},
		{15, "f", "$LATEST", "f:$LATEST", "$LATEST"},
		{19, "123456789012:function:f", "", "f", "$LATEST"},
		{19, "function:f", "", "f", "$LATEST"},
		{19, "f:1", "", "f:1", "1"},
		{19, "f:1", "1", "f:1", "1"},
		{19, account + "f:a1", "", "f:a1", "1"},
	} {
		out := w.invoke(invoke.Input{FunctionName: c.name, Qualifier: c.qualifier})
		require.Equal(t, c.version, out.ExecutedVersion, c)
		var got identity
		require.NoError(t, out.Unmarshal(&got))
		require.Equal(t, identity{account + c.arn, c.version}, got, c)
	}
	const pattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`
	const bad = ` at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + pattern
	long := strings.Repeat("q", 129)
	for _, c := range []struct {
		row             int
		name, qualifier string
		status          int
		code, message   string
	}{
		{12, "doesnotexist", "", 404, "ResourceNotFoundException", "Function not found: " + account + "doesnotexist:$LATEST"},
		{13, "f:nope", "", 404, "ResourceNotFoundException", "Function not found: " + account + "f:nope"},
		{13, "f", "$latest", 404, "ResourceNotFoundException", "Function not found: " + account + "f:$latest"},
		{16, account + "absent:$LATEST", "1", 400, "InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier."},
		{17, "my-function!", "", 400, "ValidationException", "1 validation error detected: Value 'my-function!'" + bad},
		{18, "arn:bad!", long, 400, "ValidationException", "2 validation errors detected: Value '" + long + "' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128; Value 'arn:bad!'" + bad},
		{20, "arn:aws:lambda:eu-west-1:123456789012:function:f", "", 404, "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"},
	} {
		for _, kind := range []invoke.InvocationType{invoke.RequestResponse, invoke.Event, invoke.DryRun} {
			e := w.refused(invoke.Input{FunctionName: c.name, Qualifier: c.qualifier, InvocationType: kind})
			require.Equal(t, c.status, e.StatusCode, c.row)
			require.Equal(t, c.code, e.Code, c.row)
			require.Equal(t, c.message, e.Message, c.row)
		}
	}
	require.Empty(t, w.tl.Of(trace.Accepted))
}

func TestSyncVectors21And22_errors(t *testing.T) {
	w := sync1(t, lambda.Handler(func(wrap bool) error {
		if wrap {
			return fmt.Errorf("w: %w", io.EOF)
		}
		return errors.New("boom")
	}))
	out := w.invoke(invoke.Input{Payload: []byte("false")})
	require.Equal(t, 200, out.StatusCode)
	require.Equal(t, "Unhandled", out.FunctionError)
	require.Equal(t, `{"errorMessage":"boom","errorType":"errorString"}`, string(out.Payload))
	out = w.invoke(invoke.Input{Payload: []byte("true")})
	require.Equal(t, `{"errorMessage":"w: EOF","errorType":"wrapError"}`, string(out.Payload))
	require.Len(t, w.tl.Of(trace.InitStarted), 1, "an error does not end the environment")
}

// memory is a function that counts its calls in a global and leaves a file in /tmp, and then does what it is told.
func memory(do map[string]func(*lambda.Environment)) lambda.Code {
	return lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
		calls := 0
		return func(what string) (string, error) {
			calls++
			if f := do[what]; f != nil {
				env.Scratch().WriteFile("/tmp/mark", []byte("here"))
				f(env)
			}
			mark, _ := env.Scratch().ReadFile("/tmp/mark")
			return fmt.Sprintf("%d %s", calls, mark), nil
		}, nil
	})
}

func TestSyncVectors23To27_resets(t *testing.T) {
	for _, c := range []struct {
		row       int
		name      string
		do        func(*lambda.Environment)
		payload   string // what the caller gets; <id> stands for the request id
		errorType string // what REPORT shows
	}{
		{23, "panic", func(*lambda.Environment) { panic("oh") }, "", "Runtime.ExitError"},
		{24, "sleep", func(*lambda.Environment) { time.Sleep(5 * time.Second) }, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: <id> Error: Task timed out after 3.00 seconds"}`, ""},
		{26, "exit 0", func(e *lambda.Environment) { e.Exit(0) }, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited without providing a reason"}`, "Runtime.ExitError"},
		{27, "exit 1", func(e *lambda.Environment) { e.Exit(1) }, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: exit status 1"}`, "Runtime.ExitError"},
		{0, "memory", func(e *lambda.Environment) { e.SetMemoryUsed(129) }, `{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: <id> Error: Runtime exited with error: signal: killed"}`, "Runtime.OutOfMemory"},
	} {
		t.Run(fmt.Sprintf("row %d %s", c.row, c.name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := sync1(t, memory(map[string]func(*lambda.Environment){"die": c.do}))
				require.Equal(t, `"1 "`, string(w.invoke(invoke.Input{Payload: []byte(`"live"`)}).Payload))
				require.Equal(t, `"2 "`, string(w.invoke(invoke.Input{Payload: []byte(`"live"`)}).Payload))
				out := w.invoke(invoke.Input{Payload: []byte(`"die"`), LogType: invoke.Tail})
				require.Equal(t, 200, out.StatusCode)
				require.Equal(t, "Unhandled", out.FunctionError)
				if c.payload != "" {
					require.JSONEq(t, strings.ReplaceAll(c.payload, "<id>", out.RequestID), string(out.Payload))
				} else {
					requirePanic(t, out.Payload)
				}
				log := decode(t, out.LogResult)
				switch {
				case c.errorType == "":
					require.Contains(t, log, "\tStatus: timeout")
				default:
					require.Contains(t, log, "\tStatus: error\tError Type: "+c.errorType)
				}
				// row 25: the file is there, the global is not
				require.Equal(t, `"1 here"`, string(w.invoke(invoke.Input{Payload: []byte(`"live"`)}).Payload))
				require.Len(t, w.tl.Of(trace.InitStarted), 2)
				require.Equal(t, "invoke", w.tl.Of(trace.InitStarted)[1].Phase, "the new init is part of the next invocation")
				require.False(t, w.tl.Of(trace.Started)[3].Cold)
			})
		})
	}
}

func requirePanic(t *testing.T, payload []byte) {
	t.Helper()
	var e struct {
		ErrorMessage, ErrorType string
		StackTrace              []struct {
			Path  string
			Line  int
			Label string
		}
	}
	require.NoError(t, json.Unmarshal(payload, &e))
	require.Equal(t, "oh", e.ErrorMessage)
	require.Equal(t, "string", e.ErrorType)
	require.NotEmpty(t, e.StackTrace)
	require.LessOrEqual(t, len(e.StackTrace), 32)
	require.Contains(t, string(payload), "sync_vectors_test.go")
}

func decode(t *testing.T, b64 string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(b64)
	require.NoError(t, err)
	return string(b)
}

func TestSyncVector28_exitInInit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sync1(t, func(_ context.Context, env *lambda.Environment) (lambda.Function, error) {
			env.Exit(1)
			return nil, nil
		})
		out := w.invoke(invoke.Input{})
		require.Equal(t, "Unhandled", out.FunctionError)
		require.Equal(t, "$LATEST", out.ExecutedVersion)
		require.JSONEq(t, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `+out.RequestID+` Error: Runtime exited with error: exit status 1"}`, string(out.Payload))
		ends := w.tl.Of(trace.InitEnded)
		require.Len(t, ends, 2, "once as Init phase, once more inside the invocation")
		require.Equal(t, "init", ends[0].Phase)
		require.Equal(t, "error", ends[0].Outcome)
		require.Equal(t, "Runtime.ExitError", ends[0].ErrorType)
		require.Equal(t, "invoke", ends[1].Phase)
	})
}

func TestSyncVector29_longInit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 30 * time.Second}, lambda.Init(func(context.Context, *lambda.Environment) (any, error) {
			time.Sleep(12 * time.Second)
			return func() (string, error) { return "up", nil }, nil
		}))
		out := w.invoke(invoke.Input{})
		require.Equal(t, `"up"`, string(out.Payload))
		require.Equal(t, 22*time.Second, time.Since(w.start), "10 s of Init phase for nothing, then 12 s in the invocation")
		end := w.tl.Of(trace.InitEnded)
		require.Equal(t, "init", end[0].Phase)
		require.Equal(t, "timeout", end[0].Outcome)
		require.Equal(t, 10*time.Second, end[0].Duration)
	})
}

func TestSyncVectors30To32_throttles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sync1(t, lambdatest.Script("S", 0))
		require.NoError(t, w.svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{OnFailure: w.to("failure")}))
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		e := w.refused(invoke.Input{}) // row 30
		require.Equal(t, 429, e.StatusCode)
		require.Equal(t, "TooManyRequestsException", e.Code)
		require.Equal(t, "Rate Exceeded.", e.Message)
		require.Equal(t, "ReservedFunctionConcurrentInvocationLimitExceeded", e.Reason)
		w.send("f", `{"n":1}`) // row 31
		w.wait()
		require.Equal(t, destinations.ZeroReservedConcurrency, w.record("failure").RequestContext.Condition)
		require.Zero(t, w.record("failure").RequestContext.ApproximateInvokeCount)
	})
	synctest.Test(t, func(t *testing.T) { // row 32
		w := newWorld(t, invoke.Options{Account: smallAccount(1)})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", time.Second))
		go w.svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		synctest.Wait()
		require.Equal(t, "ConcurrentInvocationLimitExceeded", w.refused(invoke.Input{}).Reason)
	})
}

func TestSyncVectors33And34_states(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{CreateDelay: time.Second, UpdateDelay: time.Second})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambda.Handler(func() (int, error) { return 1, nil }))
		for _, kind := range []invoke.InvocationType{invoke.RequestResponse, invoke.Event} { // row 33
			e := w.refused(invoke.Input{InvocationType: kind})
			require.Equal(t, 409, e.StatusCode)
			require.Equal(t, "ResourceConflictException", e.Code)
			require.Equal(t, "The operation cannot be performed at this time. The function is currently in the following state: Pending", e.Message)
		}
		lambdatest.Advance(time.Second)
		require.Equal(t, "1", string(w.invoke(invoke.Input{}).Payload))
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambda.Handler(func() (int, error) { return 2, nil }))
		require.Equal(t, "1", string(w.invoke(invoke.Input{}).Payload)) // row 34
		lambdatest.Advance(time.Second)
		require.Equal(t, "2", string(w.invoke(invoke.Input{}).Payload))
	})
}

func TestSyncVector35_tail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sync1(t, lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
			return func(n int) error {
				fmt.Fprint(env, strings.Repeat("0123456789abcde\n", n))
				time.Sleep(3010 * time.Microsecond)
				return nil
			}, nil
		}))
		out := w.invoke(invoke.Input{LogType: invoke.Tail, Payload: []byte("2")})
		id := out.RequestID
		require.Equal(t, "START RequestId: "+id+" Version: $LATEST\n0123456789abcde\n0123456789abcde\nEND RequestId: "+id+"\n"+
			"REPORT RequestId: "+id+"\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 0 MB\t\n", decode(t, out.LogResult))
		log := decode(t, w.invoke(invoke.Input{LogType: invoke.Tail, Payload: []byte("1000")}).LogResult)
		require.Len(t, log, 4096)
		require.NotContains(t, log, "START")
		require.Contains(t, log, "REPORT")
		require.Empty(t, w.invoke(invoke.Input{Payload: []byte("1")}).LogResult)
	})
}

func TestSyncVector41_loop(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	runs := 0
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(ctx context.Context, p []byte) ([]byte, error) {
		runs++
		out, err := w.svc.Invoke(ctx, invoke.Input{FunctionName: "f"})
		if err != nil {
			return nil, err
		}
		return out.Payload, nil
	}))
	out := w.invoke(invoke.Input{})
	require.Equal(t, 16, runs)
	require.True(t, bytes.Contains(out.Payload, []byte("RecursiveInvocationException")), string(out.Payload))
	stopped := w.tl.Of(trace.LoopStopped)
	require.Len(t, stopped, 1)
	require.Equal(t, 400, stopped[0].Status)
}
