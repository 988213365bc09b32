package eventsource

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// StepKind is what a mapping is about to do; see [Control].
type StepKind uint8

// The steps that a Control stands around.
const (
	// Received: a queue gave out messages. A Control may change Records before it calls next: a message that it repeats
	// is a duplicate delivery, and without calling next they are lost on the way until their leases end.
	Received StepKind = iota + 1
	// Acknowledge: messages are about to be deleted from the queue.
	Acknowledge
	// Checkpoint: the position of a shard is about to be saved.
	Checkpoint
)

// Step is what a [Control] knows of a step.
type Step struct {
	Kind    StepKind
	Shard   string   // of a Checkpoint
	Records []Record // of Received and Acknowledge
	// Position is what a Checkpoint saves.
	Position Position
}

// Control stands around the steps in which a poller and the world can disagree, to inject the faults that they have in
// life. next does the step and returns how that went.
//
//   - Not calling next and returning an error: the step failed, as a delete does when the queue cannot be reached.
//   - Not calling next and returning nil: it was lost on the way, and the poller believes that it happened.
//   - Calling next and returning an error: it happened, and the poller does not know.
//   - Returning [ErrCrash]: the poller dies here, before or after next.
//
// It is called concurrently, must return soon and must not call the mapping. The first control added is the outermost.
// To fail, repeat or delay the invocations themselves use [invoke.Control].
type Control func(s *Step, next func() error) error

// ErrCrash is what a [Control] returns to let the mapping's poller die on the spot: nothing that is in flight will be
// acknowledged or checkpointed. When the functions that still run have ended, a new poller starts from what the source
// and the [CheckpointStore] know.
var ErrCrash = errors.New("eventsource: the poller crashed")

// controls are those of one mapping.
type controls struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*Control]
}

// Control adds a control from now on. remove takes it away again.
func (m *Mapping) Control(c Control) (remove func()) {
	own := &c
	m.controls.change(func(l []*Control) []*Control { return append(slices.Clone(l), own) })
	return func() {
		m.controls.change(func(l []*Control) []*Control {
			return slices.DeleteFunc(slices.Clone(l), func(o *Control) bool { return o == own })
		})
	}
}

func (c *controls) change(f func([]*Control) []*Control) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var old []*Control
	if p := c.list.Load(); p != nil {
		old = *p
	}
	l := f(old)
	c.list.Store(&l)
}

// any reports whether there are controls, so that a mapping without pays one load.
func (c *controls) any() bool {
	l := c.list.Load()
	return l != nil && len(*l) > 0
}

// do does a step inside all controls.
func (c *controls) do(s *Step, act func() error) error {
	l := c.list.Load()
	if l == nil {
		return act()
	}
	return around(*l, s, act)
}

func around(l []*Control, s *Step, act func() error) error {
	if len(l) == 0 {
		return act()
	}
	return (*l[0])(s, func() error { return around(l[1:], s, act) })
}
