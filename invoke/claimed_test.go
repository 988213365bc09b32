package invoke_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambda/trace/metrics"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// claims is a Service whose calls end when they are told to, and the slow model of what its account has claimed: plain
// lists, every sum counted anew.
type claims struct {
	t         *rapid.T
	svc       *invoke.Service
	counts    metrics.Recorder
	functions []*claimant

	mu   sync.Mutex
	last trace.Event // with a gauge
	ends map[string]chan struct{}
}

type claimant struct {
	name        string
	reserved    *int
	provisioned int // of version 1, which is the one that is called
	gone        bool
	calls       []claim
}

// claim is a call in flight.
type claim struct {
	id          string
	provisioned bool
}

// onProvisioned is how many calls are on provisioned concurrency; the others are on demand.
func (c *claimant) onProvisioned() (n int) {
	for _, call := range c.calls {
		if call.provisioned {
			n++
		}
	}
	return n
}

// settings is what the function takes of the quota, whatever runs on demand: a smaller or deleted configuration of
// provisioned concurrency counts for as long as it is in use.
func (c *claimant) settings() int {
	if c.reserved != nil {
		return *c.reserved
	}
	return max(c.provisioned, c.onProvisioned())
}

func (c *claimant) unreserved() int {
	if c.reserved != nil {
		return 0
	}
	return len(c.calls) - c.onProvisioned()
}

func (c *claims) sum(of func(*claimant) int) (n int) {
	for _, f := range c.functions {
		n += of(f)
	}
	return n
}

func (c *claims) claimed() int { return c.sum((*claimant).settings) + c.sum((*claimant).unreserved) }

const claimsLimit = 12

func newClaims(t *rapid.T) *claims {
	c := &claims{t: t, ends: map[string]chan struct{}{}}
	account := concurrency.NewAccount(concurrency.Options{
		Limit: claimsLimit, MinimumUnreserved: new(0), NoRequestRates: true, ProvisionPrep: new(time.Duration(0)),
	})
	c.svc = lambdatest.NewService(t, invoke.Options{Account: account, Trace: trace.Tee(c.counts.Trace, c.trace)})
	t.Cleanup(func() { // before the Service closes, and waits for them
		for _, end := range c.ends {
			close(end)
		}
	})
	for _, name := range []string{"f", "g"} {
		lambdatest.Deploy(t, c.svc, lambda.Config{Name: name, Timeout: 900 * time.Second}, code(c.run))
		version, err := c.svc.PublishVersion(name)
		require.NoError(t, err)
		require.Equal(t, "1", version)
		c.functions = append(c.functions, &claimant{name: name})
	}
	return c
}

func (c *claims) trace(e trace.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Kind {
	case trace.Started, trace.Finished, trace.ConcurrencyChanged:
		c.last = e
	}
}

// run is the functions' code.
func (c *claims) run(_ context.Context, payload []byte) ([]byte, error) {
	c.mu.Lock()
	end := c.ends[string(payload)]
	c.mu.Unlock()
	<-end
	return nil, nil
}

// call begins a call of version 1, and holds its refusal against the model.
func (c *claims) call(f *claimant, number int) {
	id := fmt.Sprintf(`"%d"`, number)
	c.mu.Lock()
	c.ends[id] = make(chan struct{})
	c.mu.Unlock()
	var refusal error
	c.svc.Start(context.Background(), invoke.Input{FunctionName: f.name, Qualifier: "1", Payload: []byte(id)}, func(_ *invoke.Output, err error) { refusal = err })
	synctest.Wait()
	onProvisioned := f.onProvisioned() < f.provisioned
	var room bool
	switch {
	case f.gone:
	case f.reserved != nil && *f.reserved == 0:
	case onProvisioned:
		room = true
	case f.reserved != nil:
		room = len(f.calls)-f.onProvisioned() < *f.reserved-max(f.provisioned, f.onProvisioned())
	default:
		room = c.sum((*claimant).unreserved) < claimsLimit-c.sum((*claimant).settings)
	}
	require.Equal(c.t, room, refusal == nil, "%v", refusal)
	if room {
		f.calls = append(f.calls, claim{id, onProvisioned})
		c.requireGauges(trace.Started, f)
	}
}

// end ends a call in flight.
func (c *claims) end(f *claimant, i int) {
	drained := f.calls[i].provisioned && f.onProvisioned() > f.provisioned
	c.mu.Lock()
	close(c.ends[f.calls[i].id])
	delete(c.ends, f.calls[i].id)
	c.mu.Unlock()
	f.calls = slices.Delete(f.calls, i, i+1)
	synctest.Wait()
	if drained {
		c.requireGauges(trace.ConcurrencyChanged, f)
		return
	}
	c.requireGauges(trace.Finished, f)
}

// requireGauges holds the last step against the model.
func (c *claims) requireGauges(kind trace.Kind, f *claimant) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Equal(c.t, kind, c.last.Kind)
	require.Equal(c.t, c.claimed(), c.last.Claimed, "%s", kind)
	if kind != trace.ConcurrencyChanged {
		require.Equal(c.t, len(f.calls), c.last.InFlight, "%s", kind)
	}
}

// level is what a Region's metric is now: its sample in a minute in which nothing else has happened; none is 0.
func (c *claims) level(name metrics.Name) int {
	now := time.Now()
	c.counts.Trace(trace.Event{Kind: trace.Log, Time: now})
	points, err := c.counts.Datapoints(metrics.Query{Name: name, Start: now.Truncate(time.Minute), End: now.Add(time.Minute)})
	require.NoError(c.t, err)
	if len(points) == 0 {
		return 0
	}
	return int(points[len(points)-1].Maximum)
}

// step makes one draw come true.
func (c *claims) step(number int) {
	f := rapid.SampledFrom(c.functions).Draw(c.t, "function")
	switch what := rapid.SampledFrom([]string{"call", "call", "end", "end", "reserve", "unreserve", "provision", "unprovision", "delete"}).Draw(c.t, "what"); {
	case what == "call":
		for i := range rapid.IntRange(1, 3).Draw(c.t, "calls") {
			c.call(f, 10*number+i)
		}
	case what == "end":
		for range rapid.IntRange(1, 3).Draw(c.t, "calls") {
			if len(f.calls) > 0 {
				c.end(f, rapid.IntRange(0, len(f.calls)-1).Draw(c.t, "which"))
			}
		}
	case f.gone:
	default:
		if c.set(f, what) {
			synctest.Wait()
			c.requireGauges(trace.ConcurrencyChanged, f)
		}
	}
}

// set changes a setting, if the account allows it, and returns whether there is anything to report.
func (c *claims) set(f *claimant, what string) bool {
	n := rapid.IntRange(0, 4).Draw(c.t, "n")
	switch what {
	case "reserve":
		if c.svc.PutFunctionConcurrency(f.name, n) != nil {
			return false
		}
		f.reserved = &n
	case "unreserve":
		require.NoError(c.t, c.svc.DeleteFunctionConcurrency(f.name))
		was := f.reserved
		f.reserved = nil
		return was != nil
	case "provision":
		if c.svc.PutProvisionedConcurrency(f.name+":1", n) != nil {
			return false
		}
		f.provisioned = n
	case "unprovision":
		require.NoError(c.t, c.svc.DeleteProvisionedConcurrency(f.name+":1"))
		was := f.provisioned
		f.provisioned = 0
		return was > 0
	case "delete":
		require.NoError(c.t, c.svc.DeleteFunction(f.name))
		claims := f.reserved != nil || f.provisioned > 0
		f.reserved, f.provisioned, f.gone = nil, 0, true
		return claims
	}
	return true
}

// Whatever is reserved, provisioned and deleted while calls are in flight, the trace and the metrics say after each step
// what the account has claimed and what runs on its unreserved pool, and go on saying so.
func TestClaimed_followsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.IntRange(1, 13).Draw(t, "steps")
		rapid.SyncTest(t, func(t *rapid.T) {
			c := newClaims(t)
			for number := range steps {
				c.step(number)
				lambdatest.Advance(time.Minute)
				require.Equal(t, c.claimed(), c.svc.Account().ClaimedAccountConcurrency())
				require.Equal(t, c.claimed(), c.level(metrics.ClaimedAccountConcurrency))
				require.Equal(t, c.sum((*claimant).unreserved), c.level(metrics.UnreservedConcurrentExecutions))
			}
			for _, f := range c.functions {
				for len(f.calls) > 0 {
					c.end(f, 0)
				}
			}
			lambdatest.Advance(time.Minute)
			require.Equal(t, c.claimed(), c.level(metrics.ClaimedAccountConcurrency))
			require.Zero(t, c.level(metrics.UnreservedConcurrentExecutions))
		})
	})
}

// A reservation that is put while calls run on the unreserved pool takes them along: when they end, what is claimed is
// the reservation still. Taking it away gives them back.
func TestClaimed_reservationOverCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var counts metrics.Recorder
		w := newWorld(t, invoke.Options{Trace: counts.Trace})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 10 * time.Minute}, lambdatest.Script("S", 90*time.Second))
		for range 3 {
			w.svc.Start(t.Context(), invoke.Input{FunctionName: "f"}, func(*invoke.Output, error) {})
		}
		synctest.Wait()
		require.NoError(t, w.svc.PutFunctionConcurrency("f", 5))
		lambdatest.Advance(5 * time.Minute)
		require.Equal(t, 5, w.last(trace.Finished).Claimed)
		counts.Trace(trace.Event{Kind: trace.Log, Time: time.Now()})
		points, err := counts.Datapoints(metrics.Query{Name: metrics.ClaimedAccountConcurrency, Start: w.start})
		require.NoError(t, err)
		for _, p := range points[1:] {
			require.Equal(t, 5.0, p.Minimum, "%s", p.Timestamp)
			require.Equal(t, 5.0, p.Maximum, "%s", p.Timestamp)
		}
		w.svc.Start(t.Context(), invoke.Input{FunctionName: "f"}, func(*invoke.Output, error) {})
		synctest.Wait()
		require.NoError(t, w.svc.DeleteFunctionConcurrency("f"))
		require.Equal(t, 1, w.last(trace.ConcurrencyChanged).Claimed)
		require.Equal(t, "Unreserved", w.last(trace.ConcurrencyChanged).Pool)
		lambdatest.Advance(5 * time.Minute)
		require.Zero(t, w.last(trace.Finished).Claimed)
	})
}
