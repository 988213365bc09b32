package registry

import (
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

// checkRole refuses a configuration whose role Lambda cannot assume, or may not send dead letters.
func (r *Registry) checkRole(cfg *lambda.Config) error {
	role := r.options.Roles.Execution(cfg.Role)
	if err := role.CheckAssume(); err != nil {
		return lambda.RoleDenied(err)
	}
	return lambda.RoleDenied(role.CheckDeadLetter(targetARN(cfg.DeadLetter)))
}

// checkDestinations refuses destinations that the role of what they are for may not send to. An alias with weights has
// one role for both of its versions.
func (r *Registry) checkDestinations(f *function, qualifier string, targets ...destinations.Target) error {
	role := r.options.Roles.Execution(f.release(qualifier).config.Role)
	prefix := destinations.ObjectPrefix(destinations.Delivery{Function: f.name})
	for _, t := range targets {
		if err := role.CheckDestination(targetARN(t), prefix); err != nil {
			return lambda.RoleDenied(err)
		}
	}
	return nil
}
