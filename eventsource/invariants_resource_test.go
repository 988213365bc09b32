package eventsource_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestInvariant24DisableAndEnable(t *testing.T) {
	streamInvariant(t, func(_ *rapid.T, p *streamPlan) {
		p.faults, p.trouble, p.throttles, p.config.MaximumRecordAge, p.config.TumblingWindow = 0, 0, 0, 0, 0
		p.config.ParallelizationFactor = 1 // a shard has one position: what is resolved ahead of it, in another lane, repeats
		p.drop("restart", "update", "rename", "delete")
		for i := range p.steps {
			if i%3 == 1 {
				p.steps[i].act = []string{"disable", "enable"}[i/3%2]
			}
		}
	}, func(t *rapid.T, r *streamRun) {
		seen := map[string]bool{}
		for _, d := range r.w.deliveries() {
			for _, it := range d.Items {
				if seen[d.By+it.Text] {
					t.Fatalf("record %s came twice, though it had been resolved", it.Text)
				}
				seen[d.By+it.Text] = true
			}
		}
	})
}

// A mapping's state goes along the lines of the table, and whatever meets it in a transition is refused and changes
// nothing.
func TestInvariant25States(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue, disabled := rapid.Bool().Draw(t, "queue"), rapid.Bool().Draw(t, "disabled")
		acts := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 25).Draw(t, "acts")
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t, invoke.Options{}, script("S"))
			source := eventsource.Source(kinesis.NewStream("s", 1))
			if queue {
				source = sqs.NewQueue("q", sqs.Attributes{})
			}
			m := w.mapping(source, eventsource.Config{TransitionDelay: time.Minute, Disabled: disabled})
			defer m.Close()
			want, enabled := eventsource.Creating, !disabled
			if queue && disabled {
				want = eventsource.Disabled
			}
			for _, a := range acts {
				require.Equal(t, want, m.State())
				before, resting := m.Configuration(), want == eventsource.Enabled || want == eventsource.Disabled
				next, err := want, error(nil)
				switch {
				case a < 4: // time passes
					lambdatest.Advance(time.Minute)
					if want == eventsource.Deleting {
						_, err := eventsource.Get(w.svc, m.UUID())
						require.ErrorIs(t, err, lambda.ErrResourceNotFound)
						return
					}
					want = map[bool]eventsource.State{true: eventsource.Enabled, false: eventsource.Disabled}[enabled]
					continue
				case a < 6:
					next = eventsource.Updating
					_, err = m.Update(eventsource.UpdateInput{BatchSize: new(a)})
				case a < 8:
					next = map[bool]eventsource.State{true: eventsource.Enabling, false: eventsource.Disabling}[a == 6]
					if _, err = m.Update(eventsource.UpdateInput{Enabled: new(a == 6)}); err == nil {
						enabled = a == 6
					}
				case a == 8:
					_, err = m.Update(eventsource.UpdateInput{BatchSize: new(10_001)})
					require.Error(t, err, "it is invalid at any time")
					require.Equal(t, before, m.Configuration())
					continue
				default:
					next = eventsource.Deleting
					_, err = m.Delete()
				}
				if !resting {
					require.ErrorIs(t, err, lambda.ErrResourceInUse)
					require.Equal(t, before, m.Configuration())
					continue
				}
				require.NoError(t, err)
				want = next
			}
		})
	})
}

func TestInvariant26PolledAddsUp(t *testing.T) {
	t.Run("stream", func(t *testing.T) {
		streamInvariant(t, func(_ *rapid.T, p *streamPlan) { p.onlyPuts() }, func(t *rapid.T, r *streamRun) {
			invoked := map[string]bool{}
			for _, d := range r.w.deliveries() {
				for _, it := range d.Items {
					invoked[it.ID] = true
				}
			}
			dropped := 0
			for _, text := range slices.Sorted(maps.Keys(r.sides[0].given)) {
				if !invoked[r.sides[0].given[text]] {
					dropped++
				}
			}
			require.Equal(t, r.w.sum(trace.Polled), r.w.sum(trace.Filtered)+len(invoked)+dropped)
		})
	})
	t.Run("queue", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			p, c := drawQueue(t), newChance(t)
			p.trouble, p.throttles, p.faults = 0, 0, 0 // then every message is received once
			if p.blocking {                            // and its lease outlasts the window
				p.config.MaximumBatchingWindow = min(p.config.MaximumBatchingWindow, 5*time.Second)
			}
			for i := range p.steps {
				p.steps[i].act = "send"
			}
			rapid.SyncTest(t, func(t *rapid.T) {
				r := runQueue(t, p, c)
				require.Equal(t, len(r.sent), r.w.sum(trace.Polled))
				require.Equal(t, r.w.sum(trace.Polled), r.w.sum(trace.Filtered)+r.w.sum(trace.BatchFormed))
			})
		})
	})
}

// Whatever is made, renamed, closed and deleted, one source and one qualified function have one mapping.
func TestInvariant29Uniqueness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acts := rapid.SliceOfN(rapid.IntRange(0, 999), 1, 40).Draw(t, "acts")
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t, invoke.Options{}, script("S"))
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "g"}, w.code())
			_, err := w.svc.PublishVersion("f")
			require.NoError(t, err)
			sources := []eventsource.Source{sqs.NewQueue("q", sqs.Attributes{}), sqs.NewQueue("p", sqs.Attributes{}), kinesis.NewStream("s", 1)}
			functions := []string{"f", "f:1", "f:$LATEST", "g"}
			type pair struct{ source, function int }
			live := map[pair]*eventsource.Mapping{}
			for _, a := range acts {
				at := pair{a % 3, a / 3 % 4}
				m := live[at]
				switch a / 12 % 4 {
				case 0, 1:
					made, err := eventsource.NewMapping(w.svc, sources[at.source], eventsource.Config{FunctionName: functions[at.function]})
					if m != nil {
						require.ErrorIs(t, err, lambda.ErrResourceConflict)
						require.ErrorContains(t, err, m.UUID())
						continue
					}
					require.NoError(t, err)
					live[at] = made
				case 2:
					if m == nil {
						continue
					}
					to := pair{at.source, (at.function + 1 + a/48) % 4}
					_, err := m.Update(eventsource.UpdateInput{FunctionName: functions[to.function]})
					if taken := live[to]; taken != nil && taken != m {
						require.ErrorIs(t, err, lambda.ErrResourceConflict)
						continue
					}
					require.NoError(t, err)
					delete(live, at)
					live[to] = m
				default:
					if m != nil {
						_, err := m.Delete()
						require.NoError(t, err)
						delete(live, at)
					}
				}
				lambdatest.Advance(0)
				list, _, err := eventsource.List(w.svc, eventsource.ListInput{})
				require.NoError(t, err)
				require.Len(t, list, len(live))
			}
			for _, m := range live {
				m.Close()
			}
		})
	})
}
