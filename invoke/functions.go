package invoke

import (
	"context"

	"github.com/lambdakit/lambdakit/lambda/registry"
)

// Functions finds functions, for embedders with a registry of their own.
//
// Resolve returns what a bare name and a qualifier ("" for none) denote now, or the error that the caller of Invoke
// gets: a *lambda.Error, as a rule. It is called for every synchronous call and every dispatch of an asynchronous
// event, concurrently; it should be fast and return the same *Resolution, and within it the same *Deployment, as long as
// nothing changed: a new Deployment is a deploy. Make Deployments with [registry.NewDeployment].
type Functions interface {
	Resolve(ctx context.Context, name, qualifier string) (*registry.Resolution, error)
}
