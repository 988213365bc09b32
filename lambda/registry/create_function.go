package registry

import (
	"maps"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// CreateFunctionInput is what CreateFunction takes. Settings of AWS that are not here or in [lambda.Config] are not
// modelled: there is no way to give them.
type CreateFunctionInput struct {
	// Config is the configuration. Its Name may have any of the forms of a function's name.
	Config lambda.Config
	// Code makes the function's instances.
	Code lambda.Code
	// Publish also publishes version 1.
	Publish bool
	// Tags are the function's tags, at most 50.
	Tags map[string]string
}

// CreateFunction deploys a new function. The answer describes it as Pending; with Options.CreateDelay 0 it is Active
// from the next call on. With Publish the answer describes version 1, or the next number if a function of that name
// was deleted before.
//
// A name that exists is a ResourceConflictException, also if another owner of the concurrency.Account has it. What in
// is made of is copied, but for Config.Package.
func (r *Registry) CreateFunction(now time.Time, in CreateFunctionInput) (*FunctionConfiguration, error) {
	cfg, err := r.checkCreate(in)
	if err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	if r.lookup(cfg.Name) != nil {
		return nil, lambda.FunctionExists(cfg.Name)
	}
	f, err := r.newFunction(now, cfg, in)
	if err != nil {
		return nil, err
	}
	return r.finishCreate(now, f, in.Publish), nil
}

// PutFunction is CreateFunction if there is no function of that name, and otherwise one update of its code and its
// whole configuration: whatever is deployed, afterwards it is this. It is no operation of AWS's.
func (r *Registry) PutFunction(now time.Time, cfg lambda.Config, code lambda.Code) (*FunctionConfiguration, error) {
	in := CreateFunctionInput{Config: cfg, Code: code}
	cfg, err := r.checkCreate(in)
	if err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(cfg.Name)
	if f == nil {
		if f, err = r.newFunction(now, cfg, in); err != nil {
			return nil, err
		}
		return r.finishCreate(now, f, false), nil
	}
	if err := f.busy(); err != nil {
		return nil, err
	}
	if err := r.checkStorage(len(cfg.Package) - len(f.latest.config.Package)); err != nil {
		return nil, err
	}
	r.update(now, f, cfg, code, r.codeHash(f.name, cfg.Package))
	return r.finishUpdate(now, f, false), nil
}

// checkCreate checks everything about in that needs no lookup among the functions, and gives the configuration with defaults and the bare
// name.
func (r *Registry) checkCreate(in CreateFunctionInput) (lambda.Config, error) {
	cfg := in.Config
	var ref lambda.Ref
	var nameErr error
	if cfg.Name != "" { // a missing one is found with the rest of the configuration
		ref, nameErr = lambda.ParseFunctionName(cfg.Name, "")
		cfg.Name = ref.Name
	}
	cfg, err := checkConfig(cfg, nameErr)
	if err != nil {
		return cfg, err
	}
	if err := r.checkUnqualified(ref); err != nil {
		return cfg, err
	}
	if err := r.checkDeadLetter(cfg.DeadLetter); err != nil {
		return cfg, err
	}
	if err := checkTagCount(len(in.Tags)); err != nil {
		return cfg, err
	}
	if err := checkCode(in.Code, cfg.Package); err != nil {
		return cfg, err
	}
	return cfg, r.checkRole(&cfg)
}

// newFunction makes the function's record and claims its name. It is among the functions only after finishCreate.
func (r *Registry) newFunction(now time.Time, cfg lambda.Config, in CreateFunctionInput) (*function, error) {
	more := len(cfg.Package)
	if in.Publish {
		more *= 2
	}
	if err := r.checkStorage(more); err != nil {
		return nil, err
	}
	books, err := r.account.Claim(cfg.Name, r.owner)
	if err != nil {
		return nil, claimed(cfg.Name, err)
	}
	f := &function{
		name:          cfg.Name,
		arn:           r.id.FunctionARN(cfg.Name, ""),
		books:         books,
		lastVersion:   r.retired[cfg.Name],
		aliases:       map[string]*alias{},
		async:         map[string]*asyncConfig{},
		policies:      map[string]*policy{},
		urls:          map[string]*functionURL{},
		provisioned:   map[string]*provisioned{},
		tags:          maps.Clone(in.Tags),
		recursiveLoop: Terminate,
	}
	f.latest = &release{
		version:  lambda.Latest,
		config:   cfg,
		code:     in.Code,
		sha256:   r.codeHash(cfg.Name, cfg.Package),
		revision: r.revision(),
		modified: now,
	}
	f.serving = newDeployment(books.Version(lambda.Latest), f.arn, cfg, in.Code, lambda.Latest)
	return f, nil
}

// finishCreate starts the function's life and gives the answer of CreateFunction.
func (r *Registry) finishCreate(now time.Time, f *function, publish bool) *FunctionConfiguration {
	r.begin(now, f, creating, r.options.CreateDelay)
	shown := f.latest
	if publish {
		shown = r.publish(f, nil)
	}
	answer := f.view(shown, "") // unqualified even for a version
	r.add(f)
	f.settlePhase(now)
	r.changed(f)
	return answer
}
