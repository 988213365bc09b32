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
	id       string
	token    bool
	function string
	sources  []expression
	pattern  *regexp.Regexp
	memory   *memory
}

// The defaults and bounds of ResultTTL.
const (
	defaultResultTTL = 300 * time.Second
	maxResultTTL     = time.Hour
)

// authorizerTimeout is how long an authorizer may take; that it is an integration's is inferred.
const authorizerTimeout = 29 * time.Second

// newAuthorizer reads what both kinds of API have in common.
func newAuthorizer(c *LambdaAuthorizer, id lambda.Identity, seed uint64) (*authorizer, error) {
	made := &authorizer{id: c.ID, function: c.Function}
	setting := "authorizer of " + c.Function
	if _, err := checkFunction(setting, c.Function, id); err != nil {
		return nil, err
	}
	if made.id == "" {
		made.id = resourceID(seed, "authorizer "+c.Function)
	}
	return made, nil
}

// newRESTAuthorizer reads an authorizer of a REST API.
func newRESTAuthorizer(c *LambdaAuthorizer, id lambda.Identity, seed uint64) (*authorizer, error) {
	made, err := newAuthorizer(c, id, seed)
	if err != nil {
		return nil, err
	}
	setting := "authorizer " + made.id
	made.token = c.Type != Request
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
		if made.pattern, err = compilePattern(setting, c.IdentityValidationExpression); err != nil {
			return nil, err
		}
	}
	made.memory, err = newMemory(setting, c.ResultTTL, defaultResultTTL, len(sources) > 0)
	return made, err
}

// identityOf is what a request says of its caller; ok is false if it lacks a part of it.
func (a *authorizer) identityOf(x *restRequest) (parts []string, ok bool) {
	for _, e := range a.sources {
		value, ok := e.read(x, nil)
		if !ok || value == "" {
			return nil, false
		}
		parts = append(parts, value)
	}
	return parts, true
}
