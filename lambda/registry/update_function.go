package registry

import (
	"errors"
	"maps"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

// UpdateFunctionCodeInput is what UpdateFunctionCode takes.
type UpdateFunctionCodeInput struct {
	// Code makes the function's instances from now on.
	Code lambda.Code
	// Package is the deployment package's bytes, or nil for a function that is only Go code: see
	// [lambda.Config].Package.
	Package []byte
	// Architecture is x86_64 or arm64; "" keeps what is set.
	Architecture string
	// Publish also publishes a version.
	Publish bool
	// DryRun checks everything and changes nothing.
	DryRun bool
	// RevisionID, if not "", must be the function's latest RevisionId.
	RevisionID string
}

// UpdateFunctionCode gives $LATEST new code. The answer describes the update as InProgress, or, with Publish, the
// version, which is Pending for as long. Warm environments of the old code run no further invocation once the update
// has taken effect.
func (r *Registry) UpdateFunctionCode(now time.Time, name string, in UpdateFunctionCodeInput) (*FunctionConfiguration, error) {
	ref, err := lambda.ParseFunctionName(name, "")
	if err := joinValidation(err, checkArchitecture(in.Architecture)); err != nil {
		return nil, err
	}
	if err := r.checkUnqualified(ref); err != nil {
		return nil, err
	}
	if err := checkCode(in.Code, in.Package); err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f, err := r.updatable(ref.Name, in.RevisionID)
	if err != nil {
		return nil, err
	}
	more := len(in.Package) - len(f.latest.config.Package)
	if in.Publish {
		more += len(in.Package)
	}
	if err := r.checkStorage(more); err != nil {
		return nil, err
	}
	cfg := f.latest.config
	cfg.Package = in.Package
	if in.Architecture != "" {
		cfg.Architecture = in.Architecture
	}
	if in.DryRun {
		return f.dryRun(cfg), nil
	}
	r.update(now, f, cfg, in.Code, r.codeHash(f.name, in.Package))
	return r.finishUpdate(now, f, in.Publish), nil
}

// dryRun is the answer of an update to cfg that does not happen.
func (f *function) dryRun(cfg lambda.Config) *FunctionConfiguration {
	would := *f.latest
	would.config = cfg
	if cfg.Package != nil {
		would.sha256 = packageHash(cfg.Package)
	}
	return f.view(&would, "")
}

// UpdateFunctionConfigurationInput is what UpdateFunctionConfiguration takes. A nil or empty member keeps what is set.
type UpdateFunctionConfigurationInput struct {
	Description *string
	Timeout     time.Duration
	MemorySize  int
	// EphemeralStorage is in MB.
	EphemeralStorage int
	// Environment replaces all variables; an empty map that is not nil removes them.
	Environment map[string]string
	// DeadLetter replaces the dead-letter queue; [NoTarget] removes it.
	DeadLetter destinations.Target
	// Logging is merged field by field. A change to LogFormat JSON sets the levels to INFO, one to Text drops them.
	Logging     lambda.LoggingConfig
	Role        string
	Handler     string
	Runtime     string
	TracingMode string
	// RevisionID, if not "", must be the function's latest RevisionId.
	RevisionID string
}

// UpdateFunctionConfiguration changes settings of $LATEST. The answer describes the update as InProgress. Warm
// environments with the old settings run no further invocation once the update has taken effect.
func (r *Registry) UpdateFunctionConfiguration(now time.Time, name string, in UpdateFunctionConfigurationInput) (*FunctionConfiguration, error) {
	ref, err := lambda.ParseFunctionName(name, "")
	if err := joinValidation(err, in.checkForm()); err != nil {
		return nil, err
	}
	if err := r.checkUnqualified(ref); err != nil {
		return nil, err
	}
	if err := r.checkDeadLetter(in.DeadLetter); err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f, err := r.updatable(ref.Name, in.RevisionID)
	if err != nil {
		return nil, err
	}
	cfg := in.over(f.latest.config)
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if in.Role != "" || in.DeadLetter != nil {
		if err := r.checkRole(&cfg); err != nil {
			return nil, err
		}
	}
	r.update(now, f, cfg.WithDefaults(), f.latest.code, f.latest.sha256)
	return r.finishUpdate(now, f, false), nil
}

// checkForm checks the form of the members by themselves. What they may mean depends on what is set already.
func (in *UpdateFunctionConfigurationInput) checkForm() error {
	if err := in.over(lambda.Config{Name: formName}).Validate(); errors.Is(err, lambda.ErrValidation) {
		return err
	}
	return nil
}

// over is cfg with the members of in that are given.
func (in *UpdateFunctionConfigurationInput) over(cfg lambda.Config) lambda.Config {
	if in.Description != nil {
		cfg.Description = *in.Description
	}
	if in.Timeout != 0 {
		cfg.Timeout = in.Timeout
	}
	setInt(&cfg.MemorySize, in.MemorySize)
	setInt(&cfg.EphemeralStorage, in.EphemeralStorage)
	if in.Environment != nil {
		cfg.Environment = maps.Clone(in.Environment)
	}
	if in.DeadLetter != nil {
		cfg.DeadLetter = orNil(in.DeadLetter)
	}
	cfg.Logging = mergeLogging(cfg.Logging, in.Logging)
	setString(&cfg.Role, in.Role)
	setString(&cfg.Handler, in.Handler)
	setString(&cfg.Runtime, in.Runtime)
	setString(&cfg.TracingMode, in.TracingMode)
	return cfg
}

// mergeLogging is the LoggingConfig after an update that names only some of its members. The levels belong to the JSON
// format: Text drops them unless the update itself names one, which is then refused.
func mergeLogging(old, in lambda.LoggingConfig) lambda.LoggingConfig {
	if in.LogFormat == "Text" {
		old.ApplicationLogLevel, old.SystemLogLevel = "", ""
	}
	setString(&old.LogFormat, in.LogFormat)
	setString(&old.ApplicationLogLevel, in.ApplicationLogLevel)
	setString(&old.SystemLogLevel, in.SystemLogLevel)
	setString(&old.LogGroup, in.LogGroup)
	return old
}

func setInt(to *int, n int) {
	if n != 0 {
		*to = n
	}
}

func setString(to *string, s string) {
	if s != "" {
		*to = s
	}
}

// updatable finds a function that may be updated now.
func (r *Registry) updatable(name, revision string) (*function, error) {
	f := r.lookup(name)
	if f == nil {
		return nil, lambda.FunctionNotFound(r.id.FunctionARN(name, ""))
	}
	if err := f.checkRevision(revision); err != nil {
		return nil, err
	}
	return f, f.busy()
}

// update puts a new state of $LATEST in the place of the old one, which serves on until the update is settled.
func (r *Registry) update(now time.Time, f *function, cfg lambda.Config, code lambda.Code, sha256 string) {
	f.latest = &release{
		version:  lambda.Latest,
		config:   cfg,
		code:     code,
		sha256:   sha256,
		revision: r.revision(),
		modified: now,
	}
	r.begin(now, f, updating, r.options.UpdateDelay)
}

// finishUpdate gives the answer of an update, and settles it if it takes no time.
func (r *Registry) finishUpdate(now time.Time, f *function, publish bool) *FunctionConfiguration {
	answer := f.view(f.latest, "")
	if publish {
		v := r.publish(f, nil)
		answer = f.view(v, v.version)
	}
	f.settlePhase(now)
	r.changed(f)
	return answer
}
