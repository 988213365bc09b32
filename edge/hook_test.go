package edge

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

func eventFor(t EventType) *Event {
	cf := CF{Config: EventConfig{EventType: t, RequestID: "id"}, Request: &Request{URI: "/a", Headers: Headers{"x-a": {{"X-A", "1"}}}}}
	if !t.isRequest() {
		cf.Response = &Response{Status: "200", Headers: Headers{"x-b": {{"X-B", "2"}}}}
	}
	return &Event{Records: []Record{{CF: cf}}}
}

func TestRequestHooks(t *testing.T) {
	for name, c := range map[string]struct {
		hook RequestHook
		want result
		text string
	}{
		"a request": {func(_ context.Context, r *Request) (*Request, *Response, error) { return r, nil, nil },
			result{request: &Request{URI: "/a", Headers: Headers{"x-a": {{"X-A", "1"}}}}}, ""},
		"a response": {func(context.Context, *Request) (*Request, *Response, error) {
			return nil, &Response{Status: "200"}, nil
		},
			result{response: &Response{Status: "200"}}, ""},
		"both": {func(_ context.Context, r *Request) (*Request, *Response, error) {
			return r, &Response{Status: "200"}, nil
		},
			result{response: &Response{Status: "200"}}, ""},
		"neither": {func(context.Context, *Request) (*Request, *Response, error) { return nil, nil, nil }, result{}, textNotObject},
		"an error": {func(_ context.Context, r *Request) (*Request, *Response, error) { return r, nil, errors.New("boom") },
			result{}, textExecution},
	} {
		got, f := requestHook(c.hook)(t.Context(), eventFor(ViewerRequest))
		require.Equal(t, c.text != "", f != nil, name)
		if f != nil {
			require.Equal(t, c.text, f.text, name)
		}
		require.Equal(t, c.want, got, name)
	}
}

func TestResponseHooks(t *testing.T) {
	e := eventFor(OriginResponse)
	got, f := responseHook(func(ctx context.Context, req *Request, r *Response) (*Response, error) {
		require.Equal(t, e.Records[0].CF.Config, ConfigOf(ctx))
		req.Headers.Set("X-A", "changed")
		r.Headers.Set("X-B", "3")
		return r, nil
	})(t.Context(), e)
	require.Nil(t, f)
	require.Equal(t, "3", got.response.Headers.Get("X-B"))
	require.Equal(t, eventFor(OriginResponse), e, "what a hook gets is its own")
	_, f = responseHook(func(context.Context, *Request, *Response) (*Response, error) { return nil, nil })(t.Context(), e)
	require.Equal(t, textNotObject, f.text)
	_, f = responseHook(func(context.Context, *Request, *Response) (*Response, error) { return nil, errors.New("boom") })(t.Context(), e)
	require.Equal(t, []any{textExecution, "boom"}, []any{f.text, f.log})
	require.Zero(t, ConfigOf(t.Context()))
}

func TestHooksThatEndInOtherWays(t *testing.T) {
	for name, run := range map[string]runner{
		"panic":  func(context.Context, *Event) (result, *failure) { panic("boom") },
		"goexit": func(context.Context, *Event) (result, *failure) { runtime.Goexit(); return result{}, nil },
	} {
		var w work
		_, f := (&trigger{timeout: time.Minute, run: run}).call(t.Context(), &w, eventFor(ViewerRequest))
		require.NotNil(t, f, name)
		require.Equal(t, []any{503, xExecution}, []any{f.status, f.xCache}, name)
		w.wait()
	}
}

// TestInvariant23TimeoutAtExactlyTheQuota: what comes before the quota counts, what comes after is dropped, and the
// viewer waits for neither longer than that.
func TestInvariant23TimeoutAtExactlyTheQuota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			quota := time.Duration(rapid.IntRange(1, 30).Draw(t, "quota")) * time.Second
			takes := time.Duration(rapid.IntRange(0, 60_000).Filter(func(ms int) bool {
				return time.Duration(ms)*time.Millisecond != quota // which comes first is open then
			}).Draw(t, "takes")) * time.Millisecond
			var w work
			start := time.Now()
			got, f := (&trigger{timeout: quota, run: func(ctx context.Context, _ *Event) (result, *failure) {
				deadline, _ := ctx.Deadline()
				require.Equal(t, start.Add(quota), deadline)
				time.Sleep(takes)
				return result{response: &Response{Status: "200"}}, nil
			}}).call(context.Background(), &w, eventFor(ViewerRequest))
			require.Equal(t, min(takes, quota), time.Since(start))
			if takes < quota {
				require.Nil(t, f)
				require.NotNil(t, got.response)
			} else {
				require.Equal(t, []any{503, xLimit, textThrottled}, []any{f.status, f.xCache, f.text})
				require.Nil(t, got.response)
			}
			w.wait()
			require.Equal(t, takes, time.Since(start), "nothing is left behind")
		})
	})
}

// returnedBy is an Invoker with one outcome.
type returnedBy struct {
	out *invoke.Output
	err error
}

func (r returnedBy) Invoke(context.Context, invoke.Input) (*invoke.Output, error) {
	return r.out, r.err
}

func TestInvokedFunctions(t *testing.T) {
	throttle := lambda.NewError("TooManyRequestsException", "Rate Exceeded.")
	failed := &invoke.Output{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"Error","errorMessage":"boom"}`)}
	timeout := &invoke.Output{FunctionError: "Unhandled", Payload: []byte(`{"errorType":"` + lambda.ErrorTypeTimedout + `","errorMessage":"x"}`)}
	for _, c := range []struct {
		name   string
		by     returnedBy
		xCache string
		status int
	}{
		{"a result", returnedBy{out: &invoke.Output{Payload: []byte(`{"status":"200"}`)}}, "", 0},
		{"no result", returnedBy{out: &invoke.Output{}}, xValidation, 502},
		{"its own error", returnedBy{out: failed}, xExecution, 503},
		{"its own timeout", returnedBy{out: timeout}, xLimit, 503},
		{"throttled", returnedBy{err: throttle}, xLimit, 503},
		{"gone", returnedBy{err: lambda.NewError("ResourceNotFoundException", "gone")}, xExecution, 503},
		{"no permission", returnedBy{err: lambda.NewError("AccessDeniedException", "no")}, xExecution, 503},
	} {
		got, f := invoked(ViewerRequest, c.by, "f:1")(t.Context(), eventFor(ViewerRequest))
		if c.xCache == "" {
			require.Nil(t, f, c.name)
			require.Equal(t, "200", got.response.Status)
			continue
		}
		require.NotNil(t, f, c.name)
		require.Equal(t, []any{c.status, c.xCache}, []any{f.status, f.xCache}, c.name)
	}
}

func TestAViewerThatLeavesEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		var w work
		start := time.Now()
		_, f := (&trigger{timeout: time.Minute, run: func(context.Context, *Event) (result, *failure) {
			time.Sleep(time.Hour)
			return result{}, nil
		}}).call(ctx, &w, eventFor(ViewerRequest))
		require.NotNil(t, f)
		require.Equal(t, time.Second, time.Since(start))
		w.wait()
	})
}
