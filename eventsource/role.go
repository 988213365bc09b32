package eventsource

import (
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// A mapping acts under the execution role of the function that it invokes: see invoke.Options.Roles.

// anyMapping stands for the UUID of a mapping that has none yet.
const anyMapping = "*"

// checkSourceRole refuses a source that the function's role may not read.
func checkSourceRole(svc *invoke.Service, source Source, set *settings) error {
	return lambda.RoleDenied(svc.Execution(set.ref).CheckSource(source.ARN()))
}

// checkDestinationRole refuses an on-failure destination that the function's role may not send to.
func checkDestinationRole(svc *invoke.Service, mapping string, set *settings) error {
	if set.OnFailure == nil {
		return nil
	}
	return lambda.RoleDenied(svc.Execution(set.ref).CheckDestination(set.OnFailure.ARN(), objectPrefix(mapping)))
}

func objectPrefix(mapping string) string {
	return destinations.ObjectPrefix(destinations.Delivery{Mapping: mapping})
}

// mayRead is why the role, as it is now, does not allow to read the source. A poller treats that as it treats a source
// that fails: it tries again a second later, and everything stays where it is.
func (b *base) mayRead() error {
	role := b.m.svc.Execution(b.set.ref)
	if !role.Restricted() {
		return nil // at no cost: this is asked at every receive
	}
	return role.CheckSource(b.m.source.ARN())
}

// mayDelete is why the role does not allow to delete messages: they come again.
func (b *base) mayDelete() error {
	role := b.m.svc.Execution(b.set.ref)
	if !role.Restricted() {
		return nil
	}
	return role.CheckAcknowledge(b.m.source.ARN())
}

// mayDeliver is why the role does not allow to send records of failed batches to a target.
func (b *base) mayDeliver(to destinations.Target) error {
	return b.m.svc.Execution(b.set.ref).CheckDelivery(to.ARN(), objectPrefix(b.m.uuid))
}

// accessLost is the LastProcessingResult while a stream cannot be read for want of a permission. That it repeats the
// text of the creation's refusal is inferred.
func accessLost(err error) string { return "PROBLEM: " + err.Error() }
