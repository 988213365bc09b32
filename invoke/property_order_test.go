package invoke_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

// The same seed and the same calls give the same timeline, to the byte, whatever the scheduler does: with one processor
// or many. Events are sent a different millisecond each and work for some nanoseconds more than a second, so that no two
// of them meet at one instant; what ties has no order, see below.
func TestProperty_sameSeedSameTimeline(t *testing.T) {
	many := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(many)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		scripts := rapid.SliceOfN(properties.Script(), 1, 8).Draw(t, "scripts")
		outcomes := properties.Outcomes().Draw(t, "outcomes")
		policy := invoke.RetryPolicy{Jitter: float64(rapid.IntRange(0, 1).Draw(t, "jitter"))}
		var timelines [2]lambdatest.Timeline
		for i := range timelines {
			runtime.GOMAXPROCS(1 + i*(many-1))
			rapid.SyncTest(t, func(t *rapid.T) {
				svc := lambdatest.NewService(t, invoke.Options{Seed: seed, RetryPolicy: policy, Trace: timelines[i].Trace})
				svc.Control(lambdatest.For("f0", lambdatest.Outcomes(outcomes)))
				for j, script := range scripts {
					name := fmt.Sprintf("f%d", j)
					lambdatest.Deploy(t, svc, lambda.Config{Name: name, Timeout: 2 * time.Second}, lambdatest.Script(script, time.Second+17*time.Nanosecond))
					_, err := svc.PublishVersion(name)
					require.NoError(t, err)
					lambdatest.Deploy(t, svc, lambda.Config{Name: name, MemorySize: 256, Timeout: 2 * time.Second}, lambdatest.Script(script, time.Second+17*time.Nanosecond))
					_, err = svc.PublishVersion(name)
					require.NoError(t, err)
					require.NoError(t, svc.PutAlias(name, "live", invoke.Routing{Version: "1", Additional: map[string]float64{"2": 0.5}}))
				}
				for j := range scripts {
					lambdatest.Advance(time.Millisecond)
					_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: fmt.Sprintf("f%d:live", j), InvocationType: invoke.Event})
					require.NoError(t, err)
				}
				require.NoError(t, svc.Wait(context.Background()))
			})
		}
		require.NoError(t, lambdatest.Same(&timelines[0], &timelines[1]))
	})
}

// Another seed gives other request ids, and so another timeline.
func TestProperty_anotherSeedAnotherTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seeds := rapid.SliceOfNDistinct(rapid.Uint64(), 2, 2, rapid.ID[uint64]).Draw(t, "seeds")
		rapid.SyncTest(t, func(t *rapid.T) {
			var timelines [2]lambdatest.Timeline
			for i, seed := range seeds {
				svc := lambdatest.NewService(t, invoke.Options{Seed: seed, Trace: timelines[i].Trace})
				lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, raw)
				_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f"})
				require.NoError(t, err)
			}
			require.Error(t, lambdatest.Same(&timelines[0], &timelines[1]))
		})
	})
}

// Events that are due at one instant are admitted in the order in which they were accepted, however many there are and
// however often they were put off: of those that want the one free unit, the first gets it.
func TestProperty_dueTogetherInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 100).Draw(t, "events")
		free := rapid.IntRange(1, 3).Draw(t, "free")
		rapid.SyncTest(t, func(t *rapid.T) {
			var tl lambdatest.Timeline
			svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script("S", time.Millisecond))
			require.NoError(t, svc.PutFunctionConcurrency("f", free))
			for range n {
				_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
				require.NoError(t, err)
			}
			require.NoError(t, svc.Wait(context.Background()))
			for i, e := range tl.Of(trace.Started) {
				require.EqualValues(t, i+1, e.Number, "%s", &tl)
			}
		})
	})
}

// A run that ends at the very instant at which an event is due may free its unit before or after: both are lawful, and
// nothing else happens.
func TestProperty_tieOfEndAndDispatch(t *testing.T) {
	orders := map[int]int{}
	rapid.Check(t, func(t *rapid.T) {
		work := rapid.SampledFrom([]int{1, 3, 7}).Draw(t, "work")
		rapid.SyncTest(t, func(t *rapid.T) {
			var tl lambdatest.Timeline
			svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Minute}, lambdatest.Script("S", time.Duration(work)*time.Second))
			require.NoError(t, svc.PutFunctionConcurrency("f", 1))
			for range 2 {
				_, err := svc.Invoke(context.Background(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
				require.NoError(t, err)
			}
			start := time.Now()
			require.NoError(t, svc.Wait(context.Background()))
			runs := tl.Of(trace.Started)
			require.Len(t, runs, 2)
			at := int(runs[1].Time.Sub(start) / time.Second)
			require.Contains(t, []int{work, 2*work + 1}, at)
			orders[at-work]++
			err := tl.Check(lambdatest.Settings{Reserved: map[string]int{"f": 1}})
			require.NoError(t, err)
		})
	})
	t.Logf("the second event ran that many seconds after the first: %v", orders)
}
