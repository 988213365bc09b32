package invoke

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// An event that gets into the store when the queue has stopped, and whose wake meets a pump that has looked for what is
// due and goes to rest, is given up like all others: it must not stay there, untraced, with somebody who waits for it.
func TestQueue_eventBetweenTheLastLookAndTheEnd(t *testing.T) {
	var mu sync.Mutex
	var lost []string
	s := New(Options{Trace: func(e trace.Event) {
		if e.Kind == trace.Lost {
			mu.Lock()
			defer mu.Unlock()
			lost = append(lost, e.RequestID+" "+e.Detail)
		}
	}})
	q, e := &s.async, &QueuedEvent{Number: 1, RequestID: "id", FunctionName: "f", Accepted: time.Now()}
	q.pumping = true
	require.True(t, s.life.enter()) // as accept does
	require.True(t, q.admit(e))
	s.life.closing.Store(true)
	require.True(t, q.stop())
	q.drop()
	require.NoError(t, q.put(t.Context(), e))
	q.wake()
	s.life.done()
	require.True(t, q.rest(false, time.Time{}))
	s.Close()
	require.Equal(t, []string{"id service closed"}, lost)
	require.Zero(t, s.Pending())
	require.NoError(t, s.Wait(t.Context()))
}

// An event that comes while a pump is at work, and after its last look, has it look once more; and only once.
func TestQueue_eventAfterThePumpsLastLook(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	q := &s.async
	q.pumping = true
	q.wake()
	require.False(t, q.rest(false, time.Time{}), "there may be more")
	require.True(t, q.pumping)
	require.True(t, q.rest(false, time.Time{}), "there was not")
	require.False(t, q.pumping)
}
