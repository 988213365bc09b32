package apigateway

import (
	"net/http"
	"regexp"

	"github.com/lambdakit/lambdakit/lambda"
)

// PassthroughBehavior says what an AWS integration does with a request whose content type has no template.
type PassthroughBehavior string

// The passthrough behaviors. Without passing, the answer is 415.
const (
	// WhenNoMatch passes the body on as the event.
	WhenNoMatch PassthroughBehavior = "WHEN_NO_MATCH"
	// WhenNoTemplates passes it on if there are no templates at all.
	WhenNoTemplates PassthroughBehavior = "WHEN_NO_TEMPLATES"
	// Never passes nothing on.
	Never PassthroughBehavior = "NEVER"
)

// RequestTemplate makes an event of a request. It stands for AWS's mapping template, which is Velocity: that language
// is not modelled, a Go function is given in its place. An error is answered with 500. It is called concurrently, and
// must not keep the request.
type RequestTemplate func(RequestInput) ([]byte, error)

// ResponseTemplate makes an answer's body of a function's result or of its error object. See [RequestTemplate].
type ResponseTemplate func(ResponseInput) ([]byte, error)

// RequestInput is what AWS's $input, $context and $stageVariables are to a request's template.
type RequestInput struct {
	// Body is the request's body, $input.body. It must not be changed.
	Body []byte

	x *restRequest
}

// Param is $input.params(name): the path's parameter, or the query's, or the header.
func (in RequestInput) Param(name string) string {
	for _, p := range [...]pairs{in.x.params, in.x.query} {
		if value, ok := lookUp(p, name); ok {
			return value
		}
	}
	value, _ := in.x.parameter(in.x.headers, name)
	return value
}

// Context is $context.name, such as requestId or authorizer.principalId; "" for a name that means nothing here.
func (in RequestInput) Context(name string) string {
	value, _ := in.x.context(name)
	return value
}

// StageVariable is $stageVariables.name.
func (in RequestInput) StageVariable(name string) string {
	value, _ := in.x.stageVariable(name)
	return value
}

// ResponseInput is what a response's template sees.
type ResponseInput struct {
	RequestInput
	// Result is what the function returned, or its error object: $input.body of a response. It must not be changed.
	Result []byte
	// Error is the function's failure, nil if it returned.
	Error *lambda.FunctionError
}

// IntegrationResponse is one of the answers that an AWS integration can give.
type IntegrationResponse struct {
	// SelectionPattern picks this answer for function errors whose errorMessage it matches as a whole; "" makes it the
	// default one, for everything else. A successful result is never held against a pattern, whatever it says. It is a
	// regular expression of Java's. Those that Go's package regexp cannot do are refused: look-around, back-references,
	// possessive quantifiers, operations on character classes.
	SelectionPattern string
	// StatusCode is the answer's; 0 means 200.
	StatusCode int
	// Headers are names to mapping expressions: 'text', integration.response.body, integration.response.body.a.b,
	// context.requestId, stageVariables.a. One that has no value sets no header.
	Headers map[string]string
	// Template makes the body; nil sends the function's result, or its error object, as it is.
	Template ResponseTemplate

	_ struct{}
}

// response is an IntegrationResponse that was read.
type response struct {
	pattern  *regexp.Regexp
	status   int
	headers  []mapping
	template ResponseTemplate
}

// readCustom reads what only AWS integrations have.
func (i *integration) readCustom(setting string, c *Integration) error {
	i.templates = make(map[string]RequestTemplate, len(c.RequestTemplates))
	for _, contentType := range sortedKeys(c.RequestTemplates) {
		if c.RequestTemplates[contentType] == nil {
			return misconfigured(setting, "the request template for "+contentType+" is nil")
		}
		i.templates[mediaType(contentType)] = c.RequestTemplates[contentType]
	}
	switch i.passing {
	case "":
		i.passing = WhenNoMatch
	case WhenNoMatch, WhenNoTemplates, Never:
	default:
		return misconfigured(setting, "there is no passthrough behavior "+string(i.passing))
	}
	for n := range c.Responses {
		r, err := readResponse(setting, &c.Responses[n])
		switch {
		case err != nil:
			return err
		case r.pattern != nil:
			i.responses = append(i.responses, r)
		case i.fallback != nil:
			return misconfigured(setting, "has two default responses")
		default:
			i.fallback = &r
		}
	}
	return nil
}

func readResponse(setting string, c *IntegrationResponse) (response, error) {
	r := response{status: c.StatusCode, template: c.Template}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if !isStatus(r.status) {
		return r, misconfigured(setting, "the status must be between 200 and 599")
	}
	var err error
	if r.headers, err = readMappings(setting, c.Headers, ofStatic|ofContext|ofResult); err != nil {
		return r, err
	}
	if c.SelectionPattern != "" {
		r.pattern, err = compilePattern(setting, "selection pattern", c.SelectionPattern)
	}
	return r, err
}

// integrateCustom is the way through an AWS integration.
func (x *restRequest) integrateCustom() (answer, *failure) {
	i := x.method.integration
	event, fail := x.mapRequest()
	if fail != nil {
		return answer{}, fail
	}
	payload, how := call(x.r.Context(), x.api.config.Invoker, x.input(i.function, event, x.sourceARN()), i.timeout)
	if how == notJSON {
		return answer{}, unreadableBody
	}
	if how != returned && how != failed {
		return answer{}, failureOf(how)
	}
	var fault *lambda.FunctionError
	if how == failed {
		fault = lambda.ParseFunctionError(payload)
	}
	r := i.choose(fault)
	if r == nil {
		return answer{}, configurationError
	}
	return x.mapResponse(r, payload, fault)
}

// mapRequest makes the event, by the template of the request's content type, which is application/json unless it has
// one.
func (x *restRequest) mapRequest() ([]byte, *failure) {
	i := x.method.integration
	contentType := mediaType(x.r.Header.Get("Content-Type"))
	if contentType == "" {
		contentType = "application/json"
	}
	template := i.templates[contentType]
	switch {
	case template != nil:
	case i.passing == WhenNoMatch, i.passing == WhenNoTemplates && len(i.templates) == 0:
		return x.body, nil
	default:
		return nil, wrongMediaType
	}
	event, err := template(RequestInput{Body: x.body, x: x})
	if err != nil {
		return nil, configurationError
	}
	return event, nil
}

// choose is the response for a result, or for a failure.
func (i *integration) choose(fault *lambda.FunctionError) *response {
	if fault != nil {
		for n := range i.responses {
			if i.responses[n].pattern.MatchString(fault.Message) {
				return &i.responses[n]
			}
		}
	}
	return i.fallback
}

func (x *restRequest) mapResponse(r *response, payload []byte, fault *lambda.FunctionError) (answer, *failure) {
	a := answer{status: r.status, header: make(http.Header, 8), body: payload}
	a.header["Content-Type"] = []string{"application/json"}
	if r.template != nil {
		body, err := r.template(ResponseInput{RequestInput{Body: x.body, x: x}, payload, fault})
		if err != nil {
			return answer{}, configurationError
		}
		a.body = body
	}
	apply(r.headers, a.header, x, payload)
	x.addTrace(a.header)
	return a, nil
}
