package invoke_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// ledger has a line for every event of a storm: what each step of its life is counted on.
type ledger struct {
	mu    sync.Mutex
	lines []line
}

type line struct {
	accepted, ended, lost, dispatched, throttled, started, failed uint16
	condition                                                     destinations.Condition
	records, deadLetters                                          uint16
	succeeded                                                     uint16 // runs that returned, as the function counts them
}

func (l *ledger) trace(e trace.Event) {
	if e.Number == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	line := &l.lines[e.Number-1]
	switch e.Kind {
	case trace.Accepted:
		line.accepted++
	case trace.Dispatched:
		line.dispatched++
	case trace.Throttled:
		line.throttled++
	case trace.Started:
		line.started++
	case trace.Finished:
		if e.Outcome != trace.Success {
			line.failed++
		}
	case trace.Ended:
		line.ended++
		line.condition = destinations.Condition(e.Detail)
	case trace.Lost:
		line.lost++
	}
}

// at gives the line of the event with a payload.
func (l *ledger) at(payload []byte, f func(*line)) {
	b, err := hex.DecodeString(string(payload[1 : len(payload)-1]))
	if err != nil {
		panic(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.lines[binary.BigEndian.Uint32(b)])
}

func (l *ledger) deliver(_ context.Context, d destinations.Delivery) error {
	if d.DeadLetter != nil {
		l.at(d.DeadLetter.Body, func(line *line) { line.deadLetters++ })
		return nil
	}
	l.at(d.Record.RequestPayload, func(line *line) { line.records++ })
	return nil
}

// stormPayload is the n-th event.
func stormPayload(n int) []byte {
	return []byte(`"` + hex.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(n))) + `"`)
}

// fate is a number that decides what the runs of an event come to.
func fate(payload []byte) (n uint32) {
	for _, b := range payload {
		n = (n ^ uint32(b)) * 16777619
	}
	return n >> 8
}

// A storm: bursts of events a second apart on a function that has too little concurrency for them, fails one run in
// three, times out and panics now and then, and is throttled and failed by the service on top. Each event is accounted
// for: accepted once, ended once, run as often as its retries allow, and delivered to each route once.
func TestStorm(t *testing.T) {
	n := 100_000
	if testing.Short() || raceDetector {
		n = 10_000
	}
	const burst = 1000
	began := time.Now()
	var virtual time.Duration
	book := &ledger{lines: make([]line, n)}
	var counts metrics.Recorder
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		svc := lambdatest.NewService(t, invoke.Options{Seed: 1, Trace: trace.Tee(book.trace, counts.Trace)})
		to := destinations.Func("arn:aws:sqs:us-east-1:123456789012:storm", book.deliver)
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Second, DeadLetter: to}, code(func(ctx context.Context, p []byte) ([]byte, error) {
			time.Sleep(200 * time.Millisecond)
			var run uint16
			book.at(p, func(line *line) { run = line.started })
			switch (fate(p) + uint32(run)) % 24 {
			case 0:
				<-ctx.Done()
				return nil, ctx.Err()
			case 1:
				panic("storm")
			case 2, 3, 4, 5, 6, 7:
				return nil, errBoom
			}
			book.at(p, func(line *line) { line.succeeded++ })
			return p, nil
		}))
		require.NoError(t, svc.PutFunctionConcurrency("f", 150))
		require.NoError(t, svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{MaximumEventAge: seconds(900), OnSuccess: to, OnFailure: to}))
		var seen atomic.Uint64
		svc.Control(func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			switch seen.Add(1) % 16 {
			case 0:
				return lambdatest.SystemError(a, next)
			case 1:
				return lambdatest.Throttle(a, next)
			}
			return next()
		})
		for i := range n {
			if i%burst == 0 {
				lambdatest.Advance(time.Second)
			}
			_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: stormPayload(i)})
			require.NoError(t, err)
		}
		require.NoError(t, svc.Wait(context.Background()))
		virtual = time.Since(start)
		svc.Close()
		require.Zero(t, svc.Pending())
		require.Zero(t, svc.Account().InFlight())
	})
	sum := book.audit(t)
	total := func(n metrics.Name) int { return int(counts.Total(n, metrics.Dimensions{FunctionName: "f"}).Sum) }
	require.Equal(t, n, total(metrics.AsyncEventsReceived))
	require.Equal(t, sum.runs, total(metrics.Invocations))
	require.Equal(t, sum.failed, total(metrics.Errors))
	require.Equal(t, sum.throttles, total(metrics.Throttles))
	require.Equal(t, sum.runs+sum.throttles, counts.Total(metrics.AsyncEventAge, metrics.Dimensions{FunctionName: "f"}).SampleCount)
	require.Equal(t, n-sum.conditions[destinations.Success], total(metrics.AsyncEventsDropped))
	require.LessOrEqual(t, int(counts.Total(metrics.ConcurrentExecutions, metrics.Dimensions{FunctionName: "f"}).Maximum), 150)
	t.Logf("%d events, %d dispatches, %d runs, %d throttles, ends %v: %s of virtual time in %s",
		n, sum.dispatches, sum.runs, sum.throttles, sum.conditions, virtual, time.Since(began).Round(time.Millisecond))
}

// audited sums a ledger up.
type audited struct {
	dispatches, runs, failed, throttles int
	conditions                          map[destinations.Condition]int
}

// audit holds every line against the laws.
func (l *ledger) audit(t *testing.T) audited {
	sum := audited{conditions: map[destinations.Condition]int{}}
	for i, line := range l.lines {
		ok := line.accepted == 1 && line.ended == 1 && line.lost == 0 && line.started <= 3 && line.records == 1 &&
			line.succeeded == line.started-line.failed
		switch line.condition {
		case destinations.Success:
			ok = ok && line.succeeded == 1 && line.deadLetters == 0
		case destinations.RetriesExhausted:
			ok = ok && line.succeeded == 0 && line.deadLetters == 1 && line.failed == 3
		case destinations.EventAgeExceeded:
			ok = ok && line.succeeded == 0 && line.deadLetters == 1
		default:
			ok = false
		}
		if !ok {
			t.Fatalf("event %d: %+v", i+1, line)
		}
		sum.dispatches += int(line.dispatched)
		sum.runs += int(line.started)
		sum.failed += int(line.failed)
		sum.throttles += int(line.throttled)
		sum.conditions[line.condition]++
	}
	require.Len(t, sum.conditions, 3, "a storm knows every end: %v", sum.conditions)
	return sum
}
