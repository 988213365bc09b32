package eventsource_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// observed is a Service with a function f and a trace that shows a test the states of its mappings.
func observed(t *testing.T, state func(svc *invoke.Service, e trace.Event)) *invoke.Service {
	var svc *invoke.Service
	svc = lambdatest.NewService(t, invoke.Options{Trace: func(e trace.Event) {
		if e.Kind == trace.MappingState {
			state(svc, e)
		}
	}})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, (&world{answer: script("S")}).code())
	return svc
}

// slowTrace writes down the states of a mapping, and takes a minute for Disabled.
type slowTrace struct {
	tl     lambdatest.Timeline
	inside atomic.Int32
	most   atomic.Int32 // at a time
}

func (s *slowTrace) trace(_ *invoke.Service, e trace.Event) {
	s.most.Store(max(s.most.Load(), s.inside.Add(1)))
	defer s.inside.Add(-1)
	if e.Detail == "Disabled" {
		time.Sleep(time.Minute)
	}
	s.tl.Trace(e)
}

func (s *slowTrace) states() (names []string) {
	for _, e := range s.tl.Of(trace.MappingState) {
		names = append(names, e.Detail)
	}
	return names
}

// States are traced one after the other and in the order in which the mapping took them, also while the trace is slow and
// somebody has seen the next one by then.
func TestStatesAreTracedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slowTrace
		svc, q := observed(t, s.trace), sqs.NewQueue("q", sqs.Attributes{})
		go eventsource.NewMapping(svc, q, eventsource.Config{FunctionName: "f", Disabled: true})
		synctest.Wait()
		all, _, err := eventsource.List(svc, eventsource.ListInput{})
		require.NoError(t, err)
		require.Len(t, all, 1)
		m := all[0] // its creation is being traced
		require.NoError(t, m.Enable())
		require.Equal(t, eventsource.Enabled, m.State())
		require.Empty(t, s.states())
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"Disabled", "Enabling", "Enabled"}, s.states())

		go m.Disable()
		synctest.Wait()
		require.Equal(t, eventsource.Disabled, m.State())
		_, err = m.Update(eventsource.UpdateInput{BatchSize: new(3)})
		require.NoError(t, err)
		lambdatest.Advance(10 * time.Second)
		_, err = m.Delete()
		require.NoError(t, err)
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{"Disabling", "Disabled", "Updating", "Disabled", "Deleting"}, s.states()[3:])
		require.EqualValues(t, 1, s.most.Load())
		events := s.tl.Of(trace.MappingState)
		require.Equal(t, 10*time.Second, events[7].Time.Sub(events[6].Time), "a state has the time at which it was taken")
	})
}

// Who is told of a state may change the mapping there and then.
func TestTraceMayChangeTheMapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var states []string
		svc := observed(t, func(svc *invoke.Service, e trace.Event) {
			states = append(states, e.Detail)
			m, err := eventsource.Get(svc, e.Source)
			require.NoError(t, err)
			if e.Detail == "Enabled" && len(states) < 3 {
				require.NoError(t, m.Disable())
				require.Equal(t, eventsource.Disabled, m.State())
			}
		})
		m, err := eventsource.NewMapping(svc, sqs.NewQueue("q", sqs.Attributes{}), eventsource.Config{FunctionName: "f"})
		require.NoError(t, err)
		defer m.Close()
		require.Equal(t, []string{"Creating", "Enabled", "Disabling", "Disabled"}, states)
	})
}

// A mapping that is closed at the very instant at which its transition ends begins nothing.
func TestClosedAtTheEndOfATransition(t *testing.T) {
	for range 50 { // the two meet in any order
		synctest.Test(t, func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, script("S")), &watchedStream{Stream: kinesis.NewStream("s", 1)}
			m := w.mapping(s, eventsource.Config{TransitionDelay: time.Second})
			time.Sleep(time.Second)
			m.Close()
			put(t, s.Stream, 1, 1)
			synctest.Wait()
			require.Empty(t, w.texts())
			require.Zero(t, s.n.Load())
		})
	}
}
