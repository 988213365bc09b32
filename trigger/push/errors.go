package push

// Error is a refusal or failure in the words of the service in question. It matches the package's sentinels by Code:
// errors.Is(err, push.ErrInvalidParameter).
type Error struct {
	Code    string // such as InvalidParameterException
	Status  int    // HTTP
	Message string

	cause error
}

// Error gives the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// HTTPStatus is the Status.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode is the Code, for the traces of others.
func (e *Error) ErrorCode() string { return e.Code }

// Unwrap is what Lambda said, nil if it is not Lambda's answer that the service passes on.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// The errors of the producers.
var (
	// ErrInvalidParameter is a parameter that the service refuses; of CloudWatch Logs also a function it may not call.
	ErrInvalidParameter = &Error{Code: "InvalidParameterException", Status: 400}
	// ErrLimitExceeded is a third subscription filter, or a bot whose function is throttled.
	ErrLimitExceeded = &Error{Code: "LimitExceededException", Status: 400}
	// ErrResourceNotFound is something that was not put before.
	ErrResourceNotFound = &Error{Code: "ResourceNotFoundException", Status: 400}
	// ErrAccessDenied is a service that may not call the function.
	ErrAccessDenied = &Error{Code: "AccessDeniedException", Status: 400}
	// ErrUserLambdaValidation is a Cognito trigger that failed.
	ErrUserLambdaValidation = &Error{Code: "UserLambdaValidationException", Status: 400}
	// ErrUnexpectedLambda is a Cognito trigger that Lambda refused to run, or that took too long.
	ErrUnexpectedLambda = &Error{Code: "UnexpectedLambdaException", Status: 400}
	// ErrInvalidLambdaResponse is a Cognito trigger that did not return its event.
	ErrInvalidLambdaResponse = &Error{Code: "InvalidLambdaResponseException", Status: 400}
	// ErrDependencyFailed is a bot whose function failed.
	ErrDependencyFailed = &Error{Code: "DependencyFailedException", Status: 424}
	// ErrInvalidResponse is a skill whose function failed or made no sense. The code is Alexa's.
	ErrInvalidResponse = &Error{Code: "INVALID_RESPONSE", Status: 502}
	// ErrCustomResource is a custom resource that failed. The code is that of the stack event.
	ErrCustomResource = &Error{Code: "NotStabilized", Status: 400}
	// ErrValidation is a template that CloudFormation refuses.
	ErrValidation = &Error{Code: "ValidationError", Status: 400}
)

// because makes an error of a sentinel's kind with its text.
func (e *Error) because(text string) *Error {
	return &Error{Code: e.Code, Status: e.Status, Message: text}
}

// over makes an error of a sentinel's kind that passes on another one.
func (e *Error) over(text string, cause error) *Error {
	return &Error{Code: e.Code, Status: e.Status, Message: text, cause: cause}
}
