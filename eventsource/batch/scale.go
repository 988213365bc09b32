package batch

import "time"

// The scale of an SQS mapping, in batches in flight.
const (
	scaleStart             = 5                   // concurrent batches to begin with
	scaleStep              = time.Minute / 300   // one more after so long a time of demand
	scaleCap               = 1_250               // without MaximumConcurrency; one place for the unset limit
	scaleFloor             = 2                   // failures shrink no further
	pollerInvokes          = 10                  // concurrent invokes of one provisioned poller
	pollerStep             = time.Minute / 1_000 // the step of provisioned pollers
	minPollers, maxPollers = 2, 200              // provisioned pollers, where only the other bound is given
)

// Scaling says how many batches of a queue may be in flight.
type Scaling struct {
	_ struct{}

	// MaximumConcurrency is the mapping's own bound, 2 to 1,000, ScalingConfig.MaximumConcurrency on the wire; 0 sets
	// none. It has nothing to do with the function's reserved concurrency.
	MaximumConcurrency int
	// MinimumPollers (2 to 200) and MaximumPollers (MinimumPollers to 2,000) are ProvisionedPollerConfig. If either is
	// given, the mapping is in provisioned mode, which excludes MaximumConcurrency; the other defaults to 2 or 200. The
	// throughput of a poller (1 MB and 10 polls a second) is not modelled.
	MinimumPollers, MaximumPollers int
	// FIFO says that the queue is a FIFO queue: its message groups bound concurrency ([Groups]), there is no ramp.
	FIFO bool
}

// Validate returns a *[RangeError] or *[ConflictError] for the first setting that is wrong.
func (s *Scaling) Validate() error {
	if s.MinimumPollers == 0 && s.MaximumPollers == 0 {
		if s.MaximumConcurrency == 0 {
			return nil
		}
		return within("MaximumConcurrency", s.MaximumConcurrency, 2, 1_000)
	}
	if s.MaximumConcurrency != 0 {
		return &ConflictError{Field: "MaximumConcurrency", With: "ProvisionedPollerConfig"}
	}
	least, most := s.pollers()
	if err := within("MinimumPollers", least, 2, 200); err != nil {
		return err
	}
	return within("MaximumPollers", most, least, 2_000)
}

func (s *Scaling) pollers() (least, most int) {
	least, most = s.MinimumPollers, s.MaximumPollers
	if least == 0 {
		least = minPollers
	}
	if most == 0 {
		most = maxPollers
	}
	return least, most
}

// Scale decides how many batches of a queue may be in flight. It starts with 5, adds 300 a minute, evenly, while there
// is more to do than it allows, up to 1,250 or the mapping's MaximumConcurrency; provisioned pollers start with their
// minimum, 10 batches each, and add 1,000 a minute. While the queue is empty it goes back the same way. A batch that
// fails or is throttled takes one away, down to 2 or the provisioned minimum; AWS says no more than that such failures
// shrink concurrency gradually. That an idle mapping may keep only 2 of its first 5 is not modelled.
//
// A Scale reads no clock: instants are arguments and must not go back; one that does counts as the last. It is not safe
// for concurrent use.
type Scale struct {
	step               time.Duration
	start, floor, most int

	level    int // what is allowed
	inFlight int
	trend    int       // 1 while there is demand, -1 while the queue is empty, 0 before either is known
	now      time.Time // the latest instant given
	since    time.Time // from here the next step of the trend counts
}

// NewScale returns the scale of a mapping that begins to poll at t. The error is a *[RangeError] or *[ConflictError].
func NewScale(s Scaling, t time.Time) (*Scale, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	c := &Scale{step: scaleStep, start: scaleStart, floor: scaleFloor, most: scaleCap, now: t, since: t}
	switch {
	case s.MinimumPollers != 0 || s.MaximumPollers != 0:
		least, most := s.pollers()
		c.step, c.start, c.floor, c.most = pollerStep, least*pollerInvokes, least*pollerInvokes, most*pollerInvokes
	case s.MaximumConcurrency != 0:
		c.most = s.MaximumConcurrency
	}
	if s.FIFO {
		c.start = c.most
	}
	c.level = min(c.start, c.most)
	return c, nil
}

// AcquireAt takes a place for one more batch in flight. If there is none it reports false and when to ask again, should
// no place be released before: growth counts from the first such refusal. The zero Time means that only a release can
// help.
func (s *Scale) AcquireAt(t time.Time) (ok bool, again time.Time) {
	s.advance(t)
	if s.inFlight < s.level {
		s.inFlight++
		return true, time.Time{}
	}
	s.turn(1)
	if s.level >= s.most {
		return false, time.Time{}
	}
	return false, s.since.Add(time.Duration(s.inFlight-s.level+1) * s.step)
}

// ReleaseAt gives back the place of a batch that is no longer in flight. Without one in flight it does nothing.
func (s *Scale) ReleaseAt(t time.Time) {
	s.advance(t)
	s.inFlight = max(s.inFlight-1, 0)
}

// ReportAt says how an invoke for a batch ended: failures and throttles shrink the scale. A throttled batch that is kept
// for another try is reported each time, and keeps its place.
func (s *Scale) ReportAt(t time.Time, r Result) {
	s.advance(t)
	if !shrinks(r) {
		return
	}
	s.level = max(s.level-1, s.floor)
	s.since = s.now // growth begins anew
}

// shrinks reports whether a result lowers concurrency. Failed items that a valid response names do not: that is what
// reporting them is for.
func shrinks(r Result) bool { return r != Succeeded && r != PartlyFailed }

// IdleAt says that a poll found nothing: there is no demand any more.
func (s *Scale) IdleAt(t time.Time) {
	s.advance(t)
	s.turn(-1)
}

// LimitAt is the number of batches that may be in flight at t.
func (s *Scale) LimitAt(t time.Time) int {
	s.advance(t)
	return s.level
}

// InFlight is the number of batches in flight. After the limit shrank it may exceed it for a while.
func (s *Scale) InFlight() int { return s.inFlight }

// turn makes the level rise (1) or fall (-1) from the latest instant on.
func (s *Scale) turn(trend int) {
	if s.trend != trend {
		s.trend, s.since = trend, s.now
	}
}

// advance brings the level up to t, by whole steps.
func (s *Scale) advance(t time.Time) {
	if t.After(s.now) {
		s.now = t
	}
	if s.trend == 0 {
		return
	}
	steps := s.now.Sub(s.since) / s.step
	s.since = s.since.Add(steps * s.step)
	n := int(min(steps, time.Duration(s.most)))
	switch {
	case s.trend > 0:
		s.level = min(s.level+n, s.most)
	case s.level > s.start:
		s.level = max(s.level-n, s.start)
	}
}
