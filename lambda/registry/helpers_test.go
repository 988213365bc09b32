package registry

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// t0 is the instant at which tests begin, with a fraction that formats must cut.
var t0 = time.Date(2025, 11, 25, 2, 26, 14, 123_456_789, time.UTC)

const arnPrefix = "arn:aws:lambda:us-east-1:123456789012:function:"

// code is some code. Two values of it are two deploys.
func code(context.Context, *lambda.Environment) (lambda.Function, error) { return nil, nil }

// tb is a testing.TB or a rapid.T.
type tb interface {
	require.TestingT
	Helper()
}

// fixture is a registry with a function f that is active.
type fixture struct {
	testing.TB
	*Registry
	now time.Time
}

func newFixture(t testing.TB, options ...Options) *fixture {
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	x := &fixture{TB: t, Registry: New(o), now: t0}
	x.create("f")
	x.advance(o.CreateDelay)
	return x
}

func (x *fixture) advance(d time.Duration) { x.now = x.now.Add(d) }

func (x *fixture) create(name string) *FunctionConfiguration {
	x.Helper()
	c, err := x.CreateFunction(x.now, CreateFunctionInput{Config: lambda.Config{Name: name}, Code: code})
	require.NoError(x, err)
	return c
}

// publish changes the function's code and publishes it.
func (x *fixture) publish(name string) string {
	x.Helper()
	c, err := x.UpdateFunctionCode(x.now, name, UpdateFunctionCodeInput{Code: code, Publish: true})
	require.NoError(x, err)
	return c.Version
}

func (x *fixture) alias(name, alias string, to Routing) *AliasConfiguration {
	x.Helper()
	a, err := x.PutAlias(x.now, name, alias, to)
	require.NoError(x, err)
	return a
}

func (x *fixture) get(name, qualifier string) *FunctionConfiguration {
	x.Helper()
	c, err := x.GetFunctionConfiguration(x.now, name, qualifier)
	require.NoError(x, err)
	return c
}

func (x *fixture) revision(name string) string {
	x.Helper()
	return x.get(name, "").RevisionID
}

func (x *fixture) resolve(name, qualifier string) *Resolution {
	x.Helper()
	res, err := x.Resolve(x.now, lambda.Ref{Name: name, Qualifier: qualifier})
	require.NoError(x, err)
	return res
}

// requireRefused checks an error of the API: its code, its text, and whether its body has a Type.
func requireRefused(t tb, err error, code, message string) {
	t.Helper()
	var e *lambda.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code+": "+message, e.Code+": "+e.Message)
}

// untyped reports whether the body of an error of the API has no Type.
func untyped(err error) bool {
	var e *lambda.Error
	return errors.As(err, &e) && e.Type == ""
}

// The codes of errors in tables.
const (
	ipv = "InvalidParameterValueException"
	ve  = "ValidationException"
	rce = "ResourceConflictException"
	rnf = "ResourceNotFoundException"
	pfe = "PreconditionFailedException"
)

// archive is a zip archive with one file of that content.
func archive(t testing.TB, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("bootstrap")
	require.NoError(t, err)
	_, err = f.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// wire is v as JSON.
func wire(t tb, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// world is everything that the registry shows, as one text.
func world(t tb, r *Registry, now time.Time) string {
	t.Helper()
	var all []any
	keep := func(v any, err error) {
		if err != nil {
			v = err.Error()
		}
		all = append(all, v)
	}
	functions, _, err := r.ListFunctions(now, true, Page{})
	keep(functions, err)
	keep(r.GetAccountSettings(now), nil)
	for _, c := range functions {
		name := c.FunctionName
		if c.Version != lambda.Latest {
			continue
		}
		keep(r.GetFunction(now, name, ""))
		loop, err := r.GetFunctionRecursionConfig(now, name)
		keep(loop, err)
		versions, _, err := r.ListVersionsByFunction(now, name, Page{})
		keep(versions, err)
		aliases, _, err := r.ListAliases(now, name, "", Page{})
		keep(aliases, err)
		async, _, err := r.ListEventInvokeConfigs(now, name, Page{})
		keep(async, err)
		provisioned, _, err := r.ListProvisionedConcurrency(now, name, Page{})
		keep(provisioned, err)
		urls, _, err := r.ListFunctionURLConfigs(now, name, Page{})
		keep(urls, err)
		qualifiers := []string{""}
		for _, v := range versions {
			qualifiers = append(qualifiers, v.Version)
		}
		for _, a := range aliases {
			qualifiers = append(qualifiers, a.Name)
		}
		for _, q := range qualifiers {
			document, revision, err := r.GetPolicy(now, name, q)
			keep(document+revision, err)
			keep(r.GetFunctionConfiguration(now, name, q))
			keep(resolved(r, now, name, q), nil)
		}
	}
	return wire(t, all)
}

// resolved is what an invocation sees, as text.
func resolved(r *Registry, now time.Time, name, qualifier string) any {
	res, err := r.Resolve(now, lambda.Ref{Name: name, Qualifier: qualifier})
	if err != nil {
		return err.Error()
	}
	v := []any{res.Deployment.Version, res.Deployment.Config.Description, res.Deployment.Config.MemorySize, res.Weight, res.RecursiveLoop}
	if res.Alternative != nil {
		v = append(v, res.Alternative.Version)
	}
	if res.Async != nil {
		v = append(v, wireConfig(res.Async))
	}
	return v
}

// wireConfig is a config's JSON.
func wireConfig(c *EventInvokeConfig) string {
	b, _ := json.Marshal(&FunctionEventInvokeConfig{EventInvokeConfig: *c})
	return string(b)
}

// smallAccount is an account with that quota of which nothing must stay unreserved, and without a preparation time.
func smallAccount(limit int) *concurrency.Account {
	return concurrency.NewAccount(concurrency.Options{Limit: limit, MinimumUnreserved: new(0), ProvisionPrep: new(time.Duration(0))})
}

// requireRefusedKind checks that an error is one of the API's, with a text.
func requireRefusedKind(t tb, err error) {
	t.Helper()
	var e *lambda.Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Message)
}
