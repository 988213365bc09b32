package eventsource

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// shardReader reads one shard and does what the rules say for each of its lanes. Whoever has the turn owns the rest.
type shardReader struct {
	p       *streamPoller
	id      string
	turn    turn
	inbox   inbox[*lane]
	saves   inbox[save]
	open    atomic.Bool // its parents are drained: it may be read
	drained atomic.Bool // everything in it is resolved
	over    atomic.Bool // and the store knows

	shard *batch.Shard[Record, Position]
	start Position  // where it begins
	next  Position  // where to read on
	saved Position  // what the store has
	want  Position  // what it should have
	tried Position  // what was last given to it
	again time.Time // when to repeat what failed: not before, unless the position has moved on
	last  bool      // it was tried after the poller was stopped
	busy  bool      // a save is under way
	ended bool      // it was read to its end
	lanes []*lane
	alarm alarm
	pause time.Time // after the stream failed: nothing is read before
}

// lane is one place for a batch in flight.
type lane struct {
	r         *shardReader
	number    int
	purpose   string // of its request ids
	batches   uint64
	requestID string
	event     []byte
	work      batch.Work[Record] // that is in flight
	busy      bool
	giving    bool // it is busy with a delivery to the on-failure destination
	done      func(*invoke.Output, error)
	out       *invoke.Output
	err       error
	version   string // that answered last
	closing   bool   // the last work ended a tumbling window
}

func newShardReader(p *streamPoller, id string, at Position) *shardReader {
	r := &shardReader{p: p, id: id, start: at, next: at, saved: at, want: at}
	c := batch.StreamConfig{
		Limits: p.set.limits(), Policy: p.set.policy(p.retention()), Overhead: emptyEvent,
		ParallelizationFactor: p.set.ParallelizationFactor, TumblingWindow: p.set.TumblingWindow,
	}
	if c.TumblingWindow != 0 {
		c.Overhead = emptyWindowEvent(id, p.stream.ARN())
	}
	r.shard, _ = batch.NewShard(c, &recordFields, at) // the settings are checked
	r.alarm.ring = func() { p.run(r.poll) }
	r.lanes = make([]*lane, r.shard.Lanes())
	for i := range r.lanes {
		l := &lane{r: r, number: i, purpose: fmt.Sprint(id, "/", i, "/", p.generation)}
		l.done = l.invoked
		r.lanes[i] = l
	}
	return r
}

// poll looks for work in the shard, or leaves it to whoever is at it.
func (r *shardReader) poll() {
	if r.over.Load() && !r.p.life.isStopped() {
		return
	}
	if r.turn.take() {
		r.turn.do(r.round)
	}
}

func (r *shardReader) round() {
	now := time.Now()
	for _, l := range r.inbox.drain() {
		r.take(l, now)
	}
	for _, s := range r.saves.drain() {
		r.wrote(s, now)
	}
	if r.p.life.isStopped() {
		if !r.p.dead.Load() {
			r.settle(now)
		}
		r.alarm.set(time.Time{}, now)
		return
	}
	at := r.work(now)
	r.checkpoint()
	r.save(now, false)
	if r.want != r.saved && !r.busy {
		at = earlier(at, r.again)
	}
	r.alarm.set(at, now)
	if !r.shard.Drained() {
		return
	}
	r.over.Store(r.want == r.saved && !r.busy)
	if !r.drained.Swap(true) {
		r.p.wake() // its children's turn has come
	}
}

// work reads, and does what there is to do in the lanes. It returns when to look again.
func (r *shardReader) work(now time.Time) time.Time {
	if !r.open.Load() {
		return time.Time{}
	}
	r.read(now)
	at := r.pause
	for _, l := range r.lanes {
		if !l.busy {
			at = earlier(at, r.drive(l, now))
		}
	}
	return at
}

// readAhead is how many records of a shard are held at least, before the oldest of them is resolved.
const readAhead = 1_000

// read takes up new records, until there are none or too many are unresolved.
func (r *shardReader) read(now time.Time) {
	if now.Before(r.pause) {
		return
	}
	r.pause = time.Time{}
	if err := r.p.mayRead(); err != nil {
		r.pause = now.Add(receivePause)
		r.p.m.processed(accessLost(err))
		return
	}
	most := max(readAhead, 2*r.p.set.BatchSize*len(r.lanes))
	for !r.ended && r.shard.Pending() < most {
		page, err := r.p.stream.Read(r.p.ctx, r.id, r.next, most-r.shard.Pending())
		if err != nil {
			r.pause = now.Add(receivePause)
			return
		}
		r.accept(&page, now)
		if len(page.Records) == 0 {
			return
		}
	}
}

func (r *shardReader) accept(page *Page, now time.Time) {
	rejected := 0
	for i := range page.Records {
		rec := &page.Records[i]
		behind := Position{Type: After, Sequence: rec.ID}
		if m := r.p.set.match; m == nil || m.Match(rec.JSON, rec.Data) {
			r.shard.Add(now, rec, behind)
		} else {
			r.shard.Skip(behind)
			rejected++
		}
	}
	if n := len(page.Records); n > 0 {
		r.p.report(trace.Polled, r.id, n)
		if r.p.set.match != nil {
			r.p.report(trace.Filtered, r.id, rejected) // a sample of FilteredOutEventCount also where all match
		}
	}
	r.next = page.Next
	r.shard.Advance(page.Next, len(page.Records) == 0)
	if page.End {
		r.ended = true
		r.shard.End()
	}
}

// drive does what there is to do in a lane that has nothing in flight, and returns when to look again.
func (r *shardReader) drive(l *lane, now time.Time) time.Time {
	for {
		w := r.shard.Next(l.number, now)
		l.boundary()
		switch w.Action {
		case batch.Invoke:
			r.send(l, w, now)
			return time.Time{}
		case batch.Discard:
			if r.discard(l, &w, now); l.busy {
				return time.Time{}
			}
		case batch.Wait:
			return w.At
		default:
			return time.Time{}
		}
		if r.p.life.isStopped() {
			return time.Time{}
		}
	}
}

// send invokes the function. It counts the batch as work under way until it has ended.
func (r *shardReader) send(l *lane, w batch.Work[Record], now time.Time) {
	if !w.Again || l.requestID == "" {
		l.batches++
		l.requestID = uuid.V4(r.p.m.seed, l.batches, l.purpose)
		l.version = ""
	}
	l.event = r.appendEvent(l.event[:0], &w)
	l.work, l.busy = w, true
	r.p.life.add()
	r.p.report(trace.BatchFormed, r.id, len(w.Records))
	r.p.invoke(l.event, l.requestID, l.done)
}

func (r *shardReader) appendEvent(b []byte, w *batch.Work[Record]) []byte {
	if w.Window != nil {
		return appendWindowEvent(b, w.Records, w.Window, r.id, r.p.stream.ARN())
	}
	return appendEvent(b, w.Records)
}

// invoked is called where the invocation ended, and must not stay there.
func (l *lane) invoked(out *invoke.Output, err error) {
	l.out, l.err = out, err
	go l.r.resume(l)
}

func (r *shardReader) resume(l *lane) {
	defer r.p.life.leave()
	if errors.Is(l.err, invoke.ErrClosed) {
		r.p.stop()
		return
	}
	r.inbox.post(l)
	r.goOn()
}

// goOn looks at what has ended. The caller's work is counted.
func (r *shardReader) goOn() {
	if r.turn.take() {
		r.turn.do(r.round)
	}
}
