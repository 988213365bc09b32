package eventbridge

import (
	"context"
	"slices"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// Target is where the events of a rule go: a function, a queue, a topic or another bus, exactly one of them.
type Target struct {
	// ID names the target within its rule: 1 to 64 letters, digits, dots, hyphens and underscores.
	ID string

	// Function is a function's name or ARN. It is invoked with type Event.
	Function string
	// Queue gets the event as a message's body. A FIFO queue needs a MessageGroupID (wire name SqsParameters).
	Queue          destinations.Queue
	MessageGroupID string
	// Topic gets the event as a message.
	Topic destinations.Topic
	// Bus gets the event itself, unchanged. An event is forwarded once: from the second bus it goes to no third.
	Bus destinations.Bus

	// At most one of the next three says what is sent in place of the event. A Bus takes none of them.

	// Input is JSON that is sent as it stands, up to 8,192 characters.
	Input string
	// InputPath selects a part of the event, such as $.detail. A part that is not there is sent as null.
	InputPath string
	// InputTransformer makes something new.
	InputTransformer *InputTransformer

	// RetryPolicy says how long to go on trying; nil means 24 hours and 185 times.
	RetryPolicy *RetryPolicy
	// DeadLetterQueue gets the events that are given up, with the reasons as attributes. A standard queue; nil for none.
	DeadLetterQueue destinations.Queue

	_ struct{}
}

// clone is a copy that shares with the target only where its events go.
func (t Target) clone() Target {
	t.InputTransformer, t.RetryPolicy = t.InputTransformer.clone(), t.RetryPolicy.clone()
	return t
}

// target is a Target at work. It does not change.
type target struct {
	set Target
	endpoint
	input input
	retry retry
}

// PutTargets adds targets to a rule, or replaces those of the same ID. A rule has at most five. An [*Error] says why
// they were refused; nothing has changed then. Whether a function exists, and lets EventBridge call it, shows only when
// an event comes.
func (b *Bus) PutTargets(ruleName string, targets ...Target) error {
	made := make([]*target, len(targets))
	for i, t := range targets {
		var err error
		if made[i], err = b.newTarget(t.clone()); err != nil {
			return err
		}
	}
	return b.change(ruleName, func(r *rule) error {
		list := slices.Clone(r.targets)
		for _, t := range made {
			if i := slices.IndexFunc(list, func(o *target) bool { return o.set.ID == t.set.ID }); i >= 0 {
				list[i] = t
			} else {
				list = append(list, t)
			}
		}
		if len(list) > maxTargets {
			return ErrLimitExceeded.because("The requested resource exceeds the maximum number allowed.")
		}
		r.targets = list
		return nil
	})
}

// newTarget checks a target.
func (b *Bus) newTarget(set Target) (*target, error) {
	if err := checkName("targets.member.id", set.ID, maxTargetID, ""); err != nil {
		return nil, err
	}
	what := "target: " + set.ID
	t := &target{set: set, endpoint: endpoint{
		function: set.Function, queue: set.Queue, groupID: set.MessageGroupID, topic: set.Topic, bus: set.Bus,
	}}
	if err := t.settle(what, b.identity, b.functions); err != nil {
		return nil, err
	}
	if err := checkDeadLetters(set.DeadLetterQueue, what); err != nil {
		return nil, err
	}
	var err error
	if t.input, err = parseInput(&set); err != nil {
		return nil, err
	}
	if set.Bus != nil && (set.Input != "" || set.InputPath != "" || set.InputTransformer != nil) {
		return nil, ErrValidation.because("A bus gets the event itself: Input, InputPath and InputTransformer are not supported for " + what + ".")
	}
	t.retry, err = set.RetryPolicy.settle()
	return t, err
}

// maxTargetID is how many characters a target's ID may have.
const maxTargetID = 64

// RemoveTargets removes targets from a rule by ID. One that is not there is no error.
func (b *Bus) RemoveTargets(ruleName string, ids ...string) error {
	return b.change(ruleName, func(r *rule) error {
		r.targets = slices.DeleteFunc(slices.Clone(r.targets), func(t *target) bool {
			return slices.Contains(ids, t.set.ID)
		})
		return nil
	})
}

// Targets are the targets of a rule, in the order in which they were put. The caller owns them.
func (b *Bus) Targets(ruleName string) []Target {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, _ := b.find(ruleName)
	if r == nil {
		return nil
	}
	targets := make([]Target, len(r.targets))
	for i, t := range r.targets {
		targets[i] = t.set.clone()
	}
	return targets
}

// deliver pushes an event to targets of a rule.
func (b *Bus) deliver(r *rule, targets []*target, e *event) {
	for _, t := range targets {
		b.tries.Push(b.delivery(r, t, e))
	}
}

// delivery is an event on its way to one target.
func (b *Bus) delivery(r *rule, t *target, e *event) redeliver.Event {
	m := t.input.apply(r, e)
	caller := &iam.Caller{Principal: "events.amazonaws.com", SourceARN: r.arn, SourceAccount: b.identity.Account}
	dead := deadLetters{
		queue: t.set.DeadLetterQueue, target: t.arn(), retry: t.retry,
		source: destinations.Attribute{Name: "RULE_ARN", DataType: "String", Value: r.arn},
	}
	return redeliver.Event{
		Target: t.arn(), Source: r.arn, Rule: t.retry.next, DeadLetter: dead.of(e.json, e.trace),
		Try: func(ctx context.Context) error {
			ctx = destinations.WithTraceHeader(ctx, e.trace)
			if t.bus != nil {
				return forward(ctx, t.bus, e)
			}
			return t.send(ctx, m, e.trace, caller)
		},
	}
}

// forward puts an event on another bus.
func forward(ctx context.Context, to destinations.Bus, e *event) error {
	if e.forwarded {
		return ErrThirdBus.because("The event has come from another bus already.")
	}
	return to.PutEvent(context.WithValue(ctx, forwardedKey{}, true), e.entry)
}
