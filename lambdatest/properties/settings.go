package properties

import (
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// readSettings finds what is deployed: the targets, unless the load names them, and the settings that the laws depend
// on.
func (s *scene) readSettings() {
	account := s.load.Account
	s.settings = lambdatest.Settings{
		Functions:     map[string]lambdatest.Async{},
		Reserved:      map[string]int{},
		AccountLimit:  account.Limit,
		IdleLifetime:  account.IdleLifetime,
		NoScalingRate: account.NoScalingRate,
		ProactiveInit: account.ProactiveInit > 0,
		AnyDelay:      s.load.Service.RetryPolicy != invoke.RetryPolicy{},
	}
	for _, name := range s.functions() {
		s.readFunction(name)
	}
}

func (s *scene) readFunction(name string) {
	s.readTarget(name, name, "")
	if n, ok := s.svc.Account().Function(name).Reserved(); ok {
		s.settings.Reserved[name] = n
	}
	for _, c := range all(func(p registry.Page) ([]*registry.FunctionConfiguration, string, error) {
		return s.svc.Registry().ListVersionsByFunction(time.Now(), name, p)
	}) {
		if c.Version != lambda.Latest {
			s.readTarget(name+":"+c.Version, name, c.Version)
		}
	}
	for _, a := range all(func(p registry.Page) ([]*registry.AliasConfiguration, string, error) {
		return s.svc.Registry().ListAliases(time.Now(), name, "", p)
	}) {
		s.readTarget(name+":"+a.Name, name, a.Name)
	}
}

// readTarget reads the asynchronous settings of a function, version or alias.
func (s *scene) readTarget(target, name, qualifier string) {
	if s.load.Targets == nil && !lambda.IsVersion(qualifier) {
		s.targets = append(s.targets, target)
	}
	res, err := s.svc.Registry().Resolve(time.Now(), lambda.Ref{Name: name, Qualifier: qualifier})
	if err != nil {
		s.t.Fatalf("properties: %s: %v", target, err)
	}
	s.settings.Functions[target] = asyncOf(res)
}

func asyncOf(res *registry.Resolution) lambdatest.Async {
	a := lambdatest.Async{Routes: []string{}}
	if c := res.Async; c != nil {
		a.MaximumRetryAttempts, a.MaximumEventAge = c.MaximumRetryAttempts, c.MaximumEventAge
		if c.OnSuccess != nil {
			a.Routes = append(a.Routes, trace.OnSuccess)
		}
		if c.OnFailure != nil {
			a.Routes = append(a.Routes, trace.OnFailure)
		}
	}
	hasDeadLetter := res.Deployment.Config.DeadLetter != nil
	if hasDeadLetter {
		a.Routes = append(a.Routes, trace.DeadLetter)
	}
	if other := res.Alternative; other != nil && (other.Config.DeadLetter != nil) != hasDeadLetter {
		a.Routes = nil // it depends on the version that runs
	}
	return a
}

// functions lists the names of all functions.
func (s *scene) functions() []string {
	var names []string
	for _, c := range all(func(p registry.Page) ([]*registry.FunctionConfiguration, string, error) {
		return s.svc.Registry().ListFunctions(time.Now(), false, p)
	}) {
		names = append(names, c.FunctionName)
	}
	return names
}

// all walks the pages of a list. Listing what exists does not fail.
func all[T any](list func(registry.Page) ([]T, string, error)) []T {
	var items []T
	for page := (registry.Page{}); ; {
		some, next, err := list(page)
		if items = append(items, some...); err != nil || next == "" {
			return items
		}
		page.Marker = next
	}
}
