package registry

import (
	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// Deployment is one state of one version: the code that runs and the configuration it runs under. It never changes,
// and every deploy makes a new one, so two pointers are equal exactly when nothing was deployed in between. It may be
// shared; the map and the bytes in its Config must not be changed.
type Deployment struct {
	// Config is the configuration, with AWS's defaults in place of what was left unset.
	Config lambda.Config
	// Code makes an instance of the function for an execution environment.
	Code lambda.Code
	// Version is "$LATEST" or the number.
	Version string
	// Books is where invocations of this deployment are admitted.
	Books *concurrency.Version
	// FunctionARN is the function's ARN, without a qualifier.
	FunctionARN string
}

// NewDeployment makes the Deployment of one version for an embedder that keeps a registry of its own. cfg is checked as
// [lambda.Config.Validate] does, its defaults are filled in, and it is copied, but for its Package. version is
// "$LATEST" or a number; the deployment's environments are counted in f's books for that version. For a second deploy
// of one version call [concurrency.Function.RenewAt] first, or environments of the old code stay warm.
func NewDeployment(f *concurrency.Function, id lambda.Identity, cfg lambda.Config, code lambda.Code, version string) (*Deployment, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if version != lambda.Latest && !lambda.IsVersion(version) {
		return nil, lambda.FunctionNotFound(id.FunctionARN(cfg.Name, version))
	}
	if code == nil {
		return nil, noCode()
	}
	return newDeployment(f.Version(version), id.FunctionARN(cfg.Name, ""), cfg.WithDefaults(), code, version), nil
}

// newDeployment makes the Deployment from what was checked.
func newDeployment(books *concurrency.Version, arn string, cfg lambda.Config, code lambda.Code, version string) *Deployment {
	return &Deployment{Config: cfg, Code: code, Version: version, Books: books, FunctionARN: arn}
}
