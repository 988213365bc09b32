package eventsource

import (
	"errors"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// take reports how the batch of a lane ended.
func (r *shardReader) take(l *lane, now time.Time) {
	if l.giving {
		l.giving, l.busy = false, false
		return
	}
	o := r.outcome(l)
	l.busy = false
	if l.out != nil {
		l.version = l.out.ExecutedVersion
	}
	var newest time.Time
	if n := len(l.work.Records); n > 0 {
		newest = l.work.Records[n-1].Arrival
	}
	r.p.reportEnded(r.id, len(l.work.Records), o.Result, l.requestID, newest)
	r.p.m.processed(result(o.Result))
	r.shard.Report(l.number, now, o)
	l.closing = l.work.Window != nil && l.work.Window.Final && o.Result == batch.Succeeded
	l.out, l.err, l.work = nil, nil, batch.Work[Record]{}
}

// result is the LastProcessingResult that an outcome leaves. A valid response that names failed records is fine.
func result(r batch.Result) string {
	if r == batch.Succeeded || r == batch.PartlyFailed {
		return processedOK
	}
	return functionCallFailed
}

// outcome is what an invocation's end means for the records.
func (r *shardReader) outcome(l *lane) batch.Outcome {
	switch {
	case errors.Is(l.err, lambda.ErrRequestEntityTooLarge):
		// The state that goes with a tumbling window may have grown since the batch was formed.
		return batch.Outcome{Result: batch.TooLarge}
	case l.err != nil:
		return batch.Outcome{Result: batch.Throttled}
	case l.out.FunctionError != "":
		return batch.Outcome{Result: batch.FunctionError}
	case l.work.Window != nil:
		return batch.WindowVerdict(l.out.Payload, l.work.Records, recordFields.ID, r.p.set.ReportBatchItemFailures)
	case r.p.set.ReportBatchItemFailures:
		return batch.StreamVerdict(l.out.Payload, l.work.Records, recordFields.ID)
	}
	return batch.Outcome{Result: batch.Succeeded}
}

// boundary notes that a tumbling window is over: what comes before is resolved, and needs its state no more.
func (l *lane) boundary() {
	if l.closing {
		l.closing = false
		l.r.keep(l.r.shard.Checkpoint())
		l.r.save(time.Now(), false)
	}
}

// checkpoint saves how far the shard is resolved. While a tumbling window is open its state is in nobody's hands but
// the poller's, so the position stays before it: a poller that starts again builds the state anew.
func (r *shardReader) checkpoint() {
	if r.p.set.TumblingWindow == 0 {
		r.keep(r.shard.Checkpoint())
	}
}

func (r *shardReader) keep(at Position) { r.want = at }

// save is what the store made of a position.
type save struct {
	at Position
	ok bool
}

// save gives the store the position that it should have, one at a time. last says that the poller is stopped: then
// every position is tried once more, and what fails is lost. A store that is not in memory may take its time, which the
// other shards must not wait for.
func (r *shardReader) save(now time.Time, last bool) {
	if r.busy || r.want == r.saved || r.want == r.tried && (r.last || !last && now.Before(r.again)) {
		return
	}
	s := save{at: r.want}
	r.tried, r.last = s.at, last
	if _, ok := r.p.m.store.(*MemoryCheckpoints); ok {
		s.ok = r.p.save(r.id, s.at)
		r.wrote(s, now)
		return
	}
	r.busy = true
	r.p.life.add()
	go func() {
		defer r.p.life.leave()
		s.ok = r.p.save(r.id, s.at)
		r.saves.post(s)
		r.goOn()
	}()
}

// wrote notes how a save ended.
func (r *shardReader) wrote(s save, now time.Time) {
	r.busy = false
	if !s.ok {
		r.again = now.Add(receivePause)
		return
	}
	r.saved = s.at
	if r.p.traces() && s.at != r.start { // it has moved
		ev := r.p.event(trace.Checkpointed, r.id, 0)
		ev.Detail = s.at.Sequence
		r.p.m.svc.Trace(ev)
	}
}

// settle ends what the batches began that ended after the poller was stopped, and saves how far that came. All the rest is
// left to the next poller, which may have other settings.
func (r *shardReader) settle(now time.Time) {
	for _, l := range r.lanes {
		for !l.busy {
			w := r.shard.Settle(l.number)
			l.boundary()
			if w.Action != batch.Discard {
				break
			}
			r.discard(l, &w, now)
		}
	}
	r.checkpoint()
	r.save(now, true)
}
