package apigateway

import (
	"regexp"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// AuthorizerType says what a REST API's authorizer function sees.
type AuthorizerType string

// The types of authorizer functions.
const (
	// Token shows the function one header's value. It is what the empty AuthorizerType means in a REST API.
	Token AuthorizerType = "TOKEN"
	// Request shows it the request without its body. In an HTTP API there is no other.
	Request AuthorizerType = "REQUEST"
)

// LambdaAuthorizer is a function that lets callers in, or turns them away. Methods or routes that share one share what
// it remembers.
type LambdaAuthorizer struct {
	// ID is part of the ARN on whose behalf the function is called; "" lets the API make one.
	ID string
	// Type is TOKEN unless set, in a REST API.
	Type AuthorizerType
	// Function is the function's name, partial ARN or ARN, with or without a qualifier.
	Function string
	// IdentitySource is where the caller's identity is: method.request.header.Authorization and the like in a REST API,
	// $request.header.Authorization in an HTTP API. A request that lacks one of them is turned away without asking the
	// function. None at all means the Authorization header for TOKEN, and no such check for REQUEST.
	IdentitySource []string
	// IdentityValidationExpression is a regular expression that a TOKEN must match as a whole; "" takes all.
	IdentityValidationExpression string
	// ResultTTL is how long what the function said of an identity is remembered, at most an hour; 0 is not at all. nil
	// means 300 s in a REST API, and 0 in an HTTP API or where there is no identity source.
	ResultTTL *time.Duration

	// PayloadFormatVersion is that of an HTTP API: 2.0 unless set, or 1.0.
	PayloadFormatVersion PayloadFormatVersion
	// EnableSimpleResponses lets the function answer {"isAuthorized": true}, with payload 2.0 in an HTTP API.
	EnableSimpleResponses bool

	_ struct{}
}

// authorizer is a LambdaAuthorizer that was read.
type authorizer struct {
	setting  string // its name in errors
	arn      string // on whose behalf the function is called
	function string
	memory   *memory
	read     func(payload []byte) (*statement, bool)
	// What clients get: if they are nobody, if the function failed, and if what it said cannot be read.
	unauthorized, broken, invalid *failure
}

// restAuthorizer is that of a REST API.
type restAuthorizer struct {
	authorizer
	token   bool
	sources []expression
	pattern *regexp.Regexp
}

// The defaults and bounds of ResultTTL.
const (
	defaultResultTTL = 300 * time.Second
	maxResultTTL     = time.Hour
)

// How long authorizer functions are waited for. That it is an integration's time in a REST API is inferred; the limit of
// HTTP APIs is documented.
const (
	restAuthorizerTimeout = 29 * time.Second
	httpAuthorizerTimeout = 10 * time.Second
)

// newAuthorizer reads what both kinds of API have in common.
func newAuthorizer(c *LambdaAuthorizer, apiID string, id lambda.Identity, seed uint64) (authorizer, error) {
	if _, err := checkFunction("authorizer "+c.ID, c.Function, id); err != nil {
		return authorizer{}, err
	}
	name := c.ID
	if name == "" {
		name = resourceID(seed, "authorizer "+c.Function)
	}
	return authorizer{
		setting: "authorizer " + name, arn: id.ARN("execute-api", apiID+"/authorizers/"+name), function: c.Function,
		read: readStatement,
	}, nil
}

// ask is what the function says of a caller, or said a short while ago. A failure with the message Unauthorized is an
// answer of its own.
func (a *authorizer) ask(identity []string, at time.Time, invoke func() ([]byte, outcome)) (*statement, *failure) {
	key := memoryKey(identity)
	if said, ok := a.memory.recall(key, at); ok {
		return said, nil
	}
	payload, how := invoke()
	switch {
	case how == failed && lambda.ParseFunctionError(payload).Message == "Unauthorized":
		return nil, a.unauthorized
	case how != returned:
		return nil, a.broken
	}
	said, ok := a.read(payload)
	if !ok {
		return nil, a.invalid
	}
	a.memory.keep(key, said, at)
	return said, nil
}

// newRESTAuthorizer reads an authorizer of a REST API.
func newRESTAuthorizer(c *LambdaAuthorizer, api *RESTConfig) (*restAuthorizer, error) {
	base, err := newAuthorizer(c, api.APIID, api.Identity, api.Seed)
	if err != nil {
		return nil, err
	}
	base.unauthorized, base.broken, base.invalid = unauthorized, authorizerFailed, authorizerInvalid
	made := &restAuthorizer{authorizer: base, token: c.Type != Request}
	setting := base.setting
	sources := c.IdentitySource
	if made.token && len(sources) == 0 {
		sources = []string{"method.request.header.Authorization"}
	}
	switch {
	case c.Type != "" && c.Type != Token && c.Type != Request:
		return nil, misconfigured(setting, "there is no type "+string(c.Type))
	case c.PayloadFormatVersion != "" || c.EnableSimpleResponses:
		return nil, misconfigured(setting, "payload formats and simple responses are for HTTP APIs")
	case made.token && (len(sources) != 1 || !strings.HasPrefix(sources[0], "method.request.header.")):
		return nil, misconfigured(setting, "a TOKEN authorizer has one identity source, a header")
	case !made.token && c.IdentityValidationExpression != "":
		return nil, misconfigured(setting, "only a TOKEN authorizer has an IdentityValidationExpression")
	}
	for _, text := range sources {
		e, err := parseExpression(setting, text, ofRequest|ofContext)
		if err != nil {
			return nil, err
		}
		made.sources = append(made.sources, e)
	}
	if c.IdentityValidationExpression != "" {
		if made.pattern, err = compilePattern(setting, "validation expression", c.IdentityValidationExpression); err != nil {
			return nil, err
		}
	}
	made.memory, err = newMemory(setting, c.ResultTTL, defaultResultTTL, len(sources) > 0)
	return made, err
}

// identityOf is what a request says of its caller; ok is false if it lacks a part of it.
func (a *restAuthorizer) identityOf(x *restRequest) (parts []string, ok bool) {
	for _, e := range a.sources {
		value, ok := e.read(x, nil)
		if !ok || value == "" {
			return nil, false
		}
		parts = append(parts, value)
	}
	return parts, true
}
