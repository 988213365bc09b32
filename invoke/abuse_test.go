package invoke_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// Handlers that do what handlers should not. Each gives what Lambda would give, and the next call works.
func TestAbuse(t *testing.T) {
	for _, c := range []struct {
		name    string
		code    lambda.Code
		payload string // <id> is the request id
		err     string // FunctionError
		resets  bool   // the next call finds a new process
	}{
		{"Goexit", code(func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil }),
			`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited without providing a reason"}`, "Unhandled", true},
		{"ignores its deadline", code(func(context.Context, []byte) ([]byte, error) { time.Sleep(time.Hour); return nil, nil }),
			`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: <id> Error: Task timed out after 3.00 seconds"}`, "Unhandled", true},
		{"returns no JSON", code(func(context.Context, []byte) ([]byte, error) { return []byte("plain text"), nil }), "plain text", "", false},
		{"returns nothing at all", code(func(context.Context, []byte) ([]byte, error) { return nil, nil }), "", "", false},
		{"returns 7 MB", code(func(context.Context, []byte) ([]byte, error) { return make([]byte, 7<<20), nil }),
			`{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`, "Unhandled", false},
		{"hangs in init", func(context.Context, *lambda.Environment) (lambda.Function, error) {
			time.Sleep(time.Hour)
			return nil, nil
		}, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: <id> Error: Task timed out after 3.00 seconds"}`, "Unhandled", true},
		{"Goexit in init", func(context.Context, *lambda.Environment) (lambda.Function, error) {
			runtime.Goexit()
			return nil, nil
		}, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited without providing a reason"}`, "Unhandled", true},
		{"panics in init", func(context.Context, *lambda.Environment) (lambda.Function, error) { panic("no") },
			`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: exit status 2"}`, "Unhandled", true},
		{"init makes nothing", func(context.Context, *lambda.Environment) (lambda.Function, error) { return nil, nil },
			`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited without providing a reason"}`, "Unhandled", true},
		{"error that panics", code(func(context.Context, []byte) ([]byte, error) { return nil, badError{} }), "", "Unhandled", true},
		{"no handler", lambda.Handler(nil), `{"errorMessage":"handler is nil","errorType":"errorString"}`, "Unhandled", false},
		{"not a function", lambda.Handler("x"), `{"errorMessage":"handler kind string is not func","errorType":"errorString"}`, "Unhandled", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{Logf: t.Logf})
				lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c.code)
				for range 2 {
					out := w.invoke(invoke.Input{})
					require.Equal(t, 200, out.StatusCode)
					require.Equal(t, c.err, out.FunctionError)
					if c.payload != "" {
						require.Equal(t, strings.ReplaceAll(c.payload, "<id>", out.RequestID), string(out.Payload))
					}
				}
				inits := 0
				for _, e := range w.tl.Of(trace.InitStarted) {
					if e.Phase == "invoke" {
						inits++
					}
				}
				require.Equal(t, c.resets, inits > 0)
				require.Zero(t, w.svc.Account().InFlight())
				lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, lambdatest.Script("S", 0))
				require.Equal(t, "{}", string(w.invoke(invoke.Input{FunctionName: "g"}).Payload))
			})
		})
	}
}

type badError struct{}

func (badError) Error() string { panic("even the error is broken") }

func TestAbuse_goroutinesThatOutliveTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		var late atomic.Int32
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(context.Context, []byte) ([]byte, error) {
			go func() {
				time.Sleep(time.Minute)
				late.Add(1)
			}()
			return []byte(`"done"`), nil
		}))
		for range 3 {
			require.Equal(t, `"done"`, string(w.invoke(invoke.Input{}).Payload))
		}
		time.Sleep(2 * time.Minute)
		require.EqualValues(t, 3, late.Load())
		require.Zero(t, w.svc.Account().InFlight())
	})
}

func TestAbuse_lateHandlerCannotTouchTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		var calls atomic.Int32
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(_ context.Context, p []byte) ([]byte, error) {
			if calls.Add(1) == 1 {
				time.Sleep(4 * time.Second) // returns while the second call runs
				return []byte(`"late"`), nil
			}
			time.Sleep(2 * time.Second)
			return p, nil
		}))
		require.Equal(t, "Unhandled", w.invoke(invoke.Input{Payload: []byte("1")}).FunctionError)
		require.Equal(t, "2", string(w.invoke(invoke.Input{Payload: []byte("2")}).Payload))
		require.Equal(t, "3", string(w.invoke(invoke.Input{Payload: []byte("3")}).Payload))
		require.Len(t, w.tl.Of(trace.Abandoned), 1)
		require.Len(t, w.tl.Of(trace.Finished), 3)
	})
}

func TestAbuse_callerMayChangeItsBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(_ context.Context, p []byte) ([]byte, error) {
			time.Sleep(time.Second)
			return p, nil
		}))
		payload := []byte(`"abc"`)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := w.svc.Invoke(ctx, invoke.Input{FunctionName: "f", Payload: payload})
		require.ErrorIs(t, err, context.DeadlineExceeded, "the caller has gone, the run has not")
		copy(payload, `"xyz"`)
		out := w.invoke(invoke.Input{Payload: []byte(`"abc"`)})
		out.Payload[1] = 'z'
		require.Equal(t, `"abc"`, string(w.invoke(invoke.Input{Payload: []byte(`"abc"`)}).Payload))
		require.Len(t, w.tl.Of(trace.Finished), 3)
		require.Equal(t, "success", w.tl.Of(trace.Finished)[0].Outcome)
	})
}

// aliasing returns the same buffer from every call, as aws-lambda-go's handlers do.
type aliasing struct{ buf []byte }

func (a *aliasing) Invoke(_ context.Context, p []byte) ([]byte, error) {
	a.buf = append(a.buf[:0], p...)
	return a.buf, nil
}

func TestAbuse_resultsAreCopied(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, func(context.Context, *lambda.Environment) (lambda.Function, error) { return &aliasing{}, nil })
	first := w.invoke(invoke.Input{Payload: []byte("1")})
	w.invoke(invoke.Input{Payload: []byte("2")})
	require.Equal(t, "1", string(first.Payload))
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		var tl lambdatest.Timeline
		svc := invoke.New(invoke.Options{Trace: tl.Trace, Logf: func(f string, a ...any) { said = append(said, fmt.Sprintf(f, a...)) }})
		require.NoError(t, svc.Deploy(lambda.Config{Name: "stuck", Timeout: time.Second}, code(func(context.Context, []byte) ([]byte, error) {
			time.Sleep(time.Hour)
			return nil, nil
		})))
		require.NoError(t, svc.Deploy(lambda.Config{Name: "fails"}, lambdatest.Script("F", 0)))
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "stuck"})
		require.NoError(t, err)
		_, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "fails", InvocationType: invoke.Event})
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 1, svc.Pending())
		start := time.Now()
		svc.Close()
		require.Equal(t, time.Hour-time.Second, time.Since(start), "until the stuck handler returns")
		require.Len(t, said, 1)
		require.Contains(t, said[0], "stuck: request ")
		require.Len(t, tl.Of(trace.Lost), 1)
		require.Equal(t, "service closed", tl.Of(trace.Lost)[0].Detail)
		require.Zero(t, svc.Pending())
		require.NoError(t, svc.Wait(t.Context()))
		for _, kind := range []invoke.InvocationType{"", invoke.Event, invoke.DryRun} {
			_, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "fails", InvocationType: kind})
			require.ErrorIs(t, err, invoke.ErrClosed)
		}
		svc.Close() // again
	})
}

func TestShutdown_isBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := invoke.New(invoke.Options{Logf: t.Logf})
		require.NoError(t, svc.Deploy(lambda.Config{Name: "slow"}, code(func(context.Context, []byte) ([]byte, error) {
			time.Sleep(2 * time.Second)
			return nil, nil
		})))
		go svc.Invoke(t.Context(), invoke.Input{FunctionName: "slow"})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, svc.Shutdown(ctx), context.DeadlineExceeded)
		require.NoError(t, svc.Shutdown(t.Context()))
	})
}

type farewell struct{ said *atomic.Int32 }

func (farewell) Invoke(_ context.Context, p []byte) ([]byte, error) { return p, nil }
func (f farewell) Shutdown(ctx context.Context) {
	if d, ok := ctx.Deadline(); ok && time.Until(d) == 500*time.Millisecond {
		f.said.Add(1)
	}
}

func TestShutdowner_isToldWhenItsEnvironmentEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said atomic.Int32
		c := func(context.Context, *lambda.Environment) (lambda.Function, error) { return farewell{&said}, nil }
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c)
		w.invoke(invoke.Input{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c) // a deploy retires the warm environment
		synctest.Wait()
		require.EqualValues(t, 1, said.Load())
		w.invoke(invoke.Input{})
		time.Sleep(10 * time.Minute) // idle expiry, noticed by the next call
		w.invoke(invoke.Input{})
		synctest.Wait()
		require.EqualValues(t, 2, said.Load())
		w.svc.Close()
		require.EqualValues(t, 3, said.Load())
		require.Len(t, w.tl.Of(trace.EnvironmentEnded), 3)
	})
}

// An idle Service has no goroutine and no timer: in a bubble, the clock of a test that waits for nothing jumps to
// whatever the test itself waits for, and no goroutine but the test's is there.
func TestIdleServiceHasNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	svc := invoke.New(invoke.Options{})
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambdatest.Script("S", 0)))
	for range 10 {
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		require.NoError(t, err)
		_, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		require.NoError(t, err)
	}
	require.NoError(t, svc.Wait(t.Context()))
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // the last run's goroutine is on its way out
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// Without Close a bubble ends cleanly, as long as nothing runs: synctest fails a test that leaves a goroutine behind.
func TestIdleServiceNeedsNoClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := invoke.New(invoke.Options{})
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, lambdatest.Script("FS", 0)))
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		require.NoError(t, err)
		require.NoError(t, svc.Wait(t.Context()))
	})
}

// An init that failed or overran was a process that has ended: what it still writes is nobody's, and what it said of its
// memory does not count for the next.
func TestAbuse_failedInitLeavesNothingBehind(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":    func() error { return errBoom },
		"overruns": func() error { time.Sleep(12 * time.Second); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				var inits atomic.Int32
				lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: time.Minute}, func(_ context.Context, env *lambda.Environment) (lambda.Function, error) {
					if inits.Add(1) == 1 {
						env.SetMemoryUsed(100)
						time.AfterFunc(11*time.Second, func() { fmt.Fprintln(env, "ghost") })
						if err := fail(); err != nil {
							return nil, err
						}
					}
					env.SetMemoryUsed(10)
					return function(func(_ context.Context, p []byte) ([]byte, error) {
						fmt.Fprintln(env, "alive")
						time.Sleep(20 * time.Second)
						return p, nil
					}), nil
				})
				require.Equal(t, "1", string(w.invoke(invoke.Input{Payload: []byte("1")}).Payload))
				var lines []string
				for _, e := range w.tl.Of(trace.Log) {
					lines = append(lines, e.Detail)
				}
				require.Equal(t, []string{"alive"}, lines)
				require.Equal(t, 10, w.tl.Of(trace.Finished)[0].MaxMemoryUsed)
				require.Len(t, w.tl.Of(trace.InitStarted), 2)
			})
		})
	}
}

// An environment that has ended writes no log either, whatever goroutines its function left behind.
func TestAbuse_endedEnvironmentsAreSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		c := code(func(ctx context.Context, p []byte) ([]byte, error) {
			env, _ := lambda.EnvironmentFromContext(ctx)
			time.AfterFunc(time.Minute, func() { fmt.Fprintln(env, "ghost") })
			return p, nil
		})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c)
		w.invoke(invoke.Input{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c)
		lambdatest.Advance(2 * time.Minute)
		require.Len(t, w.tl.Of(trace.EnvironmentEnded), 1)
		require.Empty(t, w.tl.Of(trace.Log))
	})
}

// A target that ends its goroutine, as a test's require does, takes nothing along: also a handler that returns late is
// reported then.
func TestAbuse_targetEndsItsGoroutineAfterATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 4*time.Second))
		require.NoError(t, w.svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{
			MaximumRetryAttempts: new(0),
			OnFailure: destinations.Func("arn:aws:sqs:us-east-1:123456789012:q", func(context.Context, destinations.Delivery) error {
				runtime.Goexit()
				return nil
			}),
		}))
		w.send("f", "{}")
		w.wait()
		w.svc.Close()
		require.Len(t, w.tl.Of(trace.DeliveryFailed), 1)
		require.Len(t, w.tl.Of(trace.Abandoned), 1)
	})
}
