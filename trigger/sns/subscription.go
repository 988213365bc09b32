package sns

import (
	"slices"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/filter"
	"github.com/lambdakit/lambdakit/lambda"
)

// Scope says what a filter policy looks at.
type Scope string

// The scopes. "" is MessageAttributes.
const (
	MessageAttributes Scope = "MessageAttributes"
	MessageBody       Scope = "MessageBody"
)

// Attributes are what can be set of a subscription. The zero value gets every message, and gives up what cannot be
// delivered.
type Attributes struct {
	// RawMessageDelivery sends a queue the message itself, and its attributes as the queue's, in place of the envelope.
	// Functions have no such thing.
	RawMessageDelivery bool
	// FilterPolicy is JSON; "" and {} let everything pass.
	FilterPolicy      string
	FilterPolicyScope Scope
	// DeadLetterQueue is the RedrivePolicy: a standard queue that gets, as an envelope, what cannot be delivered. nil is
	// none.
	DeadLetterQueue destinations.Queue

	_ struct{}
}

// SubscribeInput is a subscription to make: of a function or of a standard queue.
type SubscribeInput struct {
	// FunctionARN may end in a version or an alias.
	FunctionARN string
	Queue       destinations.Queue
	Attributes

	_ struct{}
}

// Subscription is a subscription as it is listed.
type Subscription struct {
	ARN      string // the topic's, and a UUID
	Protocol string // lambda or sqs
	Endpoint string // the function's or the queue's ARN
	Attributes
}

// The protocols.
const (
	lambdaProtocol = "lambda"
	sqsProtocol    = "sqs"
)

// subscription is a subscription. It does not change: another takes its place.
type subscription struct {
	Subscription
	queue  destinations.Queue
	dead   string      // the ARN of DeadLetterQueue; a queue is not asked with the topic's lock held
	policy *filter.Set // nil lets everything pass
	// before is the policy that counts until then.
	before *subscription
	until  time.Time
}

// Subscribe subscribes a function or a queue, and returns the subscription's ARN. SNS does not ask whether it may invoke
// the function. An endpoint that is subscribed already, with the same attributes, keeps its subscription; with others it
// is refused. A refusal is an [*Error] and changes nothing.
func (t *Topic) Subscribe(in SubscribeInput) (string, error) {
	s, err := t.newSubscription(&in)
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, other := range t.subscriptions {
		if other.Endpoint != s.Endpoint {
			continue
		}
		if !other.same(s) {
			return "", invalid("Attributes Reason: Subscription already exists with different attributes")
		}
		return other.ARN, nil
	}
	t.subscribed++
	s.ARN = t.arn + ":" + t.id(t.subscribed, "sns subscription")
	t.subscriptions = append(slices.Clone(t.subscriptions), s)
	return s.ARN, nil
}

// same says whether the attributes are already those of the subscription. Queues are told apart by their ARN.
func (s *subscription) same(o *subscription) bool {
	return s.RawMessageDelivery == o.RawMessageDelivery && s.FilterPolicy == o.FilterPolicy &&
		s.FilterPolicyScope == o.FilterPolicyScope && s.dead == o.dead
}

// newSubscription checks an input.
func (t *Topic) newSubscription(in *SubscribeInput) (*subscription, error) {
	s := &subscription{queue: in.Queue}
	switch {
	case (in.FunctionARN == "") == (in.Queue == nil):
		return nil, invalid("Endpoint Reason: a subscription has a FunctionARN or a Queue")
	case in.Queue == nil && t.opts.Invoker == nil:
		return nil, invalid("Endpoint Reason: the topic has no Options.Invoker")
	case in.Queue == nil:
		s.Protocol, s.Endpoint = lambdaProtocol, in.FunctionARN
		if a, ok := lambda.ParseARN(in.FunctionARN); !ok || a.Service != "lambda" || !strings.HasPrefix(a.Resource, "function:") {
			return nil, invalid("Lambda endpoint ARN")
		}
	default:
		s.Protocol, s.Endpoint = sqsProtocol, in.Queue.ARN()
		if a, ok := lambda.ParseARN(s.Endpoint); !ok || a.Service != "sqs" {
			return nil, invalid("SQS endpoint ARN")
		}
		if strings.HasSuffix(s.Endpoint, ".fifo") {
			return nil, invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
	}
	return s, s.set(in.Attributes, "Attributes Reason: ")
}

// set checks attributes and gives them to a subscription that nobody else has yet. where stands before the reason of a
// refusal.
func (s *subscription) set(a Attributes, where string) error {
	if a.FilterPolicyScope == "" {
		a.FilterPolicyScope = MessageAttributes
	}
	switch {
	case a.RawMessageDelivery && s.Protocol == lambdaProtocol:
		return invalid(where + "Delivery protocol [lambda] does not support raw message delivery.")
	case a.FilterPolicyScope != MessageAttributes && a.FilterPolicyScope != MessageBody:
		return invalid(where + "FilterPolicyScope: Invalid value [" + string(a.FilterPolicyScope) + "]. Please use either MessageBody or MessageAttributes")
	}
	if q := a.DeadLetterQueue; q != nil {
		s.dead = q.ARN()
		if arn, ok := lambda.ParseARN(s.dead); !ok || arn.Service != "sqs" || strings.HasSuffix(s.dead, ".fifo") {
			return invalid(where + "RedrivePolicy: deadLetterTargetArn is not the ARN of a standard queue: " + s.dead)
		}
	}
	policy, err := compilePolicy(a.FilterPolicy, a.FilterPolicyScope, where)
	if err != nil {
		return err
	}
	s.Attributes, s.policy = a, policy
	return nil
}

// SetSubscriptionAttributes replaces a subscription's attributes. The filter policy counts after
// [Options].FilterPolicyDelay, everything else at once. A refusal is an [*Error] and changes nothing.
func (t *Topic) SetSubscriptionAttributes(subscriptionARN string, a Attributes) error {
	old := t.subscription(subscriptionARN)
	if old == nil {
		return errNoSubscription
	}
	s := &subscription{Subscription: old.Subscription, queue: old.queue}
	if err := s.set(a, ""); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.find(subscriptionARN)
	if i < 0 {
		return errNoSubscription // by now
	}
	old = t.subscriptions[i]
	if delay := t.opts.FilterPolicyDelay; delay > 0 {
		now := time.Now()
		s.before, s.until = old.at(now), now.Add(delay)
	}
	t.subscriptions = slices.Clone(t.subscriptions)
	t.subscriptions[i] = s
	return nil
}

// errNoSubscription is SNS's text.
var errNoSubscription = ErrNotFound.because("Subscription does not exist")

// subscription is the subscription of that ARN, nil for none.
func (t *Topic) subscription(arn string) *subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := t.find(arn); i >= 0 {
		return t.subscriptions[i]
	}
	return nil
}

// Unsubscribe ends a subscription: nothing that is published from now on goes to it. What waits for another try goes on.
// There need be no such subscription.
func (t *Topic) Unsubscribe(subscriptionARN string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := t.find(subscriptionARN); i >= 0 {
		t.subscriptions = slices.Delete(slices.Clone(t.subscriptions), i, i+1)
	}
}

// Subscriptions lists the subscriptions in the order in which they were made.
func (t *Topic) Subscriptions() []Subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Subscription, len(t.subscriptions))
	for i, s := range t.subscriptions {
		list[i] = s.Subscription
	}
	return list
}

// find is the index of a subscription, or below 0. t.mu is held.
func (t *Topic) find(arn string) int {
	return slices.IndexFunc(t.subscriptions, func(s *subscription) bool { return s.ARN == arn })
}

// at is the subscription whose filter policy counts at an instant, without the ones that never will again.
func (s *subscription) at(now time.Time) *subscription {
	if s.before != nil && now.Before(s.until) {
		return &subscription{Subscription: s.before.Subscription, policy: s.before.policy}
	}
	return &subscription{Subscription: s.Subscription, policy: s.policy}
}
