package apigateway

import "github.com/lambdakit/lambdakit/lambda/iam"

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

// askAuthorizer lets in whom the function lets in.
func (x *restRequest) askAuthorizer(a *restAuthorizer) *failure {
	parts, ok := a.identityOf(x)
	if !ok || a.pattern != nil && !a.pattern.MatchString(parts[0]) {
		return unauthorized
	}
	said, fail := a.ask(parts, x.at, func() ([]byte, outcome) {
		return x.call(a.function, x.authorizerEvent(a, parts), restAuthorizerTimeout, a.arn)
	})
	if fail != nil {
		return fail
	}
	switch said.verdict(x.methodARN(x.path)) {
	case iam.ExplicitDeny:
		return explicitDeny
	case iam.ImplicitDeny:
		return implicitDeny
	}
	x.auth = authorization{json: said.restJSON(), values: said.authorizerValues(), usageKey: said.usageKey}
	return nil
}

// authorizerEvent is what the function sees: the token, or the request without its body.
func (x *restRequest) authorizerEvent(a *restAuthorizer, parts []string) []byte {
	arn := x.methodARN(x.path)
	if a.token {
		b := appendMember(nil, `{"type":"TOKEN","methodArn":`, arn)
		b = appendMember(b, `,"authorizationToken":`, parts[0])
		return append(b, '}')
	}
	e := x.describe()
	return e.authorizerJSON(appendMember(nil, `{"type":"REQUEST","methodArn":`, arn))
}
