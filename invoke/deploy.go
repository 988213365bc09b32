package invoke

import (
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// The settings of functions are the registry's; these names let a user of package invoke do without importing it.
type (
	// EventInvokeConfig says how the asynchronous events of one qualifier are treated.
	EventInvokeConfig = registry.EventInvokeConfig
	// Routing is what an alias points to.
	Routing = registry.Routing
)

// Deploy creates the function named in cfg, or updates its code and configuration if it exists. Warm environments of
// the old $LATEST retire: those that are busy once they are free.
func (s *Service) Deploy(cfg lambda.Config, code lambda.Code) error {
	_, err := s.registry.PutFunction(time.Now(), cfg, code)
	return err
}

// DeleteFunction deletes a function with its versions, aliases and settings, or with a numeric qualifier one version.
// Events that are queued for it fail when they are dispatched.
func (s *Service) DeleteFunction(name string) error {
	return s.registry.DeleteFunction(time.Now(), name, "")
}

// PublishVersion freezes $LATEST as a new version and returns its number; if nothing changed since the last version, it
// returns that one's.
func (s *Service) PublishVersion(name string) (version string, err error) {
	c, err := s.registry.PublishVersion(time.Now(), name, registry.PublishVersionInput{})
	if err != nil {
		return "", err
	}
	return c.Version, nil
}

// PutAlias creates an alias or points it elsewhere.
func (s *Service) PutAlias(name, alias string, to Routing) error {
	_, err := s.registry.PutAlias(time.Now(), name, alias, to)
	return err
}

// DeleteAlias deletes an alias. That it does not exist is no error.
func (s *Service) DeleteAlias(name, alias string) error {
	return s.registry.DeleteAlias(time.Now(), name, alias)
}

// PutFunctionConcurrency reserves concurrency for a function, and bounds it; 0 turns the function off.
func (s *Service) PutFunctionConcurrency(name string, n int) error {
	_, err := s.registry.PutFunctionConcurrency(time.Now(), name, n)
	return err
}

// DeleteFunctionConcurrency takes a reservation away.
func (s *Service) DeleteFunctionConcurrency(name string) error {
	return s.registry.DeleteFunctionConcurrency(time.Now(), name)
}

// PutProvisionedConcurrency has n environments of a version or alias ("f:1", "f:live") initialised and held ready. They
// serve when all are allocated: after about a minute and a second for every hundred.
func (s *Service) PutProvisionedConcurrency(name string, n int) error {
	_, err := s.registry.PutProvisionedConcurrency(time.Now(), name, "", n)
	return err
}

// DeleteProvisionedConcurrency takes them away.
func (s *Service) DeleteProvisionedConcurrency(name string) error {
	return s.registry.DeleteProvisionedConcurrency(time.Now(), name, "")
}

// PutEventInvokeConfig sets how asynchronous events of a function, version or alias ("f", "f:1", "f:live") are treated,
// in place of all that was set before. Events already queued follow it at their next dispatch.
func (s *Service) PutEventInvokeConfig(name string, c EventInvokeConfig) error {
	_, err := s.registry.PutEventInvokeConfig(time.Now(), name, "", c)
	return err
}

// DeleteEventInvokeConfig goes back to the defaults.
func (s *Service) DeleteEventInvokeConfig(name string) error {
	return s.registry.DeleteEventInvokeConfig(time.Now(), name, "")
}
