package invoke_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
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

func TestControl_seesTheAttemptAndTheOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("FS", 0))
		var attempts []invoke.Attempt
		var failed []bool
		remove := w.svc.Control(func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			o := next()
			attempts = append(attempts, *a)
			failed = append(failed, o.Output.FunctionError != "")
			return o
		})
		id := w.send("f", `{"n":1}`)
		w.wait()
		require.Equal(t, []bool{true, false}, failed)
		require.Len(t, attempts, 2)
		require.Equal(t, id, attempts[0].RequestID)
		require.Equal(t, invoke.Event, attempts[1].InvocationType)
		require.Equal(t, 2, attempts[1].Attempt)
		require.Equal(t, `{"n":1}`, string(attempts[1].Payload))
		remove()
		remove()
		w.invoke(invoke.Input{})
		require.Len(t, attempts, 2, "removed")
	})
}

func TestControl_orderIsOutermostFirst(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	var order []string
	for _, name := range []string{"a", "b", "c"} {
		w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			order = append(order, name)
			defer func() { order = append(order, name) }()
			return next()
		})
	}
	w.invoke(invoke.Input{})
	require.Equal(t, []string{"a", "b", "c", "c", "b", "a"}, order)
}

func TestControl_replacesTheOutcome(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	w.svc.Control(func(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome {
		return invoke.Outcome{Output: &invoke.Output{StatusCode: 200, Payload: []byte(`"forged"`), ExecutedVersion: "7"}}
	})
	out := w.invoke(invoke.Input{})
	require.Equal(t, `"forged"`, string(out.Payload))
	require.Equal(t, "7", out.ExecutedVersion)
	require.Len(t, out.RequestID, 36)
	require.Empty(t, w.tl.Of(trace.Started))
}

func TestControl_losesEventsAndAnswersCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		w.svc.Control(lambdatest.Lose)
		w.send("f", `{"n":1}`)
		w.wait()
		require.Len(t, w.tl.Of(trace.Lost), 1)
		require.Empty(t, w.tl.Of(trace.Ended))
		w.requireNothing("success", "failure", "dlq")
		e := w.refused(invoke.Input{})
		require.Equal(t, "ServiceException", e.Code)
		require.Equal(t, 500, e.StatusCode)
	})
}

func TestControl_throttleIsTracedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		w.svc.Control(lambdatest.Outcomes("T.T"))
		require.Equal(t, "ReservedFunctionConcurrentInvocationLimitExceeded", w.refused(invoke.Input{}).Reason)
		w.invoke(invoke.Input{})
		w.send("f", "{}")
		w.wait()
		require.Len(t, w.tl.Of(trace.Throttled), 2)
		require.Len(t, w.tl.Of(trace.Started), 2)
	})
}

func TestControl_parkedAttemptsAreWaitedForByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := invoke.New(invoke.Options{Logf: t.Logf})
		var runs atomic.Int32
		require.NoError(t, svc.Deploy(lambda.Config{Name: "f"}, code(func(context.Context, []byte) ([]byte, error) {
			runs.Add(1)
			return nil, nil
		})))
		svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			time.Sleep(time.Minute)
			return next()
		})
		go svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		synctest.Wait()
		start := time.Now()
		svc.Close()
		require.Equal(t, time.Minute, time.Since(start))
		require.Zero(t, runs.Load(), "a closing Service starts nothing")
	})
}

// An attempt that is made twice shares nothing with itself: a handler may write into its event, and one that has timed
// out may still be about when the second run begins.
func TestControl_duplicatesShareNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		var seen []string
		var attempt *invoke.Attempt
		var runs atomic.Int32
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, code(func(ctx context.Context, p []byte) ([]byte, error) {
			seen = append(seen, string(p))
			copy(p, `"xxx"`)
			env, _ := lambda.EnvironmentFromContext(ctx)
			env.Write([]byte("run\n"))
			if runs.Add(1) == 1 {
				time.Sleep(4 * time.Second) // past its deadline
				lambdacontext.FromContext(ctx)
			}
			time.Sleep(2 * time.Second)
			return p, nil
		}))
		w.svc.Control(func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			attempt = a
			return lambdatest.Duplicate(a, next)
		})
		out := w.invoke(invoke.Input{Payload: []byte(`"abc"`), LogType: invoke.Tail, ClientContext: []byte(`{}`)})
		require.Equal(t, []string{`"abc"`, `"abc"`}, seen)
		require.Equal(t, `"abc"`, string(attempt.Payload))
		log, err := base64.StdEncoding.DecodeString(out.LogResult)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(log), "START RequestId"), "%s", log)
	})
}

// What a control leaves out of a result that it makes up is what Lambda would have said.
func TestControl_madeUpResultIsWhole(t *testing.T) {
	for _, n := range []struct {
		name string
		made invoke.Output
		want invoke.Output
	}{
		{"result", invoke.Output{Payload: []byte("1")}, invoke.Output{StatusCode: 200, ExecutedVersion: "$LATEST", Payload: []byte("1")}},
		{"nothing", invoke.Output{}, invoke.Output{StatusCode: 200, ExecutedVersion: "$LATEST"}},
		{"failure", invoke.Output{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no"}`)},
			invoke.Output{StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no"}`)}},
		{"version", invoke.Output{ExecutedVersion: "7"}, invoke.Output{StatusCode: 200, ExecutedVersion: "7"}},
		{"status", invoke.Output{StatusCode: 299}, invoke.Output{StatusCode: 299, ExecutedVersion: "$LATEST"}},
	} {
		t.Run(n.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				w.deploy(lambda.Config{}, lambdatest.Script("S", 0), new(0), nil)
				w.svc.Control(func(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome {
					made := n.made
					return invoke.Outcome{Output: &made}
				})
				out := w.invoke(invoke.Input{})
				n.want.RequestID = out.RequestID
				require.Equal(t, n.want, *out)
				id := w.send("f", `{"n":1}`)
				w.wait()
				route := "success"
				if n.made.FunctionError != "" {
					route = "failure"
					require.Equal(t, 200, w.deadLetter().ErrorCode)
				}
				record := w.record(route)
				require.Equal(t, id, record.RequestContext.RequestID)
				require.Equal(t, n.want.StatusCode, record.ResponseContext.StatusCode)
				if n.want.StatusCode == 200 {
					require.Equal(t, n.want.ExecutedVersion, record.ResponseContext.ExecutedVersion)
				}
			})
		})
	}
}

// A made-up result is of the version that would have run.
func TestControl_madeUpResultOfAVersion(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	w.publish("1")
	w.svc.Control(func(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome {
		return invoke.Outcome{Output: &invoke.Output{}}
	})
	require.Equal(t, "1", w.invoke(invoke.Input{Qualifier: "1"}).ExecutedVersion)
}

// A stream has no payload of its own to read where no function wrote to it: the made-up result is what there is.
func TestControl_madeUpResultOfAStream(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	w.svc.Control(func(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome {
		return invoke.Outcome{Output: &invoke.Output{Payload: []byte(`"made up"`)}}
	})
	rs, err := w.svc.InvokeWithResponseStream(t.Context(), invoke.Input{FunctionName: "f"})
	require.NoError(t, err)
	require.Equal(t, "$LATEST", rs.ExecutedVersion)
	body, err := io.ReadAll(rs)
	require.NoError(t, err)
	require.Equal(t, `"made up"`, string(body))
}

// An Outcome that says nothing is a control's mistake, which is named.
func TestControl_emptyOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, seconds(60))
		remove := w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			next()
			return invoke.Outcome{}
		})
		e := w.refused(invoke.Input{})
		require.Equal(t, "ServiceException", e.Code)
		require.Equal(t, "a Control returned an Outcome without Output, Err or Lost", e.Message)
		w.send("f", "{}")
		synctest.Wait()
		remove()
		w.wait()
		w.requireEnd(destinations.Success, 1, 1)
	})
}

// Who replaces the refusal of a function that is off has an event that was throttled, and not one that is dropped.
func TestControl_replacesTheRefusalOfAFunctionThatIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		w.svc.Control(lambdatest.Nth(1, func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			require.NoError(t, w.svc.PutFunctionConcurrency("f", 0)) // after the dispatch has looked
			next()
			require.NoError(t, w.svc.PutFunctionConcurrency("f", 1))
			return invoke.Throttle("FunctionInvocationRateLimitExceeded")
		}))
		w.send("f", "{}")
		w.wait()
		w.requireEnd(destinations.Success, 1, 1)
	})
}

// Who passes the refusal on drops the event.
func TestControl_passesOnTheRefusalOfAFunctionThatIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
			return next()
		})
		w.send("f", "{}")
		w.wait()
		w.requireEnd(destinations.ZeroReservedConcurrency, 0, 0)
		require.Empty(t, w.tl.Of(trace.Throttled))
	})
}

// next may be called from several goroutines, and still be running when the control has its outcome.
func TestControl_callsAtOnce(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
	w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		outcomes := make(chan invoke.Outcome, 4)
		for range cap(outcomes) {
			go func() { outcomes <- next() }()
		}
		return <-outcomes
	})
	for range 20 {
		require.Equal(t, 200, w.invoke(invoke.Input{}).StatusCode)
	}
}

// An error that a control wrapped is still what it is: a throttle is traced and counted as one.
func TestControl_wrapsTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		w.svc.Control(lambdatest.Nth(1, func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			return invoke.Outcome{Err: fmt.Errorf("wrapped: %w", lambdatest.Throttle(a, next).Err)}
		}))
		w.send("f", "{}")
		w.wait()
		throttled := w.tl.Of(trace.Throttled)
		require.Len(t, throttled, 1)
		require.Equal(t, 429, throttled[0].Status)
		require.Equal(t, "ReservedFunctionConcurrentInvocationLimitExceeded", throttled[0].Reason)
		w.requireEnd(destinations.Success, 1, 1)
	})
}

// Inside controls an event is of the version that ran, as it is without them: its dead letters go where that version's
// go, and a throttle names it.
func TestControl_knowsTheVersionThatRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		for i, queue := range []string{"first", "second"} {
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Description: queue, DeadLetter: w.to(queue)}, lambdatest.Script("F", 0))
			w.publish([]string{"1", "2"}[i])
		}
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1", Additional: map[string]float64{"2": 1}}))
		w.configure("f:live", new(0), nil)
		w.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome { return next() })
		w.send("f:live", "{}")
		w.wait()
		w.requireNothing("first")
		require.Len(t, w.records["second"], 1)
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		w.refused(invoke.Input{Qualifier: "live"})
		require.Equal(t, "2", w.last(trace.Throttled).Version)
	})
}
