package eventbridge

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// DefaultBus is the name of the bus that every account has, the only one with scheduled rules.
const DefaultBus = "default"

// Invoker is what a bus needs of Lambda: *[invoke.Service] is one.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// Options are what a [Bus] or a [Scheduler] needs to know.
type Options struct {
	// Invoker is where functions are invoked; nil for a bus or scheduler without such targets.
	Invoker Invoker
	// Identity is the account, Region and partition.
	Identity lambda.Identity
	// Seed determines event ids, jitter, and where in its minute a schedule fires.
	Seed uint64
	// Trace gets every try at a target, as Pushed and PushFailed; nil for none.
	Trace trace.Func

	_ struct{}
}

// Bus is an event bus. It is safe for concurrent use. It has no goroutine while idle, and one timer while a rule is
// scheduled or an event waits for another try. Rules that fire in one instant do so in the order in which they were made,
// before other events are tried again. In a testing/synctest bubble it belongs to the bubble.
type Bus struct {
	name, arn string
	identity  lambda.Identity
	seed      uint64
	functions Invoker
	tries     redeliver.Queue

	mu        sync.Mutex
	rules     []*rule    // by name
	selection *selection // made of rules when an event comes; nil when they have changed since
	events    uint64
	made      uint64 // rules so far
	closed    bool
}

// New makes a bus with that name, [DefaultBus] for "". It returns an [*Error] for a name that EventBridge refuses.
func New(name string, o Options) (*Bus, error) {
	name = cmp.Or(name, DefaultBus)
	if err := checkName("eventBusName", name, 256, "/"); err != nil {
		return nil, err
	}
	b := &Bus{name: name, identity: o.Identity.WithDefaults(), seed: o.Seed, functions: o.Invoker}
	b.arn = b.identity.ARN("events", "event-bus/"+name)
	b.tries.Seed, b.tries.Trace = o.Seed, o.Trace
	return b, nil
}

// NewBus is [New] for tests and examples: it panics where New returns an error.
func NewBus(name string, o Options) *Bus {
	b, err := New(name, o)
	if err != nil {
		panic("eventbridge: " + err.Error())
	}
	return b
}

// ARN is the bus's ARN.
func (b *Bus) ARN() string { return b.arn }

// Name is the bus's name.
func (b *Bus) Name() string { return b.name }

// Pending is how many events wait for another try at a target.
func (b *Bus) Pending() int { return b.tries.Pending() }

// Wait waits until no event waits for another try, or ctx is done. It does not wait for schedules.
func (b *Bus) Wait(ctx context.Context) error { return b.tries.Wait(ctx) }

// Close stops all scheduled rules, drops what waits for another try and traces it as lost. Events put afterwards reach no target.
// It must not be called from a target.
func (b *Bus) Close() {
	b.mu.Lock()
	b.closed = true
	for _, r := range b.rules {
		r.alarm.stop()
	}
	b.mu.Unlock()
	b.tries.Close()
}

func (b *Bus) nextID() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events++
	return uuid.V4(b.seed, b.events, b.arn)
}

// route hands an event to the targets of the rules that match, in the order of the rules' names and then in that of
// their targets.
func (b *Bus) route(e *event) {
	s := b.selecting()
	var room [16]int
	for _, i := range s.index.AppendMatches(room[:0], e.json) {
		b.deliver(s.rules[i], b.targetsNow(s.rules[i]), e)
	}
}

// targetsNow is the targets of a rule as long as it works: a target before it may have changed that.
func (b *Bus) targetsNow(r *rule) []*target {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.gone || r.set.State == Disabled {
		return nil
	}
	return r.targets
}

// find is the rule with that name and where it is, or would be. b.mu is held.
func (b *Bus) find(name string) (*rule, int) {
	i, ok := slices.BinarySearchFunc(b.rules, name, func(r *rule, name string) int {
		return strings.Compare(r.set.Name, name)
	})
	if !ok {
		return nil, i
	}
	return b.rules[i], i
}
