package eventbridge

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// DefaultGroup is the schedule group that every account has.
const DefaultGroup = "default"

// Scheduler is EventBridge Scheduler: schedules in groups, each with one target. It is safe for concurrent use, and has
// one timer while a schedule has a firing to come or an event waits for another try. Schedules that fire in one instant do
// so in the order in which they were made, before other events are tried again. In a testing/synctest bubble it belongs
// to the bubble.
//
// A schedule acts through an execution role, so no function's resource policy is asked. What the role lets is not
// modelled: it lets everything.
type Scheduler struct {
	identity  lambda.Identity
	seed      uint64
	functions Invoker
	tries     redeliver.Queue

	mu        sync.Mutex
	groups    map[string]bool
	schedules map[scheduleKey]*scheduled
	events    uint64
	made      uint64
	closed    bool
}

// scheduleKey is what a schedule is found by.
type scheduleKey struct{ group, name string }

// NewScheduler makes a Scheduler with the group [DefaultGroup].
func NewScheduler(o Options) *Scheduler {
	s := &Scheduler{
		identity: o.Identity.WithDefaults(), seed: o.Seed, functions: o.Invoker,
		groups: map[string]bool{DefaultGroup: true}, schedules: map[scheduleKey]*scheduled{},
	}
	s.tries.Seed, s.tries.Trace = o.Seed, o.Trace
	return s
}

// CreateScheduleGroup makes a group, named by 1 to 64 letters, digits, dots, hyphens and underscores.
func (s *Scheduler) CreateScheduleGroup(name string) error {
	if err := checkName("name", name, maxScheduleName, ""); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[name] {
		return ErrConflict.because("Schedule group " + name + " already exists.")
	}
	s.groups[name] = true
	return nil
}

// DeleteScheduleGroup deletes a group with all its schedules. The default group stays.
func (s *Scheduler) DeleteScheduleGroup(name string) error {
	if name == DefaultGroup {
		return ErrValidation.because("The default schedule group cannot be deleted.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.groups[name] {
		return noGroup(name)
	}
	delete(s.groups, name)
	for key, d := range s.schedules {
		if key.group == name {
			d.alarm.stop()
			delete(s.schedules, key)
		}
	}
	return nil
}

func noGroup(name string) error {
	return ErrResourceNotFound.because("Schedule group " + name + " does not exist.")
}

// CreateSchedule makes a schedule and returns its ARN. An [*Error] says why it was refused.
func (s *Scheduler) CreateSchedule(set Schedule) (arn string, err error) {
	return s.put(set, func(old *scheduled, key scheduleKey) error {
		if old != nil {
			return ErrConflict.because("Schedule " + key.name + " already exists.")
		}
		return nil
	})
}

// UpdateSchedule replaces a schedule as a whole: what is left out has its default again. A rate counts on from the
// making of the schedule.
func (s *Scheduler) UpdateSchedule(set Schedule) (arn string, err error) {
	return s.put(set, func(old *scheduled, key scheduleKey) error {
		if old == nil {
			return noSchedule(key)
		}
		return nil
	})
}

func noSchedule(key scheduleKey) error {
	return ErrResourceNotFound.because("Schedule " + key.name + " does not exist.")
}

// put checks a schedule, asks whether it may take the place of what is there, and starts it.
func (s *Scheduler) put(set Schedule, may func(*scheduled, scheduleKey) error) (arn string, err error) {
	made, err := s.newSchedule(set)
	if err != nil {
		return "", err
	}
	key := made.key()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.groups[key.group] {
		return "", noGroup(key.group)
	}
	old := s.schedules[key]
	if err := may(old, key); err != nil {
		return "", err
	}
	made.created = time.Now()
	if old != nil {
		made.created = old.created
		old.alarm.stop()
	}
	s.schedules[key] = made
	s.made++
	s.start(made, s.made)
	return made.arn, nil
}

// DeleteSchedule deletes a schedule. group may be "" for the default one.
func (s *Scheduler) DeleteSchedule(group, name string) error {
	key := scheduleKey{cmp.Or(group, DefaultGroup), name}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.schedules[key]
	if !ok {
		return noSchedule(key)
	}
	d.alarm.stop()
	delete(s.schedules, key)
	return nil
}

// Schedule is the schedule with that name as it was put, with its defaults filled in.
func (s *Scheduler) Schedule(group, name string) (Schedule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.schedules[scheduleKey{cmp.Or(group, DefaultGroup), name}]
	if !ok {
		return Schedule{}, false
	}
	return d.set, true
}

// Schedules are the names of the schedules of a group, sorted.
func (s *Scheduler) Schedules(group string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for key := range s.schedules {
		if key.group == cmp.Or(group, DefaultGroup) {
			names = append(names, key.name)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// NextFiring is when a schedule fires next, and false if it does not.
func (s *Scheduler) NextFiring(group, name string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.schedules[scheduleKey{cmp.Or(group, DefaultGroup), name}]
	if !ok {
		return time.Time{}, false
	}
	at := d.alarm.rings()
	return at, !at.IsZero()
}

// Pending is how many firings wait for another try at their target.
func (s *Scheduler) Pending() int { return s.tries.Pending() }

// Wait waits until none waits for another try, or ctx is done. It does not wait for schedules.
func (s *Scheduler) Wait(ctx context.Context) error { return s.tries.Wait(ctx) }

// Close stops all schedules, and traces what waits for another try as lost. It must not be called from a target.
func (s *Scheduler) Close() {
	s.mu.Lock()
	s.closed = true
	for _, d := range s.schedules {
		d.alarm.stop()
	}
	s.mu.Unlock()
	s.tries.Close()
}

func (s *Scheduler) nextID() string {
	s.events++
	return uuid.V4(s.seed, s.events, "schedule")
}
