package s3

import (
	"context"
	"slices"
	"strings"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

// NotificationConfiguration says which events go where. For an event of a key at most one of its Functions, Queues and
// Topics is told: others are refused as overlapping.
type NotificationConfiguration struct {
	Functions []FunctionConfiguration
	Queues    []QueueConfiguration
	Topics    []TopicConfiguration
	// EventBridge is the default bus of the bucket's account, which gets every event; nil for none.
	EventBridge destinations.Bus
	// SkipDestinationValidation leaves the destinations unasked. It is of one request, and not kept.
	SkipDestinationValidation bool

	_ struct{}
}

// FunctionConfiguration sends events to a function.
type FunctionConfiguration struct {
	// ID tells configurations apart; "" has one made.
	ID string
	// FunctionARN may end in a version or an alias.
	FunctionARN string
	// Events are patterns such as s3:ObjectCreated:* and s3:ObjectRemoved:Delete.
	Events []string
	// Filter are the rules that a key must satisfy, all of them.
	Filter []FilterRule

	_ struct{}
}

// QueueConfiguration sends events to a standard queue, as messages whose body is the event.
type QueueConfiguration struct {
	ID     string
	Queue  destinations.Queue
	Events []string
	Filter []FilterRule

	_ struct{}
}

// TopicConfiguration sends events to a standard topic, as messages with the subject Amazon S3 Notification.
type TopicConfiguration struct {
	ID     string
	Topic  destinations.Topic
	Events []string
	Filter []FilterRule

	_ struct{}
}

// FilterRule is one condition on a key, as it is before it is encoded. Name is prefix or suffix, in any case; S3 answers
// Prefix and Suffix. Value is literal, a * too; it may be empty.
type FilterRule struct{ Name, Value string }

// Prefix is the rule that a key begins with value.
func Prefix(value string) FilterRule { return FilterRule{"Prefix", value} }

// Suffix is the rule that a key ends in value.
func Suffix(value string) FilterRule { return FilterRule{"Suffix", value} }

// settleFilter checks rules, and writes their names as S3 answers them.
func settleFilter(rules []FilterRule) ([]FilterRule, error) {
	rules = slices.Clone(rules)
	seen := map[string]bool{}
	for i, r := range rules {
		switch strings.ToLower(r.Name) {
		case "prefix":
			rules[i].Name = "Prefix"
		case "suffix":
			rules[i].Name = "Suffix"
		default:
			return nil, invalidArgument("filter rule name must be either prefix or suffix", r.Name, r.Value)
		}
		name := rules[i].Name
		if seen[name] {
			return nil, invalidArgument("Cannot specify more than one "+strings.ToLower(name)+" rule in a filter.", name, r.Value)
		}
		seen[name] = true
		if len(r.Value) > MaxKey {
			return nil, invalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation", name, r.Value)
		}
	}
	return rules, nil
}

// target is where a rule sends its events.
type target struct {
	arn, member, service string // member is the name of the ARN's element
	function             string // or
	queue                destinations.Queue
	topic                destinations.Topic
}

// rule is one configuration, of whatever kind.
type rule struct {
	target
	id             string
	events         []string
	prefix, suffix string
}

// notifications is a configuration that was found right.
type notifications struct {
	asked NotificationConfiguration // with ids and names settled
	rules []rule
}

// settle lists the configurations as rules, in the order functions, queues, topics, and gives each of them its id and its
// rules their names.
func (c *NotificationConfiguration) settle(newID func() string) ([]rule, error) {
	var rules []rule
	add := func(id *string, events *[]string, filter *[]FilterRule, t target) (err error) {
		if *id == "" {
			*id = newID()
		}
		if *filter, err = settleFilter(*filter); err != nil {
			return err
		}
		*events = slices.Clone(*events)
		r := rule{target: t, id: *id, events: *events}
		for _, f := range *filter {
			if f.Name == "Prefix" {
				r.prefix = f.Value
			} else {
				r.suffix = f.Value
			}
		}
		rules = append(rules, r)
		return checkEvents(*events)
	}
	c.Functions, c.Queues, c.Topics = slices.Clone(c.Functions), slices.Clone(c.Queues), slices.Clone(c.Topics)
	for i := range c.Functions {
		f := &c.Functions[i]
		t := target{arn: f.FunctionARN, member: "LambdaFunctionArn", service: "lambda", function: f.FunctionARN}
		if err := add(&f.ID, &f.Events, &f.Filter, t); err != nil {
			return nil, err
		}
	}
	for i := range c.Queues {
		q := &c.Queues[i]
		if err := add(&q.ID, &q.Events, &q.Filter, target{arn: arnOf(q.Queue), member: "QueueArn", service: "sqs", queue: q.Queue}); err != nil {
			return nil, err
		}
	}
	for i := range c.Topics {
		p := &c.Topics[i]
		if err := add(&p.ID, &p.Events, &p.Filter, target{arn: arnOf(p.Topic), member: "TopicArn", service: "sns", topic: p.Topic}); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// arnOf is the ARN of a queue or a topic that may be missing.
func arnOf(t interface{ ARN() string }) string {
	if t == nil {
		return ""
	}
	return t.ARN()
}

// matches says whether the rule is for an event of a key.
func (r *rule) matches(name, key string) bool {
	return strings.HasPrefix(key, r.prefix) && strings.HasSuffix(key, r.suffix) &&
		slices.ContainsFunc(r.events, func(pattern string) bool { return covers(pattern, "s3:"+name) })
}

// overlaps says whether there can be an event and a key that both rules are for.
func (r *rule) overlaps(o *rule) bool {
	prefixes := strings.HasPrefix(r.prefix, o.prefix) || strings.HasPrefix(o.prefix, r.prefix)
	suffixes := strings.HasSuffix(r.suffix, o.suffix) || strings.HasSuffix(o.suffix, r.suffix)
	return prefixes && suffixes && slices.ContainsFunc(r.events, func(a string) bool {
		return slices.ContainsFunc(o.events, func(b string) bool { return covers(a, b) || covers(b, a) })
	})
}

// check refuses rules that S3 refuses without asking their targets.
func check(rules []rule, region string) error {
	ids := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if err := r.checkARN(region); err != nil {
			return err
		}
		if ids[r.id] {
			return invalidArgument("Same ID used for multiple configurations. IDs must be unique", "Id", r.id)
		}
		ids[r.id] = true
		for j := range i {
			if r.overlaps(&rules[j]) {
				return ErrInvalidArgument.because("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.")
			}
		}
	}
	return nil
}

func (t *target) checkARN(region string) error {
	arn, ok := lambda.ParseARN(t.arn)
	switch {
	case !ok || arn.Service != t.service, t.function != "" && !strings.HasPrefix(arn.Resource, "function:"):
		return invalidArgument("The ARN could not be parsed", t.member, t.arn)
	case arn.Region != region:
		return invalidArgument("The notification destination service region is not valid for the bucket location constraint", t.member, t.arn)
	case t.function == "" && strings.HasSuffix(t.arn, ".fifo"):
		return invalidArgument("FIFO queues and topics are no destinations of a bucket", t.member, t.arn)
	}
	return nil
}

// PutBucketNotificationConfiguration replaces the bucket's configuration; the zero value ends all notifications.
//
// The destinations are asked: functions must let s3.amazonaws.com invoke them on behalf of the bucket and its account,
// and queues and topics get an s3:TestEvent. What S3 refuses is an [*Error] and changes nothing, but for test events that
// were sent.
func (b *Bucket) PutBucketNotificationConfiguration(ctx context.Context, c NotificationConfiguration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rules, err := c.settle(b.nextConfigurationID)
	if err != nil {
		return err
	}
	if err := check(rules, b.opts.Identity.Region); err != nil {
		return err
	}
	if !c.SkipDestinationValidation {
		if err := b.validate(ctx, rules); err != nil {
			return err
		}
	}
	c.SkipDestinationValidation = false
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notifications = &notifications{asked: c, rules: rules}
	return nil
}

// GetBucketNotificationConfiguration returns the configuration, with the ids that were made and the names of filter rules
// as S3 writes them. The caller must not change what its slices hold.
func (b *Bucket) GetBucketNotificationConfiguration() NotificationConfiguration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.notifications.asked
}

func (b *Bucket) nextConfigurationID() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.configurations++
	return b.ids.configuration(b.state.configurations)
}
