// Package stories shows how the library reads in its users' hands: one test for each thing that people come for.
package stories

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

type order struct{ ID string }
type receipt struct{ Text, RequestID string }

func TestTypedHandler(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(func(ctx context.Context, o order) (receipt, error) {
		lc, _ := lambdacontext.FromContext(ctx)
		return receipt{"got " + o.ID, lc.AwsRequestID}, nil
	}))
	got, err := lambdatest.Call[receipt](t.Context(), svc, "orders", order{"7"})
	require.NoError(t, err)
	require.Equal(t, "got 7", got.Text)
	require.Len(t, got.RequestID, 36)
	_, err = lambdatest.Call[receipt](t.Context(), svc, "nobody", order{})
	require.ErrorIs(t, err, lambda.ErrResourceNotFound)
}

func TestColdStartHasItsOwnState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		inits := 0
		lambdatest.Deploy(t, svc, lambda.Config{Name: "counter"}, lambda.Init(func(context.Context, *lambda.Environment) (any, error) {
			inits++
			n := 0
			return func() (int, error) { n++; return n, nil }, nil
		}))
		for want := 1; want <= 3; want++ {
			n, err := lambdatest.Call[int](t.Context(), svc, "counter", nil)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		time.Sleep(10 * time.Minute) // the environment expires
		n, err := lambdatest.Call[int](t.Context(), svc, "counter", nil)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, 2, inits)
	})
}

func TestPanicResetsTheEnvironment(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error { panic("oh") }))
	out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
	require.NoError(t, err)
	require.Equal(t, "Unhandled", out.FunctionError)
	var fe *lambda.FunctionError
	require.ErrorAs(t, out.Err(), &fe)
	require.Equal(t, "string", fe.Type)
	require.Equal(t, "oh", fe.Message)
}

func TestTimeoutOfAHandlerThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{}) // Close waits for the abandoned handler: virtual time goes on
		lambdatest.Deploy(t, svc, lambda.Config{Name: "slow"}, lambda.Handler(func() { time.Sleep(time.Hour) }))
		start := time.Now()
		out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "slow"})
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(start))
		require.Contains(t, string(out.Payload), "Task timed out after 3.00 seconds")
	})
}

func TestThreeAttemptsThenOnFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failures := sqs.NewQueue("failures", sqs.Attributes{})
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "thumbnail"}, lambda.Handler(func() error { return errors.New("boom") }))
		require.NoError(t, svc.PutEventInvokeConfig("thumbnail", invoke.EventInvokeConfig{OnFailure: destinations.SQS(failures)}))
		out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "thumbnail", InvocationType: invoke.Event, Payload: []byte(`{"key":"cat.png"}`)})
		require.NoError(t, err)
		require.Equal(t, 202, out.StatusCode)
		start := time.Now()
		require.NoError(t, svc.Wait(t.Context())) // three virtual minutes
		require.Equal(t, 3*time.Minute, time.Since(start))
		msgs := failures.ReceiveMessages(10)
		require.Len(t, msgs, 1)
		var rec destinations.Record
		require.NoError(t, json.Unmarshal([]byte(msgs[0].Body), &rec))
		require.Equal(t, destinations.RetriesExhausted, rec.RequestContext.Condition)
		require.Equal(t, 3, rec.RequestContext.ApproximateInvokeCount)
		require.Equal(t, out.RequestID, rec.RequestContext.RequestID)
	})
}

func TestMaximumEventAgeLooksAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tl lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error { return errors.New("boom") }))
		require.NoError(t, svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{MaximumEventAge: new(90 * time.Second)}))
		start := time.Now()
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		require.NoError(t, err)
		require.NoError(t, svc.Wait(t.Context()))
		end := tl.Of(trace.Ended)
		require.Len(t, end, 1)
		require.Equal(t, "EventAgeExceeded", end[0].Detail)
		require.Equal(t, 60*time.Second, end[0].Time.Sub(start)) // at once, not at 90 s
	})
}

func TestReservedConcurrencyThrottles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() { time.Sleep(time.Second) }))
		require.NoError(t, svc.PutFunctionConcurrency("f", 1))
		go svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		synctest.Wait()
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f"})
		require.ErrorIs(t, err, lambda.ErrTooManyRequests)
		var e *lambda.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "ReservedFunctionConcurrentInvocationLimitExceeded", e.Reason)
	})
}

func TestProvisionedSpillsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tl lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() { time.Sleep(time.Second) }))
		v, err := svc.PublishVersion("f")
		require.NoError(t, err)
		ver := svc.Account().Function("f").Version(v) // the live books, for reading and for properties
		require.NoError(t, svc.PutProvisionedConcurrency("f:"+v, 1))
		lambdatest.Advance(2 * time.Minute) // allocation takes its time, as on AWS
		a, err := ver.AcquireAt(time.Now())
		require.NoError(t, err)
		b, err := ver.AcquireAt(time.Now())
		require.NoError(t, err)
		require.Equal(t, concurrency.Provisioned, a.Pool)
		require.Equal(t, concurrency.Unreserved, b.Pool)
		require.True(t, b.Cold)
		a.ReleaseAt(time.Now(), true)
		a.ReleaseAt(time.Now(), true) // idempotent
		b.ReleaseAt(time.Now(), false)
		require.Zero(t, svc.Account().InFlight())
	})
}

func TestSQSPartialBatchAndRedrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := sqs.NewQueue("dead", sqs.Attributes{})
		work := sqs.NewQueue("work", sqs.Attributes{DeadLetterQueue: dead, MaxReceiveCount: 2})
		svc := lambdatest.NewService(t, invoke.Options{})
		var counts []string
		lambdatest.Deploy(t, svc, lambda.Config{Name: "w"}, lambda.Handler(func(e events.SQSEvent) (r events.SQSEventResponse, _ error) {
			for _, m := range e.Records {
				counts = append(counts, m.Body+m.Attributes["ApproximateReceiveCount"])
				if m.Body == "bad" {
					r.BatchItemFailures = append(r.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
				}
			}
			return r, nil
		}))
		for _, b := range []string{"a", "bad", "c"} {
			work.Send(b)
		}
		m, err := eventsource.NewMapping(svc, work, eventsource.Config{FunctionName: "w", ReportBatchItemFailures: true})
		require.NoError(t, err)
		defer m.Close()
		lambdatest.Advance(61 * time.Second)
		require.Equal(t, []string{"a1", "bad1", "c1", "bad2"}, counts)
		require.Zero(t, work.Len())
		require.Equal(t, "bad", dead.ReceiveMessages(1)[0].Body)
	})
}

func TestKinesisBisect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		discards := sqs.NewQueue("discards", sqs.Attributes{})
		stream := kinesis.NewStream("s", 1)
		svc := lambdatest.NewService(t, invoke.Options{})
		var seen []string
		lambdatest.Deploy(t, svc, lambda.Config{Name: "k"}, lambda.Handler(func(e events.KinesisEvent) error {
			var b strings.Builder
			bad := false
			for _, r := range e.Records {
				b.Write(r.Kinesis.Data)
				bad = bad || string(r.Kinesis.Data) == "3"
			}
			if bad {
				seen = append(seen, "F"+b.String())
				return errors.New("poison")
			}
			seen = append(seen, "S"+b.String())
			return nil
		}))
		for i := range 4 {
			stream.Put("k", fmt.Append(nil, i+1))
		}
		m, err := eventsource.NewMapping(svc, stream, eventsource.Config{FunctionName: "k", BisectBatchOnFunctionError: true, MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(discards)})
		require.NoError(t, err)
		defer m.Close()
		synctest.Wait()
		require.Equal(t, []string{"F1234", "S12", "F34", "F3", "S4"}, seen)
		require.Contains(t, discards.ReceiveMessages(1)[0].Body, `"batchSize":1`)
	})
}

func TestAliasWeights(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{Seed: 1})
	for i := range 2 {
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() (int, error) { return i + 1, nil }))
		_, err := svc.PublishVersion("f")
		require.NoError(t, err)
	}
	require.NoError(t, svc.PutAlias("f", "live", invoke.Routing{Version: "1", Additional: map[string]float64{"2": 0.1}}))
	n := map[string]int{}
	for range 2000 {
		out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f:live"})
		require.NoError(t, err)
		n[out.ExecutedVersion]++
	}
	require.InDelta(t, 200, n["2"], 50)
}

func TestEdgeRedirectAndHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "vr", Timeout: 5 * time.Second}, lambda.Handler(func(e edge.Event) (any, error) {
			r := e.Records[0].CF.Request
			if strings.HasPrefix(r.URI, "/old") {
				return edge.Response{Status: "301", Headers: edge.Headers{"location": {{Value: "/new"}}}}, nil
			}
			return r, nil
		}))
		_, err := edge.NewDistribution(edge.Config{CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", ViewerRequest: "vr:$LATEST"}}})
		require.ErrorContains(t, err, "must reference a specific function version")
		_, err = svc.PublishVersion("vr")
		require.NoError(t, err)
		hits := 0
		d, err := edge.NewDistribution(edge.Config{Invoker: svc,
			Origin:         edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { hits++; w.Write([]byte("page")) })),
			CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", ViewerRequest: "vr:1", DefaultTTL: time.Minute}}})
		require.NoError(t, err)
		get := func(path string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			return w
		}
		w := get("/old/a")
		require.Equal(t, 301, w.Code)
		require.Equal(t, "/new", w.Header().Get("Location"))
		require.Equal(t, "Miss from cloudfront", get("/new").Header().Get("X-Cache"))
		time.Sleep(10 * time.Second)
		w = get("/new")
		require.Equal(t, "Hit from cloudfront", w.Header().Get("X-Cache"))
		require.Equal(t, "10", w.Header().Get("Age"))
		time.Sleep(time.Minute)
		require.Equal(t, "Miss from cloudfront", get("/new").Header().Get("X-Cache"))
		require.Equal(t, 2, hits)
	})
}

func TestEveryAcceptedEventEndsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.StringOfN(rapid.RuneFrom([]rune("SF")), 0, 12, -1).Draw(t, "steps")
		work := time.Duration(rapid.IntRange(0, 5).Draw(t, "work")) * time.Second
		reserved := rapid.IntRange(0, 3).Draw(t, "reserved")
		retries := rapid.IntRange(0, 2).Draw(t, "retries")
		age := time.Duration(rapid.IntRange(60, 400).Draw(t, "age")) * time.Second
		gaps := rapid.SliceOfN(rapid.IntRange(0, 90), 1, 8).Draw(t, "gaps")
		rapid.SyncTest(t, func(t *rapid.T) {
			var tl lambdatest.Timeline
			svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: 10 * time.Second}, lambdatest.Script(steps, work))
			require.NoError(t, svc.PutFunctionConcurrency("f", reserved))
			require.NoError(t, svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{MaximumRetryAttempts: &retries, MaximumEventAge: &age}))
			ids := map[string]bool{}
			for _, g := range gaps {
				lambdatest.Advance(time.Duration(g) * time.Second)
				out, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
				require.NoError(t, err)
				ids[out.RequestID] = true
			}
			require.NoError(t, svc.Wait(context.Background()))
			ended, runs := map[string]int{}, map[string]int{}
			for _, e := range tl.Of(trace.Ended) {
				ended[e.RequestID]++
			}
			for _, e := range tl.Of(trace.Started) {
				runs[e.RequestID]++
			}
			for id := range ids {
				if ended[id] != 1 {
					t.Fatalf("event %s ended %d times", id, ended[id])
				}
				if runs[id] > 1+retries {
					t.Fatalf("event %s ran %d times", id, runs[id])
				}
			}
			if len(ended) != len(ids) || svc.Account().InFlight() != 0 {
				t.Fatalf("strangers or leaks")
			}
		})
	})
}

// An embedder's own queue: blocking receive only, no Notify; and its own destination.
type theirQueue struct{ ch chan string }

func (q *theirQueue) ARN() string { return "arn:aws:sqs:eu-west-1:000000000000:theirs" }
func (q *theirQueue) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	var rs []eventsource.Record
	for len(rs) < max {
		if len(rs) == 0 && wait {
			select {
			case s := <-q.ch:
				rs = append(rs, eventsource.Record{ID: s, JSON: fmt.Appendf(nil, `{"body":%q}`, s)})
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		}
		select {
		case s := <-q.ch:
			rs = append(rs, eventsource.Record{ID: s, JSON: fmt.Appendf(nil, `{"body":%q}`, s)})
		default:
			return rs, nil
		}
	}
	return rs, nil
}
func (q *theirQueue) Delete(context.Context, []eventsource.Record) error { return nil }

func TestEmbedderBringsQueueAndDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &theirQueue{make(chan string, 10)}
		var got []destinations.Delivery
		dest := destinations.Func("arn:aws:sns:eu-west-1:000000000000:theirs", func(_ context.Context, d destinations.Delivery) error {
			got = append(got, d)
			return nil
		})
		svc := lambdatest.NewService(t, invoke.Options{})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(e events.SQSEvent) error {
			_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "g", InvocationType: invoke.Event, Payload: []byte(`"` + e.Records[0].Body + `"`)})
			return err
		}))
		lambdatest.Deploy(t, svc, lambda.Config{Name: "g"}, lambda.Handler(func(s string) (string, error) { return "g:" + s, nil }))
		require.NoError(t, svc.PutEventInvokeConfig("g", invoke.EventInvokeConfig{OnSuccess: dest}))
		m, err := eventsource.NewMapping(svc, q, eventsource.Config{FunctionName: "f"})
		require.NoError(t, err)
		t.Cleanup(m.Close) // its Receive can only block, so the mapping owns a goroutine
		q.ch <- "x"
		synctest.Wait()
		require.Len(t, got, 1)
		require.JSONEq(t, `"g:x"`, string(got[0].Record.ResponsePayload))
	})
}

func TestControlThrottlesExactlyTheSecondAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tl lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script("FS", 0))
		svc.Control(lambdatest.Nth(2, lambdatest.Throttle))
		start := time.Now()
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		require.NoError(t, err)
		require.NoError(t, svc.Wait(t.Context()))
		var at []time.Duration
		for _, e := range tl.Of(trace.Started) {
			at = append(at, e.Time.Sub(start))
		}
		require.Equal(t, []time.Duration{0, 61 * time.Second}, at) // 60 throttled, 61 runs
	})
}

func TestControlParksAndDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		var n atomic.Int32
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() { n.Add(1) }))
		gate := make(chan struct{})
		svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			<-gate
			next()
			return next()
		})
		svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		synctest.Wait()
		require.Zero(t, n.Load())
		close(gate)
		require.NoError(t, svc.Wait(t.Context()))
		require.EqualValues(t, 2, n.Load())
	})
}

func TestTwoServicesShareAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acct := concurrency.NewAccount(concurrency.Options{Limit: 1, MinimumUnreserved: new(0)})
		a := lambdatest.NewService(t, invoke.Options{Account: acct})
		b := lambdatest.NewService(t, invoke.Options{Account: acct})
		slow := lambda.Handler(func() { time.Sleep(time.Second) })
		lambdatest.Deploy(t, a, lambda.Config{Name: "f"}, slow)
		lambdatest.Deploy(t, b, lambda.Config{Name: "g"}, slow)
		var wg sync.WaitGroup
		wg.Go(func() { a.Invoke(t.Context(), invoke.Input{FunctionName: "f"}) })
		synctest.Wait()
		_, err := b.Invoke(t.Context(), invoke.Input{FunctionName: "g"})
		require.ErrorIs(t, err, lambda.ErrTooManyRequests)
		wg.Wait()
	})
}
