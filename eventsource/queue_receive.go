package eventsource

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// receivePause is how long a poller waits after its source has failed.
const receivePause = time.Second

// arrival is what one Receive of a blocking queue returned.
type arrival struct {
	records []Record
	err     error
}

// receive receives up to max messages, and puts those that pass the filters into overflow. It reports whether there
// were any.
func (p *queuePoller) receive(max int, now time.Time) bool {
	if now.Before(p.pause) {
		return false
	}
	p.pause = time.Time{}
	if p.blocking {
		return p.collect(max, now)
	}
	got, err := p.lease(max, false)
	return p.received(got, err, now)
}

// lease asks the queue for messages, with leases that outlast the batching window.
func (p *queuePoller) lease(max int, wait bool) ([]Record, error) {
	if err := p.mayRead(); err != nil {
		return nil, err
	}
	if q, ok := p.queue.(LeaseReceiver); ok && p.leases != 0 {
		return q.ReceiveFor(p.ctx, max, wait, p.leases)
	}
	return p.queue.Receive(p.ctx, max, wait)
}

// collect takes what the goroutine over a blocking queue has received, or orders it to receive.
func (p *queuePoller) collect(max int, now time.Time) bool {
	for _, a := range p.arrivals.drain() {
		p.ordered = false
		return p.received(a.records, a.err, now) // there is one order at a time, so there is one arrival
	}
	if !p.ordered {
		p.ordered = true
		p.orders <- max
	}
	return false
}

// receiveOrders is the goroutine over a blocking queue.
func (p *queuePoller) receiveOrders() {
	for {
		select {
		case max := <-p.orders:
			got, err := p.lease(max, true)
			p.arrivals.post(arrival{got, err})
			p.wake()
		case <-p.ctx.Done():
			return
		}
	}
}

// received takes up messages. Those that the filters reject are deleted uninvoked.
func (p *queuePoller) received(got []Record, err error, now time.Time) bool {
	if err != nil {
		p.pause = now.Add(receivePause)
	}
	if len(got) == 0 {
		return false
	}
	if p.m.controls.any() {
		s := &Step{Kind: Received, Records: slices.Clone(got)}
		taken := false
		if _, alive := p.controlled(p, s, func() error { taken = true; return nil }); !alive || !taken {
			return true
		}
		got = s.Records
	}
	p.report(trace.Polled, "", len(got))
	if p.set.match == nil {
		p.overflow = append(p.overflow, got...)
		return true
	}
	p.filter(got)
	return true
}

// filter keeps what the filters let through.
func (p *queuePoller) filter(got []Record) {
	var rejected []Record
	for i := range got {
		if p.set.match.Match(got[i].JSON, got[i].Data) {
			p.overflow = append(p.overflow, got[i])
		} else {
			rejected = append(rejected, got[i])
		}
	}
	p.report(trace.Filtered, "", len(rejected)) // a sample of FilteredOutEventCount also where all match
	p.acknowledge(rejected)
}
