package batch

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWindowOf(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339Nano, s)
		require.NoError(t, err)
		return x
	}
	for _, c := range []struct {
		arrival    string
		size       time.Duration
		start, end string
	}{
		{"2020-12-09T07:05:30.5Z", 2 * time.Minute, "2020-12-09T07:04:00Z", "2020-12-09T07:06:00Z"},
		{"2020-12-09T07:04:00Z", 2 * time.Minute, "2020-12-09T07:04:00Z", "2020-12-09T07:06:00Z"},
		{"2020-12-09T07:05:59.999999999Z", 2 * time.Minute, "2020-12-09T07:04:00Z", "2020-12-09T07:06:00Z"},
		{"2020-12-09T08:04:01+01:00", 2 * time.Minute, "2020-12-09T07:04:00Z", "2020-12-09T07:06:00Z"},
		{"1970-01-01T00:06:59Z", 7 * time.Minute, "1970-01-01T00:00:00Z", "1970-01-01T00:07:00Z"},
		{"1969-12-31T23:59:59Z", 7 * time.Minute, "1969-12-31T23:53:00Z", "1970-01-01T00:00:00Z"},
	} {
		start, end := WindowOf(at(c.arrival), c.size)
		require.Equal(t, c.start, start.Format(time.RFC3339Nano))
		require.Equal(t, c.end, end.Format(time.RFC3339Nano))
	}
}

func TestTumbling(t *testing.T) {
	w, err := NewTumbling(time.Minute)
	require.NoError(t, err)
	require.False(t, w.Open())
	m := t0.Truncate(time.Minute)
	require.True(t, w.Admit(m.Add(10*time.Second)))
	require.True(t, w.Open())
	require.Equal(t, Window{Start: m, End: m.Add(time.Minute), State: []byte("{}")}, w.Window(false))
	require.True(t, w.Admit(m.Add(59*time.Second)))
	require.False(t, w.Admit(m.Add(time.Minute)), "the end belongs to the next window")
	require.True(t, w.Admit(m.Add(-time.Hour)), "a late record falls into the open window")

	state := []byte(`{"n":"1"}`)
	w.Carry(Outcome{Result: Succeeded, State: state})
	clear(state)
	require.Equal(t, `{"n":"1"}`, string(w.Window(true).State), "the state is copied")
	for _, o := range []Outcome{{Result: FunctionError}, {Result: AllFailed}, {Result: Throttled}, {Result: PartlyFailed}} {
		o.State = []byte(`{"n":"lost"}`)
		w.Carry(o)
		require.Equal(t, `{"n":"1"}`, string(w.Window(false).State), "nothing was achieved")
	}
	w.Carry(Outcome{Result: PartlyFailed, First: 1, State: []byte(`{"n":"2"}`)})
	require.Equal(t, `{"n":"2"}`, string(w.Window(false).State))
	require.Equal(t, m.Add(3*time.Minute), w.Idle())

	w.Close()
	require.False(t, w.Open())
	require.True(t, w.Admit(m.Add(30*time.Second)))
	require.Equal(t, m.Add(time.Minute), w.Window(false).Start, "a window is not opened twice")
	require.Equal(t, "{}", string(w.Window(false).State))
}

func TestTumbling_stateAboveOneMegabyteEndsTheWindowEarly(t *testing.T) {
	w, err := NewTumbling(time.Minute)
	require.NoError(t, err)
	w.Admit(t0)
	big := []byte(`{"s":"` + strings.Repeat("x", 1<<20-8) + `"}`)
	require.Len(t, big, 1<<20)
	w.Carry(Outcome{Result: Succeeded, State: big})
	require.False(t, w.Early())
	big = append(big[:len(big)-2], `x"}`...)
	w.Carry(Outcome{Result: Succeeded, State: big})
	require.True(t, w.Early())
	require.False(t, w.Admit(t0), "the final invoke comes first")
	require.False(t, w.Window(false).Early, "only a final invoke says so")
	final := w.Window(true)
	require.True(t, final.Final && final.Early)
	require.Len(t, final.State, 1<<20+1)
	w.Close()
	require.True(t, w.Admit(t0), "the rest has a window with the same bounds")
	require.Equal(t, final.Start, w.Window(false).Start)
	require.False(t, w.Early())
}

func TestNewTumbling_refuses(t *testing.T) {
	for _, size := range []time.Duration{0, -time.Second, time.Millisecond, 901 * time.Second} {
		_, err := NewTumbling(size)
		var e *RangeError
		require.ErrorAs(t, err, &e)
	}
}

// tumbler counts records in the state of its windows.
type tumbler struct {
	finals []string
	report bool
}

func (f *tumbler) handle(batch []rec, w *Window) Outcome {
	state := string(w.State)
	if w.Final {
		f.finals = append(f.finals, w.Start.Format("04:05")+" "+state)
		return WindowVerdict([]byte(`{"state":`+state+`}`), batch, recID, f.report)
	}
	state = strings.Replace(state, "{}", `{"r":""}`, 1)
	state = strings.TrimSuffix(state, `"}`)
	for i := range batch {
		state += batch[i].id + " "
	}
	return WindowVerdict([]byte(`{"state":`+state+`"}}`), batch, recID, f.report)
}

func tumbling(size time.Duration) StreamConfig {
	return StreamConfig{Limits: all100, TumblingWindow: size}
}

func TestStreamVectorK21(t *testing.T) {
	payloads := []string{`{"batchItemFailures":[]}`, `{}`, `{"state":{"n":1}}`}
	sim := newSim(tumbling(time.Minute), func(batch []rec, _ *Window) Outcome {
		o := WindowVerdict([]byte(payloads[0]), batch, recID, true)
		if len(payloads) > 1 {
			payloads = payloads[1:]
		}
		return o
	})
	sim.add(records(2)...)
	sim.run(10 * time.Second)
	require.Equal(t, []string{"F1,2", "F1,2", "S1,2"}, sim.log)
	require.True(t, sim.calls[2].again)
	require.Equal(t, 2, sim.shard.Checkpoint())
}

func TestStreamVectorK22(t *testing.T) {
	f := &tumbler{}
	sim := newSim(tumbling(time.Minute), f.handle)
	rs := records(3)
	rs[2].arrival = t0.Add(time.Minute)
	sim.add(rs...)
	sim.run(time.Minute)
	require.Equal(t, []string{"S1,2", "S", "S3"}, sim.log)
	require.Equal(t, []string{`04:00 {"r":"1 2 "}`}, f.finals)
	sim.shard.Advance(3, true)
	sim.run(4 * time.Minute)
	require.Equal(t, []string{`04:00 {"r":"1 2 "}`, `05:00 {"r":"3 "}`}, f.finals, "an idle shard closes it, and it began anew")
	require.Equal(t, t0.Truncate(time.Minute).Add(4*time.Minute), sim.calls[3].start, "two minutes after its end")
}

func TestShard_aLaterWindowCompletesTheBatch(t *testing.T) {
	c := tumbling(time.Minute)
	c.Limits.Window = 10 * time.Second
	f := &tumbler{}
	sim := newSim(c, f.handle)
	rs := records(3)
	rs[2].arrival = t0.Add(time.Minute)
	sim.add(rs...)
	sim.run(time.Minute)
	require.Equal(t, []string{"S1,2", "S", "S3"}, sim.log)
	require.Equal(t, t0, sim.calls[1].start, "nothing can join the first window any more")
	require.Equal(t, t0.Add(10*time.Second), sim.calls[2].start)
}

func TestShard_aReturnWithoutStateIsAFailure(t *testing.T) {
	sim := newSim(tumbling(time.Minute), func([]rec, *Window) Outcome { return Outcome{Result: Succeeded} })
	sim.add(records(1)...)
	sim.run(time.Second)
	require.Len(t, sim.calls, 2)
	require.Zero(t, sim.shard.Checkpoint())
}

// An oversize record that comes while a final invoke is outstanding has nothing to do with it.
func TestShard_recordsAddedDuringTheFinalInvoke(t *testing.T) {
	finals := 0
	c := tumbling(time.Minute)
	c.Policy.MaximumRetryAttempts = new(1)
	sim := newSim(c, nil)
	sim.handle = func(_ []rec, w *Window) Outcome {
		if !w.Final {
			return Outcome{Result: Succeeded, State: []byte("{}")}
		}
		if finals++; finals == 1 {
			late := records(1)[0]
			late.id, late.size = "2", MaximumEventSize
			sim.add(late)
			return Outcome{Result: FunctionError}
		}
		return Outcome{Result: Succeeded, State: []byte("{}")}
	}
	sim.add(records(1)...)
	sim.shard.Advance(1, true)
	sim.run(5 * time.Minute)
	require.Equal(t, []string{"S1", "F", "S"}, sim.log)
	require.Equal(t, []string{"2 RetryAttemptsExhausted 2 0"}, sim.discards)
}

func TestShard_idleWindowStaysOpenUntilNothingMoreWasFound(t *testing.T) {
	f := &tumbler{}
	sim := newSim(tumbling(time.Minute), f.handle)
	sim.add(records(1)...)
	sim.run(time.Hour)
	require.Empty(t, f.finals, "the caller may be behind")
	require.Equal(t, Step{}, sim.shard.Next(0, sim.now).Step, "and has nothing to wait for")
	sim.shard.Advance(1, true)
	rs := records(2)
	sim.add(rs[1])
	sim.run(time.Hour)
	require.Empty(t, f.finals, "it has found more since")
	sim.shard.Advance(2, true)
	sim.run(time.Second)
	require.Equal(t, []string{`04:00 {"r":"1 2 "}`}, f.finals)
}

func TestShard_endClosesTheWindow(t *testing.T) {
	f := &tumbler{}
	sim := newSim(tumbling(time.Minute), f.handle)
	sim.add(records(1)...)
	sim.run(time.Second)
	sim.shard.End()
	require.Equal(t, 1, sim.shard.Checkpoint())
	require.False(t, sim.shard.Drained(), "the final invoke is to come")
	sim.run(time.Second)
	require.Len(t, f.finals, 1)
	require.True(t, sim.shard.Drained())
}

func TestShard_finalInvokeIsRetriedAndDiscarded(t *testing.T) {
	c := tumbling(time.Minute)
	c.Policy.MaximumRetryAttempts = new(1)
	sim := newSim(c, func(_ []rec, w *Window) Outcome {
		if w.Final {
			return Outcome{Result: FunctionError}
		}
		return Outcome{Result: Succeeded, State: []byte("{}")}
	})
	rs := records(2)
	rs[1].arrival = t0.Add(time.Minute)
	sim.add(rs...)
	sim.run(time.Minute)
	require.Equal(t, []string{"S1", "F", "F", "S2"}, sim.log, "its failure blocks the shard")
	require.Equal(t, []string{" RetryAttemptsExhausted 2 1"}, sim.discards)
}

func TestShard_largeStateEndsTheWindowEarly(t *testing.T) {
	var seen []Window
	sim := newSim(StreamConfig{Limits: Limits{BatchSize: 1}, TumblingWindow: time.Minute}, func(batch []rec, w *Window) Outcome {
		seen = append(seen, Window{Start: w.Start, Final: w.Final, Early: w.Early, State: []byte{byte(len(w.State) >> 20)}})
		if w.Final {
			return Outcome{Result: Succeeded, State: []byte("{}")}
		}
		return Outcome{Result: Succeeded, State: []byte(`{"s":"` + strings.Repeat("x", 1<<20) + `"}`)}
	})
	sim.add(records(2)...)
	sim.run(time.Second)
	require.Equal(t, []string{"S1", "S", "S2", "S"}, sim.log)
	start := t0.Truncate(time.Minute)
	small, large := Window{Start: start, State: []byte{0}}, Window{Start: start, State: []byte{1}, Final: true, Early: true}
	require.Equal(t, []Window{small, large, small, large}, seen)
}

func TestShard_stateCountsTowardsTheEvent(t *testing.T) {
	sim := newSim(StreamConfig{Limits: Limits{BatchSize: 10, MaxBytes: 54}, TumblingWindow: time.Minute, Overhead: 10}, func([]rec, *Window) Outcome {
		return Outcome{Result: Succeeded, State: []byte(`{"n":"` + strings.Repeat("x", 20) + `"}`)}
	})
	sim.add(records(6)...)
	sim.run(time.Second)
	require.Equal(t, []string{"S1,2,3", "S4", "S5", "S6"}, sim.log, "a fourth would make it 12+4*10+3 bytes, later a second 38+2*10+1")
}

// Each record has one window, each window one final invoke, and the state of a window begins empty.
func TestShard_windowsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := StreamConfig{Limits: Limits{BatchSize: rapid.IntRange(1, 5).Draw(t, "BatchSize")}, TumblingWindow: 10 * time.Second}
		answers := drawAnswers(t)()
		finals, done := map[time.Time]int{}, map[string]int{}
		var last time.Time
		sim := newSim(c, nil)
		sim.handle = func(batch []rec, w *Window) Outcome {
			if w.Start.Before(last) {
				t.Fatalf("window %v after %v", w.Start, last)
			}
			if w.Start.After(last) && string(w.State) != "{}" || finals[w.Start] > 0 {
				t.Fatalf("window %v begins with %s, after %d final invokes", w.Start, w.State, finals[w.Start])
			}
			last = w.Start
			o := answers(max(len(batch), 1))
			if o.Result == Succeeded && w.Final {
				finals[w.Start]++
			}
			o.State = []byte(`{"n":1}`)
			upTo := 0
			switch o.Result {
			case Succeeded:
				upTo = len(batch)
			case PartlyFailed:
				upTo = o.First
			}
			for i, r := range batch {
				if !w.Start.Add(10 * time.Second).After(r.arrival) {
					t.Fatalf("record of %v in the window %v", r.arrival, w.Start)
				}
				if i < upTo {
					done[r.id]++
				}
			}
			return o
		}
		rs := records(rapid.IntRange(1, 20).Draw(t, "records"))
		arrival := t0
		for i := range rs {
			arrival = arrival.Add(time.Duration(rapid.IntRange(-3, 8).Draw(t, "gap")) * time.Second)
			rs[i].arrival = arrival
		}
		sim.add(rs...)
		sim.shard.End()
		sim.run(24 * time.Hour)
		require.True(t, sim.shard.Drained())
		require.Len(t, done, len(rs))
		for id, n := range done {
			require.Equal(t, 1, n, id)
		}
		require.Equal(t, len(rs), sim.shard.Checkpoint())
	})
}

// What never reached the function returned no state, and that is no failure of the function's: no attempt is used up.
func TestShard_unsentWindowsKeepTheirOutcome(t *testing.T) {
	for o, want := range map[Result]Step{
		Throttled:     {Action: Invoke, Again: true, To: 1, Count: 1},
		TooLarge:      {Action: Discard, Again: true, To: 1, Count: 1, Condition: RetryAttemptsExhausted},
		AllFailed:     {Action: Discard, Again: true, To: 1, Count: 1, Condition: RetryAttemptsExhausted, Response: Reported},
		FunctionError: {Action: Discard, Again: true, To: 1, Count: 1, Condition: RetryAttemptsExhausted, Response: Unhandled},
		Succeeded:     {Action: Discard, Again: true, To: 1, Count: 1, Condition: RetryAttemptsExhausted, Response: Unhandled},
	} {
		s, err := NewShard(StreamConfig{
			Limits: all100, TumblingWindow: time.Minute, Policy: Policy{MaximumRetryAttempts: new(0), Backoff: Doubling(0, 0)},
		}, &recFields, 0)
		require.NoError(t, err)
		s.Add(t0, &records(1)[0], 1)
		require.Equal(t, Invoke, s.Next(0, t0).Action)
		s.Report(0, t0, Outcome{Result: o})
		require.Equal(t, want, s.Next(0, t0).Step, o)
	}
}
