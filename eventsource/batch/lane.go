package batch

import "time"

// Work is what has to be done next in one lane of a [Shard].
type Work[R any] struct {
	Step
	// Records are those of an Invoke or Discard, in order; there are none in the final invoke of a tumbling window. The
	// slice is the Shard's: it must not be changed and is valid until the next call of Next for the lane.
	Records []R
	// Window is the tumbling window of an Invoke or Discard; nil if the mapping has none. It, too, is the Shard's.
	Window *Window
}

// lane is one ordered part of a shard: the records that wait, and the batch at hand, which are the first of them.
type lane[R any] struct {
	records []R
	numbers []uint64 // the numbers of records at the checkpoint
	head    int      // the records before it are gone

	former Former // of the batch that forms, or of the one at hand
	retry  *Retry
	window Window

	busy     bool // a batch is at hand
	final    bool // it is the final invoke of a window: it has no records
	resolved int  // so many of its records are resolved
}

func (l *lane[R]) append(r *R, number uint64) {
	l.records = append(l.records, *r)
	l.numbers = append(l.numbers, number)
}

// waiting is the number of records in the lane, the batch at hand included.
func (l *lane[R]) waiting() int { return len(l.records) - l.head }

func (l *lane[R]) arrival(f *Fields[R], i int) time.Time { return f.arrival(&l.records[l.head+i]) }

// drop forgets the first n records.
func (l *lane[R]) drop(n int) {
	clear(l.records[l.head : l.head+n])
	l.head += n
	if l.head*2 < len(l.records) {
		return
	}
	kept := copy(l.records, l.records[l.head:])
	clear(l.records[kept:])
	copy(l.numbers, l.numbers[l.head:])
	l.records, l.numbers, l.head = l.records[:kept], l.numbers[:kept], 0
}

// Next says what to do at t in a lane. Done means that nothing is to be done before the Shard is told of more; a Wait
// without an instant, that an invoke is outstanding; a Wait with one, that Next has to be called then, or earlier if the
// Shard was told of more. A Discard is over when Next is called again: until then the checkpoint stays before it.
//
// A record too large for any event is never asked to be invoked; its attempts pass here.
func (s *Shard[R, P]) Next(lane int, t time.Time) Work[R] {
	l := &s.lanes[lane]
	for {
		if !l.busy && !s.begin(l, t) {
			return Work[R]{Step: s.idle(l, t)}
		}
		step := l.retry.Next(t)
		s.resolve(l)
		switch {
		case step.Action == Done:
			s.finish(l, t)
		case step.Action == Invoke && l.former.Oversize():
			l.retry.unsent(t)
			if l.retry.phase == pending { // without a backoff this would not end
				return Work[R]{Step: Step{Action: Wait, At: l.retry.due}}
			}
		default:
			return s.work(l, step)
		}
	}
}

// Settle is [Shard.Next] for a caller that stops, as [Retry.Settle] is: nothing new begins, and nothing is given up but what
// the last invoke of the lane failed at. The checkpoint then stands before all that is left to whoever goes on.
func (s *Shard[R, P]) Settle(lane int) Work[R] {
	l := &s.lanes[lane]
	if !l.busy {
		return Work[R]{}
	}
	step := l.retry.Settle()
	s.resolve(l)
	return s.work(l, step)
}

// Report takes the outcome at t of a lane's outstanding invoke; Next has to be called after it. Without one
// outstanding it changes nothing.
func (s *Shard[R, P]) Report(lane int, t time.Time, o Outcome) {
	l := &s.lanes[lane]
	if l.retry.phase != invoked {
		return
	}
	if s.tumbling != nil {
		o = s.carry(l, o)
	}
	l.retry.Report(t, o)
	s.resolve(l)
}

// carry keeps the state that an invoke of a tumbling window returned. Without one the invoke has failed.
func (s *Shard[R, P]) carry(l *lane[R], o Outcome) Outcome {
	if o = o.of(l.retry.to - l.retry.from); o.State == nil && !o.failed() {
		o.Result = FunctionError
	}
	if !l.final {
		s.tumbling.Carry(o)
	}
	return o
}

// begin takes up the next batch of an idle lane, if one is due.
func (s *Shard[R, P]) begin(l *lane[R], t time.Time) bool {
	n := 0
	switch {
	case s.finalDue(l, t):
		l.final = true
	case l.former.Ready(t):
		n = l.former.Len()
	default:
		return false
	}
	l.busy, l.resolved = true, 0
	l.retry.Begin(n)
	return true
}

// finalDue reports whether the final invoke of the open window has to come next: its state is too large, a record of a
// later window is waiting, or there will be no further record for it.
func (s *Shard[R, P]) finalDue(l *lane[R], t time.Time) bool {
	switch w := s.tumbling; {
	case w == nil || !w.Open() || l.former.Len() > 0:
		return false
	case w.Early() || l.waiting() > 0 || s.ended:
		return true
	default:
		return s.caughtUp && !t.Before(w.Idle())
	}
}

// idle says what an idle lane waits for.
func (s *Shard[R, P]) idle(l *lane[R], t time.Time) Step {
	if l.former.Len() > 0 {
		return Step{Action: Wait, At: l.former.Due()}
	}
	if s.tumbling != nil && s.tumbling.Open() && t.Before(s.tumbling.Idle()) {
		return Step{Action: Wait, At: s.tumbling.Idle()}
	}
	return Step{} // an open window that is overdue waits for Advance to say that nothing more was found
}

// finish leaves the batch at hand, which is resolved, and begins to form the next.
func (s *Shard[R, P]) finish(l *lane[R], t time.Time) {
	if l.final {
		s.tumbling.Close()
	}
	l.drop(l.resolved)
	l.busy, l.final, l.resolved = false, false, 0
	l.former.Reset(s.eventOverhead())
	s.fill(l, t)
}

func (s *Shard[R, P]) work(l *lane[R], step Step) Work[R] {
	w := Work[R]{Step: step}
	if step.Action == Wait || step.Action == Done {
		return w
	}
	from, to := l.head+step.From, l.head+step.To
	w.Records = l.records[from:to:to]
	if s.tumbling != nil {
		l.window = s.tumbling.Window(l.final)
		w.Window = &l.window
	}
	return w
}
