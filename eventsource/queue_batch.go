package eventsource

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// queueBatch is a batch of messages in flight. It is used again and again, and so are its buffers.
type queueBatch struct {
	p       *queuePoller
	records []Record // what is sent
	taken   []Record // of a FIFO queue: the batch as it was taken
	event   []byte
	tries   int // throttled in a row
	timer   *time.Timer
	done    func(*invoke.Output, error)
	out     *invoke.Output
	err     error
}

// fresh returns a batch to fill.
func (p *queuePoller) fresh() *queueBatch {
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	b := &queueBatch{p: p}
	b.done = b.ended
	return b
}

// recycle keeps a batch for another use.
func (p *queuePoller) recycle(b *queueBatch) {
	clear(b.records)
	b.records, b.taken, b.tries, b.out, b.err = b.records[:0], nil, 0, nil, nil
	p.free = append(p.free, b)
}

// dispatch invokes the function. It counts the batch as work under way until it has ended.
func (p *queuePoller) dispatch(b *queueBatch, now time.Time) {
	if kept := recordFields.Leased(b.records, now); len(kept) != len(b.records) {
		b.records = kept
	}
	if len(b.records) == 0 {
		p.release(b, nil, now)
		return
	}
	p.life.add()
	p.report(trace.BatchFormed, "", len(b.records))
	b.event = appendEvent(b.event[:0], b.records)
	p.invoke(b.event, "", b.done)
}

// ended is called where the invocation ended, and must not stay there.
func (b *queueBatch) ended(out *invoke.Output, err error) {
	b.out, b.err = out, err
	go b.p.finish(b)
}

// finish acknowledges what the batch earned.
func (p *queuePoller) finish(b *queueBatch) {
	defer p.life.leave()
	if errors.Is(b.err, invoke.ErrClosed) {
		p.stop()
		return
	}
	r := queueReport{batch: b}
	v := p.verdict(b)
	r.result = v.Result
	id := ""
	if b.out != nil {
		id = b.out.RequestID
	}
	p.reportEnded("", len(b.records), v.Result, id, time.Time{})
	if v.Result != batch.Throttled {
		r.deleted = p.acknowledge(batch.Acknowledged(v, b.records))
	}
	p.inbox.post(r)
	if p.turn.take() {
		p.turn.do(p.round)
	}
}

// verdict is what an invocation's end means for the messages.
func (p *queuePoller) verdict(b *queueBatch) batch.Verdict {
	switch {
	case b.err != nil:
		return batch.Verdict{Result: batch.Throttled}
	case b.out.FunctionError != "":
		return batch.Verdict{Result: batch.FunctionError}
	case p.set.ReportBatchItemFailures:
		return batch.QueueVerdict(b.out.Payload, b.records, recordFields.ID)
	}
	return batch.Verdict{Result: batch.Succeeded}
}

// acknowledge deletes messages and returns those of which it believes so.
func (p *queuePoller) acknowledge(records []Record) []Record {
	if len(records) == 0 || p.dead.Load() {
		return nil
	}
	err, alive := p.delete(records)
	if !alive {
		return nil
	}
	if err != nil {
		p.report(trace.Deleted, "", 0)
		return nil
	}
	p.report(trace.Deleted, "", len(records))
	return records
}

func (p *queuePoller) delete(records []Record) (err error, alive bool) {
	if !p.m.controls.any() {
		return p.deleteFromQueue(records), true
	}
	s := &Step{Kind: Acknowledge, Records: slices.Clone(records)}
	return p.controlled(p, s, func() error { return p.deleteFromQueue(s.Records) })
}

func (p *queuePoller) deleteFromQueue(records []Record) error {
	if err := p.mayDelete(); err != nil {
		return err
	}
	return p.queue.Delete(context.Background(), records)
}

// park keeps a throttled batch for another try inside its leases.
func (p *queuePoller) park(b *queueBatch, now time.Time) {
	b.tries++
	at := recordFields.RetryAt(b.records, now, b.tries, p.set.Backoff)
	b.timer = time.AfterFunc(at.Sub(now), func() { p.retry(b) })
	p.parked = append(p.parked, b)
}

func (p *queuePoller) unpark(b *queueBatch) {
	p.parked = slices.DeleteFunc(p.parked, func(o *queueBatch) bool { return o == b })
}

// retry is a parked batch's timer.
func (p *queuePoller) retry(b *queueBatch) {
	p.inbox.post(queueReport{batch: b})
	p.wake()
}
