package eventbridge

import (
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// schedule starts a scheduled rule that was just made. b.mu is held.
func (b *Bus) schedule(r *rule, number uint64) {
	now := time.Now()
	r.alarm.plan.Start = now
	r.alarm.agenda, r.alarm.number = &b.tries.Agenda, number
	r.alarm.late = insideMinute(b.seed, number)
	r.alarm.ring = func(nominal time.Time) { b.fire(r, nominal) }
	if !b.closed && r.set.State == Enabled {
		r.alarm.set(now)
	}
}

// fire is a scheduled rule's alarm.
func (b *Bus) fire(r *rule, nominal time.Time) {
	now := time.Now()
	b.mu.Lock()
	due, _ := r.alarm.due(nominal, now)
	targets := r.targets
	b.mu.Unlock()
	if due {
		b.deliver(r, targets, b.scheduledEvent(r, now))
	}
}

// scheduledEvent is the event of a scheduled rule.
func (b *Bus) scheduledEvent(r *rule, now time.Time) *event {
	return newEvent(events.EventBridgeEvent{
		ID: b.nextID(), DetailType: "Scheduled Event", Source: "aws.events", AccountID: b.identity.Account, Time: now,
		Region: b.identity.Region, Resources: []string{r.arn}, Detail: []byte("{}"),
	}, now)
}

// NextFiring is when a scheduled rule fires next, and false if it does not: it is disabled, has no schedule or none left,
// or is not there.
func (b *Bus) NextFiring(rule string) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, _ := b.find(rule)
	if r == nil {
		return time.Time{}, false
	}
	at := r.alarm.rings()
	return at, !at.IsZero()
}
