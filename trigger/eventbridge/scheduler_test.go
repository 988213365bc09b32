package eventbridge_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

func TestSchedulerEvent(t *testing.T) {
	t.Run("vector 39", func(t *testing.T) { bubble(t, testSchedulerEvent) })
}

func testSchedulerEvent(t *testing.T) {

	fake := &fakeLambda{}
	s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
	require.NoError(t, s.CreateScheduleGroup("g"))
	arn, err := s.CreateSchedule(eventbridge.Schedule{
		Name: "once", Group: "g", ScheduleExpression: "at(2000-01-01T00:30:15)", Target: eventbridge.ScheduleTarget{Function: "f"},
	})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:scheduler:us-east-1:123456789012:schedule/g/once", arn)
	lambdatest.Advance(time.Hour)
	calls := fake.all()
	require.Len(t, calls, 1)
	require.Nil(t, calls[0].caller, "a role acts, no resource policy is asked")
	var e struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(calls[0].payload), &e))
	require.Equal(t, `{"version":"0","id":"`+e.ID+`","detail-type":"Scheduled Event","source":"aws.scheduler",`+
		`"account":"123456789012","time":"2000-01-01T00:30:15Z","region":"us-east-1","resources":["`+arn+`"],"detail":"{}"}`, calls[0].payload)
	_, ok := s.NextFiring("g", "once")
	require.False(t, ok)
	require.Equal(t, []string{"once"}, s.Schedules("g"), "it stays")
}

func TestScheduleInput(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{refuse: func(n int, _ call) error {
			if n == 1 {
				return throttle
			}
			return nil
		}}
		q, top := newQueue("q.fifo"), &fakeTopic{}
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
		for name, target := range map[string]eventbridge.ScheduleTarget{
			"f": {Function: "f", Input: `{"arn":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","try":<aws.scheduler.attempt-number>}`},
			"q": {Queue: q, MessageGroupID: "g", Input: "not JSON"},
			"t": {Topic: top, Input: "<aws.scheduler.execution-id>"},
		} {
			if name == "f" {
				target.Input = strings.Replace(target.Input, "<aws.scheduler.attempt-number>", `"<aws.scheduler.attempt-number>"`, 1)
			}
			_, err := s.CreateSchedule(eventbridge.Schedule{
				Name: name, ScheduleExpression: "at(2000-01-01T00:00:05)", Target: target,
				ActionAfterCompletion: eventbridge.DeleteSchedule,
			})
			require.NoError(t, err)
		}
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{
			`{"arn":"arn:aws:scheduler:us-east-1:123456789012:schedule/default/f","at":"2000-01-01T00:00:05Z","try":"1"}`,
			`{"arn":"arn:aws:scheduler:us-east-1:123456789012:schedule/default/f","at":"2000-01-01T00:00:05Z","try":"2"}`,
		}, fake.payloads())
		require.Equal(t, "not JSON", q.all()[0].Body)
		require.Equal(t, "g", q.all()[0].Attributes["MessageGroupId"])
		require.Len(t, top.published[0].Message, 36)
		require.Empty(t, s.Schedules(""), "deleted after completion")
	})
}

func TestScheduleZoneAndBounds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		zone, err := time.LoadLocation("Asia/Kolkata") // UTC+5:30
		require.NoError(t, err)
		fake := &fakeLambda{}
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
		set := eventbridge.Schedule{
			Name: "s", ScheduleExpression: "cron(0 9 * * ? *)", Location: zone,
			StartDate: time.Date(2000, 1, 3, 3, 30, 0, 0, time.UTC), EndDate: time.Date(2000, 1, 5, 3, 30, 0, 0, time.UTC),
			Target: eventbridge.ScheduleTarget{Function: "f"}, ActionAfterCompletion: eventbridge.DeleteSchedule,
		}
		_, err = s.CreateSchedule(set)
		require.NoError(t, err)
		lambdatest.Advance(30 * 24 * time.Hour)
		var days []string
		for _, c := range fake.all() {
			days = append(days, c.at.UTC().Format("02 15:04"))
		}
		require.Equal(t, []string{"03 03:30", "04 03:30", "05 03:30"}, days)
		_, ok := s.Schedule("", "s")
		require.False(t, ok)
	})
}

func TestScheduleRateStartsAtStartDate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
		start := time.Now().Add(90 * time.Second)
		_, err := s.CreateSchedule(eventbridge.Schedule{
			Name: "s", ScheduleExpression: "rate(10 minutes)", StartDate: start, Target: eventbridge.ScheduleTarget{Function: "f"},
		})
		require.NoError(t, err)
		lambdatest.Advance(25 * time.Minute)
		require.Len(t, fake.all(), 2)
		require.Equal(t, start.Add(10*time.Minute), fake.all()[0].at)
		require.NoError(t, s.DeleteSchedule("", "s"))
		lambdatest.Advance(time.Hour)
		require.Len(t, fake.all(), 2)
	})
}

// A flexible window puts each firing off by less than the window, differently each time and equally for equal seeds.
func TestFlexibleTimeWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		window := time.Duration(rapid.IntRange(1, 1440).Draw(t, "minutes")) * time.Minute
		var runs [2][]call
		for i := range runs {
			rapid.SyncTest(t, func(t *rapid.T) {
				start := time.Now()
				fake := &fakeLambda{}
				s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake, Seed: seed})
				_, err := s.CreateSchedule(eventbridge.Schedule{
					Name: "s", ScheduleExpression: "cron(0 12 */3 * ? *)", FlexibleTimeWindow: window,
					Target: eventbridge.ScheduleTarget{Function: "f"},
				})
				require.NoError(t, err)
				lambdatest.Advance(29 * 24 * time.Hour)
				runs[i] = fake.all()
				require.Len(t, runs[i], 10)
				places := map[time.Duration]bool{}
				for n, c := range runs[i] {
					late := c.at.Sub(start.AddDate(0, 0, 3*n).Add(12 * time.Hour))
					require.GreaterOrEqual(t, late, time.Duration(0))
					require.Less(t, late, window)
					places[late] = true
				}
				require.Greater(t, len(places), 5)
				s.Close()
			})
		}
		for n := range runs[0] {
			require.True(t, runs[0][n].at.Equal(runs[1][n].at))
		}
	})
}

func TestSchedulerRefuses(t *testing.T) {
	s := eventbridge.NewScheduler(eventbridge.Options{Invoker: &fakeLambda{}})
	f := eventbridge.ScheduleTarget{Function: "f"}
	for _, c := range []struct {
		name string
		set  eventbridge.Schedule
		text string
	}{
		{"vector 44 cron", eventbridge.Schedule{Name: "s", ScheduleExpression: "cron(0 1 * * * *)", Target: f}, "Invalid Schedule Expression cron(0 1 * * * *)."},
		{"vector 44 rate", eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 minutes)", Target: f}, "Invalid Schedule Expression rate(1 minutes)."},
		{"at with Z", eventbridge.Schedule{Name: "s", ScheduleExpression: "at(2030-01-01T00:00:00Z)", Target: f}, "Invalid Schedule Expression at(2030-01-01T00:00:00Z)."},
		{"no name", eventbridge.Schedule{ScheduleExpression: "rate(1 day)", Target: f}, "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"group's name", eventbridge.Schedule{Name: "s", Group: "a/b", ScheduleExpression: "rate(1 day)", Target: f}, ""},
		{"state", eventbridge.Schedule{Name: "s", State: "x", ScheduleExpression: "rate(1 day)", Target: f}, ""},
		{"action", eventbridge.Schedule{Name: "s", ActionAfterCompletion: "x", ScheduleExpression: "rate(1 day)", Target: f}, "1 validation error detected: Value 'x' at 'actionAfterCompletion' failed to satisfy constraint: Member must satisfy enum value set: [NONE, DELETE]"},
		{"long window", eventbridge.Schedule{Name: "s", FlexibleTimeWindow: 1441 * time.Minute, ScheduleExpression: "rate(1 day)", Target: f}, "1 validation error detected: Value '1441' at 'flexibleTimeWindow.maximumWindowInMinutes' failed to satisfy constraint: Member must have value less than or equal to 1440"},
		{"short window", eventbridge.Schedule{Name: "s", FlexibleTimeWindow: time.Second, ScheduleExpression: "rate(1 day)", Target: f}, ""},
		{"broken window", eventbridge.Schedule{Name: "s", FlexibleTimeWindow: 90 * time.Second, ScheduleExpression: "rate(1 day)", Target: f}, "A flexible time window is whole minutes."},
		{"end before start", eventbridge.Schedule{Name: "s", StartDate: time.Unix(2, 0), EndDate: time.Unix(1, 0), ScheduleExpression: "rate(1 day)", Target: f}, "The EndDate must not come before the StartDate."},
		{"no target", eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 day)"}, "Exactly one of Function, Queue, Topic and Bus must be provided for schedule: s."},
		{"a group for a function", eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 day)", Target: eventbridge.ScheduleTarget{Function: "f", MessageGroupID: "g"}}, "SqsParameters are not supported for schedule: s, which is no queue."},
		{"Input for a function", eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 day)", Target: eventbridge.ScheduleTarget{Function: "f", Input: "x"}}, "Invalid Input: it is not valid JSON."},
		{"FIFO dead letters", eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 day)", Target: eventbridge.ScheduleTarget{Function: "f", DeadLetterQueue: newQueue("d.fifo")}}, ""},
		{"retries", eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 day)", Target: eventbridge.ScheduleTarget{Function: "f", RetryPolicy: &eventbridge.RetryPolicy{MaximumRetryAttempts: new(186)}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.CreateSchedule(c.set)
			require.ErrorIs(t, err, eventbridge.ErrValidation)
			if c.text != "" {
				require.Equal(t, c.text, err.(*eventbridge.Error).Message)
			}
			require.Empty(t, s.Schedules(""))
		})
	}
	good := eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(1 day)", Target: f, State: eventbridge.Disabled}
	_, err := s.UpdateSchedule(good)
	require.ErrorIs(t, err, eventbridge.ErrResourceNotFound)
	_, err = s.CreateSchedule(good)
	require.NoError(t, err)
	_, err = s.CreateSchedule(good)
	require.ErrorIs(t, err, eventbridge.ErrConflict)
	_, ok := s.NextFiring("", "s")
	require.False(t, ok, "disabled")
	good.State = ""
	_, err = s.UpdateSchedule(good)
	require.NoError(t, err)
	got, ok := s.Schedule("default", "s")
	require.True(t, ok)
	require.Equal(t, eventbridge.Enabled, got.State)
	_, ok = s.NextFiring("", "s")
	require.True(t, ok)

	good.Group = "g"
	_, err = s.CreateSchedule(good)
	require.EqualError(t, err, "ResourceNotFoundException: Schedule group g does not exist.")
	require.NoError(t, s.CreateScheduleGroup("g"))
	require.ErrorIs(t, s.CreateScheduleGroup("g"), eventbridge.ErrConflict)
	require.ErrorIs(t, s.CreateScheduleGroup(""), eventbridge.ErrValidation)
	_, err = s.CreateSchedule(good)
	require.NoError(t, err)
	require.NoError(t, s.DeleteScheduleGroup("g"))
	require.ErrorIs(t, s.DeleteScheduleGroup("g"), eventbridge.ErrResourceNotFound)
	require.ErrorIs(t, s.DeleteScheduleGroup("default"), eventbridge.ErrValidation)
	require.Empty(t, s.Schedules("g"))
	require.ErrorIs(t, s.DeleteSchedule("g", "s"), eventbridge.ErrResourceNotFound)
	_, ok = s.NextFiring("g", "s")
	require.False(t, ok)
	s.Close()
}

// What a schedule's target refuses goes to its dead-letter queue with the schedule's ARN.
func TestScheduleDeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, dead := &fakeLambda{refuse: func(int, call) error { return notFound }}, newQueue("dead")
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
		arn, err := s.CreateSchedule(eventbridge.Schedule{
			Name: "s", ScheduleExpression: "at(2000-01-01T00:00:05)", Target: eventbridge.ScheduleTarget{Function: "f", Input: `"x"`, DeadLetterQueue: dead},
		})
		require.NoError(t, err)
		lambdatest.Advance(time.Minute)
		require.NoError(t, s.Wait(t.Context()))
		require.Zero(t, s.Pending())
		require.Len(t, dead.all(), 1)
		require.Equal(t, `"x"`, dead.all()[0].Body)
		require.Equal(t, arn, attributes(dead.all()[0])["SCHEDULE_ARN"])
		require.Equal(t, "NO_RESOURCE", attributes(dead.all()[0])["ERROR_CODE"])
	})
}
