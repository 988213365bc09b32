package apigateway

import (
	"strings"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// authorization is what the API knows of a caller.
type authorization struct {
	json     []byte // requestContext.authorizer; nil for none
	values   pairs  // $context.authorizer
	identity *IAMIdentity
	usageKey string // the API key that an authorizer gave
}

// authorize lets the caller in, by whatever the method asks for.
func (x *restRequest) authorize() *failure {
	switch m := x.method; {
	case m.authorizer != nil:
		return x.askAuthorizer(m.authorizer)
	case m.claims != nil:
		claims, err := m.claims(x.r)
		if err != nil || claims == nil {
			return unauthorized
		}
		list := sortedPairs(claims)
		b := list.AppendLast([]byte(`{"claims":`))
		x.auth.json = append(b, '}')
		for _, c := range list {
			c.Name = "claims." + c.Name
			x.auth.values = append(x.auth.values, c)
		}
	case m.iam != nil:
		id, err := m.iam(x.r)
		if err != nil || id == nil {
			return notSigned
		}
		x.auth.identity = id
	}
	return nil
}

// askAuthorizer asks the function, unless its answer for the caller is remembered.
func (x *restRequest) askAuthorizer(a *authorizer) *failure {
	parts, ok := a.identityOf(x)
	if !ok || a.pattern != nil && !a.pattern.MatchString(parts[0]) {
		return unauthorized
	}
	key := strings.Join(parts, "\x00")
	said, known := a.memory.recall(key, x.at)
	if !known {
		var fail *failure
		if said, fail = x.invokeAuthorizer(a, parts); fail != nil {
			return fail
		}
		a.memory.keep(key, said, x.at)
	}
	switch said.verdict(x.methodARN(x.path)) {
	case iam.ExplicitDeny:
		return explicitDeny
	case iam.ImplicitDeny:
		return implicitDeny
	}
	x.auth = authorization{json: said.restJSON(), values: said.values, usageKey: said.usageKey}
	return nil
}

// invokeAuthorizer calls the function and reads what it says. A failure with the message Unauthorized is an answer of
// its own.
func (x *restRequest) invokeAuthorizer(a *authorizer, parts []string) (*statement, *failure) {
	c := &x.api.config
	source := c.Identity.ARN("execute-api", c.APIID+"/authorizers/"+a.id)
	payload, how := x.call(a.function, x.authorizerEvent(a, parts), authorizerTimeout, source)
	switch {
	case how == failed && lambda.ParseFunctionError(payload).Message == "Unauthorized":
		return nil, unauthorized
	case how != returned:
		return nil, authorizerFailed
	}
	said, ok := readStatement(payload)
	if !ok {
		return nil, authorizerInvalid
	}
	return said, nil
}

// authorizerEvent is what the function sees: the token, or the request without its body.
func (x *restRequest) authorizerEvent(a *authorizer, parts []string) []byte {
	arn := x.methodARN(x.path)
	if a.token {
		b := appendMember(nil, `{"type":"TOKEN","methodArn":`, arn)
		b = appendMember(b, `,"authorizationToken":`, parts[0])
		return append(b, '}')
	}
	e := x.describe()
	return e.authorizerJSON(appendMember(nil, `{"type":"REQUEST","methodArn":`, arn))
}
