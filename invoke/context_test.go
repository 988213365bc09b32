package invoke_test

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// inside runs a check in a handler.
func inside(t *testing.T, o invoke.Options, in invoke.Input, check func(ctx context.Context)) *invoke.Output {
	w := newWorld(t, o)
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(ctx context.Context, p []byte) ([]byte, error) {
		check(ctx)
		return p, nil
	}))
	return w.invoke(in)
}

func TestHandlerContext_deadlineAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept, asked context.Context
		var child context.Context
		out := inside(t, invoke.Options{}, invoke.Input{}, func(ctx context.Context) {
			deadline, ok := ctx.Deadline()
			require.True(t, ok)
			require.Equal(t, 3*time.Second, time.Until(deadline))
			require.NoError(t, ctx.Err())
			kept = ctx
		})
		require.Empty(t, out.FunctionError)
		require.ErrorIs(t, kept.Err(), context.Canceled, "it ends with the invocation")
		<-kept.Done()
		inside(t, invoke.Options{}, invoke.Input{}, func(ctx context.Context) {
			asked = ctx
			<-ctx.Done() // the deadline
			require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
			var cancel context.CancelFunc
			child, cancel = context.WithCancel(ctx)
			t.Cleanup(cancel)
		})
		synctest.Wait()
		require.ErrorIs(t, asked.Err(), context.DeadlineExceeded)
		require.ErrorIs(t, child.Err(), context.DeadlineExceeded)
	})
}

func TestHandlerContext_childrenCostNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var children []context.Context
		called := 0
		inside(t, invoke.Options{}, invoke.Input{}, func(ctx context.Context) {
			before := runtime.NumGoroutine()
			for range 20 {
				c, cancel := context.WithCancel(ctx)
				children = append(children, c)
				context.AfterFunc(c, func() {})
				t.Cleanup(cancel)
			}
			stop := context.AfterFunc(ctx, func() { called += 100 })
			require.True(t, stop())
			require.False(t, stop())
			context.AfterFunc(ctx, func() { called++ })
			require.LessOrEqual(t, runtime.NumGoroutine(), before)
		})
		synctest.Wait()
		for _, c := range children {
			require.ErrorIs(t, c.Err(), context.Canceled)
		}
		require.Equal(t, 1, called)
	})
}

func TestHandlerContext_baseContext(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		base, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "base"))
		caller := context.WithValue(t.Context(), key{}, "caller")
		w := newWorld(t, invoke.Options{BaseContext: base})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(ctx context.Context, p []byte) ([]byte, error) {
			require.Equal(t, "base", ctx.Value(key{}))
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		time.AfterFunc(time.Second, cancel)
		out, err := w.svc.Invoke(caller, invoke.Input{FunctionName: "f"})
		require.NoError(t, err)
		require.Equal(t, `{"errorMessage":"context canceled","errorType":"errorString"}`, string(out.Payload))
		require.Equal(t, time.Second, time.Since(w.start))
	})
}

func TestHandlerContext_callerIsNoAncestor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		ended := make(chan error, 1)
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(ctx context.Context, p []byte) ([]byte, error) {
			time.Sleep(2 * time.Second)
			ended <- ctx.Err()
			return p, nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := w.svc.Invoke(ctx, invoke.Input{FunctionName: "f"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, <-ended)
	})
}

func TestHandlerContext_values(t *testing.T) {
	in := invoke.Input{
		ClientContext: []byte(`{"client":{"app_title":"shop"},"env":{"locale":"de"},"custom":{"n":{"a":1},"s":"x"}}`),
		Identity:      invoke.CognitoIdentity{IdentityID: "me", IdentityPoolID: "pool"},
		RequestID:     "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
		TraceHeader:   "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
	}
	out := inside(t, invoke.Options{}, in, func(ctx context.Context) {
		lc, ok := lambdacontext.FromContext(ctx)
		require.True(t, ok)
		require.Equal(t, in.RequestID, lc.AwsRequestID)
		require.Equal(t, account+"f", lc.InvokedFunctionArn)
		require.Equal(t, "shop", lc.ClientContext.Client.AppTitle)
		require.Equal(t, map[string]string{"locale": "de"}, lc.ClientContext.Env)
		require.Equal(t, map[string]string{"n": `{"a":1}`, "s": "x"}, lc.ClientContext.Custom)
		require.Equal(t, "me", lc.Identity.CognitoIdentityID)
		require.Equal(t, "pool", lc.Identity.CognitoIdentityPoolID)
		again, _ := lambdacontext.FromContext(ctx)
		require.Same(t, lc, again)
		env, ok := lambda.EnvironmentFromContext(ctx)
		require.True(t, ok)
		require.Equal(t, "f", env.FunctionName())
		header, _ := ctx.Value("x-amzn-trace-id").(string)
		require.True(t, strings.HasPrefix(header, in.TraceHeader+";Lineage=1:"), header)
		require.Nil(t, ctx.Value("something else"))
	})
	require.Equal(t, in.RequestID, out.RequestID)
}

func TestHandlerContext_badClientContextFailsTheInvocation(t *testing.T) {
	out := inside(t, invoke.Options{}, invoke.Input{ClientContext: []byte(`{"env":7}`)}, func(context.Context) { t.Error("it ran") })
	require.Equal(t, "Unhandled", out.FunctionError)
	var e struct{ ErrorMessage, ErrorType string }
	require.NoError(t, json.Unmarshal(out.Payload, &e))
	require.Equal(t, "errorString", e.ErrorType)
	require.True(t, strings.HasPrefix(e.ErrorMessage, "failed to unmarshal client context json: "), e.ErrorMessage)
}

func TestInitContextBelongsToNoInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambda.Init(func(ctx context.Context, env *lambda.Environment) (any, error) {
			_, ok := lambdacontext.FromContext(ctx)
			require.False(t, ok)
			got, _ := lambda.EnvironmentFromContext(ctx)
			require.Same(t, env, got)
			deadline, _ := ctx.Deadline()
			require.Equal(t, 10*time.Second, time.Until(deadline))
			return func() {}, nil
		}))
		require.Empty(t, w.invoke(invoke.Input{}).FunctionError)
	})
}

func TestInputRefusals(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	for _, c := range []struct {
		in      invoke.Input
		code    string
		message string
	}{
		{invoke.Input{InvocationType: "event"}, "ValidationException", "Value 'event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: ["},
		{invoke.Input{LogType: "tail"}, "ValidationException", "Value 'tail' at 'logType' failed"},
		{invoke.Input{LogType: "x", InvocationType: "y"}, "ValidationException", "2 validation errors detected: "},
		{invoke.Input{ClientContext: make([]byte, 2689)}, "ValidationException", "less than or equal to 3583"},
		{invoke.Input{RequestID: "me"}, "InvalidRequestContentException", "me"},
		{invoke.Input{FunctionName: strings.Repeat("f", 257)}, "ValidationException", "'functionName'"},
		{invoke.Input{FunctionName: strings.Repeat("f", 65)}, "ResourceNotFoundException", "Function not found"},
	} {
		e := w.refused(c.in)
		require.Equal(t, c.code, e.Code)
		require.Contains(t, e.Message, c.message)
	}
	require.Empty(t, w.invoke(invoke.Input{ClientContext: append([]byte(`{}`), make([]byte, 0)...)}).FunctionError)
	require.Zero(t, w.svc.Pending())
}

func TestTarget(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	target, err := w.svc.Target(account + "f")
	require.NoError(t, err)
	require.Equal(t, account+"f", target.ARN())
	for _, arn := range []string{account + "nobody", "arn:aws:sqs:us-east-1:123456789012:q", "rubbish"} {
		_, err = w.svc.Target(arn)
		var e *lambda.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "The destination ARN "+arn+" is invalid.", e.Message)
	}
}

// hosts is a host's own registry: it knows one function under any name.
type hosts struct{ res *registry.Resolution }

func (h *hosts) Resolve(_ context.Context, name, qualifier string) (*registry.Resolution, error) {
	if name == "nobody" {
		return nil, lambda.FunctionNotFound("their:" + name)
	}
	return h.res, nil
}

func TestFunctionsPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hosts{}
		w := newWorld(t, invoke.Options{Functions: h})
		books, err := w.svc.Account().Claim("theirs", w.svc)
		require.NoError(t, err)
		d, err := registry.NewDeployment(books, w.svc.Identity(), lambda.Config{Name: "theirs"}, lambdatest.Script("FS", 0), "$LATEST")
		require.NoError(t, err)
		h.res = &registry.Resolution{Deployment: d, Async: &registry.EventInvokeConfig{OnSuccess: w.to("success")}}
		require.Equal(t, "Unhandled", w.invoke(invoke.Input{FunctionName: "theirs"}).FunctionError)
		w.send("theirs", `{"n":1}`)
		w.wait()
		require.Equal(t, 1, w.record("success").RequestContext.ApproximateInvokeCount)
		require.Equal(t, "Function not found: their:nobody", w.refused(invoke.Input{FunctionName: "nobody"}).Message)
	})
}

// deploying is a registry in which a deploy comes between a call's resolution and its admission.
type deploying struct{ old, new *registry.Resolution }

func (d *deploying) Resolve(context.Context, string, string) (*registry.Resolution, error) {
	res := d.old
	d.old = d.new
	return res, nil
}

// A new environment runs what is deployed when it is made, even if the call found the code before: else it would keep the
// old code for later calls.
func TestFunctionsPort_deployDuringACall(t *testing.T) {
	h := &deploying{}
	w := newWorld(t, invoke.Options{Functions: h})
	books, err := w.svc.Account().Claim("theirs", w.svc)
	require.NoError(t, err)
	resolution := func(answer string) *registry.Resolution {
		d, err := registry.NewDeployment(books, w.svc.Identity(), lambda.Config{Name: "theirs"}, lambda.Handler(func() (string, error) { return answer, nil }), "$LATEST")
		require.NoError(t, err)
		return &registry.Resolution{Deployment: d}
	}
	h.old, h.new = resolution("old"), resolution("new")
	for range 2 {
		require.Equal(t, `"new"`, string(w.invoke(invoke.Input{FunctionName: "theirs"}).Payload))
	}
	require.Len(t, w.tl.Of(trace.InitStarted), 1)
}
