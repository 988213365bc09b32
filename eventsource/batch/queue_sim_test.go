package batch

import (
	"slices"
	"strconv"
	"time"
)

// message is a message of a fakeQueue.
type message struct {
	rec
	count   int       // receives so far
	visible time.Time // leased until then
	gone    string    // "", "deleted" or "dead"
}

// fakeQueue has SQS's delivery rules, as slowly and plainly as possible.
type fakeQueue struct {
	messages   []*message
	visibility time.Duration
	maxReceive int // 0: no dead-letter queue
}

func (q *fakeQueue) send(groups ...string) {
	for _, g := range groups {
		id := strconv.Itoa(len(q.messages) + 1)
		q.messages = append(q.messages, &message{rec: rec{id: id, key: g, size: 10}})
	}
}

func (q *fakeQueue) find(id string) *message {
	i, _ := strconv.Atoi(id)
	return q.messages[i-1]
}

// receive leases up to max messages; of a group, none behind one that is leased.
func (q *fakeQueue) receive(max int, t time.Time) (got []rec) {
	blocked := map[string]bool{}
	for _, m := range q.messages {
		if len(got) == max {
			break
		}
		if m.gone != "" || m.key != "" && blocked[m.key] {
			continue
		}
		if m.visible.After(t) {
			blocked[m.key] = true
			continue
		}
		if q.maxReceive > 0 && m.count == q.maxReceive {
			m.gone = "dead"
			continue
		}
		m.count++
		m.visible = t.Add(q.visibility)
		r := m.rec
		r.expires = m.visible
		got = append(got, r)
	}
	return got
}

func (q *fakeQueue) delete(rs []rec) {
	for _, r := range rs {
		q.find(r.id).gone = "deleted"
	}
}

func (q *fakeQueue) named(fate string) (ids []string) {
	for _, m := range q.messages {
		if m.gone == fate {
			ids = append(ids, m.id)
		}
	}
	return ids
}

// nextVisible is when the next leased message comes back; the zero Time if there is none.
func (q *fakeQueue) nextVisible(t time.Time) (at time.Time) {
	for _, m := range q.messages {
		if m.gone == "" && m.visible.After(t) && (at.IsZero() || m.visible.Before(at)) {
			at = m.visible
		}
	}
	return at
}

// queueSim is a shell around the rules for one queue, in time that moves only when there is nothing else to do.
type queueSim struct {
	queue  *fakeQueue
	filter func(rec) bool
	report bool
	work   time.Duration
	answer func(batch []rec) string // as the words of a script
	scale  *Scale
	groups *Groups[rec]
	former Former
	fifo   bool

	now      time.Time
	forming  []rec // the batch that forms (standard), or what waits (FIFO)
	flights  []*queueFlight
	log      []string
	at       []time.Duration
	batches  [][]rec
	counts   map[string][]int // receive counts that the handler saw
	most     int              // the highest concurrency
	conflict bool             // two batches in flight shared a group
}

type queueFlight struct {
	whole []rec     // as it was formed
	batch []rec     // what of it is still leased
	ends  time.Time // of the invoke, or of the wait after a throttle
	word  string
	tries int
	wait  bool
}

func newQueueSim(q *fakeQueue, l Limits, s Scaling, answer func([]rec) string) *queueSim {
	scale, err := NewScale(s, t0)
	if err != nil {
		panic(err)
	}
	former, err := NewFormer(l, 14)
	if err != nil {
		panic(err)
	}
	return &queueSim{queue: q, answer: answer, scale: scale, former: former, groups: NewGroups(&recFields), fifo: s.FIFO,
		now: t0, counts: map[string][]int{}}
}

func (s *queueSim) run(d time.Duration) {
	end := s.now.Add(d)
	for !s.now.After(end) {
		next := s.turn()
		for _, f := range s.flights {
			next = earlier(next, f.ends)
		}
		next = earlier(next, s.queue.nextVisible(s.now))
		if next.IsZero() || next.After(end) {
			s.now = end
			return
		}
		s.now = next
		s.land()
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// turn polls and starts what can be started now; it says when to come back although nothing else happens.
func (s *queueSim) turn() time.Time {
	for {
		ok, again := s.scale.AcquireAt(s.now)
		if !ok {
			return again
		}
		batch, due := s.form()
		if len(batch) == 0 {
			s.scale.ReleaseAt(s.now)
			s.scale.IdleAt(s.now)
			return due
		}
		s.launch(&queueFlight{whole: batch, batch: batch})
		s.land()
	}
}

func (s *queueSim) form() (batch []rec, due time.Time) {
	s.poll()
	if s.fifo {
		batch, s.forming = s.groups.Take(recFields.Leased(s.forming, s.now), &s.former, s.now)
		s.former.Reset(14)
		return batch, time.Time{}
	}
	if !s.former.Ready(s.now) {
		return nil, s.former.Due()
	}
	n := s.former.Len()
	batch, s.forming = s.forming[:n:n], slices.Clone(s.forming[n:])
	s.former.Reset(14)
	for _, r := range s.forming {
		s.former.Add(r.size, s.now)
	}
	return recFields.Leased(batch, s.now), s.now
}

// poll receives until the batch is full or the queue is empty.
func (s *queueSim) poll() {
	for len(s.forming) < s.former.limits.BatchSize && !s.former.Complete() {
		got := s.queue.receive(min(10, s.former.limits.BatchSize-len(s.forming)), s.now)
		if len(got) == 0 {
			return
		}
		for _, r := range got {
			if s.filter != nil && !s.filter(r) {
				s.queue.delete([]rec{r})
				continue
			}
			s.forming = append(s.forming, r)
			if !s.fifo {
				s.former.Add(r.size, s.now)
			}
		}
	}
}

func (s *queueSim) launch(f *queueFlight) {
	f.word, f.wait, f.ends = s.answer(f.batch), false, s.now.Add(s.work)
	s.flights = append(s.flights, f)
	if f.word == "T" {
		f.ends = s.now
		return
	}
	s.log = append(s.log, idsOf(f.batch))
	s.at = append(s.at, s.now.Sub(t0))
	s.batches = append(s.batches, f.batch)
	for _, r := range f.batch {
		s.counts[r.id] = append(s.counts[r.id], s.queue.find(r.id).count)
	}
	s.most = max(s.most, s.scale.InFlight())
	for _, other := range s.flights {
		s.conflict = s.conflict || other != f && sharesGroup(other.batch, f.batch)
	}
}

func sharesGroup(a, b []rec) bool {
	return slices.ContainsFunc(a, func(x rec) bool {
		return x.key != "" && slices.ContainsFunc(b, func(y rec) bool { return x.key == y.key })
	})
}

// land ends the invokes and the waits that are over.
func (s *queueSim) land() {
	flights := s.flights
	s.flights = nil
	for _, f := range flights {
		switch {
		case f.ends.After(s.now):
			s.flights = append(s.flights, f)
		case f.wait:
			s.again(f)
		default:
			s.settle(f)
		}
	}
}

func (s *queueSim) settle(f *queueFlight) {
	v := Verdict{Result: FunctionError}
	switch {
	case f.word == "T":
		s.scale.ReportAt(s.now, Throttled)
		f.tries++
		f.wait, f.ends = true, recFields.RetryAt(f.batch, s.now, f.tries, nil)
		s.flights = append(s.flights, f)
		return
	case f.word == "S", f.word != "F" && !s.report:
		v.Result = Succeeded
	case f.word != "F":
		v = QueueVerdict(payloadOf(f.word), f.batch, recID)
	}
	s.scale.ReportAt(s.now, v.Result)
	deleted := Acknowledged(v, f.batch)
	s.queue.delete(deleted)
	s.release(f, deleted)
}

// again invokes once more with what is still leased of a throttled batch.
func (s *queueSim) again(f *queueFlight) {
	f.batch = recFields.Leased(f.batch, s.now)
	if len(f.batch) == 0 {
		s.release(f, nil)
		return
	}
	s.launch(f)
}

func (s *queueSim) release(f *queueFlight, deleted []rec) {
	s.scale.ReleaseAt(s.now)
	if s.fifo {
		s.forming = s.groups.Release(f.whole, deleted, s.forming)
	}
}
