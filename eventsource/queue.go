package eventsource

import (
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// receiveMost is the most messages that one receive returns.
const receiveMost = 10

// queuePoller pulls messages from a queue. Whoever has the turn owns what is below it: the wake of a Notifier, an
// alarm, the end of a batch, or the one goroutine over a queue that is no Notifier.
type queuePoller struct {
	base
	queue    Queue
	leases   time.Duration // to ask for; 0 for the queue's own
	blocking bool          // it is no Notifier: a goroutine waits in Receive

	inbox    inbox[queueReport]
	scale    *batch.Scale
	groups   *batch.Groups[Record] // nil for a standard queue
	former   batch.Former
	opened   time.Time      // when the batch that forms got its first message
	members  map[string]int // in a batching window: where the messages are in the batch that forms, by id
	forming  []Record       // the batch that forms; of a FIFO queue, the messages that wait for one
	overflow []Record       // received with it, and the first of the next batch
	placed   bool           // the batch that forms has a place
	alarm    alarm
	parked   []*queueBatch // throttled batches that wait for another try
	free     []*queueBatch
	pause    time.Time // after the queue failed: nothing is received before

	// Over a blocking queue, orders tell the goroutine to receive, one at a time, and it puts into arrivals what came.
	orders   chan int
	ordered  bool
	arrivals inbox[arrival]
}

// queueReport is what a batch has to say to the holder of the turn.
type queueReport struct {
	batch   *queueBatch
	result  batch.Result
	deleted []Record
}

func newQueuePoller(m *Mapping, q Queue, set *settings) *queuePoller {
	p := &queuePoller{queue: q, orders: make(chan int, 1), leases: leaseFor(m.svc, q, set)}
	p.init(m, set, p.round)
	_, notifies := q.(Notifier)
	p.blocking = !notifies
	p.alarm.ring = p.wake
	if set.kind == fifoQueue {
		p.groups = batch.NewGroups(&recordFields)
	}
	if set.MaximumBatchingWindow != 0 {
		p.members = map[string]int{}
	}
	p.former, _ = batch.NewFormer(set.limits(), emptyEvent) // the settings are checked
	return p
}

func (p *queuePoller) start() {
	defer p.life.leave()
	if p.turn.take() {
		p.turn.do(func() {
			p.begin()
			if p.life.isStopped() { // stop found the turn taken and left the rest to its holder
				p.cleanUp()
			}
		})
	}
	p.wake()
}

func (p *queuePoller) begin() {
	if p.scale != nil || p.life.isStopped() {
		return
	}
	p.scale, _ = batch.NewScale(p.set.scaling(), time.Now()) // the settings are checked
	if p.blocking {
		p.run(p.receiveOrders)
	} else {
		p.unwatch = p.queue.(Notifier).Notify(p.wake)
	}
}

// round does everything there is to do.
func (p *queuePoller) round() {
	if p.life.isStopped() {
		p.cleanUp()
		return
	}
	now := time.Now()
	for _, r := range p.inbox.drain() {
		p.take(r, now)
	}
	for p.advance(now) {
	}
}

// cleanUp gives up what has not been sent: its leases run out, and the queue gives it out again.
func (p *queuePoller) cleanUp() {
	if p.unwatch != nil {
		p.unwatch()
		p.unwatch = nil
	}
	p.alarm.set(time.Time{}, time.Time{})
	for _, b := range p.parked {
		b.timer.Stop()
	}
	p.parked, p.forming, p.overflow = nil, nil, nil
}

// take notes how a batch ended.
func (p *queuePoller) take(r queueReport, now time.Time) {
	b := r.batch
	if r.result == 0 {
		p.unpark(b)
		p.dispatch(b, now)
		return
	}
	p.scale.ReportAt(now, r.result)
	if r.result == batch.Throttled {
		p.park(b, now)
		return
	}
	p.release(b, r.deleted, now)
}

// release ends the flight of a batch.
func (p *queuePoller) release(b *queueBatch, deleted []Record, now time.Time) {
	if p.groups != nil {
		p.forming = p.groups.Release(b.taken, deleted, p.forming)
	}
	p.scale.ReleaseAt(now)
	p.recycle(b)
}

// advance brings the batch that forms one step on. It returns false when there is nothing to do for now.
func (p *queuePoller) advance(now time.Time) bool {
	if !p.place(now) {
		return false
	}
	if p.groups != nil {
		return p.advanceGroups(now)
	}
	if p.former.Ready(now) {
		p.send(now)
		return true
	}
	if p.receive(min(receiveMost, p.set.BatchSize-len(p.forming)), now) {
		p.form(now)
		return !p.life.isStopped()
	}
	if len(p.forming) > 0 {
		p.alarm.set(earlier(p.former.Due(), p.pause), now)
		return false
	}
	p.idle(now)
	return false
}

// place takes a place for the batch that forms.
func (p *queuePoller) place(now time.Time) bool {
	if p.placed {
		return true
	}
	ok, again := p.scale.AcquireAt(now)
	if !ok {
		p.alarm.set(again, now)
		return false
	}
	p.placed = true
	return true
}

// idle gives the place back: there is nothing to fill it with. A poller that waits inside Receive keeps it.
func (p *queuePoller) idle(now time.Time) {
	p.alarm.set(p.pause, now)
	if p.ordered {
		return
	}
	p.scale.ReleaseAt(now)
	p.scale.IdleAt(now)
	p.placed = false
}

// form lets what was received join the batch that forms.
func (p *queuePoller) form(now time.Time) {
	waiting := p.overflow
	for i := range waiting {
		if at, ok := p.members[waiting[i].ID]; ok {
			p.replace(at, waiting[i])
			continue
		}
		if !p.former.Add(len(waiting[i].JSON), now) {
			p.overflow = append(p.overflow[:0], waiting[i:]...)
			return
		}
		p.join(waiting[i], now)
	}
	clear(p.overflow)
	p.overflow = p.overflow[:0]
}

// join puts a message into the batch that forms, which has room for it.
func (p *queuePoller) join(r Record, now time.Time) {
	if len(p.forming) == 0 {
		p.opened = now
	}
	if p.members != nil {
		p.members[r.ID] = len(p.forming)
	}
	p.forming = append(p.forming, r)
}

// replace lets a copy of a message take the place of an earlier one, whose lease has passed on: the function must not
// get both. A copy that is larger and does not fit is left to the queue.
func (p *queuePoller) replace(at int, r Record) {
	if size := len(r.JSON) - len(p.forming[at].JSON); size > 0 && p.former.Bytes()+size > batch.MaximumEventSize {
		return
	}
	p.forming[at] = r
	p.former.Reset(emptyEvent)
	for i := range p.forming {
		p.former.Add(len(p.forming[i].JSON), p.opened)
	}
}

// send sends the batch that formed, and begins the next with what overflowed.
func (p *queuePoller) send(now time.Time) {
	if p.former.Oversize() {
		p.giveUp(now)
	} else {
		b := p.fresh()
		b.records = append(b.records[:0], p.forming...)
		p.dispatch(b, now)
	}
	p.placed = false
	clear(p.members)
	clear(p.forming)
	p.forming = p.forming[:0]
	p.former.Reset(emptyEvent)
	p.form(now)
}

// giveUp leaves a message to the queue that is too large for any event: it cannot be sent, and is not deleted.
func (p *queuePoller) giveUp(now time.Time) {
	p.report(trace.BatchFormed, "", 1)
	p.reportEnded("", 1, batch.TooLarge, "", time.Time{})
	p.scale.ReportAt(now, batch.TooLarge)
	p.scale.ReleaseAt(now)
}

// advanceGroups is advance for a FIFO queue.
func (p *queuePoller) advanceGroups(now time.Time) bool {
	b := p.fresh()
	p.former.Reset(emptyEvent)
	b.taken, p.forming = p.groups.Take(p.forming, &p.former, now)
	switch {
	case len(b.taken) == 0:
		p.recycle(b)
	case p.former.Oversize():
		p.giveUp(now)
		p.forming = p.groups.Release(b.taken, nil, p.forming)
		p.placed = false
		p.recycle(b)
		return true
	default:
		b.records = append(b.records[:0], b.taken...)
		p.placed = false
		p.dispatch(b, now)
		return true
	}
	if len(p.forming) < heldMost && p.receive(min(receiveMost, p.set.BatchSize), now) {
		p.forming = append(p.forming, p.overflow...)
		p.overflow = p.overflow[:0]
		return !p.life.isStopped()
	}
	p.idle(now)
	return false
}

// heldMost is how many messages of busy groups a poller holds. SQS itself gives out none of those.
const heldMost = 100
