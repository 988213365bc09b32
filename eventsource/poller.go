package eventsource

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// base is what pollers of queues and streams have in common.
type base struct {
	m          *Mapping
	set        *settings
	generation uint64 // tells the mapping's pollers apart
	life       life
	turn       turn   // who has it owns what the poller does not share
	round      func() // does everything there is to do, for who has the turn
	// ctx is done when the poller is stopped; acknowledgements and checkpoints of what was in flight go on without it.
	ctx     context.Context
	cancel  context.CancelFunc
	dead    atomic.Bool // it crashed: nothing is acknowledged any more
	unwatch func()      // ends the source's notifications; the turn's
}

// init begins a life with one entry, for start to leave. The caller holds the mapping's mu.
func (b *base) init(m *Mapping, set *settings, round func()) {
	m.pollers++
	b.m, b.set, b.generation, b.round = m, set, m.pollers, round
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.life.add()
}

// stop begins nothing new, and has the turn's holder clean up. A poller that is stopped already is not bothered again: what
// it left may be another one's by now.
func (b *base) stop() {
	b.life.add() // it is not over before the turn is done, whoever asks meanwhile
	defer b.life.leave()
	if !b.life.stop() {
		return
	}
	b.cancel()
	if b.turn.take() {
		b.turn.do(b.round)
	}
}

// wake sees to it that somebody looks for work soon.
func (b *base) wake() {
	if !b.life.enter() {
		return
	}
	if !b.turn.take() {
		b.life.leave()
		return
	}
	go func() {
		defer b.life.leave()
		b.turn.do(b.round)
	}()
}

func (b *base) then(f func()) { b.life.then(f) }

// run does work in a goroutine of its own, unless the poller is stopped.
func (b *base) run(work func()) {
	if !b.life.enter() {
		return
	}
	go func() {
		defer b.life.leave()
		work()
	}()
}

// invoke starts the function with an event. Its bytes may be changed as soon as invoke returns.
func (b *base) invoke(event []byte, requestID string, done func(*invoke.Output, error)) {
	b.m.svc.Start(context.Background(), invoke.Input{
		FunctionName: b.set.ref.Name, Qualifier: b.set.ref.Qualifier, Payload: event, RequestID: requestID,
		WellFormed: true, // as its records are
	}, done)
}

// traces reports whether anybody wants to know.
func (b *base) traces() bool { return b.m.svc.Traces() }

// event is what the steps of a mapping have in common.
func (b *base) event(k trace.Kind, shard string, count int) trace.Event {
	return trace.Event{
		Kind: k, Time: time.Now(), Function: b.set.ref.Name, Qualifier: b.set.ref.Qualifier,
		Source: b.m.uuid, Shard: shard, Count: count,
	}
}

// report traces a step about a number of records.
func (b *base) report(k trace.Kind, shard string, count int) {
	if b.traces() {
		b.m.svc.Trace(b.event(k, shard, count))
	}
}

// reportEnded traces how an invoke ended. newest is when the last record of its batch arrived, the zero Time for a
// queue. A batch that the function never saw, throttled or too large, failed by the platform and not by the function.
func (b *base) reportEnded(shard string, count int, result batch.Result, requestID string, newest time.Time) {
	if !b.traces() {
		return
	}
	ev := b.event(trace.BatchEnded, shard, count)
	ev.Outcome, ev.RequestID = trace.Error, requestID
	switch result {
	case batch.Succeeded:
		ev.Outcome = trace.Success
	case batch.Throttled, batch.TooLarge:
		ev.Outcome = trace.Failure
	}
	if !newest.IsZero() {
		ev.Age = ev.Time.Sub(newest)
	}
	b.m.svc.Trace(ev)
}

// controlled does a step inside the mapping's controls, and reports whether the poller survived it.
func (b *base) controlled(p poller, s *Step, act func() error) (err error, alive bool) {
	err = b.m.controls.do(s, act)
	if errors.Is(err, ErrCrash) {
		b.crash(p)
		return err, false
	}
	return err, true
}

// crash lets the poller die.
func (b *base) crash(p poller) {
	if !b.dead.Swap(true) {
		b.m.crashed(p)
	}
}
