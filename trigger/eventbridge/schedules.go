package eventbridge

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// Schedule is one schedule of a [Scheduler].
type Schedule struct {
	// Name is 1 to 64 letters, digits, dots, hyphens and underscores; Group is "" for the default group.
	Name, Group string
	// ScheduleExpression is cron(…), rate(…) or at(…): see package schedule.
	ScheduleExpression string
	// Location is the time zone of cron and at (wire name ScheduleExpressionTimezone); nil is UTC.
	Location *time.Location
	// FlexibleTimeWindow is whole minutes, 1 min to 24 h, within which each firing is put off; 0 for none (OFF). Without
	// one a schedule fires inside its minute.
	FlexibleTimeWindow time.Duration
	// StartDate and EndDate bound the firings of cron and rate; zero for no bound. A rate counts from the StartDate.
	StartDate, EndDate time.Time
	State              State
	// ActionAfterCompletion says what becomes of a schedule that will not fire any more; "" is [KeepSchedule].
	ActionAfterCompletion ActionAfterCompletion
	Target                ScheduleTarget

	_ struct{}
}

// ActionAfterCompletion says what becomes of a schedule that has fired for the last time.
type ActionAfterCompletion string

// The actions.
const (
	KeepSchedule   ActionAfterCompletion = "NONE"
	DeleteSchedule ActionAfterCompletion = "DELETE"
)

// ScheduleTarget is what a schedule calls: a function, a queue or a topic, exactly one of them.
type ScheduleTarget struct {
	// Function is a function's name or ARN. It is invoked with type Event.
	Function string
	// Queue gets the event as a message's body. A FIFO queue needs a MessageGroupID.
	Queue          destinations.Queue
	MessageGroupID string
	// Topic gets the event as a message.
	Topic destinations.Topic

	// Input is what is sent; "" for an event whose detail-type is Scheduled Event. For a function it is JSON. In it stand
	// <aws.scheduler.schedule-arn>, <aws.scheduler.scheduled-time>, <aws.scheduler.execution-id> and
	// <aws.scheduler.attempt-number> for what they say.
	Input string

	// RetryPolicy says how long to go on trying; nil means 24 hours and 185 times.
	RetryPolicy *RetryPolicy
	// DeadLetterQueue gets what is given up. A standard queue; nil for none.
	DeadLetterQueue destinations.Queue

	_ struct{}
}

// The bounds of schedules.
const (
	maxScheduleName = 64
	minWindow       = time.Minute
	maxWindow       = 1440 * time.Minute
)

// scheduled is a Schedule at work. The scheduler's mutex guards its alarm; the rest does not change once it is started.
type scheduled struct {
	set     Schedule
	arn     string
	created time.Time
	alarm   alarm
	endpoint
	retry retry
}

func (d *scheduled) key() scheduleKey { return scheduleKey{d.set.Group, d.set.Name} }

// newSchedule checks a schedule.
func (s *Scheduler) newSchedule(set Schedule) (*scheduled, error) {
	set.Group = cmp.Or(set.Group, DefaultGroup)
	set.State = cmp.Or(set.State, Enabled)
	set.ActionAfterCompletion = cmp.Or(set.ActionAfterCompletion, KeepSchedule)
	if err := checkSchedule(&set); err != nil {
		return nil, err
	}
	e, err := schedule.Parse(set.ScheduleExpression)
	if err != nil {
		return nil, ErrValidation.because(schedule.Invalid(set.ScheduleExpression))
	}
	what := "schedule: " + set.Name
	t := &set.Target
	d := &scheduled{
		set: set, arn: s.identity.ARN("scheduler", "schedule/"+set.Group+"/"+set.Name),
		endpoint: endpoint{function: t.Function, queue: t.Queue, groupID: t.MessageGroupID, topic: t.Topic},
	}
	d.alarm.plan = schedule.Plan{Expression: e, Location: set.Location}
	if err := d.settle(what, s.identity, s.functions); err != nil {
		return nil, err
	}
	if t.Input != "" && d.function != "" && !json.Valid([]byte(t.Input)) {
		return nil, ErrValidation.because("Invalid Input: it is not valid JSON.")
	}
	if err := checkDeadLetters(t.DeadLetterQueue, what); err != nil {
		return nil, err
	}
	d.retry, err = t.RetryPolicy.settle()
	return d, err
}

// checkSchedule refuses what breaks the constraints of the API's model.
func checkSchedule(set *Schedule) error {
	for _, name := range []struct{ path, value string }{{"name", set.Name}, {"groupName", set.Group}} {
		if err := checkName(name.path, name.value, maxScheduleName, ""); err != nil {
			return err
		}
	}
	var found validation.Findings
	checkState(&found, set.State)
	found.Enum("actionAfterCompletion", string(set.ActionAfterCompletion), string(KeepSchedule), string(DeleteSchedule))
	if w := set.FlexibleTimeWindow; w != 0 {
		found.Range("flexibleTimeWindow.maximumWindowInMinutes", int64(w/time.Minute), int64(minWindow/time.Minute), int64(maxWindow/time.Minute))
	}
	switch {
	case found.Len() > 0:
		return ErrValidation.because(found.Text())
	case set.FlexibleTimeWindow%time.Minute != 0:
		return ErrValidation.because("A flexible time window is whole minutes.")
	case !set.EndDate.IsZero() && set.EndDate.Before(set.StartDate):
		return ErrValidation.because("The EndDate must not come before the StartDate.")
	}
	return nil
}
