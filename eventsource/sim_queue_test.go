package eventsource_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// queueRun is such a run under way. It is the queue, too, and watches what is received and deleted.
type queueRun struct {
	queuePlan
	*sqs.Queue
	t    *rapid.T
	c    *chance
	w    *world
	m    *eventsource.Mapping
	dead *sqs.Queue
	most int // the greatest MaximumConcurrency; 0 if there was a time without
	size int // the largest batch that was ever allowed

	mu       sync.Mutex
	sent     []string             // bodies
	earned   map[string]bool      // by body, as all of these
	flying   map[string]int       // by group
	counts   map[string]int       // the receive count that the function saw last
	receives map[string]int       // by body
	leases   map[string]time.Time // by id and receive count
	off      bool

	atOnce, mostAtOne int // batches that run, and not those that the function goes on with after its timeout
}

// runQueue runs a plan to its end, and holds everything against the laws. It returns the run for more.
func runQueue(t *rapid.T, p queuePlan, c *chance) *queueRun {
	r := &queueRun{queuePlan: p, t: t, c: c, most: p.config.MaximumConcurrency, size: p.config.BatchSize,
		earned: map[string]bool{}, flying: map[string]int{}, counts: map[string]int{}, receives: map[string]int{}, leases: map[string]time.Time{}}
	name := "q"
	if p.fifo {
		name = "q.fifo"
	}
	r.Queue = sqs.NewQueue(name, sqs.Attributes{})
	if p.redrive > 0 {
		r.Queue, r.dead = redriven(name, p.redrive)
	}
	if p.filtered {
		r.config.Filters = []string{`{"body":[{"anything-but":{"prefix":"3:"}}]}`}
	}
	r.w = newWorld(t, invoke.Options{}, r.answer)
	r.w.throttle(c, r.throttles)
	r.make()
	for _, s := range r.steps {
		r.step(s)
	}
	r.end()
	return r
}

// blocked hides that the queue can notify.
type blocked struct{ eventsource.Queue }

func (r *queueRun) make() {
	c := r.config
	c.FunctionName, c.Disabled = "f", false
	source := eventsource.Source(r)
	if r.blocking {
		source = blocked{r}
	}
	for range 100 {
		m, err := eventsource.NewMapping(r.w.svc, source, c)
		if err == nil {
			r.m, r.off = m, false
			break
		}
		lambdatest.Advance(time.Second) // the one before is being deleted
	}
	r.m.Control(r.control)
}

// control injects what can go wrong between a poller and the world.
func (r *queueRun) control(s *eventsource.Step, next func() error) error {
	switch {
	case r.c.hits(r.faults):
		return errFault
	case r.c.hits(r.faults):
		return nil // lost on the way, and nobody knows
	case r.c.hits(r.faults):
		return eventsource.ErrCrash
	case r.c.hits(r.faults):
		next()
		return eventsource.ErrCrash
	case r.c.hits(r.faults):
		next()
		return errFault
	case s.Kind == eventsource.Received && r.duplicates && r.c.hits(r.faults):
		s.Records = append(s.Records, s.Records[0])
	}
	return next()
}

func (r *queueRun) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	if r.c.hits(r.faults) {
		return nil, errFault
	}
	got, err := r.Queue.Receive(ctx, max, wait)
	r.received(got)
	return got, err
}

func (r *queueRun) ReceiveFor(ctx context.Context, max int, wait bool, lease time.Duration) ([]eventsource.Record, error) {
	got, err := r.Queue.ReceiveFor(ctx, max, wait, lease)
	r.received(got)
	return got, err
}

func (r *queueRun) received(got []eventsource.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range got {
		r.receives[string(got[i].Data)]++
		r.leases[leaseOf(decode([]byte(eventOf(got[i : i+1]))).Items[0])] = got[i].Expires
	}
}

func (r *queueRun) rejects(body string) bool { return r.filtered && strings.HasPrefix(body, "3:") }

func (r *queueRun) step(s queueStep) {
	switch s.act {
	case "send":
		body := fmt.Sprint(s.group, ":", len(r.sent))
		r.mu.Lock()
		r.sent = append(r.sent, body)
		r.mu.Unlock()
		send(r.t, r.Queue, body)
	case "restart":
		r.m.Close()
		r.make()
	case "disable", "enable":
		_, err := r.m.Update(eventsource.UpdateInput{Enabled: new(s.act == "enable")})
		require.NoError(r.t, err)
		r.off = s.act == "disable"
	case "update":
		r.update(s.group)
	case "delete":
		_, err := r.m.Delete()
		require.NoError(r.t, err)
		r.make()
	}
	lambdatest.Advance(s.pause)
}

func (r *queueRun) update(n int) {
	in := eventsource.UpdateInput{BatchSize: new(1 + 3*n), MaximumConcurrency: new([]int{0, 2, 4, 5}[n])}
	r.size = max(r.size, 1+3*n)
	if r.most != 0 {
		r.most = max(r.most, *in.MaximumConcurrency)
	}
	if *in.MaximumConcurrency == 0 {
		r.most = 0
	}
	_, err := r.m.Update(in)
	require.NoError(r.t, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.config, err = in.Apply(r.config)
	require.NoError(r.t, err)
}

// end lets everything come to rest, and looks for what was lost.
func (r *queueRun) end() {
	if r.off {
		require.NoError(r.t, r.m.Enable())
	}
	lambdatest.Advance(5 * time.Minute)
	r.c.calm()
	lambdatest.Advance(15 * time.Minute)
	r.m.Close()
	if n := r.Len(); n != 0 {
		r.t.Fatalf("16: %d messages are left", n)
	}
	dead := r.buried()
	for _, body := range r.sent {
		if !r.earned[body] && !r.rejects(body) && !dead[body] {
			r.t.Fatalf("16: message %s was lost", body)
		}
	}
	r.limits()
}

// answer is the function: it takes its time, fails now and then in every way there is, and checks what it sees.
func (r *queueRun) answer(_ int, d delivery) (string, error) {
	r.enter(d)
	if r.c.hits(r.trouble / 4) {
		time.Sleep(2900 * time.Millisecond)
		r.leave(d)
		time.Sleep(time.Second) // the timeout is in the midst of this
		return "", nil
	}
	time.Sleep(500 * time.Millisecond)
	r.leave(d)
	return r.decide(d)
}

func (r *queueRun) decide(d delivery) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.c.hits(r.trouble) {
		return "", errScripted
	}
	if r.config.ReportBatchItemFailures && r.c.hits(r.trouble) {
		return `{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`, nil
	}
	failed, stopped := map[string]bool{}, map[string]bool{}
	for _, it := range d.Items {
		if r.config.ReportBatchItemFailures && (stopped[it.Group] || r.c.hits(r.trouble)) {
			failed[it.Text] = true
			stopped[it.Group] = r.fifo // the rest of the group has to be reported, too
		}
	}
	for _, it := range d.Items {
		if !failed[it.Text] { // a message that is twice in the batch stays if either copy is reported
			r.earned[it.Text] = true
		}
	}
	return report(d, slices.Sorted(maps.Keys(failed))...), nil
}
