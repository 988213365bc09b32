package eventbridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/eventsource/filter"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// State says whether a rule or schedule works. The empty State is Enabled.
type State string

// The states.
const (
	Enabled  State = "ENABLED"
	Disabled State = "DISABLED"
)

// Rule is which events go to some targets, or when one is made. It has an EventPattern, a ScheduleExpression or both.
type Rule struct {
	// Name is 1 to 64 letters, digits, dots, hyphens and underscores.
	Name string
	// Description is for people, up to 512 characters.
	Description string
	// EventPattern is a JSON object in the syntax of package eventsource/filter, at most 4,096 characters.
	EventPattern string
	// ScheduleExpression is cron(…) or rate(…), in UTC; on the default bus only. See package schedule.
	ScheduleExpression string
	State              State

	_ struct{}
}

// The bounds of rules.
const (
	maxRuleName    = 64
	maxDescription = 512
	maxPattern     = 4096
	maxTargets     = 5
)

// rule is a Rule at work. The bus's mutex guards what changes: State in set, targets, alarm and gone.
type rule struct {
	set     Rule
	arn     string
	pattern *filter.Set // nil without one
	targets []*target   // replaced, never changed
	alarm   alarm       // without effect when the rule has no schedule
	gone    bool        // deleted or replaced
}

// PutRule makes a rule or replaces the one of the same name, which keeps its targets, and returns its ARN. A rate counts
// from this moment. An [*Error] says why it was refused; nothing has changed then.
func (b *Bus) PutRule(r Rule) (arn string, err error) {
	made, err := b.newRule(r)
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	old, i := b.find(r.Name)
	if old != nil {
		old.retire()
		made.targets = old.targets
		b.rules[i] = made
	} else {
		b.rules = slices.Insert(b.rules, i, made)
	}
	b.selection = nil
	b.made++
	if made.alarm.plan.Expression.Kind() != "" {
		b.schedule(made, b.made)
	}
	return made.arn, nil
}

// newRule checks a rule.
func (b *Bus) newRule(set Rule) (*rule, error) {
	if err := checkRule(&set); err != nil {
		return nil, err
	}
	set.State = cmp.Or(set.State, Enabled)
	r := &rule{set: set, arn: b.ruleARN(set.Name)}
	if set.ScheduleExpression != "" {
		if b.name != DefaultBus {
			return nil, ErrValidation.because("ScheduleExpression is supported only on the default event bus.")
		}
		e, err := schedule.Parse(set.ScheduleExpression)
		if err != nil || e.Kind() == schedule.At {
			return nil, ErrValidation.because(schedule.NotValid)
		}
		r.alarm.plan.Expression = e
	}
	if set.EventPattern != "" {
		pattern, err := filter.Compile(set.EventPattern)
		if err != nil {
			return nil, ErrInvalidEventPattern.because("Event pattern is not valid. Reason: " + err.Error())
		}
		r.pattern = pattern
	}
	return r, nil
}

// checkRule refuses what breaks the constraints of the API's model.
func checkRule(r *Rule) error {
	if err := checkName("name", r.Name, maxRuleName, ""); err != nil {
		return err
	}
	var found validation.Findings
	found.Length("description", r.Description, 0, maxDescription)
	found.Length("eventPattern", r.EventPattern, 0, maxPattern)
	checkState(&found, r.State)
	switch {
	case found.Len() > 0:
		return ErrValidation.because(found.Text())
	case r.EventPattern == "" && r.ScheduleExpression == "":
		return ErrValidation.because("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	}
	return nil
}

func checkState(found *validation.Findings, s State) {
	if s != "" {
		found.Enum("state", string(s), string(Enabled), string(Disabled))
	}
}

// checkName refuses a name that is not 1 to limit letters, digits, dots, hyphens, underscores or what else is allowed.
func checkName(path, name string, limit int, also string) error {
	var found validation.Findings
	found.Length(path, name, 1, limit)
	ok := true
	for _, c := range name {
		ok = ok && nameCharacter(c, also)
	}
	found.Pattern(path, name, "["+also+`\.\-_A-Za-z0-9]+`, ok)
	if found.Len() > 0 {
		return ErrValidation.because(found.Text())
	}
	return nil
}

func nameCharacter(c rune, also string) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		return true
	}
	return also != "" && c == rune(also[0])
}

// ruleARN is a rule's ARN. On a custom bus the bus's name stands before the rule's.
func (b *Bus) ruleARN(name string) string {
	if b.name != DefaultBus {
		name = b.name + "/" + name
	}
	return b.identity.ARN("events", "rule/"+name)
}

// retire takes a rule out of service. The bus's mutex is held.
func (r *rule) retire() {
	r.gone = true
	r.alarm.stop()
}

// Rule is the rule with that name, as it was put, with its defaults filled in.
func (b *Bus) Rule(name string) (Rule, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, _ := b.find(name)
	if r == nil {
		return Rule{}, false
	}
	return r.set, true
}

// Rules are the names of all rules, sorted.
func (b *Bus) Rules() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	names := make([]string, len(b.rules))
	for i, r := range b.rules {
		names[i] = r.set.Name
	}
	return names
}

// EnableRule puts a rule to work again. A rate still counts from its making.
func (b *Bus) EnableRule(name string) error {
	return b.change(name, func(r *rule) error {
		if r.set.State == Enabled {
			return nil // its alarm may be set for later in this minute
		}
		r.set.State = Enabled
		if !b.closed {
			r.alarm.set(time.Now())
		}
		return nil
	})
}

// DisableRule stops a rule; it keeps its targets.
func (b *Bus) DisableRule(name string) error {
	return b.change(name, func(r *rule) error {
		r.set.State = Disabled
		r.alarm.stop()
		return nil
	})
}

// DeleteRule deletes a rule, which must have no targets any more. To delete one that is not there is no error.
func (b *Bus) DeleteRule(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, i := b.find(name)
	switch {
	case r == nil:
		return nil
	case len(r.targets) > 0:
		return ErrValidation.because("Rule can't be deleted since it has targets.")
	}
	r.retire()
	b.rules = slices.Delete(b.rules, i, i+1)
	b.selection = nil
	return nil
}

// change calls f for a rule, with the mutex held.
func (b *Bus) change(name string, f func(*rule) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, _ := b.find(name)
	if r == nil {
		return ErrResourceNotFound.because("Rule " + name + " does not exist on EventBus " + b.name + ".")
	}
	return f(r)
}
