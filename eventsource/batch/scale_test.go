package batch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func scale(t require.TestingT, s Scaling) *Scale {
	c, err := NewScale(s, t0)
	require.NoError(t, err)
	return c
}

// saturate takes every place there is at t.
func saturate(s *Scale, t time.Time) (taken int) {
	for {
		if ok, _ := s.AcquireAt(t); !ok {
			return taken
		}
		taken++
	}
}

func TestScale_startsWithFiveAndAddsThreeHundredAMinute(t *testing.T) {
	s := scale(t, Scaling{})
	require.Equal(t, 5, saturate(s, t0))
	_, again := s.AcquireAt(t0)
	require.Equal(t, t0.Add(200*time.Millisecond), again)
	require.Equal(t, 5, s.LimitAt(again.Add(-1)))
	for _, row := range []struct {
		at    time.Duration
		limit int
	}{{200 * time.Millisecond, 6}, {time.Second, 10}, {time.Minute, 305}, {4 * time.Minute, 1205}, {5 * time.Minute, 1250}, {time.Hour, 1250}} {
		require.Equal(t, row.limit, s.LimitAt(t0.Add(row.at)), row.at)
	}
	saturate(s, t0.Add(time.Hour))
	require.Equal(t, 1250, s.InFlight())
	_, again = s.AcquireAt(t0.Add(time.Hour))
	require.Zero(t, again, "only a release helps")
}

func TestScale_growsOnlyWhileThereIsDemand(t *testing.T) {
	s := scale(t, Scaling{})
	require.Equal(t, 5, s.LimitAt(t0.Add(time.Hour)))
	saturate(s, t0.Add(time.Hour))
	s.IdleAt(t0.Add(time.Hour + time.Second)) // 10 by then
	require.Equal(t, 10, s.LimitAt(t0.Add(time.Hour+time.Second)))
	require.Equal(t, 8, s.LimitAt(t0.Add(time.Hour+time.Second+400*time.Millisecond)))
	require.Equal(t, 5, s.LimitAt(t0.Add(2*time.Hour)), "back to where it began")
}

func TestScale_bounds(t *testing.T) {
	for _, c := range []struct {
		name        string
		s           Scaling
		start, most int
	}{
		{"MaximumConcurrency", Scaling{MaximumConcurrency: 100}, 5, 100},
		{"MaximumConcurrency below the start", Scaling{MaximumConcurrency: 2}, 2, 2},
		{"provisioned", Scaling{MinimumPollers: 3, MaximumPollers: 5}, 30, 50},
		{"provisioned, default maximum", Scaling{MinimumPollers: 3}, 30, 2_000},
		{"provisioned, default minimum", Scaling{MaximumPollers: 2_000}, 20, 20_000},
		{"FIFO has no ramp", Scaling{FIFO: true}, 1_250, 1_250},
		{"FIFO with MaximumConcurrency", Scaling{FIFO: true, MaximumConcurrency: 7}, 7, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scale(t, c.s)
			require.Equal(t, c.start, saturate(s, t0))
			require.Equal(t, c.most, s.LimitAt(t0.Add(time.Hour)))
		})
	}
}

func TestScale_provisionedAddsAThousandAMinute(t *testing.T) {
	s := scale(t, Scaling{MinimumPollers: 2, MaximumPollers: 2_000})
	saturate(s, t0)
	require.Equal(t, 1_020, s.LimitAt(t0.Add(time.Minute)))
	require.Equal(t, 10_020, s.LimitAt(t0.Add(10*time.Minute)))
}

func TestScale_failuresShrinkIt(t *testing.T) {
	s := scale(t, Scaling{})
	for _, row := range []struct {
		r    Result
		want int
	}{{Succeeded, 5}, {PartlyFailed, 5}, {FunctionError, 4}, {Throttled, 3}, {AllFailed, 2}, {FunctionError, 2}, {Throttled, 2}} {
		s.ReportAt(t0, row.r)
		require.Equal(t, row.want, s.LimitAt(t0), row.r)
	}
	require.Equal(t, 2, saturate(s, t0))
	require.Equal(t, 3, s.LimitAt(t0.Add(200*time.Millisecond)), "demand makes it grow again")

	p := scale(t, Scaling{MinimumPollers: 2})
	p.ReportAt(t0, FunctionError)
	require.Equal(t, 20, p.LimitAt(t0), "provisioned pollers stay")
}

func TestScale_mayBeExceededAfterItShrank(t *testing.T) {
	s := scale(t, Scaling{})
	saturate(s, t0)
	s.ReportAt(t0, FunctionError)
	s.ReportAt(t0, FunctionError)
	require.Equal(t, 5, s.InFlight())
	ok, again := s.AcquireAt(t0)
	require.False(t, ok)
	require.Equal(t, t0.Add(600*time.Millisecond), again)
	ok, _ = s.AcquireAt(again.Add(-1))
	require.False(t, ok)
	ok, _ = s.AcquireAt(again)
	require.True(t, ok)
}

func TestScale_releases(t *testing.T) {
	s := scale(t, Scaling{})
	s.ReleaseAt(t0)
	require.Zero(t, s.InFlight(), "there was nothing to release")
	saturate(s, t0)
	s.ReleaseAt(t0)
	ok, _ := s.AcquireAt(t0)
	require.True(t, ok)
}

func TestScaling_validate(t *testing.T) {
	for _, s := range []Scaling{
		{MaximumConcurrency: 1}, {MaximumConcurrency: 1_001}, {MaximumConcurrency: -1},
		{MinimumPollers: 1}, {MinimumPollers: 201}, {MaximumPollers: 1}, {MaximumPollers: 2_001}, {MinimumPollers: 5, MaximumPollers: 4},
	} {
		_, err := NewScale(s, t0)
		var e *RangeError
		require.ErrorAs(t, err, &e, "%+v", s)
	}
	_, err := NewScale(Scaling{MaximumConcurrency: 5, MinimumPollers: 2}, t0)
	var e *ConflictError
	require.ErrorAs(t, err, &e)
	require.EqualError(t, err, "batch: MaximumConcurrency cannot be combined with ProvisionedPollerConfig")
}

// The model lives through every millisecond.
type scaleModel struct {
	step, start, floor, most int
	level, inFlight          int
	trend, ticks             int
}

func (m *scaleModel) live(ms int) {
	for range ms {
		if m.trend == 0 {
			continue
		}
		if m.ticks++; m.ticks < m.step {
			continue
		}
		m.ticks = 0
		if m.trend > 0 && m.level < m.most {
			m.level++
		}
		if m.trend < 0 && m.level > m.start {
			m.level--
		}
	}
}

func (m *scaleModel) turn(trend int) {
	if m.trend != trend {
		m.trend, m.ticks = trend, 0
	}
}

func TestScale_followsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		provisioned := rapid.Bool().Draw(t, "provisioned")
		m := &scaleModel{step: 200, start: 5, floor: 2, level: 5}
		c := Scaling{}
		if provisioned {
			m.step, m.start, m.floor, m.level = 60, 20, 20, 20
			c.MaximumPollers = rapid.IntRange(2, 4).Draw(t, "pollers")
			m.most = c.MaximumPollers * 10
		} else {
			c.MaximumConcurrency = rapid.IntRange(6, 40).Draw(t, "MaximumConcurrency")
			m.most = c.MaximumConcurrency
		}
		s, now := scale(t, c), t0
		t.Repeat(map[string]func(*rapid.T){
			"time": func(t *rapid.T) {
				ms := rapid.IntRange(0, 1000).Draw(t, "ms")
				m.live(ms)
				now = now.Add(time.Duration(ms) * time.Millisecond)
			},
			"acquire": func(t *rapid.T) {
				want := m.inFlight < m.level
				if want {
					m.inFlight++
				} else {
					m.turn(1)
				}
				ok, again := s.AcquireAt(now)
				require.Equal(t, want, ok)
				if !ok && !again.IsZero() {
					require.True(t, again.After(now))
				}
			},
			"saturate": func(*rapid.T) {
				m.inFlight = max(m.inFlight, m.level)
				m.turn(1)
				saturate(s, now)
			},
			"release": func(*rapid.T) {
				m.inFlight = max(0, m.inFlight-1)
				s.ReleaseAt(now)
			},
			"report": func(t *rapid.T) {
				r := rapid.SampledFrom([]Result{Succeeded, PartlyFailed, AllFailed, FunctionError, Throttled}).Draw(t, "result")
				if r != Succeeded && r != PartlyFailed {
					m.level, m.ticks = max(m.level-1, m.floor), 0
				}
				s.ReportAt(now, r)
			},
			"idle": func(*rapid.T) {
				m.turn(-1)
				s.IdleAt(now)
			},
			"clock steps back": func(t *rapid.T) {
				s.LimitAt(now.Add(-time.Hour))
			},
			"": func(t *rapid.T) {
				require.Equal(t, m.level, s.LimitAt(now))
				require.Equal(t, m.inFlight, s.InFlight())
				require.LessOrEqual(t, m.level, m.most)
			},
		})
	})
}

func TestScale_growthBeginsAnewAfterAFailure(t *testing.T) {
	s, err := NewScale(Scaling{}, t0)
	require.NoError(t, err)
	for range scaleStart {
		s.AcquireAt(t0)
	}
	ok, _ := s.AcquireAt(t0)
	require.False(t, ok)
	failed := t0.Add(scaleStep / 2)
	s.ReportAt(failed, FunctionError)
	require.Equal(t, scaleStart-1, s.LimitAt(failed.Add(scaleStep-1)))
	require.Equal(t, scaleStart, s.LimitAt(failed.Add(scaleStep)))
}
