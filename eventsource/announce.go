package eventsource

import (
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// announcements are the states that a mapping took and that were not traced yet. They are noted under the mapping's mu, as
// the state is taken, and traced without any lock, for whoever is told may want the mapping: by one goroutine at a time,
// which also traces what others note meanwhile. So they are traced in the order in which they were taken, and a change may
// return before its states are traced only if the trace is busy with an earlier one.
type announcements struct {
	turn  turn
	inbox inbox[trace.Event]
}

// become makes s the mapping's state. The caller holds mu, or is the only one who knows the mapping, and calls announce
// when that is over.
func (m *Mapping) become(s State) {
	m.state = s
	if !m.svc.Traces() {
		return
	}
	m.announcements.inbox.post(trace.Event{
		Kind: trace.MappingState, Time: time.Now(), Function: m.set.ref.Name, Qualifier: m.set.ref.Qualifier,
		Detail: string(s), Reason: m.kind.reason(),
	})
}

// announce traces the states that the mapping took. Nobody holds mu.
func (m *Mapping) announce() {
	a := &m.announcements
	if !m.svc.Traces() || !a.turn.take() {
		return
	}
	a.turn.do(func() {
		for _, e := range a.inbox.drain() {
			e.Source = m.uuid // it had none when it was made
			m.svc.Trace(e)
		}
	})
}
