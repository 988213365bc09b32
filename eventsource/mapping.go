package eventsource

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
)

// Mapping is an event source mapping: it pulls records from a source and invokes a function with batches of them, until
// it is disabled, deleted or closed. Make one with [NewMapping].
//
// Over a source that is a [Notifier] it has no goroutine and no timer while there is nothing to do. It belongs to the
// testing/synctest bubble in which it was made. All methods may be called concurrently; Close waits for functions, and
// so must not be called by one that the mapping invoked.
type Mapping struct {
	svc      *invoke.Service
	source   Source
	kind     kind
	uuid     string
	number   uint64 // in the order of the Service's mappings
	seed     uint64 // of the ids that the mapping makes
	siblings *mappings
	store    CheckpointStore
	controls controls
	moving   chan struct{} // full while positions move or are dropped
	owed     owed

	announcements announcements

	mu       sync.Mutex
	set      *settings
	state    State
	modified time.Time
	result   string // LastProcessingResult
	tags     map[string]string
	pollers  uint64 // made so far
	poller   poller // of the time in which it is enabled; the last one stays
	timer    *time.Timer
	ended    bool   // closed or deleted
	kept     string // the name that the positions have in the store
	heading  string // the name that they get
}

// poller is what pulls records while a mapping is enabled. A Mapping makes a new one for every change.
type poller interface {
	// start begins. It is called once, also after stop, and then does nothing.
	start()
	// stop begins nothing new. What is in flight goes on and is acknowledged.
	stop()
	// then calls f when it is stopped and everything has ended.
	then(f func())
}

// NewMapping makes an event source mapping from a source, which must be a [Queue] or a [Stream], to a function of a
// Service, and starts it unless cfg says Disabled. What Lambda refuses is a *[lambda.Error] with its text, a source that
// does not exist among it (see [ErrSourceNotFound]); one that cannot be read a [*SourceError]; a source of another type a
// [*SourceTypeError]. There can be only one mapping from a source to one function, version or alias.
//
// For a stream whose StartingPosition is Latest, the positions are taken before NewMapping returns, unless there is a
// TransitionDelay: then when it is over.
func NewMapping(svc *invoke.Service, source Source, cfg Config) (*Mapping, error) {
	m, _, err := Create(svc, source, cfg)
	return m, err
}

// Create is [NewMapping] for a REST API: it also returns what CreateEventSourceMapping answers, in which the mapping is
// still Creating.
func Create(svc *invoke.Service, source Source, cfg Config) (*Mapping, Configuration, error) {
	m, err := prepare(svc, source, cfg)
	if err != nil {
		return nil, Configuration{}, err
	}
	set, answer := m.set, m.Configuration()
	if err := m.siblings.add(m); err != nil {
		return nil, Configuration{}, err
	}
	answer.UUID, answer.ARN = m.uuid, m.ARN() // the rest is as it was made: others can change it from here on
	m.announce()
	if !answer.State.settled() {
		m.settleAfter(set.TransitionDelay, m.apply)
	}
	return m, answer, nil
}

// prepare makes a mapping that nobody knows of yet.
func prepare(svc *invoke.Service, source Source, cfg Config) (*Mapping, error) {
	k, err := kindOf(source)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	set, err := newSettings(cfg, k, svc.Identity(), source.ARN(), now)
	if err != nil {
		return nil, err
	}
	seed, err := checkFunction(svc, set)
	if err != nil {
		return nil, err
	}
	if err := checkAccess(svc, source, set); err != nil {
		return nil, err
	}
	m := &Mapping{
		svc: svc, source: source, kind: k, seed: seed, siblings: mappingsOf(svc), store: cfg.Checkpoints,
		set: set, modified: now, result: noRecordsProcessed, tags: maps.Clone(cfg.Tags),
	}
	m.become(creation(k, !cfg.Disabled))
	if m.store == nil {
		m.store = NewMemoryCheckpoints()
	}
	m.moving = make(chan struct{}, 1)
	m.kept = m.checkpoints(set)
	m.heading = m.kept
	return m, checkTags(m.tags)
}

// checkAccess refuses what the function's role does not allow, and then what checkReachable does: the role is what Lambda
// looks at the source with.
func checkAccess(svc *invoke.Service, source Source, set *settings) error {
	if err := checkSourceRole(svc, source, set); err != nil {
		return err
	}
	if err := checkReachable(svc, source, set); err != nil {
		return err
	}
	return checkDestinationRole(svc, anyMapping, set)
}

// checkReachable refuses a source that cannot be read, and a queue whose leases are shorter than the function's timeout.
func checkReachable(svc *invoke.Service, source Source, set *settings) error {
	if err := checkExists(source); err != nil {
		return err
	}
	return checkVisibility(svc, source, set)
}

// UUID identifies the mapping.
func (m *Mapping) UUID() string { return m.uuid }

// ARN is the mapping's own ARN.
func (m *Mapping) ARN() string { return m.svc.Identity().EventSourceMappingARN(m.uuid) }

// Source is what the mapping pulls from.
func (m *Mapping) Source() Source { return m.source }

// State is the mapping's state now.
func (m *Mapping) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Close stops the mapping for good and waits until what is in flight has ended and is acknowledged; what only waits for
// another try is left to the source. Checkpoints stay in the store, so that a mapping made anew with it goes on there.
// The mapping is then gone, as after Delete; until then there can be no other one from its source to its function.
func (m *Mapping) Close() {
	m.mu.Lock()
	m.ended = true
	m.stopTimer()
	p := m.poller
	m.mu.Unlock()
	if p != nil {
		p.stop()
		over := make(chan struct{})
		p.then(func() { close(over) })
		<-over
	}
	m.follow(context.Background()) // an update may not have taken effect
	m.siblings.remove(m)
}

// settleAfter ends a transition after a delay by doing what is to be done then. The mapping is in that transition and
// nobody holds mu.
func (m *Mapping) settleAfter(delay time.Duration, do func()) {
	if delay <= 0 {
		do()
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.ended {
		m.timer = time.AfterFunc(delay, do)
	}
}

// stopTimer keeps a transition from ending. The caller holds mu.
func (m *Mapping) stopTimer() {
	if m.timer != nil {
		m.timer.Stop()
	}
}

// apply ends a creation or update: the old poller stops, and a new one starts once nothing of the old is in flight.
func (m *Mapping) apply() {
	m.mu.Lock()
	if m.ended {
		m.mu.Unlock()
		return
	}
	old := m.poller
	var next poller
	if !m.set.Disabled {
		next = m.newPoller()
		m.poller = next
	}
	m.mu.Unlock()
	m.succeed(old, next)
	m.mu.Lock()
	if !m.ended {
		m.become(rest(next != nil))
	}
	m.mu.Unlock()
	m.announce()
}

// succeed lets next, if any, take over from old, if any. Also if nobody reads on under the new settings, the positions
// follow the function.
func (m *Mapping) succeed(old, next poller) {
	begin := func() {
		m.follow(context.Background()) // a failure leaves it to the next poller
		if next != nil {
			next.start()
		}
	}
	if old == nil {
		begin()
		return
	}
	old.stop()
	old.then(begin)
}

// newPoller makes a poller for the settings at hand. The caller holds mu.
func (m *Mapping) newPoller() poller {
	if q, ok := m.source.(Queue); ok {
		return newQueuePoller(m, q, m.set)
	}
	return newStreamPoller(m, m.source.(Stream), m.set)
}

// crashed replaces a poller that died.
func (m *Mapping) crashed(p poller) {
	m.mu.Lock()
	if m.poller != p || m.ended || m.state == Deleting || m.set.Disabled {
		m.mu.Unlock()
		p.stop()
		return
	}
	next := m.newPoller()
	m.poller = next
	m.mu.Unlock()
	m.owed.forget()
	m.succeed(p, next)
}

// processed notes the result of an invocation of a stream's mapping.
func (m *Mapping) processed(result string) {
	m.mu.Lock()
	m.result = result
	m.mu.Unlock()
}
