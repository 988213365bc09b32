package batch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func settling(t require.TestingT, p Policy, size, n int) *Shard[rec, int] {
	s, err := NewShard(StreamConfig{Limits: Limits{BatchSize: size}, Policy: p}, &recFields, 0)
	require.NoError(t, err)
	for i, r := range records(n) {
		s.Add(t0, &r, i+1)
	}
	return s
}

func TestShard_settleLeavesWhatWaits(t *testing.T) {
	aged := Policy{MaximumRecordAge: time.Minute}
	late := t0.Add(time.Hour)
	for name, before := range map[string]func(s *Shard[rec, int]) (checkpoint int){
		"for its first batch": func(*Shard[rec, int]) int { return 0 },
		"behind a batch that succeeded": func(s *Shard[rec, int]) int {
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: Succeeded})
			return 2
		},
		"behind one that is done with": func(s *Shard[rec, int]) int {
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: Succeeded})
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: Throttled})
			return 2
		},
		"behind the part that succeeded": func(s *Shard[rec, int]) int {
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: PartlyFailed, First: 1})
			return 1
		},
		"for another try": func(s *Shard[rec, int]) int {
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: FunctionError})
			return 0
		},
		"for its second batch": func(s *Shard[rec, int]) int {
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: Succeeded})
			for range 2 { // it takes the rest in the window after the first
				s.Next(0, t0)
				s.Report(0, t0, Outcome{Result: Succeeded})
			}
			s.Next(0, t0) // nothing is at hand
			for i, r := range records(3) {
				s.Add(late, &r, 7+i)
			}
			return 6
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := settling(t, aged, 2, 6)
			want := before(s)
			for range 2 {
				require.Equal(t, Work[rec]{}, s.Settle(0))
				require.Equal(t, want, s.Checkpoint())
			}
		})
	}
}

func TestShard_settleGivesUpWhatFailedForTheLastTime(t *testing.T) {
	for name, bisects := range map[string]bool{"a batch": false, "the half of one": true} {
		t.Run(name, func(t *testing.T) {
			s := settling(t, Policy{MaximumRetryAttempts: new(0), BisectBatchOnFunctionError: bisects}, 2, 4)
			want := "1,2"
			s.Next(0, t0)
			s.Report(0, t0, Outcome{Result: FunctionError})
			if bisects {
				want = "1"
				s.Next(0, t0)
				s.Report(0, t0, Outcome{Result: FunctionError})
			}
			w := s.Settle(0)
			require.Equal(t, Discard, w.Action)
			require.Equal(t, RetryAttemptsExhausted, w.Condition)
			require.Equal(t, Unhandled, w.Response)
			require.True(t, w.Again)
			require.Equal(t, want, idsOf(w.Records))
			require.Zero(t, s.Checkpoint(), "its record may not have been delivered yet")
			require.Equal(t, Work[rec]{}, s.Settle(0), "the rest is left")
			require.Equal(t, len(w.Records), s.Checkpoint())
		})
	}
}

func TestShard_settleEndsADiscardUnderWay(t *testing.T) {
	s := settling(t, Policy{MaximumRecordAge: time.Minute}, 1, 2)
	require.Equal(t, RecordAgeExceeded, s.Next(0, t0.Add(time.Hour)).Condition)
	require.Zero(t, s.Checkpoint())
	require.Equal(t, Done, s.Settle(0).Action)
	require.Equal(t, 1, s.Checkpoint(), "the second is left, old as it is")
}

// Wherever a shell stops, it passes over nothing but what it was told to, and once.
func TestShard_settleLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 12
		p := Policy{MaximumRetryAttempts: new(rapid.IntRange(0, 2).Draw(t, "attempts")), BisectBatchOnFunctionError: rapid.Bool().Draw(t, "bisect"),
			MaximumRecordAge: time.Minute, Backoff: Doubling(0, 0)}
		s := settling(t, p, rapid.IntRange(1, 5).Draw(t, "size"), n)
		gone, now := map[string]bool{}, t0
		pass := func(rs []rec) {
			for _, r := range rs {
				require.False(t, gone[r.id])
				gone[r.id] = true
			}
		}
		var open []rec // of the invoke that is outstanding
		report := func() {
			o := rapid.SampledFrom([]Outcome{{Result: Succeeded}, {Result: FunctionError}, {Result: Throttled}, {Result: PartlyFailed, First: len(open) - 1}}).Draw(t, "outcome")
			switch o.Result {
			case Succeeded:
				pass(open)
			case PartlyFailed:
				pass(open[:o.First])
			}
			s.Report(0, now, o)
			open = nil
		}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			switch w := s.Next(0, now); w.Action {
			case Invoke:
				open = append([]rec(nil), w.Records...)
				if rapid.Bool().Draw(t, "ends") {
					report()
				}
			case Discard:
				pass(w.Records)
			case Wait:
				report()
			}
		}
		now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "later"))
		if open != nil {
			report()
		}
		for w := s.Settle(0); w.Action != Done; w = s.Settle(0) {
			require.Equal(t, RetryAttemptsExhausted, w.Condition)
			pass(w.Records)
		}
		require.Equal(t, len(gone), s.Checkpoint())
	})
}
