package eventbridge

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// start sets a schedule's alarm. s.mu is held.
func (s *Scheduler) start(d *scheduled, number uint64) {
	now := time.Now()
	a := &d.alarm
	a.plan.Start = d.created
	a.agenda, a.number = &s.tries.Agenda, number
	after := now
	if d.alarm.plan.Expression.Kind() != schedule.At {
		a.end = d.set.EndDate
		if start := d.set.StartDate; !start.IsZero() {
			a.plan.Start = start
			after = later(now, start.Add(-1))
		}
	}
	a.late = d.lateness(s.seed, number)
	a.ring = func(nominal time.Time) { s.fire(d, nominal) }
	if !s.closed && d.set.State == Enabled {
		a.set(after)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lateness is how long after its nominal instant a schedule fires: somewhere in the flexible window, another place each
// time, or in the minute.
func (d *scheduled) lateness(seed, number uint64) func(time.Time) time.Duration {
	window := d.set.FlexibleTimeWindow
	if window == 0 {
		return insideMinute(seed, number)
	}
	return func(nominal time.Time) time.Duration {
		bits, _ := uuid.Bits(seed, number<<32^uint64(nominal.Unix()), "flexible window")
		return time.Duration(bits%uint64(window/time.Millisecond)) * time.Millisecond
	}
}

// fire is a schedule's alarm.
func (s *Scheduler) fire(d *scheduled, nominal time.Time) {
	now := time.Now()
	s.mu.Lock()
	due, more := d.alarm.due(nominal, now)
	id := ""
	if due {
		id = s.nextID()
		if !more && d.set.ActionAfterCompletion == DeleteSchedule {
			delete(s.schedules, d.key())
		}
	}
	s.mu.Unlock()
	if due {
		s.tries.Push(s.delivery(d, firing{id, nominal, now}))
	}
}

// firing is one time that a schedule fires.
type firing struct {
	id          string
	nominal, at time.Time
}

// delivery is a firing on its way to the target.
func (s *Scheduler) delivery(d *scheduled, f firing) redeliver.Event {
	attempt := 0
	dead := deadLetters{
		queue: d.set.Target.DeadLetterQueue, target: d.endpoint.arn(), retry: d.retry,
		source: destinations.Attribute{Name: "SCHEDULE_ARN", DataType: "String", Value: d.arn},
	}
	return redeliver.Event{
		Target: d.endpoint.arn(), Source: d.arn, Rule: d.retry.next, DeadLetter: dead.of(s.payload(d, f, 1), ""),
		Try: func(ctx context.Context) error {
			attempt++
			return d.send(ctx, asMessage(s.payload(d, f, attempt)), "", nil)
		},
	}
}

// payload is what a try sends.
func (s *Scheduler) payload(d *scheduled, f firing, attempt int) []byte {
	if d.set.Target.Input == "" {
		return s.event(d, f)
	}
	return []byte(strings.NewReplacer(
		"<aws.scheduler.schedule-arn>", d.arn, "<aws.scheduler.scheduled-time>", stamp.Seconds(f.nominal),
		"<aws.scheduler.execution-id>", f.id, "<aws.scheduler.attempt-number>", strconv.Itoa(attempt),
	).Replace(d.set.Target.Input))
}

// event is what a schedule without an Input sends. Its detail is a string, as captured.
func (s *Scheduler) event(d *scheduled, f firing) []byte {
	return appendEvent(nil, &events.EventBridgeEvent{
		ID: f.id, DetailType: "Scheduled Event", Source: "aws.scheduler", AccountID: s.identity.Account, Time: f.at,
		Region: s.identity.Region, Resources: []string{d.arn}, Detail: []byte(`"{}"`),
	})
}
