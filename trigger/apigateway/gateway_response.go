package apigateway

import (
	"net/http"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// ResponseType names a kind of failure that a REST API answers itself.
type ResponseType string

// The response types. Those that only concern what is not modelled (WAF_FILTERED, EXPIRED_TOKEN and the like) are left
// out, and refused.
const (
	AccessDenied                 ResponseType = "ACCESS_DENIED"
	APIConfigurationError        ResponseType = "API_CONFIGURATION_ERROR"
	AuthorizerConfigurationError ResponseType = "AUTHORIZER_CONFIGURATION_ERROR"
	AuthorizerFailure            ResponseType = "AUTHORIZER_FAILURE"
	BadRequestBody               ResponseType = "BAD_REQUEST_BODY"
	BadRequestParameters         ResponseType = "BAD_REQUEST_PARAMETERS"
	Default4XX                   ResponseType = "DEFAULT_4XX"
	Default5XX                   ResponseType = "DEFAULT_5XX"
	IntegrationFailure           ResponseType = "INTEGRATION_FAILURE"
	IntegrationTimeout           ResponseType = "INTEGRATION_TIMEOUT"
	InvalidAPIKey                ResponseType = "INVALID_API_KEY"
	MissingAuthenticationToken   ResponseType = "MISSING_AUTHENTICATION_TOKEN"
	QuotaExceeded                ResponseType = "QUOTA_EXCEEDED"
	RequestTooLarge              ResponseType = "REQUEST_TOO_LARGE"
	Throttled                    ResponseType = "THROTTLED"
	Unauthorized                 ResponseType = "UNAUTHORIZED"
	UnsupportedMediaType         ResponseType = "UNSUPPORTED_MEDIA_TYPE"
)

// responseTypes are all of them.
var responseTypes = map[ResponseType]bool{
	AccessDenied: true, APIConfigurationError: true, AuthorizerConfigurationError: true, AuthorizerFailure: true,
	BadRequestBody: true, BadRequestParameters: true, Default4XX: true, Default5XX: true, IntegrationFailure: true,
	IntegrationTimeout: true, InvalidAPIKey: true, MissingAuthenticationToken: true, QuotaExceeded: true,
	RequestTooLarge: true, Throttled: true, Unauthorized: true, UnsupportedMediaType: true,
}

// GatewayResponse changes what a REST API answers to one kind of failure.
type GatewayResponse struct {
	// ResponseType says which; DEFAULT_4XX and DEFAULT_5XX stand for those that have no entry of their own.
	ResponseType ResponseType
	// StatusCode replaces the failure's; 0 keeps it.
	StatusCode int
	// Headers are added: names to mapping expressions, as in 'text', context.requestId, stageVariables.a or
	// method.request.header.Origin. x-amzn-ErrorType may be one of them.
	Headers map[string]string
	// Templates are bodies by content type, with variables such as $context.error.messageString, $context.requestId
	// and $stageVariables.a in them. The first one whose content type the client accepts is taken, in the order of
	// content types but application/json before all; none at all keep the body.
	Templates map[string]string

	_ struct{}
}

// gatewayResponse is a GatewayResponse that was read.
type gatewayResponse struct {
	status    int
	headers   []mapping
	templates []textTemplate
}

// mapping gives a header its value.
type mapping struct {
	name  string // as it goes out
	value expression
}

func readGatewayResponses(list []GatewayResponse) (map[ResponseType]*gatewayResponse, error) {
	out := make(map[ResponseType]*gatewayResponse, len(list))
	for i := range list {
		g := &list[i]
		setting := "gateway response " + string(g.ResponseType)
		made := &gatewayResponse{status: g.StatusCode}
		var err error
		switch {
		case !responseTypes[g.ResponseType]:
			return nil, misconfigured(setting, "there is no such response type, or it is not modelled")
		case out[g.ResponseType] != nil:
			return nil, misconfigured(setting, "is there twice")
		case g.StatusCode != 0 && !isStatus(g.StatusCode):
			return nil, misconfigured(setting, "the status must be between 200 and 599")
		}
		if made.headers, err = readMappings(setting, g.Headers, ofStatic|ofContext|ofRequest); err != nil {
			return nil, err
		}
		if made.templates, err = readTextTemplates(setting, g.Templates); err != nil {
			return nil, err
		}
		out[g.ResponseType] = made
	}
	return out, nil
}

// isStatus says whether a response can end with that status.
func isStatus(status int) bool { return 200 <= status && status <= 599 }

// readMappings reads headers' mapping expressions, in the order of the names.
func readMappings(setting string, headers map[string]string, allowed scope) ([]mapping, error) {
	var list []mapping
	for _, h := range sortedPairs(headers) {
		if !httpevent.IsField(h.Name, "") {
			return nil, misconfigured(setting, "has a header whose name is none: "+h.Name)
		}
		e, err := parseExpression(setting, h.Value, allowed)
		if err != nil {
			return nil, err
		}
		name, ok := outgoing(http.CanonicalHeaderKey(h.Name), true)
		if !ok {
			return nil, misconfigured(setting, "the header "+h.Name+" is the connection's")
		}
		list = append(list, mapping{name, e})
	}
	return list, nil
}

// apply sets the headers whose expressions have a value that can stand on a line.
func apply(list []mapping, h http.Header, x *restRequest, result []byte) {
	for _, m := range list {
		if value, ok := m.value.read(x, result); ok && httpevent.IsField(m.name, value) {
			h[m.name] = []string{value}
		}
	}
}

// quoted is the message as a JSON string, or null if the failure says nothing.
func (f *failure) quoted() string {
	if f.form == nullForm {
		return "null"
	}
	return string(jsontext.AppendString(nil, f.message))
}

// failed is the answer to a failure.
func (x *restRequest) failed(f *failure) answer {
	a := answer{status: f.status, header: make(http.Header, 8)}
	a.header["Content-Type"] = []string{"application/json"}
	a.header["X-Amzn-Errortype"] = []string{f.errorType}
	x.problem = f
	g := x.api.responses[f.response]
	if g == nil {
		g = x.api.responses[defaultType(f.status)]
	}
	if g == nil {
		a.body = f.body()
		return a
	}
	if x.headers == nil {
		x.read()
	}
	if g.status != 0 {
		a.status = g.status
	}
	if t := chooseTemplate(g.templates, x.r.Header.Get("Accept")); t != nil {
		a.header["Content-Type"] = []string{t.contentType}
		a.body = t.fill(x)
	} else {
		a.body = f.body()
	}
	apply(g.headers, a.header, x, nil)
	return a
}

func defaultType(status int) ResponseType {
	if status < 500 {
		return Default4XX
	}
	return Default5XX
}

// chooseTemplate is the template for a client: the first one that it accepts, else the first.
func chooseTemplate(list []textTemplate, accept string) *textTemplate {
	for i := range list {
		for t := range strings.SplitSeq(accept, ",") {
			if mediaType(t) == list[i].contentType {
				return &list[i]
			}
		}
	}
	if len(list) > 0 {
		return &list[0]
	}
	return nil
}

// mediaType is a content type without its parameters, in lower case.
func mediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}
