package eventbridge_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// modelSchedule is what a scheduler should know of a schedule with a rate of whole minutes, made on second 7 of a minute:
// it fires on the second.
type modelSchedule struct {
	period     time.Duration
	from       time.Time // that the rate counts from
	start, end time.Time // zero for none
	enabled    bool
	deleted    bool // after the last firing
}

func (m *modelSchedule) firesAt(at time.Time) bool {
	since := at.Sub(m.from)
	return m.enabled && since > 0 && since%m.period == 0 && (m.end.IsZero() || !at.After(m.end))
}

// last reports whether no firing follows the one at an instant.
func (m *modelSchedule) last(at time.Time) bool {
	return !m.end.IsZero() && at.Add(m.period).After(m.end)
}

// A scheduler does over any sequence of operations what the obvious one does, which looks at every schedule every minute.
func TestSchedulerAgainstModel(t *testing.T) {
	names := []string{"a", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			fake := &fakeLambda{}
			s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake, Seed: rapid.Uint64().Draw(t, "seed")})
			defer s.Close()
			known := map[string]*modelSchedule{}
			var want []string
			lambdatest.Advance(7 * time.Second)
			draw := func(t *rapid.T, name string) (eventbridge.Schedule, *modelSchedule) {
				now := time.Now()
				minutes := rapid.IntRange(2, 40).Draw(t, "minutes")
				m := &modelSchedule{period: time.Duration(minutes) * time.Minute, from: now, enabled: rapid.IntRange(0, 3).Draw(t, "enabled") > 0}
				if rapid.Bool().Draw(t, "starts") {
					m.start = now.Add(time.Duration(rapid.IntRange(-30, 60).Draw(t, "start")) * time.Minute)
					m.from = m.start
				}
				if rapid.Bool().Draw(t, "ends") {
					m.end = now.Add(time.Duration(rapid.IntRange(60, 120).Draw(t, "end")) * time.Minute)
				}
				m.deleted = rapid.Bool().Draw(t, "deleted afterwards")
				set := eventbridge.Schedule{
					Name: name, ScheduleExpression: fmt.Sprintf("rate(%d minutes)", minutes), StartDate: m.start, EndDate: m.end,
					Target: eventbridge.ScheduleTarget{Function: name}, State: eventbridge.Disabled,
				}
				if m.enabled {
					set.State = eventbridge.Enabled
				}
				if m.deleted {
					set.ActionAfterCompletion = eventbridge.DeleteSchedule
				}
				return set, m
			}
			made := map[string]time.Time{}
			t.Repeat(map[string]func(*rapid.T){
				"create": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					set, m := draw(t, name)
					_, err := s.CreateSchedule(set)
					if known[name] != nil {
						require.ErrorIs(t, err, eventbridge.ErrConflict)
						return
					}
					require.NoError(t, err)
					known[name], made[name] = m, time.Now()
				},
				"update": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					set, m := draw(t, name)
					_, err := s.UpdateSchedule(set)
					if known[name] == nil {
						require.ErrorIs(t, err, eventbridge.ErrResourceNotFound)
						return
					}
					require.NoError(t, err)
					if m.start.IsZero() {
						m.from = made[name] // a rate counts on
					}
					known[name] = m
				},
				"delete": func(t *rapid.T) {
					name := rapid.SampledFrom(names).Draw(t, "name")
					err := s.DeleteSchedule("", name)
					require.Equal(t, known[name] != nil, err == nil)
					delete(known, name)
				},
				"wait": func(t *rapid.T) {
					for range rapid.IntRange(1, 90).Draw(t, "minutes") {
						lambdatest.Advance(time.Minute)
						now := time.Now()
						for name, m := range known {
							if !m.firesAt(now) {
								continue
							}
							want = append(want, now.Format("02 15:04:05 ")+name)
							if m.deleted && m.last(now) {
								delete(known, name)
							}
						}
					}
				},
				"": func(t *rapid.T) {
					var got []string
					for _, c := range fake.all() {
						ref, err := lambda.ParseRef(c.function, "")
						require.NoError(t, err)
						got = append(got, c.at.Format("02 15:04:05 ")+ref.Name)
					}
					slices.Sort(want)
					slices.Sort(got) // the model does not know the order in which schedules were made
					require.Equal(t, want, got)
					var there []string
					for _, name := range names {
						if known[name] != nil {
							there = append(there, name)
						}
					}
					require.Equal(t, there, s.Schedules(""))
				},
			})
		})
	})
}

// A StartDate that has passed holds nothing up: the rate goes on counting from it.
func TestScheduleStartedInThePast(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
		start := time.Now().Add(7 * time.Second)
		time.Sleep(25*time.Minute + time.Second)
		_, err := s.CreateSchedule(eventbridge.Schedule{
			Name: "s", ScheduleExpression: "rate(10 minutes)", StartDate: start, Target: eventbridge.ScheduleTarget{Function: "f"},
		})
		require.NoError(t, err)
		next, ok := s.NextFiring("", "s")
		require.True(t, ok)
		require.Equal(t, 30*time.Minute, next.Sub(start))
		lambdatest.Advance(20 * time.Minute)
		require.Len(t, fake.all(), 2)
		require.True(t, fake.all()[0].at.Equal(start.Add(30*time.Minute)))
		s.Close()
	})
}

// Bounds are for schedules that recur: at fires when it says, bounds or not.
func TestAtKnowsNoBounds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake})
		_, err := s.CreateSchedule(eventbridge.Schedule{
			Name: "s", ScheduleExpression: "at(2000-01-01T00:10:05)", Target: eventbridge.ScheduleTarget{Function: "f"},
			StartDate: time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC), EndDate: time.Date(2000, 3, 1, 0, 0, 0, 0, time.UTC),
		})
		require.NoError(t, err)
		lambdatest.Advance(time.Hour)
		require.Len(t, fake.all(), 1)
		_, err = s.CreateSchedule(eventbridge.Schedule{Name: "late", ScheduleExpression: "at(2000-01-01T00:10:05)", Target: eventbridge.ScheduleTarget{Function: "f"}})
		require.NoError(t, err)
		_, ok := s.NextFiring("", "late")
		require.False(t, ok, "it has passed")
		lambdatest.Advance(time.Hour)
		require.Len(t, fake.all(), 1)
		s.Close()
	})
}

// A closed scheduler fires nothing, whatever is done to it, and says what it has dropped.
func TestSchedulerClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{refuse: func(int, call) error { return throttle }}
		lost := 0
		s := eventbridge.NewScheduler(eventbridge.Options{Invoker: fake, Trace: func(e trace.Event) {
			if e.Kind == trace.Lost {
				lost++
			}
		}})
		set := eventbridge.Schedule{Name: "s", ScheduleExpression: "rate(5 minutes)", Target: eventbridge.ScheduleTarget{Function: "f"}}
		_, err := s.CreateSchedule(set)
		require.NoError(t, err)
		lambdatest.Advance(6 * time.Minute)
		tried := len(fake.all())
		require.Positive(t, tried)
		require.Equal(t, 1, s.Pending())
		s.Close()
		require.Equal(t, 1, lost)
		require.Zero(t, s.Pending())
		_, err = s.UpdateSchedule(set)
		require.NoError(t, err)
		set.Name = "t"
		_, err = s.CreateSchedule(set)
		require.NoError(t, err)
		_, ok := s.NextFiring("", "t")
		require.False(t, ok)
		lambdatest.Advance(24 * time.Hour)
		require.Len(t, fake.all(), tried)
		s.Close()
	})
}
