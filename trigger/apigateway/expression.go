package apigateway

import (
	"strconv"
	"strings"

	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// expression reads one thing from a request, or from a function's result: what AWS calls a mapping expression.
type expression struct {
	text string // as configured
	read func(x *restRequest, result []byte) (string, bool)
}

// scope says which mapping expressions a setting takes.
type scope uint8

const (
	ofRequest scope = 1 << iota // method.request.…
	ofResult                    // integration.response.body…
	ofContext                   // context.…, stageVariables.…
	ofStatic                    // 'text'
)

// parseExpression reads a mapping expression. What is not modelled is refused: multi-value parameters, request bodies,
// paths with brackets into results, and headers of results, of which Lambda sends none.
func parseExpression(setting, text string, allowed scope) (expression, error) {
	e := expression{text: text}
	root, rest, _ := strings.Cut(text, ".")
	var found scope
	switch {
	case len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'':
		found, e.read = ofStatic, static(text[1:len(text)-1])
	case root == "context" && isContextName(rest):
		found, e.read = ofContext, func(x *restRequest, _ []byte) (string, bool) { return x.context(rest) }
	case root == "stageVariables" && rest != "":
		found, e.read = ofContext, func(x *restRequest, _ []byte) (string, bool) { return x.stageVariable(rest) }
	case strings.HasPrefix(text, "method.request."):
		found, e.read = ofRequest, requestParameter(strings.TrimPrefix(text, "method.request."))
	case text == "integration.response.body":
		found, e.read = ofResult, func(_ *restRequest, result []byte) (string, bool) { return string(result), true }
	case strings.HasPrefix(text, "integration.response.body.") && !strings.ContainsAny(text, "[]*"):
		found, e.read = ofResult, resultMember(strings.Split(strings.TrimPrefix(text, "integration.response.body."), "."))
	}
	if e.read == nil || found&allowed == 0 {
		return e, misconfigured(setting, "the mapping expression "+strconv.Quote(text)+" is not one, or is not modelled here")
	}
	return e, nil
}

func static(text string) func(*restRequest, []byte) (string, bool) {
	return func(*restRequest, []byte) (string, bool) { return text, true }
}

// requestParameter reads header.NAME, querystring.NAME or path.NAME; nil if it is none of them.
func requestParameter(text string) func(*restRequest, []byte) (string, bool) {
	place, name, _ := strings.Cut(text, ".")
	if name == "" {
		return nil
	}
	switch place {
	case "header":
		return func(x *restRequest, _ []byte) (string, bool) { return x.parameter(x.headers, name) }
	case "querystring":
		return func(x *restRequest, _ []byte) (string, bool) { return lookUp(x.query, name) }
	case "path":
		return func(x *restRequest, _ []byte) (string, bool) { return lookUp(x.params, name) }
	}
	return nil
}

// stageVariable is a variable of the request's stage; a request that found no stage has none.
func (x *restRequest) stageVariable(name string) (string, bool) {
	if x.stage == nil {
		return "", false
	}
	return lookUp(x.stage.variables, name)
}

// parameter is the last header line with a name, in any case.
func (x *restRequest) parameter(headers pairs, name string) (value string, ok bool) {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			value, ok = h.Value, true
		}
	}
	return value, ok
}

// resultMember reads a member of a result by its path. A text is given without quotes, everything else as it is.
func resultMember(path []string) func(*restRequest, []byte) (string, bool) {
	return func(_ *restRequest, result []byte) (string, bool) {
		value, ok := httpevent.Parse(result)
		for _, name := range path {
			var next httpevent.Value
			for member, v := range value.Members() {
				if string(member) == name {
					next = v
				}
			}
			value = next
		}
		if !ok || value == nil {
			return "", false
		}
		if text, ok := value.Text(); ok {
			return text, true
		}
		return string(value), true
	}
}

// contextNames are the members of $context that are modelled.
var contextNames = map[string]func(x *restRequest) string{
	"accountId":         func(x *restRequest) string { return x.api.config.Identity.Account },
	"apiId":             func(x *restRequest) string { return x.api.config.APIID },
	"deploymentId":      func(x *restRequest) string { return x.api.config.DeploymentID },
	"domainName":        func(x *restRequest) string { return x.api.config.DomainName },
	"domainPrefix":      func(x *restRequest) string { return x.api.domainPrefix },
	"extendedRequestId": func(x *restRequest) string { return x.extendedID },
	"httpMethod":        func(x *restRequest) string { return x.verb() },
	"path":              func(x *restRequest) string { return x.raw },
	"protocol":          func(x *restRequest) string { return protocol(x.r) },
	"requestId":         func(x *restRequest) string { return x.id },
	"requestTime":       func(x *restRequest) string { return stamp.Access(x.at) },
	"requestTimeEpoch":  func(x *restRequest) string { return strconv.FormatInt(x.at.UnixMilli(), 10) },
	"identity.sourceIp": func(x *restRequest) string { return x.peer },
	"identity.userAgent": func(x *restRequest) string {
		return x.r.UserAgent()
	},
}

// routedNames are those that a request has once its stage or method is found.
var routedNames = map[string]func(x *restRequest) string{
	"stage":        func(x *restRequest) string { return x.stage.name },
	"resourceId":   func(x *restRequest) string { return x.method.resourceID },
	"resourcePath": func(x *restRequest) string { return x.method.resource },
}

// errorNames are those of a failure.
var errorNames = map[string]func(f *failure) string{
	"error.message":               func(f *failure) string { return f.message },
	"error.messageString":         func(f *failure) string { return f.quoted() },
	"error.responseType":          func(f *failure) string { return string(f.response) },
	"error.validationErrorString": func(f *failure) string { return f.validation },
}

func isContextName(name string) bool {
	return contextNames[name] != nil || routedNames[name] != nil || errorNames[name] != nil ||
		len(name) > len("authorizer.") && strings.HasPrefix(name, "authorizer.")
}

// context is $context.name.
func (x *restRequest) context(name string) (string, bool) {
	if f := contextNames[name]; f != nil {
		return f(x), true
	}
	if f := errorNames[name]; f != nil && x.problem != nil {
		return f(x.problem), true
	}
	if f := routedNames[name]; f != nil && x.stage != nil && (x.method != nil || name == "stage") {
		return f(x), true
	}
	return lookUp(x.auth.values, strings.TrimPrefix(name, "authorizer."))
}
