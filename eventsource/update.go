package eventsource

import (
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// UpdateInput is what an update changes: nil, or "", keeps what is there. What belongs to a mapping's creation, its
// source, its starting position and its tags, cannot be changed.
type UpdateInput struct {
	// FunctionName is another function to invoke. The position in the source stays.
	FunctionName string
	// Enabled starts or stops the mapping; a stopped one keeps its position.
	Enabled                 *bool
	BatchSize               *int
	MaximumBatchingWindow   *time.Duration
	ReportBatchItemFailures *bool
	// Filters replaces all patterns; an empty list clears them.
	Filters *[]string
	// MaximumConcurrency 0 clears the bound, as ScalingConfig {} does.
	MaximumConcurrency *int
	// ProvisionedPollers replaces the pollers; both bounds 0 end the provisioned mode, as ProvisionedPollerConfig {} does.
	ProvisionedPollers         *ProvisionedPollers
	ParallelizationFactor      *int
	MaximumRetryAttempts       *int
	MaximumRecordAge           *time.Duration
	BisectBatchOnFunctionError *bool
	TumblingWindow             *time.Duration
	// OnFailure is another destination; one whose ARN is "" clears it, such as registry.NoTarget.
	OnFailure destinations.Target

	_ struct{}
}

// Apply returns the configuration with the changes. A number that is given and 0, where unset means a default, is refused
// as the wire refuses it: so a REST API may read a creation's body, too, into an UpdateInput, and apply it to a Config.
func (in *UpdateInput) Apply(c Config) (Config, error) {
	if err := in.checkZeros(); err != nil {
		return c, err
	}
	if in.FunctionName != "" {
		c.FunctionName = in.FunctionName
	}
	if in.Enabled != nil {
		c.Disabled = !*in.Enabled
	}
	replace(&c.BatchSize, in.BatchSize)
	replace(&c.MaximumBatchingWindow, in.MaximumBatchingWindow)
	replace(&c.ReportBatchItemFailures, in.ReportBatchItemFailures)
	replace(&c.Filters, in.Filters)
	replace(&c.MaximumConcurrency, in.MaximumConcurrency)
	replace(&c.ParallelizationFactor, in.ParallelizationFactor)
	replace(&c.MaximumRecordAge, in.MaximumRecordAge)
	replace(&c.BisectBatchOnFunctionError, in.BisectBatchOnFunctionError)
	replace(&c.TumblingWindow, in.TumblingWindow)
	if in.MaximumRetryAttempts != nil {
		c.MaximumRetryAttempts = in.MaximumRetryAttempts
	}
	if in.OnFailure != nil {
		c.OnFailure = in.OnFailure
	}
	if in.ProvisionedPollers != nil {
		c.ProvisionedPollers = in.ProvisionedPollers
		if *c.ProvisionedPollers == (ProvisionedPollers{}) {
			c.ProvisionedPollers = nil
		}
	}
	return c, nil
}

// checkZeros refuses the zeros that Config takes for unset.
func (in *UpdateInput) checkZeros() error {
	var f validation.Findings
	if n := in.BatchSize; n != nil && *n == 0 {
		f.Range("batchSize", 0, 1, 10_000)
	}
	if n := in.ParallelizationFactor; n != nil && *n == 0 {
		f.Range("parallelizationFactor", 0, 1, 10)
	}
	if f.Len() > 0 {
		return lambda.ValidationError(f.Text())
	}
	if d := in.MaximumRecordAge; d != nil && *d == 0 {
		return recordAgeTooLow(0)
	}
	return nil
}

func replace[T any](field *T, with *T) {
	if with != nil {
		*field = *with
	}
}

// Update changes the mapping's configuration and returns what UpdateEventSourceMapping answers, in which it is still
// Updating, Enabling or Disabling. What is in flight goes on under the old one. An update that is refused, with a
// *[lambda.Error], changes nothing; so does one while the mapping is in transition.
func (m *Mapping) Update(in UpdateInput) (Configuration, error) {
	old, err := m.settled()
	if err != nil {
		return Configuration{}, err
	}
	set, err := m.change(old, &in)
	if err != nil {
		return Configuration{}, err
	}
	answer, err := m.adopt(old, set, transition(in.Enabled))
	if err != nil {
		return Configuration{}, err
	}
	m.announce()
	m.settleAfter(set.TransitionDelay, m.apply)
	return answer, nil
}

// Enable starts a mapping that is disabled, where it stopped.
func (m *Mapping) Enable() error {
	_, err := m.Update(UpdateInput{Enabled: new(true)})
	return err
}

// Disable stops the mapping. What is in flight ends and is acknowledged; the position is kept.
func (m *Mapping) Disable() error {
	_, err := m.Update(UpdateInput{Enabled: new(false)})
	return err
}

// Delete deletes the mapping, with its checkpoints, and returns what DeleteEventSourceMapping answers, in which it is
// Deleting. What is in flight ends and is acknowledged.
func (m *Mapping) Delete() (Configuration, error) {
	old, err := m.settled()
	if err != nil {
		return Configuration{}, err
	}
	answer, err := m.adopt(old, old, Deleting)
	if err != nil {
		return Configuration{}, err
	}
	m.announce()
	m.mu.Lock()
	p := m.poller
	m.mu.Unlock()
	// Nobody may have the name in the store before this one is through with it, so the mapping stays in the list until
	// both the transition and what is in flight are over.
	var left atomic.Int32
	left.Store(2)
	part := func() {
		if left.Add(-1) == 0 {
			m.vanish()
		}
	}
	over := func() {
		m.forget()
		part()
	}
	if p == nil {
		over()
	} else {
		p.stop()
		p.then(over)
	}
	m.settleAfter(old.TransitionDelay, part)
	return answer, nil
}

// vanish ends a deletion.
func (m *Mapping) vanish() {
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	m.siblings.remove(m)
}

// settled returns the settings of a mapping that can be changed now.
func (m *Mapping) settled() (*settings, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.set, m.changeable()
}

// changeable refuses a change of a mapping that is gone or in transition. The caller holds mu.
func (m *Mapping) changeable() error {
	switch {
	case m.ended:
		return lambda.ResourceMissing()
	case !m.state.settled():
		return inUse()
	}
	return nil
}

// inUse is the refusal of a change during another one.
func inUse() error {
	return lambda.NewError("ResourceInUseException", "Cannot update the event source mapping because it is in use.")
}

// change makes the settings that an update asks for. A queue's leases are compared with the function's timeout only if
// the update names a function.
func (m *Mapping) change(old *settings, in *UpdateInput) (*settings, error) {
	c, err := in.Apply(old.Config)
	if err != nil {
		return nil, err
	}
	set, err := newSettings(c, m.kind, m.svc.Identity(), m.source.ARN(), time.Now())
	if err != nil {
		return nil, err
	}
	if in.OnFailure != nil || in.FunctionName != "" {
		if err := checkDestinationRole(m.svc, m.uuid, set); err != nil {
			return nil, err
		}
	}
	switch {
	case in.FunctionName == "" && in.MaximumBatchingWindow != nil:
		return set, checkWindow(m.svc, m.source, set)
	case in.FunctionName == "":
		return set, nil
	}
	if _, err := checkFunction(m.svc, set); err != nil {
		return nil, err
	}
	if err := checkSourceRole(m.svc, m.source, set); err != nil {
		return nil, err
	}
	return set, checkVisibility(m.svc, m.source, set)
}

// adopt makes settings the mapping's, and returns its configuration in the transition, unless somebody else was faster
// or another mapping has the function.
func (m *Mapping) adopt(old, set *settings, state State) (Configuration, error) {
	m.siblings.mu.Lock()
	defer m.siblings.mu.Unlock()
	if err := m.siblings.unique(m, set); err != nil {
		return Configuration{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.changeable(); err != nil {
		return Configuration{}, err
	}
	if m.set != old {
		return Configuration{}, inUse()
	}
	m.set, m.modified = set, time.Now()
	m.become(state)
	return m.view(), nil
}
