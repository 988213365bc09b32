package registry

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// EventInvokeConfig says how failed asynchronous invocations are retried and where results go. A nil member is not
// set: AWS's defaults are 2 retries and 6 hours.
type EventInvokeConfig struct {
	// MaximumRetryAttempts is how often an invocation that failed runs again, 0 to 2.
	MaximumRetryAttempts *int
	// MaximumEventAge is how old an event may get while it waits, 60 s to 6 h in whole seconds
	// (MaximumEventAgeInSeconds on the wire).
	MaximumEventAge *time.Duration
	// OnSuccess and OnFailure take the invocation's record (DestinationConfig on the wire).
	OnSuccess, OnFailure destinations.Target
}

// The bounds of an [EventInvokeConfig], and what holds where it is not set.
const (
	DefaultMaximumRetryAttempts = 2
	DefaultMaximumEventAge      = 6 * time.Hour
	minimumEventAge             = time.Minute
	maxRetryAttempts            = 2
)

// FunctionEventInvokeConfig is an [EventInvokeConfig] as it is stored. encoding/json gives it the form that it has on
// the wire.
type FunctionEventInvokeConfig struct {
	EventInvokeConfig
	FunctionARN  string // always qualified, with $LATEST if no other qualifier was given
	LastModified time.Time
}

// MarshalJSON gives AWS's form: an absent member was not set, but DestinationConfig always has both of its members.
func (c FunctionEventInvokeConfig) MarshalJSON() ([]byte, error) {
	type destination struct {
		Destination string `json:",omitempty"`
	}
	wire := struct {
		FunctionArn              string
		LastModified             stamp.Epoch
		MaximumRetryAttempts     *int   `json:",omitempty"`
		MaximumEventAgeInSeconds *int64 `json:",omitempty"`
		DestinationConfig        struct{ OnSuccess, OnFailure destination }
	}{
		FunctionArn:          c.FunctionARN,
		LastModified:         stamp.Epoch(c.LastModified),
		MaximumRetryAttempts: c.MaximumRetryAttempts,
	}
	if c.MaximumEventAge != nil {
		wire.MaximumEventAgeInSeconds = new(int64(*c.MaximumEventAge / time.Second))
	}
	wire.DestinationConfig.OnSuccess.Destination = targetARN(c.OnSuccess)
	wire.DestinationConfig.OnFailure.Destination = targetARN(c.OnFailure)
	return json.Marshal(wire)
}

// asyncConfig is a config as it is stored. It is replaced whole and never written to, since resolutions point into it.
type asyncConfig struct {
	config   EventInvokeConfig
	modified time.Time
}

// PutEventInvokeConfig sets the config of exactly that qualifier, in the place of the one before: what c leaves unset
// is unset. No qualifier is $LATEST. c is copied.
func (r *Registry) PutEventInvokeConfig(now time.Time, name, qualifier string, c EventInvokeConfig) (*FunctionEventInvokeConfig, error) {
	f, ref, err := r.lockEventInvoke(now, name, qualifier, c)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	return r.setEventInvoke(now, f, ref, c), nil
}

// UpdateEventInvokeConfig changes what c sets and keeps the rest of the config, which must exist. [NoTarget] removes a
// destination.
func (r *Registry) UpdateEventInvokeConfig(now time.Time, name, qualifier string, c EventInvokeConfig) (*FunctionEventInvokeConfig, error) {
	f, ref, err := r.lockEventInvoke(now, name, qualifier, c)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	old := f.async[ref.Qualifier]
	if old == nil {
		return nil, r.noEventInvokeConfig(ref)
	}
	merged := old.config
	if c.MaximumRetryAttempts != nil {
		merged.MaximumRetryAttempts = c.MaximumRetryAttempts
	}
	if c.MaximumEventAge != nil {
		merged.MaximumEventAge = c.MaximumEventAge
	}
	if c.OnSuccess != nil {
		merged.OnSuccess = c.OnSuccess
	}
	if c.OnFailure != nil {
		merged.OnFailure = c.OnFailure
	}
	return r.setEventInvoke(now, f, ref, merged), nil
}

// setEventInvoke stores what was checked.
func (r *Registry) setEventInvoke(now time.Time, f *function, ref lambda.Ref, c EventInvokeConfig) *FunctionEventInvokeConfig {
	c = c.clone()
	c.OnSuccess, c.OnFailure = orNil(c.OnSuccess), orNil(c.OnFailure)
	f.async[ref.Qualifier] = &asyncConfig{config: c, modified: now}
	r.changed(f)
	return f.eventInvokeView(ref.Qualifier)
}

// clone is a copy that shares nothing but the targets.
func (c EventInvokeConfig) clone() EventInvokeConfig {
	if c.MaximumRetryAttempts != nil {
		c.MaximumRetryAttempts = new(*c.MaximumRetryAttempts)
	}
	if c.MaximumEventAge != nil {
		c.MaximumEventAge = new(*c.MaximumEventAge)
	}
	return c
}

// GetEventInvokeConfig is the config of exactly that qualifier.
func (r *Registry) GetEventInvokeConfig(now time.Time, name, qualifier string) (*FunctionEventInvokeConfig, error) {
	f, ref, err := r.lockEventInvokeConfig(now, name, qualifier)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	return f.eventInvokeView(ref.Qualifier), nil
}

// DeleteEventInvokeConfig removes the config of exactly that qualifier, which must exist.
func (r *Registry) DeleteEventInvokeConfig(now time.Time, name, qualifier string) error {
	f, ref, err := r.lockEventInvokeConfig(now, name, qualifier)
	if err != nil {
		return err
	}
	defer r.unlock(now)
	delete(f.async, ref.Qualifier)
	r.changed(f)
	return nil
}

// ListEventInvokeConfigs lists a function's configs: $LATEST's, those of versions by number and those of aliases by
// name. The second result is the next page's Marker, "" after the last page.
func (r *Registry) ListEventInvokeConfigs(now time.Time, name string, page Page) ([]*FunctionEventInvokeConfig, string, error) {
	ref, nameErr := lambda.ParseRef(name, "")
	l, err := newListing[*FunctionEventInvokeConfig](page, maxItemsSmall)
	if err := joinValidation(nameErr, err); err != nil {
		return nil, "", err
	}
	if err := r.id.Check(ref); err != nil {
		return nil, "", err
	}
	if ref.Qualifier != "" {
		return nil, "", lambda.InvalidParameterValue("The function name must not include a version number or alias.")
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		return nil, "", functionDoesntExist()
	}
	for _, qualifier := range sortedQualifiers(f.async) {
		l.offer(qualifierKey(qualifier), func() *FunctionEventInvokeConfig { return f.eventInvokeView(qualifier) })
	}
	return l.items, l.next, nil
}

// eventInvokeView shows a config that exists.
func (f *function) eventInvokeView(qualifier string) *FunctionEventInvokeConfig {
	c := f.async[qualifier]
	return &FunctionEventInvokeConfig{
		EventInvokeConfig: c.config.clone(),
		FunctionARN:       qualified(f.arn, qualifier),
		LastModified:      c.modified,
	}
}

// lockEventInvoke checks a config that is to be put or merged, and locks and finds its function. If it fails, nothing
// is locked.
func (r *Registry) lockEventInvoke(now time.Time, name, qualifier string, c EventInvokeConfig) (*function, lambda.Ref, error) {
	named, _ := lambda.ParseRef(name, qualifier) // eventInvokeRef says what is wrong with it
	targetErr := targetError(destinations.CheckConfig(named.Name, targetARN(c.OnSuccess), targetARN(c.OnFailure)))
	form := targetErr
	if !errors.Is(form, lambda.ErrValidation) {
		form = nil
	}
	ref, err := r.eventInvokeRef(name, qualifier, checkEventInvoke(c), form)
	if err != nil {
		return nil, ref, err
	}
	if c == (EventInvokeConfig{}) {
		return nil, ref, lambda.InvalidParameterValue("You must specify at least one of error handling or destination setting.")
	}
	hosts := r.askHost(now, c.OnSuccess, c.OnFailure)
	r.lock(now)
	f := r.lookup(ref.Name)
	switch {
	case f == nil || !f.exists(ref.Qualifier):
		err = functionDoesntExist()
	case targetErr != nil:
		err = targetErr
	default:
		if err = r.checkFunctionsExist(hosts, c.OnSuccess, c.OnFailure); err == nil {
			err = r.checkDestinations(f, ref.Qualifier, c.OnSuccess, c.OnFailure)
		}
	}
	if err != nil {
		r.unlock(now)
	}
	return f, ref, err
}

// lockEventInvokeConfig locks and finds the function of a config that must exist. If it fails, nothing is locked.
func (r *Registry) lockEventInvokeConfig(now time.Time, name, qualifier string) (*function, lambda.Ref, error) {
	ref, err := r.eventInvokeRef(name, qualifier)
	if err != nil {
		return nil, ref, err
	}
	r.lock(now)
	f := r.lookup(ref.Name)
	if f == nil || f.async[ref.Qualifier] == nil {
		r.unlock(now)
		return nil, ref, r.noEventInvokeConfig(ref)
	}
	return f, ref, nil
}

// eventInvokeRef reads the name and the qualifier in a request about event-invoke configs. No qualifier is $LATEST.
func (r *Registry) eventInvokeRef(name, qualifier string, others ...error) (lambda.Ref, error) {
	ref, err := lambda.ParseRef(name, qualifier)
	if err := joinValidation(append([]error{err}, others...)...); err != nil {
		return ref, err
	}
	if ref.Qualifier == "" {
		ref.Qualifier = lambda.Latest
	}
	return ref, r.id.Check(ref)
}

// checkEventInvoke checks the form of a config.
func checkEventInvoke(c EventInvokeConfig) error {
	var found validation.Findings
	if c.MaximumRetryAttempts != nil {
		found.Range("maximumRetryAttempts", int64(*c.MaximumRetryAttempts), 0, maxRetryAttempts)
	}
	if c.MaximumEventAge != nil {
		found.Range("maximumEventAgeInSeconds", int64(*c.MaximumEventAge/time.Second),
			int64(minimumEventAge/time.Second), int64(DefaultMaximumEventAge/time.Second))
	}
	if err := lambda.ValidationError(found.Text()); err != nil {
		return err
	}
	if c.MaximumEventAge != nil && *c.MaximumEventAge%time.Second != 0 {
		return lambda.InvalidParameterValue("MaximumEventAge is not a whole number of seconds: " + c.MaximumEventAge.String())
	}
	return nil
}

// functionDoesntExist is the 404 of operations on event-invoke configs.
func functionDoesntExist() error {
	return lambda.NewError("ResourceNotFoundException", "The function doesn't exist.")
}

// noEventInvokeConfig is the 404 of a qualifier without a config.
func (r *Registry) noEventInvokeConfig(ref lambda.Ref) error {
	return lambda.NewError("ResourceNotFoundException",
		"The function "+r.id.FunctionARN(ref.Name, ref.Qualifier)+" doesn't have an EventInvokeConfig")
}
