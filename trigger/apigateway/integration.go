package apigateway

import (
	"net/http"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// IntegrationType says how much API Gateway does with requests and results.
type IntegrationType string

// The integration types that call functions. The empty IntegrationType means AWSProxy.
const (
	// AWSProxy hands the whole request to the function, and its result to the client.
	AWSProxy IntegrationType = "AWS_PROXY"
	// AWS maps both, by templates and selection patterns.
	AWS IntegrationType = "AWS"
)

// ResponseTransferMode says how an answer comes to the client.
type ResponseTransferMode string

// The response transfer modes. The empty ResponseTransferMode means Buffered.
const (
	// Buffered waits for the whole answer.
	Buffered ResponseTransferMode = "BUFFERED"
	// Stream would send it as the function writes it. It is not modelled, and refused.
	Stream ResponseTransferMode = "STREAM"
)

// Integration is the function that answers a method.
type Integration struct {
	// Type is AWS_PROXY unless set.
	Type IntegrationType
	// Function is the function's name, partial ARN or ARN, with or without a qualifier.
	Function string
	// HTTPMethod is the integration's (integrationHttpMethod), "" means POST. Lambda takes nothing else: with another
	// one every request is answered with 500.
	HTTPMethod string
	// Timeout is how long the function is waited for: 50 ms to 29 s; 0 means 29 s. The function goes on after it.
	Timeout time.Duration

	// ResponseTransferMode is BUFFERED unless set. STREAM is refused: what a function streams to a REST API that waits
	// for it, events.APIGatewayProxyStreamingResponse for one, is no answer, and the client gets 502.
	ResponseTransferMode ResponseTransferMode

	// RequestTemplates make the event of an AWS integration, by the request's content type; see [RequestTemplate].
	RequestTemplates map[string]RequestTemplate
	// PassthroughBehavior says what becomes of bodies whose content type has no template; "" means WHEN_NO_MATCH.
	PassthroughBehavior PassthroughBehavior
	// Responses are what an AWS integration makes of results, in the order in which their patterns are tried.
	Responses []IntegrationResponse

	_ struct{}
}

// integration is an Integration that was read.
type integration struct {
	kind      IntegrationType
	function  string
	firstRun  string // see there
	post      bool
	timeout   time.Duration
	templates map[string]RequestTemplate
	passing   PassthroughBehavior
	responses []response
	fallback  *response
}

func newIntegration(setting string, i *Integration, id lambda.Identity) (*integration, error) {
	made := &integration{
		kind: i.Type, function: i.Function, post: i.HTTPMethod == "" || i.HTTPMethod == http.MethodPost,
		passing: i.PassthroughBehavior,
	}
	if made.kind == "" {
		made.kind = AWSProxy
	}
	hash, err := checkFunction(setting, i.Function, id)
	if err != nil {
		return nil, err
	}
	made.firstRun = firstRun(hash)
	if made.timeout, err = checkTimeout(setting, i.Timeout, maxRESTTimeout); err != nil {
		return nil, err
	}
	switch i.ResponseTransferMode {
	case "", Buffered:
	case Stream:
		return nil, misconfigured(setting, "the response transfer mode STREAM is not modelled")
	default:
		return nil, misconfigured(setting, "there is no response transfer mode "+string(i.ResponseTransferMode))
	}
	switch made.kind {
	case AWS:
		return made, made.readCustom(setting, i)
	case AWSProxy:
		if len(i.RequestTemplates) > 0 || len(i.Responses) > 0 || i.PassthroughBehavior != "" {
			return nil, misconfigured(setting, "templates and responses are for integrations of type AWS")
		}
		return made, nil
	}
	return nil, misconfigured(setting, "the integration type "+string(made.kind)+" calls no function, and is not modelled")
}

// integrate is the last step of a request.
func (x *restRequest) integrate() (answer, *failure) {
	i := x.method.integration
	if !i.post {
		return answer{}, configurationError
	}
	if i.kind == AWS {
		return x.integrateCustom()
	}
	event := x.api.events.Get()
	defer x.api.events.Put(event)
	*event = x.appendEvent(*event)
	payload, how := x.call(i.function, *event, i.timeout, x.sourceARN())
	if how != returned {
		return answer{}, failureOf(how)
	}
	a, fail := restFormat.read(payload, x.api.binary.accepts(x.r.Header.Get("Accept")), x.answered)
	if fail == nil {
		x.addTrace(a.header)
	}
	return a, fail
}

func (x *restRequest) addTrace(h http.Header) {
	h[traceHeader] = []string{answerTrace(x.trace, x.api.config.Seed, x.number, x.method.integration.firstRun)}
}

// call invokes a function for the request, with an event that this package has written.
func (x *restRequest) call(function string, event []byte, timeout time.Duration, sourceARN string) ([]byte, outcome) {
	in := x.input(function, event, sourceARN)
	in.WellFormed = true
	return call(x.r.Context(), x.api.config.Invoker, in, timeout)
}

func (x *restRequest) input(function string, event []byte, sourceARN string) invoke.Input {
	return input(function, event, caller(x.api.config.Identity, sourceARN), x.trace)
}

// caller is the gateway as resource policies know it.
func caller(id lambda.Identity, sourceARN string) *iam.Caller {
	return &iam.Caller{Principal: principal, SourceARN: sourceARN, SourceAccount: id.Account}
}

// sourceARN is what a resource policy of the function may name. That the resource's path stands in it and not the
// request's is inferred; statements with wildcards take either.
func (x *restRequest) sourceARN() string { return x.methodARN(x.method.resource) }

// methodARN is the ARN of a path under the request's stage and method.
func (x *restRequest) methodARN(path string) string { return x.stage.methodARN(x.verb(), path) }

// failureOf is a REST API's answer to a call that brought no result.
func failureOf(how outcome) *failure {
	switch how {
	case failed:
		return malformedResult
	case timedOut:
		return integrationTimeout
	case tooLarge:
		return tooLong
	}
	return integrationFailure
}
