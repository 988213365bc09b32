package apigateway

import (
	"strings"

	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// httpAuthorization is what an HTTP API knows of a caller, in the forms of both payloads.
type httpAuthorization struct {
	json1, json2 []byte
	identity     *IAMIdentity
}

// httpAuthorizer is a LambdaAuthorizer of an HTTP API that was read.
type httpAuthorizer struct {
	authorizer
	format  PayloadFormatVersion
	sources []httpSource
}

// httpSource reads one part of a caller's identity.
type httpSource func(x *httpRequest) string

func newHTTPAuthorizer(c *LambdaAuthorizer, api *HTTPConfig) (*httpAuthorizer, error) {
	base, err := newAuthorizer(c, api.APIID, api.Identity, api.Seed)
	if err != nil {
		return nil, err
	}
	base.unauthorized, base.broken, base.invalid = httpUnauthorized, httpFailed, httpFailed
	made := &httpAuthorizer{authorizer: base}
	if c.EnableSimpleResponses {
		made.read = readSimple
	}
	setting := base.setting
	if made.format, err = checkFormat(setting, c.PayloadFormatVersion); err != nil {
		return nil, err
	}
	switch {
	case c.Type != "" && c.Type != Request:
		return nil, misconfigured(setting, "an authorizer of an HTTP API is of the type REQUEST")
	case c.IdentityValidationExpression != "":
		return nil, misconfigured(setting, "only a TOKEN authorizer has an IdentityValidationExpression")
	case c.EnableSimpleResponses && made.format == Payload1:
		return nil, misconfigured(setting, "simple responses need the payload format 2.0")
	}
	for _, text := range c.IdentitySource {
		source := readHTTPSource(text)
		if source == nil {
			return nil, misconfigured(setting, "there is no identity source "+text+", or it is not modelled")
		}
		made.sources = append(made.sources, source)
	}
	made.memory, err = newMemory(setting, c.ResultTTL, 0, len(made.sources) > 0)
	return made, err
}

// readHTTPSource reads $request.header.NAME, $request.querystring.NAME or $stageVariables.NAME; nil for others.
func readHTTPSource(text string) httpSource {
	if name, ok := strings.CutPrefix(text, "$request.header."); ok && name != "" {
		return func(x *httpRequest) string { return strings.Join(x.r.Header.Values(name), ",") }
	}
	if name, ok := strings.CutPrefix(text, "$request.querystring."); ok && name != "" {
		return func(x *httpRequest) string {
			value, _ := lookUp(httpevent.FormQuery(x.rawQuery), name)
			return value
		}
	}
	if name, ok := strings.CutPrefix(text, "$stageVariables."); ok && name != "" {
		return func(x *httpRequest) string {
			value, _ := lookUp(x.stage.variables, name)
			return value
		}
	}
	return nil
}

// authorize lets the caller in, by whatever the route asks for.
func (x *httpRequest) authorize() *failure {
	switch r := x.route; {
	case r.authorizer != nil:
		return x.askAuthorizer(r.authorizer)
	case r.jwt != nil:
		token, err := r.jwt(x.r)
		if err != nil || token == nil {
			return httpUnauthorized
		}
		x.auth.json1 = token.appendJWT(nil)
		x.auth.json2 = append(token.appendJWT([]byte(`{"jwt":`)), '}')
	case r.iam != nil:
		id, err := r.iam(x.r)
		if err != nil || id == nil {
			return httpForbidden
		}
		x.auth.identity = id
		x.auth.json2 = append(id.appendIAM([]byte(`{"iam":`)), '}')
	}
	return nil
}

// askAuthorizer lets in whom the function lets in.
func (x *httpRequest) askAuthorizer(a *httpAuthorizer) *failure {
	parts := make([]string, 0, len(a.sources))
	for _, source := range a.sources {
		value := source(x)
		if value == "" {
			return httpUnauthorized
		}
		parts = append(parts, value)
	}
	said, fail := a.ask(parts, x.at, func() ([]byte, outcome) {
		return x.call(a.function, x.authorizerEvent(a, parts), httpAuthorizerTimeout, a.arn)
	})
	if fail != nil {
		return fail
	}
	if said.verdict(x.requestARN()) != iam.Allowed {
		return httpForbidden
	}
	x.auth.json1, x.auth.json2 = said.http1JSON(), said.http2JSON()
	return nil
}

// requestARN is what an authorizer's policy is about: the ARN of the request's own path.
func (x *httpRequest) requestARN() string {
	_, below := x.api.stageOf(x.path)
	return x.stage.methodARN(verb(x.r), below)
}

// everything is the policy of a simple response that says yes.
var everything = &iam.Policy{Statements: []iam.Statement{
	{Effect: iam.Allow, Action: []string{"execute-api:Invoke"}, Resource: []string{"*"}},
}}

// readSimple reads {"isAuthorized": true, "context": {…}}.
func readSimple(payload []byte) (*statement, bool) {
	value, ok := httpevent.Parse(payload)
	said := &statement{}
	yes, found := false, false
	for name, v := range value.Members() {
		switch string(name) {
		case "isAuthorized":
			yes, found = v.Bool()
		case "context":
			if !isAbsent(v) && v.Kind() != '{' {
				return nil, false
			}
			said.context = inUTF8(v)
		}
	}
	if yes {
		said.policy = everything
	}
	return said, ok && found
}

// http2JSON is requestContext.authorizer of payload 2.0: the context as it was given.
func (s *statement) http2JSON() []byte {
	b := []byte(`{"lambda":`)
	if isAbsent(s.context) {
		return append(b, "null}"...)
	}
	return append(append(b, s.context...), '}')
}

// http1JSON is that of payload 1.0: the context itself, with the principal if there is one.
func (s *statement) http1JSON() []byte {
	if s.principal == "" {
		if isAbsent(s.context) {
			return []byte("{}")
		}
		return s.context
	}
	b := appendMember(nil, `{"principalId":`, s.principal)
	for name, v := range s.context.Members() {
		b = appendMember(append(b, ','), "", string(name))
		b = append(append(b, ':'), v...)
	}
	return append(b, '}')
}

// authorizerEvent is what the function sees: the request without its body.
func (x *httpRequest) authorizerEvent(a *httpAuthorizer, parts []string) []byte {
	if a.format == Payload1 {
		joined := strings.Join(parts, ",")
		b := appendMember(nil, `{"version":"1.0","type":"REQUEST","methodArn":`, x.requestARN())
		b = appendText(b, `,"identitySource":`, joined)
		b = appendText(b, `,"authorizationToken":`, joined)
		e := x.describe1()
		return e.authorizerJSON(b)
	}
	e := x.describe2()
	whole, _ := httpevent.Parse(e.Append(nil))
	b := appendMember(nil, `{"version":"2.0","type":"REQUEST","routeArn":`, x.requestARN())
	b = append(b, `,"identitySource":`...)
	if len(parts) == 0 {
		b = append(b, "null"...)
	} else {
		b = httpevent.AppendStrings(b, parts)
	}
	for name, v := range whole.Members() {
		if n := string(name); n != "version" && n != "isBase64Encoded" { // of a body, which it does not see
			b = appendMember(append(b, ','), "", n)
			b = append(append(b, ':'), v...)
		}
	}
	return append(b, '}')
}
