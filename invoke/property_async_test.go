package invoke_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// The invariants of asynchronous invocation, by number, and what holds the Service to each. Names with hyphens are checks
// of package lambdatest, to which the properties here hold every trace; rows are those of the vectors.
//
//	1  ends-once; what is refused is not queued: TestSyncVectors6To9_payloads
//	2, 26  runs-within-retries, with and without duplicates
//	3  TestProperty_eventsFollowTheModel
//	4  no-dispatch-past-age
//	5  age-looks-ahead
//	6  retries-exhausted
//	7  success-is-earned, invoke-count
//	8  condition-is-earned; the record: rows 18, 19 and 42
//	9  function-error-delay
//	10  throttle-backoff
//	11  one-request-id; records and dead letters: requireRecord in all rows
//	12  one-delivery-a-route; rows 36 and 37
//	13  route-fits-condition; row 35
//	14, 15, 16, 17  requireRecord in all rows; TestRecordInvariants of package destinations
//	18  requireMetrics
//	19  age-grows
//	20  synchronous-is-alone
//	21, 22, 23  TestEventInvokeConfig_… of package registry; rows 30 and 31
//	24  TestDeadLetterMessageIsValid of package destinations
//	25  row 41; TestHandlerContext_values
//	27  TestProperty_sameSeedSameTimeline
//	28  row 15

// dispatch is what one dispatch of an event comes to: what the service does with it, and what its runs do.
type dispatch struct {
	service byte    // one of .TELD, as lambdatest.Outcomes has them
	runs    [2]byte // SFPHX, as lambdatest.Script has them; the second if the attempt is made twice
}

// life is one event: when it is sent, what its dispatches come to, the last of them for ever.
type life struct {
	gap        time.Duration
	dispatches []dispatch
}

// limits is what the event-invoke config says, and how long a run takes and may take.
type limits struct {
	retries       int
	age           time.Duration
	work, timeout time.Duration
}

func drawLimits(t *rapid.T) limits {
	return limits{
		retries: rapid.IntRange(0, 2).Draw(t, "retries"),
		age:     time.Duration(rapid.IntRange(60, 700).Draw(t, "age")) * time.Second,
		work:    time.Duration(rapid.IntRange(0, 100_000).Draw(t, "work"))*time.Millisecond + time.Nanosecond, // not a tie
		timeout: time.Duration(rapid.SampledFrom([]int{5, 80}).Draw(t, "timeout")) * time.Second,
	}
}

func drawLife(t *rapid.T) life {
	run := rapid.SampledFrom([]byte("SFFFPHX"))
	return life{
		gap: time.Duration(rapid.IntRange(0, 90).Draw(t, "gap")) * time.Second,
		dispatches: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) dispatch {
			return dispatch{rapid.SampledFrom([]byte("....TTELD")).Draw(t, "service"), [2]byte{run.Draw(t, "run"), run.Draw(t, "again")}}
		}), 1, 12).Draw(t, "dispatches"),
	}
}

func (l life) dispatch(attempt int) dispatch { return l.dispatches[min(attempt, len(l.dispatches))-1] }

// story is what becomes of an event, counted from its acceptance.
type story struct {
	dispatched []time.Duration
	runs       int
	failed     int // runs
	throttles  int
	errors     int                    // of the system
	condition  destinations.Condition // "" if it is lost
	count      int
	end        time.Duration
}

// tell is the model: Lambda's asynchronous queue for one event, in a straight line.
func (l life) tell(m limits) (s story) {
	now, failures, backoffs := time.Duration(0), 0, 0
	end := func(c destinations.Condition, count int) story {
		s.condition, s.count, s.end = c, count, now
		return s
	}
	for attempt := 1; ; attempt++ {
		s.dispatched = append(s.dispatched, now)
		d := l.dispatch(attempt)
		var wait time.Duration
		switch d.service {
		case 'L':
			return end("", 0)
		case 'T', 'E':
			if d.service == 'T' {
				s.throttles++
			} else {
				s.errors++
			}
			wait = min(time.Second<<min(backoffs, 20), 300*time.Second)
			backoffs++
		default:
			runs := d.runs[:1]
			if d.service == 'D' {
				runs = d.runs[:]
			}
			succeeded := false
			for _, r := range runs {
				s.runs++
				succeeded = r == 'S' && m.work < m.timeout
				if !succeeded {
					s.failed++
				}
				if r == 'H' {
					now += m.timeout
				} else {
					now += min(m.work, m.timeout)
				}
			}
			if succeeded {
				return end(destinations.Success, 1)
			}
			backoffs = 0
			if failures++; failures > m.retries {
				return end(destinations.RetriesExhausted, failures)
			}
			wait = time.Duration(failures) * time.Minute
		}
		if now+wait >= m.age {
			return end(destinations.EventAgeExceeded, failures)
		}
		now += wait
	}
}

// stage plays lives on a Service, each dispatch as it is written.
type stage struct {
	mu      sync.Mutex
	lives   map[string]life // by request id
	current map[string][]byte
	made    map[destinations.Condition]int // records and dead letters
	bodies  int
}

func (st *stage) control(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
	st.mu.Lock()
	d := st.lives[a.RequestID].dispatch(a.Attempt)
	st.current[a.RequestID] = d.runs[:]
	st.mu.Unlock()
	switch d.service {
	case 'T':
		return lambdatest.Throttle(a, next)
	case 'E':
		return lambdatest.SystemError(a, next)
	case 'L':
		return lambdatest.Lose(a, next)
	case 'D':
		return lambdatest.Duplicate(a, next)
	}
	return next()
}

// code plays the runs: the event's payload is its request id.
func (st *stage) code(work time.Duration) lambda.Code {
	return func(_ context.Context, env *lambda.Environment) (lambda.Function, error) {
		return function(func(ctx context.Context, payload []byte) ([]byte, error) {
			st.mu.Lock()
			id := string(payload[1 : len(payload)-1])
			letter := st.current[id][0]
			st.current[id] = st.current[id][1:]
			st.mu.Unlock()
			time.Sleep(work)
			switch letter {
			case 'F':
				return nil, errBoom
			case 'P':
				panic("oh")
			case 'X':
				env.Exit(1)
			case 'H':
				<-ctx.Done()
			}
			return payload, nil
		}), nil
	}
}

func (st *stage) to(name string) destinations.Target {
	return destinations.Func("arn:aws:sqs:us-east-1:123456789012:"+name, func(_ context.Context, d destinations.Delivery) error {
		st.mu.Lock()
		defer st.mu.Unlock()
		if d.DeadLetter != nil {
			st.bodies++
			return nil
		}
		st.made[d.Record.RequestContext.Condition]++
		return nil
	})
}

// Whatever functions and service do, in whatever order: each event is dispatched at exactly the instants at which the
// model says so, runs as often, and ends as, when and with the count that the model gives it. The metrics add up to the
// same, and so do the records and dead letters.
func TestProperty_eventsFollowTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawLimits(t)
		lives := rapid.SliceOfN(rapid.Custom(drawLife), 1, 5).Draw(t, "lives")
		rapid.SyncTest(t, func(t *rapid.T) {
			var tl lambdatest.Timeline
			var counts metrics.Recorder
			svc := lambdatest.NewService(t, invoke.Options{Trace: trace.Tee(tl.Trace, counts.Trace)})
			st := &stage{lives: map[string]life{}, current: map[string][]byte{}, made: map[destinations.Condition]int{}}
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: m.timeout, DeadLetter: st.to("dead")}, st.code(m.work))
			require.NoError(t, svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{
				MaximumRetryAttempts: &m.retries, MaximumEventAge: &m.age, OnSuccess: st.to("yes"), OnFailure: st.to("no"),
			}))
			svc.Control(st.control)
			for i, l := range lives {
				lambdatest.Advance(l.gap)
				id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i+1)
				st.lives[id] = l
				_, err := svc.Invoke(context.Background(), invoke.Input{
					FunctionName: "f", InvocationType: invoke.Event, RequestID: id, Payload: []byte(`"` + id + `"`),
				})
				require.NoError(t, err)
			}
			require.NoError(t, svc.Wait(context.Background()))
			svc.Close()
			var sum story
			made, lost := map[destinations.Condition]int{}, 0
			for i, l := range lives {
				want := l.tell(m)
				requireStory(t, &tl, uint64(i+1), want)
				sum.add(want)
				if want.condition == "" {
					lost++
				} else {
					made[want.condition]++
				}
			}
			require.Equal(t, made, st.made)
			failures := len(lives) - lost - made[destinations.Success]
			require.Equal(t, failures, st.bodies)
			requireMetrics(t, &counts, len(lives), failures, lost, sum)
			err := tl.Check(lambdatest.Settings{Duplicates: 1, Async: lambdatest.Async{
				MaximumRetryAttempts: &m.retries, MaximumEventAge: &m.age,
				Routes: []string{trace.OnSuccess, trace.OnFailure, trace.DeadLetter},
			}})
			require.NoError(t, err)
		})
	})
}

func (s *story) add(o story) {
	s.dispatched = append(s.dispatched, o.dispatched...)
	s.runs += o.runs
	s.failed += o.failed
	s.throttles += o.throttles
	s.errors += o.errors
}

// requireStory holds the trace of one event against its story.
func requireStory(t *rapid.T, tl *lambdatest.Timeline, number uint64, want story) {
	t.Helper()
	var got story
	var accepted time.Time
	for _, e := range tl.Events() {
		if e.Number != number {
			continue
		}
		switch e.Kind {
		case trace.Accepted:
			accepted = e.Time
		case trace.Dispatched:
			got.dispatched = append(got.dispatched, e.Time.Sub(accepted))
		case trace.Started:
			got.runs++
		case trace.Throttled:
			got.throttles++
		case trace.Refused:
			got.errors++
		case trace.Finished:
			if e.Outcome != trace.Success {
				got.failed++
			}
		case trace.Ended:
			got.condition, got.count, got.end = destinations.Condition(e.Detail), e.Count, e.Time.Sub(accepted)
		case trace.Lost:
			got.end = e.Time.Sub(accepted)
		}
	}
	require.Equal(t, want, got, "event %d\n%s", number, tl)
}

// requireMetrics is the identity between events, runs and metrics.
func requireMetrics(t *rapid.T, counts *metrics.Recorder, received, dropped, lost int, sum story) {
	t.Helper()
	total := func(n metrics.Name) metrics.Statistics { return counts.Total(n, metrics.Dimensions{FunctionName: "f"}) }
	require.EqualValues(t, received, total(metrics.AsyncEventsReceived).Sum)
	require.EqualValues(t, dropped, total(metrics.AsyncEventsDropped).Sum)
	require.EqualValues(t, sum.runs, total(metrics.Invocations).Sum)
	require.EqualValues(t, sum.failed, total(metrics.Errors).Sum)
	require.EqualValues(t, sum.throttles, total(metrics.Throttles).Sum)
	require.Equal(t, len(sum.dispatched)-sum.errors-lost, total(metrics.AsyncEventAge).SampleCount)
	require.Zero(t, total(metrics.DestinationDeliveryFailures).Sum+total(metrics.DeadLetterErrors).Sum)
}

// The model itself agrees with the vectors of Lambda's behaviour that it can express.
func TestModel_knowsTheVectors(t *testing.T) {
	for _, v := range scriptVectors {
		var l life
		for _, r := range []byte(v.script) {
			switch r {
			case 'X':
				l.dispatches = append(l.dispatches, dispatch{service: 'E'})
			case 'T':
				l.dispatches = append(l.dispatches, dispatch{service: 'T'})
			default:
				l.dispatches = append(l.dispatches, dispatch{'.', [2]byte{r}})
			}
		}
		m := limits{2, 6 * time.Hour, time.Duration(v.work) * time.Second, time.Hour}
		if v.retries != nil {
			m.retries = *v.retries
		}
		if v.age != nil {
			m.age = *v.age
		}
		s := l.tell(m)
		var at []int
		for _, d := range s.dispatched {
			at = append(at, int(d/time.Second))
		}
		require.Equal(t, v.dispatches, at, "row %d", v.row)
		require.Equal(t, v.condition, s.condition, "row %d", v.row)
		require.Equal(t, v.count, s.count, "row %d", v.row)
		require.Equal(t, v.at, int(s.end/time.Second), "row %d", v.row)
	}
}

// A handler that outlives its deadline and would have succeeded is a failed run; one that ends at that very instant is
// either, and lawful in both cases.
func TestProperty_deadlineTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		late := time.Duration(rapid.IntRange(-1, 1).Draw(t, "late"))
		rapid.SyncTest(t, func(t *rapid.T) {
			var tl lambdatest.Timeline
			svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Second}, lambdatest.Script("S", time.Second+late))
			out, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f"})
			require.NoError(t, err)
			svc.Close()
			if late != 0 {
				require.Equal(t, late > 0, out.FunctionError != "")
			}
			require.NoError(t, tl.Check(lambdatest.Settings{}))
		})
	})
}
