package apigateway

import "github.com/lambdakit/lambdakit/internal/jsontext"

// failure is an answer of API Gateway's own.
type failure struct {
	response   ResponseType // "" in HTTP APIs, which have no gateway responses
	status     int
	errorType  string // x-amzn-ErrorType; "" for none
	message    string
	form       string // of the body, around the message
	validation string // $context.error.validationErrorString
}

// The forms of a body. Which failure has which was seen on AWS.
const (
	plainForm   = `{"message":`
	spacedForm  = `{"message": `
	capitalForm = `{"Message":`
	nullForm    = `{"message":null`
)

// body is the JSON that goes out unless a gateway response says otherwise.
func (f *failure) body() []byte {
	if f.form == nullForm {
		return []byte(nullForm + "}")
	}
	b := make([]byte, 0, len(f.form)+len(f.message)+8)
	return append(jsontext.AppendString(append(b, f.form...), f.message), '}')
}

// with is the failure with a message of its own.
func (f failure) with(message string) *failure {
	f.message = message
	return &f
}

// The failures of REST APIs. The texts of the rows marked so are inferred.
var (
	noSuchRoute = &failure{MissingAuthenticationToken, 403, "MissingAuthenticationTokenException", "Missing Authentication Token", plainForm, ""}
	noSuchStage = &failure{AccessDenied, 403, "ForbiddenException", "Forbidden", plainForm, ""} // inferred
	tooLong     = &failure{RequestTooLarge, 413, "RequestTooLargeException", "Request Too Long", plainForm, ""}

	invalidParameters = failure{BadRequestParameters, 400, "BadRequestException", "", spacedForm, ""}
	invalidBody       = failure{BadRequestBody, 400, "BadRequestException", "Invalid request body", spacedForm, ""}
	unreadableBody    = &failure{BadRequestBody, 400, "BadRequestException", "Could not parse request body into json", spacedForm, ""} // inferred
	wrongMediaType    = &failure{UnsupportedMediaType, 415, "UnsupportedMediaTypeException", "Unsupported Media Type", plainForm, ""}  // inferred

	unauthorized      = &failure{Unauthorized, 401, "UnauthorizedException", "Unauthorized", plainForm, ""}                                                           // inferred
	explicitDeny      = &failure{AccessDenied, 403, "AccessDeniedException", "User is not authorized to access this resource with an explicit deny", capitalForm, ""} // inferred
	implicitDeny      = &failure{AccessDenied, 403, "AccessDeniedException", "User is not authorized to access this resource", capitalForm, ""}                       // inferred
	authorizerFailed  = &failure{AuthorizerFailure, 500, "AuthorizerFailureException", "", nullForm, ""}                                                              // inferred
	authorizerInvalid = &failure{AuthorizerConfigurationError, 500, "AuthorizerConfigurationException", "", nullForm, ""}                                             // inferred
	notSigned         = &failure{MissingAuthenticationToken, 403, "MissingAuthenticationTokenException", "Missing Authentication Token", plainForm, ""}               // inferred

	invalidKey    = &failure{InvalidAPIKey, 403, "ForbiddenException", "Forbidden", plainForm, ""}
	throttled     = &failure{Throttled, 429, "TooManyRequestsException", "Too Many Requests", plainForm, ""}
	quotaExceeded = &failure{QuotaExceeded, 429, "LimitExceededException", "Limit Exceeded", plainForm, ""}

	malformedResult    = &failure{Default5XX, 502, "InternalServerErrorException", "Internal server error", spacedForm, ""}
	badBase64          = &failure{Default5XX, 500, "InternalServerErrorException", "Internal server error", spacedForm, ""}
	configurationError = &failure{APIConfigurationError, 500, "InternalServerErrorException", "Internal server error", spacedForm, ""}
	integrationTimeout = &failure{IntegrationTimeout, 504, "InternalServerErrorException", "Endpoint request timed out", spacedForm, ""}
)

// integrationFailure is the answer when Lambda did not take the call, also when it throttles: documented as 504, seen
// as 500, and never 429.
var integrationFailure = &failure{IntegrationFailure, throttleStatus, "InternalServerErrorException", "Internal server error", spacedForm, ""}

// throttleStatus is that status. Older reports say 502.
const throttleStatus = 500

// The failures of HTTP APIs.
var (
	httpNoRoute      = &failure{status: 404, message: "Not Found", form: plainForm}
	httpBadRequest   = &failure{status: 400, message: "Bad Request", form: plainForm} // inferred
	httpUnauthorized = &failure{status: 401, message: "Unauthorized", form: plainForm}
	httpForbidden    = &failure{status: 403, message: "Forbidden", form: plainForm}
	httpTooLarge     = &failure{status: 413, message: "Request Entity Too Large", form: plainForm}
	httpHeaders      = &failure{status: 431, message: "Request Header Fields Too Large", form: plainForm} // inferred
	httpThrottled    = &failure{status: 429, message: "Too Many Requests", form: plainForm}               // inferred
	httpFailed       = &failure{status: 500, message: "Internal Server Error", form: plainForm}
	httpUnavailable  = &failure{status: 503, message: "Service Unavailable", form: plainForm}
)
