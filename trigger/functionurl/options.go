package functionurl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// Invoker calls functions. [*invoke.Service] is one. It must be safe for concurrent use, and must not keep the payload.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
	InvokeWithResponseStream(ctx context.Context, in invoke.Input) (*invoke.ResponseStream, error)
}

// URLs knows function URLs by their ids. [*registry.Registry] does.
type URLs interface {
	ResolveURL(now time.Time, id string) (lambda.Ref, *registry.FunctionURLConfig, bool)
}

// Options configures a [Handler]. Invoker is required, and one of URLs and URL.
type Options struct {
	// Invoker calls the functions.
	Invoker Invoker
	// URLs are the function URLs that are served, each under its own host name.
	URLs URLs
	// URL is the only function that is served, under every host name.
	URL *Config
	// Identity is the account and Region of the functions; empty fields stand for their defaults.
	Identity lambda.Identity
	// Authenticate finds out who signed a request; see [SigV4]. nil knows nobody: every request to a URL with AuthType
	// AWS_IAM is refused.
	Authenticate Authenticator
	// Seed determines request ids and trace ids: equal seeds and calls at equal instants give equal ones. Handlers that
	// call the same functions want different seeds, or their request ids are the same.
	Seed uint64

	_ struct{}
}

// Config is a function URL that no registry knows.
type Config struct {
	// FunctionName is the function: a name or an ARN, with or without an alias. Required.
	FunctionName string
	// Qualifier is an alias, "" for none or that of the name. A URL never hangs on a version.
	Qualifier string
	// ID is the URL's id in events; "" makes one.
	ID string
	// AuthType is NONE unless set.
	AuthType registry.AuthType
	// InvokeMode is BUFFERED unless set.
	InvokeMode registry.InvokeMode
	// CORS is the cross-origin configuration; nil for none. It must not be changed afterwards.
	CORS *registry.CORS

	_ struct{}
}

func (o Options) check() (Options, error) {
	o.Identity = o.Identity.WithDefaults()
	switch {
	case o.Invoker == nil:
		return o, errors.New("functionurl: Options.Invoker is nil")
	case (o.URLs == nil) == (o.URL == nil):
		return o, errors.New("functionurl: Options must have either URLs or URL")
	case o.URL == nil:
		return o, nil
	}
	c, err := o.URL.check()
	if c.ID == "" {
		c.ID = madeID(o.Seed)
	}
	o.URL = &c
	return o, err
}

func (c Config) check() (Config, error) {
	if c.AuthType == "" {
		c.AuthType = registry.AuthNone
	}
	if c.InvokeMode == "" {
		c.InvokeMode = registry.Buffered
	}
	ref, err := lambda.ParseRef(c.FunctionName, c.Qualifier)
	if err != nil {
		return c, fmt.Errorf("functionurl: Config.FunctionName: %w", err)
	}
	in := registry.FunctionURLInput{AuthType: c.AuthType, InvokeMode: c.InvokeMode, CORS: c.CORS}
	err = in.Check()
	switch {
	case err != nil:
		return c, fmt.Errorf("functionurl: Config: %w", err)
	case ref.Qualifier != "" && !lambda.IsAlias(ref.Qualifier):
		return c, fmt.Errorf("functionurl: qualifier %q is no alias", ref.Qualifier)
	}
	return c, nil
}

// madeID is an id for a URL that has none: 32 characters, as AWS's have.
func madeID(seed uint64) string {
	a, b := uuid.Bits(seed, 0, "url id")
	return fmt.Sprintf("%016x%016x", a, b)
}
