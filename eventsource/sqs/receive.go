package sqs

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
)

// maxInFlight is how many messages of a queue can be in flight, of a FIFO queue too since 2024.
const maxInFlight = 120_000

// lease receives up to max messages, and moves those that were received too often.
func (q *Queue) lease(got []delivery, max int, visibility time.Duration) []delivery {
	var moved []*message
	q.do(func(s *state, now int64) { got, moved = s.receive(got, moved, max, visibility, now) })
	q.redrive(moved)
	return got
}

// await receives like lease, and waits for the first message until wait is over or ctx is done. A negative wait has no
// end.
func (q *Queue) await(ctx context.Context, got []delivery, max int, visibility, wait time.Duration) ([]delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if got = q.lease(got, max, visibility); len(got) > 0 || wait == 0 {
		return got, nil
	}
	wake := make(chan struct{}, 1)
	defer q.Notify(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})()
	var end <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		end = t.C
	}
	for {
		if got = q.lease(got, max, visibility); len(got) > 0 {
			return got, nil
		}
		select {
		case <-wake:
		case <-end:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Receive implements [eventsource.Queue]: up to max messages, at most 10, leased for the queue's visibility timeout.
func (q *Queue) Receive(ctx context.Context, max int, wait bool) ([]eventsource.Record, error) {
	return q.ReceiveFor(ctx, max, wait, q.set.visibility)
}

// ReceiveFor implements [eventsource.LeaseReceiver]: it is Receive with leases of another length, 0 s to 12 h.
func (q *Queue) ReceiveFor(ctx context.Context, max int, wait bool, lease time.Duration) ([]eventsource.Record, error) {
	if !seconds(lease, 0, maxVisibility) {
		return nil, invalidValue(inSeconds(lease), "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
	}
	if max <= 0 {
		return nil, ctx.Err()
	}
	var buf [maxBatch]delivery
	until := time.Duration(0)
	if wait {
		until = -1
	}
	got, err := q.await(ctx, buf[:0], min(max, maxBatch), lease, until)
	if len(got) == 0 || err != nil {
		return nil, err
	}
	return q.records(got), nil
}

// records writes deliveries, at most maxBatch, as a mapping handles them. They share one buffer.
func (q *Queue) records(got []delivery) []eventsource.Record {
	size := 0
	for i := range got {
		size += got[i].recordSize() + len(q.tail)
	}
	var text [maxBatch * receiptLen]byte
	handles := text[:0]
	for i := range got {
		handles = appendReceipt(handles, q.receipt(&got[i]))
	}
	w := recordWriter{tail: q.tail}
	all, buf := string(handles), make([]byte, 0, size)
	rs := make([]eventsource.Record, len(got))
	for i := range got {
		d, handle, start, bodyAt := &got[i], all[i*receiptLen:(i+1)*receiptLen], len(buf), 0
		buf, bodyAt = w.append(buf, d, handle)
		end := len(buf)
		if !d.plain {
			bodyAt, buf = end, append(buf, d.body...)
		}
		rs[i] = eventsource.Record{
			ID: d.id, JSON: buf[start:end:end], Data: buf[bodyAt : bodyAt+len(d.body) : bodyAt+len(d.body)],
			Group: d.groupID, Receipt: handle, Expires: time.Unix(0, d.until), Arrival: time.Unix(0, d.sent),
		}
	}
	return rs
}

// ReceiveOptions are the parameters of [Queue.ReceiveMessage].
type ReceiveOptions struct {
	// MaxNumberOfMessages is 1 to 10; 0 means 1.
	MaxNumberOfMessages int
	// VisibilityTimeout is 0 s to 12 h; nil means the queue's.
	VisibilityTimeout *time.Duration
	// WaitTime is 0 s to 20 s; nil means the queue's ReceiveMessageWaitTime (wire name WaitTimeSeconds).
	WaitTime *time.Duration
}

// ReceiveMessage leases messages, with all their attributes. It waits up to WaitTime for the first; that there is none
// is no error. Without waiting, a standard queue with 120,000 messages in flight answers OverLimit. A done ctx ends the
// wait with its error. An [*Error] changes nothing.
func (q *Queue) ReceiveMessage(ctx context.Context, o ReceiveOptions) ([]Message, error) {
	max, visibility, wait := o.MaxNumberOfMessages, q.set.visibility, q.set.wait
	if max == 0 {
		max = 1
	}
	if o.VisibilityTimeout != nil {
		visibility = *o.VisibilityTimeout
	}
	if o.WaitTime != nil {
		wait = *o.WaitTime
	}
	switch {
	case max < 1 || max > maxBatch:
		return nil, invalidValue(strconv.Itoa(max), "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
	case !seconds(visibility, 0, maxVisibility):
		return nil, invalidValue(inSeconds(visibility), "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
	case !seconds(wait, 0, maxWait):
		return nil, invalidValue(inSeconds(wait), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
	}
	got, err := q.await(ctx, nil, max, visibility, wait)
	if err != nil {
		return nil, err
	}
	if len(got) == 0 && wait == 0 && !q.set.fifo && q.Counts().NotVisible >= maxInFlight {
		return nil, ErrOverLimit.because(fmt.Sprintf("Too many messages in flight: %d.", maxInFlight))
	}
	return q.messages(got), nil
}

// ReceiveMessages leases up to n messages that are visible now, any number, for the queue's visibility timeout.
func (q *Queue) ReceiveMessages(n int) []Message {
	if n <= 0 {
		return nil
	}
	return q.messages(q.lease(nil, n, q.set.visibility))
}

func (q *Queue) messages(got []delivery) []Message {
	var ms []Message
	for i := range got {
		ms = append(ms, q.message(&got[i]))
	}
	return ms
}
