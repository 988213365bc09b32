package s3

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

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
	// ID tells configurations apart: up to 255 characters; "" has one made.
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
func settleFilter(rules []FilterRule) error {
	seen := map[string]bool{}
	for i, r := range rules {
		switch strings.ToLower(r.Name) {
		case "prefix":
			rules[i].Name = "Prefix"
		case "suffix":
			rules[i].Name = "Suffix"
		default:
			return invalidArgument("filter rule name must be either prefix or suffix", r.Name, r.Value)
		}
		name := rules[i].Name
		if seen[name] {
			return invalidArgument("Cannot specify more than one "+strings.ToLower(name)+" rule in a filter.", name, r.Value)
		}
		seen[name] = true
		if len(r.Value) > MaxKey {
			return invalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation", name, r.Value)
		}
	}
	return nil
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

// each calls f for every configuration, in the order functions, queues, topics, until f fails.
func (c *NotificationConfiguration) each(f func(id *string, events *[]string, filter *[]FilterRule, t target) error) error {
	for i := range c.Functions {
		o := &c.Functions[i]
		t := target{arn: o.FunctionARN, member: "LambdaFunctionArn", service: "lambda", function: o.FunctionARN}
		if err := f(&o.ID, &o.Events, &o.Filter, t); err != nil {
			return err
		}
	}
	for i := range c.Queues {
		o := &c.Queues[i]
		if err := f(&o.ID, &o.Events, &o.Filter, target{arn: arnOf(o.Queue), member: "QueueArn", service: "sqs", queue: o.Queue}); err != nil {
			return err
		}
	}
	for i := range c.Topics {
		o := &c.Topics[i]
		if err := f(&o.ID, &o.Events, &o.Filter, target{arn: arnOf(o.Topic), member: "TopicArn", service: "sns", topic: o.Topic}); err != nil {
			return err
		}
	}
	return nil
}

// clone is a copy that shares nothing but the destinations.
func (c NotificationConfiguration) clone() NotificationConfiguration {
	c.Functions, c.Queues, c.Topics = slices.Clone(c.Functions), slices.Clone(c.Queues), slices.Clone(c.Topics)
	_ = c.each(func(_ *string, events *[]string, filter *[]FilterRule, _ target) error {
		*events, *filter = slices.Clone(*events), slices.Clone(*filter)
		return nil
	})
	return c
}

// settle gives the filter rules their names, and lists the configurations as rules. Those without an id still have none.
func (c *NotificationConfiguration) settle() (rules []rule, err error) {
	err = c.each(func(id *string, events *[]string, filter *[]FilterRule, t target) error {
		if err := settleFilter(*filter); err != nil {
			return err
		}
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
	})
	return rules, err
}

// name gives ids to the configurations and rules that have none.
func (n *notifications) name(newID func() string) {
	taken := map[string]bool{}
	for i := range n.rules {
		taken[n.rules[i].id] = true // "" too
	}
	i := 0
	_ = n.asked.each(func(id *string, _ *[]string, _ *[]FilterRule, _ target) error {
		for *id == "" || n.rules[i].id == "" && taken[*id] { // somebody may have given an id that was made before
			*id = newID()
		}
		n.rules[i].id = *id
		i++
		return nil
	})
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

// maxID is how many characters an id may have.
const maxID = 255

// checkID refuses an id that is too long. The text is the one that S3 has for ids of lifecycle rules: that it says the
// same here is an assumption.
func checkID(id string) error {
	if utf8.RuneCountInString(id) > maxID {
		return invalidArgument("ID length should not exceed allowed limit of 255", "Id", id)
	}
	return nil
}

// check refuses rules that S3 refuses without asking their targets.
func check(rules []rule, region string) error {
	ids := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if err := r.checkARN(region); err != nil {
			return err
		}
		if err := checkID(r.id); err != nil {
			return err
		}
		if ids[r.id] && r.id != "" {
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
	c = c.clone()
	rules, err := c.settle()
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
	n := &notifications{asked: c, rules: rules}
	b.mu.Lock()
	defer b.mu.Unlock()
	n.name(b.state.newConfigurationID)
	b.notifications = n
	return nil
}

// GetBucketNotificationConfiguration returns the configuration, with the ids that were made and the names of filter rules
// as S3 writes them. The caller owns it.
func (b *Bucket) GetBucketNotificationConfiguration() NotificationConfiguration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.notifications.asked.clone()
}
