package eventsource

import (
	"context"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// discard gives up records: the on-failure destination gets a record of them, and whether that could be delivered or
// not, the shard goes on. Only the lane waits for the delivery.
func (r *shardReader) discard(l *lane, w *batch.Work[Record], now time.Time) {
	target := r.p.set.OnFailure
	if !w.Condition.Recorded() {
		target = nil
	}
	if r.p.traces() {
		ev := r.p.event(trace.Discarded, r.id, len(w.Records))
		ev.Detail = string(w.Condition)
		if target != nil {
			ev.Target = target.ARN()
		}
		r.p.m.svc.Trace(ev)
	}
	if target != nil {
		record, count := r.failure(l, w, now), len(w.Records)
		l.busy, l.giving = true, true
		r.p.life.add()
		go func() {
			defer r.p.life.leave()
			r.deliver(target, record, count)
			r.inbox.post(l)
			r.goOn()
		}()
	}
	l.closing = w.Window != nil && w.Window.Final
	l.requestID = ""
}

// deliver sends a record, once.
func (r *shardReader) deliver(target destinations.Target, record *destinations.BatchRecord, count int) {
	err := r.p.mayDeliver(target)
	if err == nil {
		err = target.Deliver(context.Background(), destinations.Delivery{
			Function: r.p.set.ref.Name, Mapping: r.p.m.uuid, Batch: record,
		})
	}
	if !r.p.traces() {
		return
	}
	ev := r.p.event(trace.Delivered, r.id, count)
	ev.Route, ev.Target = trace.OnFailure, target.ARN()
	if err != nil {
		ev.Kind, ev.Detail = trace.DeliveryFailed, err.Error()
	}
	r.p.m.svc.Trace(ev)
}

// failure is the record of a batch that was given up.
func (r *shardReader) failure(l *lane, w *batch.Work[Record], now time.Time) *destinations.BatchRecord {
	d := destinations.Discard{
		Time: now, RequestID: l.requestID, FunctionARN: r.p.set.functionARN,
		Condition: destinations.Condition(w.Condition), Invokes: w.Count,
		Answered: w.Response != batch.NoResponse, ExecutedVersion: l.version,
		StreamARN: r.p.stream.ARN(), Shard: r.id, Size: len(w.Records),
		Event: r.appendEvent(nil, w),
	}
	if !w.Again || d.RequestID == "" { // it was never sent
		l.batches++
		d.RequestID = uuid.V4(r.p.m.seed, l.batches, l.purpose)
	}
	if w.Response == batch.Unhandled {
		d.FunctionError = lambda.Unhandled
	}
	if n := len(w.Records); n > 0 {
		d.First, d.Last = point(&w.Records[0]), point(&w.Records[n-1])
	}
	if w.Window != nil {
		d.Window = &destinations.TimeWindowInfo{
			Window:                  destinations.NewWindow(w.Window.Start, w.Window.End),
			IsFinalInvokeForWindow:  w.Window.Final,
			IsWindowTerminatedEarly: w.Window.Early,
		}
	}
	return destinations.NewBatchRecord(d)
}

func point(r *Record) destinations.StreamPoint {
	return destinations.StreamPoint{SequenceNumber: r.ID, Arrival: r.Arrival}
}
