package invoke_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// The responseContexts that the vectors name.
const (
	ok200     = `{"statusCode":200,"executedVersion":"$LATEST"}`
	failed200 = `{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}`
	throttled = `{"statusCode":429}`
	missing   = `{"statusCode":404}`
)

// A script has one letter for each dispatch: S success, F function error, T throttle, X system error. The last letter
// goes on for ever.
var scriptVectors = []struct {
	row        int
	retries    *int
	age        *time.Duration
	script     string
	work       int // seconds that a run takes
	dispatches []int
	condition  destinations.Condition
	count, at  int
	response   string
}{
	{1, nil, nil, "S", 0, []int{0}, destinations.Success, 1, 0, ok200},
	{2, nil, nil, "FFF", 0, []int{0, 60, 180}, destinations.RetriesExhausted, 3, 180, failed200},
	{3, new(0), nil, "F", 0, []int{0}, destinations.RetriesExhausted, 1, 0, failed200},
	{4, new(1), nil, "FF", 0, []int{0, 60}, destinations.RetriesExhausted, 2, 60, failed200},
	{5, nil, nil, "FS", 0, []int{0, 60}, destinations.Success, 1, 60, ok200},
	{6, nil, nil, "FFS", 0, []int{0, 60, 180}, destinations.Success, 1, 180, ok200},
	{7, new(2), seconds(60), "F", 0, []int{0}, destinations.EventAgeExceeded, 1, 0, failed200},
	{8, new(2), seconds(90), "FF", 0, []int{0, 60}, destinations.EventAgeExceeded, 2, 60, failed200},
	{9, new(2), seconds(180), "FF", 0, []int{0, 60}, destinations.EventAgeExceeded, 2, 60, failed200},
	{10, new(2), seconds(181), "FFF", 0, []int{0, 60, 180}, destinations.RetriesExhausted, 3, 180, failed200},
	{11, new(0), seconds(60), "F", 0, []int{0}, destinations.RetriesExhausted, 1, 0, failed200},
	{12, nil, nil, "FFF", 5, []int{0, 65, 190}, destinations.RetriesExhausted, 3, 195, failed200},
	{15, new(2), seconds(60), "S", 110, []int{0}, destinations.Success, 1, 110, ok200},
	{16, new(2), seconds(60), "F", 110, []int{0}, destinations.EventAgeExceeded, 1, 110, failed200},
	{17, new(0), seconds(60), "F", 110, []int{0}, destinations.RetriesExhausted, 1, 110, failed200},
	{20, nil, nil, "TTS", 0, []int{0, 1, 3}, destinations.Success, 1, 3, ok200},
	{21, new(0), nil, "TTF", 0, []int{0, 1, 3}, destinations.RetriesExhausted, 1, 3, failed200},
	{22, nil, seconds(60), "T", 0, []int{0, 1, 3, 7, 15, 31}, destinations.EventAgeExceeded, 0, 31, throttled},
	{23, nil, nil, "T", 0, throttleTimes(80), destinations.EventAgeExceeded, 0, 21511, throttled},
	{24, nil, nil, "XXS", 0, []int{0, 1, 3}, destinations.Success, 1, 3, ok200},
	{25, nil, nil, "FTTFF", 0, []int{0, 60, 61, 63, 183}, destinations.RetriesExhausted, 3, 183, failed200},
	{26, nil, nil, "TFTS", 0, []int{0, 1, 61, 62}, destinations.Success, 1, 62, ok200},
	{27, new(2), seconds(120), "FT", 0, []int{0, 60, 61, 63, 67, 75, 91}, destinations.EventAgeExceeded, 1, 91, throttled},
}

// throttleTimes are the first n dispatches of an event that is always throttled.
func throttleTimes(n int) []int {
	list, at, gap := []int{}, 0, 1
	for range n {
		list = append(list, at)
		at += gap
		gap = min(2*gap, 300)
	}
	return list
}

func TestAsyncScriptVectors(t *testing.T) {
	for _, v := range scriptVectors {
		t.Run(fmt.Sprintf("row %d", v.row), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				var letter atomic.Value
				w.deploy(lambda.Config{Timeout: 900 * time.Second}, code(func(_ context.Context, p []byte) ([]byte, error) {
					time.Sleep(time.Duration(v.work) * time.Second)
					if letter.Load() == 'F' {
						return nil, errBoom
					}
					return p, nil
				}), v.retries, v.age)
				var dispatches []int
				w.svc.Control(func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
					dispatches = append(dispatches, int(time.Since(w.start)/time.Second))
					l := rune(v.script[min(a.Attempt, len(v.script))-1])
					letter.Store(l)
					switch l {
					case 'T':
						return lambdatest.Throttle(a, next)
					case 'X':
						return lambdatest.SystemError(a, next)
					}
					return next()
				})
				id := w.send("f", `{"n":1}`)
				w.wait()

				require.Equal(t, v.dispatches, dispatches)
				require.Equal(t, v.dispatches, w.seconds(trace.Dispatched))
				w.requireEnd(v.condition, v.count, v.at)
				w.requireRecord(id, v.condition, v.count, v.response)
				runs := strings.Count(v.script, "F") + strings.Count(v.script, "S")
				if v.script != "FT" && v.script != "T" {
					require.Len(t, w.tl.Of(trace.Started), runs)
				}
			})
		})
	}
}

// requireRecord checks the one record that an event's end sends, and the dead letter beside it.
func (w *world) requireRecord(id string, condition destinations.Condition, count int, response string) {
	w.t.Helper()
	route, other := "failure", "success"
	if condition == destinations.Success {
		route, other = other, route
		w.requireNothing("dlq")
	}
	w.requireNothing(other)
	r := w.record(route)
	require.Equal(w.t, "1.0", r.Version)
	require.Equal(w.t, condition, r.RequestContext.Condition)
	require.Equal(w.t, count, r.RequestContext.ApproximateInvokeCount)
	require.Equal(w.t, id, r.RequestContext.RequestID)
	require.Equal(w.t, account+"f:$LATEST", r.RequestContext.FunctionARN)
	require.JSONEq(w.t, `{"n":1}`, string(r.RequestPayload))
	requireResponse(w.t, response, r)
	require.Equal(w.t, strings.Contains(response, `200`), r.ResponsePayload != nil)
	if condition == destinations.Success {
		return
	}
	d := w.deadLetter()
	require.Equal(w.t, `{"n":1}`, string(d.Body))
	require.Equal(w.t, id, d.RequestID)
	switch response {
	case failed200:
		require.Equal(w.t, 200, d.ErrorCode)
		require.Equal(w.t, "boom", d.ErrorMessage)
	case throttled:
		require.Equal(w.t, 429, d.ErrorCode)
		require.Equal(w.t, "Rate Exceeded.", d.ErrorMessage)
	}
}

func TestAsyncVector13_timeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("H", 0), nil, nil)
		id := w.send("f", `{"n":1}`)
		w.wait()
		require.Equal(t, []int{0, 63, 186}, w.seconds(trace.Dispatched))
		w.requireEnd(destinations.RetriesExhausted, 3, 189)
		require.JSONEq(t, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: `+id+` Error: Task timed out after 3.00 seconds"}`,
			string(w.record("failure").ResponsePayload))
	})
}

func TestAsyncVector14_initFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, func(context.Context, *lambda.Environment) (lambda.Function, error) { return nil, errBoom }, nil, nil)
		w.send("f", `{"n":1}`)
		w.wait()
		require.Equal(t, []int{0, 60, 180}, w.seconds(trace.Dispatched))
		w.requireEnd(destinations.RetriesExhausted, 3, 180)
		requireResponse(t, failed200, w.record("failure"))
	})
}

func TestAsyncVectors18And19_reservedZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		id := w.send("f", `{"n":1}`)
		w.wait()
		w.requireEnd(destinations.ZeroReservedConcurrency, 0, 0)
		require.Empty(t, w.tl.Of(trace.Throttled))
		require.Empty(t, w.tl.Of(trace.Started))
		require.Empty(t, w.tl.Of(trace.Dispatched))
		r := w.record("failure")
		require.Nil(t, r.ResponseContext)
		require.Nil(t, r.ResponsePayload)
		require.Equal(t, 0, r.RequestContext.ApproximateInvokeCount)
		d := w.deadLetter()
		require.Zero(t, d.ErrorCode)
		require.Equal(t, "Function not invoked. Function isconfigured with zero reserved concurrent executions", d.ErrorMessage)
		require.Equal(t, id, d.RequestID)
	})
}

func TestAsyncVector28_freedCapacityWakesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{Timeout: 900 * time.Second}, code(func(_ context.Context, p []byte) ([]byte, error) {
			if string(p) == `1` {
				time.Sleep(time.Minute)
			}
			return p, nil
		}), nil, nil)
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 1))
		w.send("f", "1")
		synctest.Wait()
		second := w.send("f", "2")
		w.wait()
		var dispatches []int
		for _, e := range w.tl.Of(trace.Dispatched) {
			if e.RequestID == second {
				dispatches = append(dispatches, int(e.Age/time.Second))
			}
		}
		require.Equal(t, []int{0, 1, 3, 7, 15, 31, 63}, dispatches)
		require.Len(t, w.tl.Of(trace.Throttled), 6)
	})
}

func TestAsyncVector29_aliasMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
		w.publish("1")
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		w.publish("2")
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
		w.configure("f:live", nil, nil)
		id := w.send("f:live", `{"n":1}`)
		lambdatest.Advance(30 * time.Second)
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "2"}))
		w.wait()
		require.Equal(t, []int{0, 60}, w.seconds(trace.Started))
		started := w.tl.Of(trace.Started)
		require.Equal(t, "1", started[0].Version)
		require.Equal(t, "2", started[1].Version)
		r := w.record("success")
		require.Equal(t, account+"f:live", r.RequestContext.FunctionARN)
		require.Equal(t, "2", r.ResponseContext.ExecutedVersion)
		require.Equal(t, 1, r.RequestContext.ApproximateInvokeCount)
		require.Equal(t, id, r.RequestContext.RequestID)
	})
}

func (w *world) publish(want string) {
	w.t.Helper()
	v, err := w.svc.PublishVersion("f")
	require.NoError(w.t, err)
	require.Equal(w.t, want, v)
}

func TestAsyncVectors30And31_configOfTheQualifierOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("F", 0), new(2), nil)
		w.publish("1")
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
		w.configure("f:live", new(0), nil)
		w.send("f:live", `{"n":1}`)
		w.wait()
		w.requireEnd(destinations.RetriesExhausted, 1, 0)
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
		w.publish("1")
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
		w.configure("f:1", new(0), nil)
		w.send("f:live", `{"n":1}`)
		w.wait()
		require.Equal(t, []int{0, 60, 180}, w.seconds(trace.Dispatched))
		w.requireEnd(destinations.RetriesExhausted, 3, 180)
		w.requireNothing("failure")
	})
}

// aMomentLater is a store in which events are due a nanosecond after they came, so that a test can do something before
// they are dispatched.
type aMomentLater struct{ *invoke.MemoryStore }

func (s aMomentLater) Put(ctx context.Context, e *invoke.QueuedEvent, due time.Time) error {
	return s.MemoryStore.Put(ctx, e, due.Add(1))
}

func TestAsyncVectors32To34_targetDeleted(t *testing.T) {
	for _, c := range []struct {
		row, retries int
		lookups      []int
	}{{32, 0, []int{0}}, {33, 1, []int{0, 60}}} {
		t.Run(fmt.Sprintf("row %d", c.row), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{Store: aMomentLater{invoke.NewMemoryStore()}})
				w.deploy(lambda.Config{}, lambdatest.Script("S", 0), &c.retries, nil)
				id := w.send("f", `{"n":1}`)
				require.NoError(t, w.svc.DeleteFunction("f"))
				w.wait()
				require.Equal(t, c.lookups, w.seconds(trace.Refused))
				require.Empty(t, w.tl.Of(trace.Started))
				require.Empty(t, w.tl.Of(trace.Dispatched))
				w.requireEnd(destinations.RetriesExhausted, c.retries+1, c.lookups[c.retries])
				w.requireRecord(id, destinations.RetriesExhausted, c.retries+1, missing)
				d := w.deadLetter()
				require.Equal(t, 404, d.ErrorCode)
				require.Equal(t, "Function not found: "+account+"f:$LATEST", d.ErrorMessage)
			})
		})
	}
	t.Run("row 34", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, invoke.Options{})
			w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
			w.publish("1")
			w.configure("f:1", new(1), nil)
			w.send("f:1", `{"n":1}`)
			lambdatest.Advance(30 * time.Second)
			require.NoError(t, w.svc.Registry().DeleteFunction(time.Now(), "f", "1"))
			w.wait()
			w.requireEnd(destinations.RetriesExhausted, 2, 60)
			require.Len(t, w.tl.Of(trace.Started), 1)
			r := w.record("failure")
			requireResponse(t, missing, r)
			require.Nil(t, r.ResponsePayload)
			require.Equal(t, account+"f:1", r.RequestContext.FunctionARN)
		})
	})
}

func TestAsyncVector35_aliasDeletedIsDroppedInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{Store: aMomentLater{invoke.NewMemoryStore()}})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		w.publish("1")
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
		w.configure("f:live", new(1), seconds(90))
		w.send("f:live", `{"n":1}`)
		require.NoError(t, w.svc.DeleteAlias("f", "live"))
		w.wait()
		require.Equal(t, 90, int(w.ended().Time.Sub(w.start)/time.Second))
		require.NotEqual(t, "Success", w.ended().Detail)
		require.Empty(t, w.tl.Of(trace.Started))
		w.requireNothing("failure", "success", "dlq")
	})
}

func TestAsyncVectors36And37_routesAreIndependent(t *testing.T) {
	for _, c := range []struct {
		row    int
		refuse string
	}{{36, ""}, {37, "failure"}, {37, "dlq"}} {
		t.Run(fmt.Sprintf("row %d %s", c.row, c.refuse), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				w.refuse[c.refuse] = errors.New("denied")
				w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
				w.send("f", `{"n":1}`)
				w.wait()
				require.Equal(t, []int{0, 60, 180}, w.seconds(trace.Dispatched))
				failed := w.tl.Of(trace.DeliveryFailed)
				if c.refuse == "" {
					require.Empty(t, failed)
				} else {
					require.Len(t, failed, 1)
					require.Equal(t, "denied", failed[0].Detail)
				}
				if c.refuse != "dlq" {
					require.Equal(t, "scripted failure", w.deadLetter().ErrorMessage)
				}
				if c.refuse != "failure" {
					requireResponse(t, failed200, w.record("failure"))
				}
			})
		})
	}
}

func TestAsyncVector38_oversizeForTheTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		topic := &topicStub{}
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		require.NoError(t, w.svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{OnSuccess: destinations.SNS(topic)}))
		w.send("f", `"`+strings.Repeat("x", 300<<10)+`"`)
		w.wait()
		require.Len(t, w.tl.Of(trace.DeliveryFailed), 1)
		require.Equal(t, "Success", w.ended().Detail)
		require.Zero(t, topic.published)
	})
}

func TestAsyncVector39_lambdaDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g", DeadLetter: w.to("g dlq")}, lambdatest.Script("F", 0))
		require.NoError(t, w.svc.PutEventInvokeConfig("g", invoke.EventInvokeConfig{MaximumRetryAttempts: new(0)}))
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		require.NoError(t, w.svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{OnSuccess: destinations.Lambda(account+"g", w.svc)}))
		id := w.send("f", `{"n":1}`)
		w.wait()
		ended := w.tl.Of(trace.Ended)
		require.Len(t, ended, 2)
		require.Equal(t, "Success", ended[0].Detail)
		require.Equal(t, "RetriesExhausted", ended[1].Detail)
		require.Equal(t, 1, ended[1].Count)
		require.NotEqual(t, id, ended[1].RequestID)
		w.mu.Lock()
		defer w.mu.Unlock()
		var record destinations.Record
		require.NoError(t, json.Unmarshal(w.records["g dlq"][0].DeadLetter.Body, &record))
		require.Equal(t, id, record.RequestContext.RequestID)
	})
}

func TestAsyncVector40_emptyBodyNullResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambda.Handler(func(m map[string]any) error { return nil }), nil, nil)
		w.send("f", "")
		w.wait()
		r := w.record("success")
		require.Equal(t, "{}", string(r.RequestPayload))
		require.Equal(t, "null", string(r.ResponsePayload))
	})
}

func TestAsyncVector41_loopStopsAfterSixteenRuns(t *testing.T) {
	for _, allow := range []bool{false, true} {
		t.Run(fmt.Sprintf("allow=%v", allow), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				runs := 0
				w.deploy(lambda.Config{}, code(func(ctx context.Context, p []byte) ([]byte, error) {
					if runs++; runs == 20 {
						return p, nil
					}
					_, err := w.svc.Invoke(ctx, invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: p})
					return p, err
				}), nil, nil)
				if allow {
					require.NoError(t, w.svc.Registry().PutFunctionRecursionConfig(time.Now(), "f", registry.Allow))
				}
				w.send("f", `{"n":1}`)
				w.wait()
				if allow {
					require.Equal(t, 20, runs)
					require.Empty(t, w.tl.Of(trace.LoopStopped))
					return
				}
				require.Equal(t, 16, runs)
				require.Len(t, w.tl.Of(trace.LoopStopped), 1)
				ended := w.tl.Of(trace.Ended)
				require.Len(t, ended, 17)
				require.Equal(t, destinations.RecursiveInvocation, w.record("failure").RequestContext.Condition)
				require.Equal(t, `{"n":1}`, string(w.deadLetter().Body))
			})
		})
	}
}

func TestAsyncVector42_reservedSetToZeroWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
		w.send("f", `{"n":1}`)
		lambdatest.Advance(30 * time.Second)
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
		w.wait()
		w.requireEnd(destinations.ZeroReservedConcurrency, 1, 60)
		require.Len(t, w.tl.Of(trace.Started), 1)
	})
}

func TestAsyncVector43_retriesLoweredWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
		w.send("f", `{"n":1}`)
		lambdatest.Advance(30 * time.Second)
		w.configure("f", new(0), nil)
		w.wait()
		w.requireEnd(destinations.RetriesExhausted, 1, 60)
		require.Len(t, w.tl.Of(trace.Started), 1)
	})
}

type topicStub struct{ published int }

func (*topicStub) ARN() string { return "arn:aws:sns:us-east-1:123456789012:t" }
func (s *topicStub) Publish(context.Context, events.SNSEntity) error {
	s.published++
	return nil
}

// A function that is deleted and made anew is Pending for a while: an event that is due meanwhile waits as after a system
// error, which costs no retry.
func TestAsync_pendingTargetIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{CreateDelay: 2 * time.Second})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		lambdatest.Advance(2 * time.Second)
		w.svc.Control(lambdatest.Outcomes("T"))
		id := w.send("f", `{"n":1}`)
		lambdatest.Advance(time.Second / 2)
		require.NoError(t, w.svc.DeleteFunction("f"))
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), new(0), nil)
		w.wait()
		require.Equal(t, []int{2, 5}, w.seconds(trace.Dispatched)) // a second after the throttle nothing was ready
		require.Equal(t, []int{3}, w.seconds(trace.Refused))
		w.requireEnd(destinations.Success, 1, 5)
		require.Equal(t, id, w.record("success").RequestContext.RequestID)
	})
}

// The dead-letter queue is that of the version that ran, whichever of an alias's two it was.
func TestAsync_deadLetterQueueOfTheVersionThatRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		for _, version := range []string{"1", "2"} {
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", DeadLetter: w.to("dlq" + version)}, lambdatest.Script("F", 0))
			w.publish(version)
		}
		require.NoError(t, w.svc.PutAlias("f", "live", invoke.Routing{Version: "1", Additional: map[string]float64{"2": 1}}))
		require.NoError(t, w.svc.PutEventInvokeConfig("f:live", invoke.EventInvokeConfig{MaximumRetryAttempts: new(0)}))
		w.send("f:live", `{"n":1}`)
		w.wait()
		w.requireNothing("dlq1")
		require.Len(t, w.records["dlq2"], 1)
	})
}

// refusals is a control that refuses attempts by script: T throttles, X is a system error, N finds nothing; any other
// letter, and what comes after the script's end, is left alone.
func refusals(script string) invoke.Control {
	return func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		letter := byte('.')
		if a.Attempt <= len(script) {
			letter = script[a.Attempt-1]
		}
		switch letter {
		case 'T':
			return lambdatest.Throttle(a, next)
		case 'X':
			return lambdatest.SystemError(a, next)
		case 'N':
			return invoke.Outcome{Err: lambda.Identity{}.WithDefaults().InvokeNotFound(a.FunctionName, a.Qualifier)}
		}
		return next()
	}
}

// A lookup that finds nothing counts as a run that failed: also the backoff begins anew after it, and goes on through
// throttles and system errors alike.
func TestAsync_lookupEndsTheBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		w.svc.Control(refusals("TXNTXT"))
		w.send("f", "{}")
		w.wait()
		require.Equal(t, []int{0, 1, 3, 63, 64, 66, 70}, w.seconds(trace.Dispatched))
		w.requireEnd(destinations.Success, 1, 70)
	})
}

// What is dropped because its function was turned off shows no response of the throttles before it, for nothing ever
// answered; a run's response it shows.
func TestAsync_turnedOffAfterThrottles(t *testing.T) {
	for _, c := range []struct {
		name, refused string
		at            time.Duration
		count         int
		response      string
	}{
		{"throttled", "TT", 2 * time.Second, 0, ""},
		{"run, then throttled", ".T", 61 * time.Second, 1, `{"statusCode":429}`},
		{"run", "", 30 * time.Second, 1, `{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				w.deploy(lambda.Config{}, lambdatest.Script("F", 0), nil, nil)
				w.svc.Control(refusals(c.refused))
				w.send("f", "{}")
				lambdatest.Advance(c.at - time.Millisecond)
				require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
				w.wait()
				require.Equal(t, string(destinations.ZeroReservedConcurrency), w.ended().Detail)
				r := w.record("failure")
				require.Equal(t, c.count, r.RequestContext.ApproximateInvokeCount)
				requireResponse(t, c.response, r)
				require.Zero(t, w.deadLetter().ErrorCode)
			})
		})
	}
}

// A fixed version that was deleted before any run is as good as a deleted function, though its function is there: it is
// not dropped in silence, as an event sent to a deleted alias is.
func TestAsync_versionDeletedBeforeAnyRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{Store: aMomentLater{invoke.NewMemoryStore()}})
		w.deploy(lambda.Config{}, lambdatest.Script("S", 0), nil, nil)
		w.publish("1")
		w.configure("f:1", new(1), nil)
		w.send("f:1", `{"n":1}`)
		require.NoError(t, w.svc.Registry().DeleteFunction(time.Now(), "f", "1"))
		w.wait()
		w.requireEnd(destinations.RetriesExhausted, 2, 60)
		require.Equal(t, []int{0, 60}, w.seconds(trace.Refused))
		requireResponse(t, `{"statusCode":404}`, w.record("failure"))
		require.Equal(t, 404, w.deadLetter().ErrorCode)
	})
}

// A target that takes its time holds up its own event and no other, also where nothing ran whose end could wait for it.
func TestAsync_slowTargetHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "off"}, lambdatest.Script("S", 0))
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, lambdatest.Script("S", 0))
		require.NoError(t, w.svc.PutFunctionConcurrency("off", 0))
		require.NoError(t, w.svc.PutEventInvokeConfig("off", invoke.EventInvokeConfig{
			OnFailure: destinations.Func("arn:aws:sqs:us-east-1:123456789012:slow", func(context.Context, destinations.Delivery) error {
				time.Sleep(10 * time.Minute)
				return nil
			}),
		}))
		w.send("off", "{}")
		w.send("g", "{}")
		w.wait()
		require.Equal(t, []int{0}, w.seconds(trace.Started))
		require.Equal(t, []int{600}, w.seconds(trace.Delivered))
	})
}
