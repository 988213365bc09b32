package batch

import "time"

// StreamConfig is what a stream's mapping says about batches.
type StreamConfig struct {
	_ struct{}

	Limits Limits
	Policy Policy
	// ParallelizationFactor is how many batches of a shard are handled at a time, 1 to 10; 0 means 1.
	ParallelizationFactor int
	// TumblingWindow is TumblingWindowInSeconds, 1 s to 900 s; 0 means none. It excludes a ParallelizationFactor above 1.
	TumblingWindow time.Duration
	// Overhead is the size in bytes of an event without records and, with a TumblingWindow, without its state.
	Overhead int
}

// Validate returns a *[RangeError] or *[ConflictError] for the first setting that is wrong.
func (c *StreamConfig) Validate() error {
	if err := c.Limits.Validate(); err != nil {
		return err
	}
	if err := c.Policy.Validate(); err != nil {
		return err
	}
	if err := within("ParallelizationFactor", c.ParallelizationFactor, 0, 10); err != nil {
		return err
	}
	if c.TumblingWindow == 0 {
		return nil
	}
	if c.ParallelizationFactor > 1 {
		return &ConflictError{Field: "TumblingWindowInSeconds", With: "ParallelizationFactor"}
	}
	return within("TumblingWindowInSeconds", c.TumblingWindow, time.Second, 900*time.Second)
}

// Shard handles one shard of a stream: it puts what was read into lanes, forms batches, retries, splits and discards
// them, keeps tumbling windows, and knows the checkpoint. R is the caller's kind of record, P its kind of position.
//
// It is a state machine over the rules of this package. The caller tells it what it read ([Shard.Add], [Shard.Skip],
// [Shard.Advance], [Shard.End]), does what [Shard.Next] says for each lane, and reports each invoke. Lanes are
// independent: one may wait or have an invoke outstanding while the others go on; first deliveries within a lane are in
// the shard's order, and a retry is never overtaken.
//
// A Shard is not safe for concurrent use; the instants of its calls must not go back.
type Shard[R, P any] struct {
	fields     *Fields[R]
	overhead   int
	checkpoint *Checkpoint[P]
	lanes      []lane[R]
	tumbling   *Tumbling // nil without windows
	caughtUp   bool      // the last read found nothing more
	ended      bool      // nothing will follow
}

// NewShard returns a Shard that is read from a position. It uses Size, Arrival and Key of f, and keeps f. The error is
// a *[RangeError] or *[ConflictError].
func NewShard[R, P any](c StreamConfig, f *Fields[R], start P) (*Shard[R, P], error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Shard[R, P]{fields: f, overhead: c.Overhead, checkpoint: NewCheckpoint(start)}
	if c.TumblingWindow != 0 {
		s.tumbling = &Tumbling{size: c.TumblingWindow}
	}
	s.lanes = make([]lane[R], max(c.ParallelizationFactor, 1))
	for i := range s.lanes {
		l := &s.lanes[i]
		l.former, _ = NewFormer(c.Limits, s.eventOverhead())                              // the limits are valid
		l.retry, _ = NewRetry(c.Policy, func(i int) time.Time { return l.arrival(f, i) }) // so is the policy
	}
	return s, nil
}

// Add takes a copy of the next record of the shard, read at t, that the mapping's filters let through. behind is the
// position after it. The lane that it returns has to be asked by [Shard.Next], unless it has an invoke outstanding.
func (s *Shard[R, P]) Add(t time.Time, record *R, behind P) (lane int) {
	s.caughtUp = false
	lane = LaneOf(s.fields.key(record), len(s.lanes))
	l := &s.lanes[lane]
	l.append(record, s.checkpoint.Read(behind))
	if !l.busy {
		s.fill(l, t)
	}
	return lane
}

// Skip passes over the next record of the shard, which the mapping's filters rejected. behind is the position after it.
func (s *Shard[R, P]) Skip(behind P) { s.checkpoint.Resolve(s.checkpoint.Read(behind)) }

// Advance says that a read ended at a position, behind the records that it found, if any. caughtUp says that there is
// nothing more to read for now: only then may a tumbling window be closed for want of records.
func (s *Shard[R, P]) Advance(behind P, caughtUp bool) {
	s.caughtUp = caughtUp
	s.checkpoint.Advance(behind)
}

// End says that the shard was read to its end: nothing follows.
func (s *Shard[R, P]) End() { s.ended = true }

// Lanes is the number of lanes: the ParallelizationFactor.
func (s *Shard[R, P]) Lanes() int { return len(s.lanes) }

// Checkpoint is the position from which a mapping that starts again has to read: behind everything before the oldest
// record that is not resolved. It never goes back.
func (s *Shard[R, P]) Checkpoint() P { return s.checkpoint.Position() }

// Pending is the number of records read since the oldest unresolved one, itself included. A caller that reads ahead
// bounds it.
func (s *Shard[R, P]) Pending() int { return s.checkpoint.Pending() }

// Drained reports that the shard has ended and everything in it is resolved, its last window included: its children
// may be read. Next has to have said Done for every lane.
func (s *Shard[R, P]) Drained() bool {
	if !s.ended || s.tumbling != nil && s.tumbling.Open() {
		return false
	}
	for i := range s.lanes {
		if s.lanes[i].waiting() > 0 { // the batch at hand included
			return false
		}
	}
	return true
}

// resolve passes on to the checkpoint what the lane's retries have resolved.
func (s *Shard[R, P]) resolve(l *lane[R]) {
	for ; l.resolved < l.retry.Resolved(); l.resolved++ {
		s.checkpoint.Resolve(l.numbers[l.head+l.resolved])
	}
}

// fill lets waiting records join the batch that forms.
func (s *Shard[R, P]) fill(l *lane[R], t time.Time) {
	for i := l.former.Len(); i < l.waiting(); i++ {
		r := &l.records[l.head+i]
		if s.tumbling != nil && !s.tumbling.Admit(s.fields.arrival(r)) {
			l.former.Close()
			return
		}
		if !l.former.Add(s.fields.size(r), t) {
			return
		}
	}
}

func (s *Shard[R, P]) eventOverhead() int {
	switch {
	case s.tumbling == nil:
		return s.overhead
	case s.tumbling.Open():
		return s.overhead + len(s.tumbling.state)
	}
	return s.overhead + len(emptyState)
}
