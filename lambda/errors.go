package lambda

import "time"

// Error is a failure of Lambda's API: the call was refused, or the service failed. A function's own failure is no
// such error but a [FunctionError].
//
// It is matched by kind with errors.Is and one of the Err… values, and read with errors.As. An Error is not changed
// after it is made and may be shared.
type Error struct {
	// Code is the exception's name, which travels in the header x-amzn-ErrorType.
	Code string
	// StatusCode is the HTTP status; 0 stands for the one that belongs to Code.
	StatusCode int
	// Message is AWS's text.
	Message string
	// Reason says which limit a TooManyRequestsException met; "" for other errors.
	Reason string
	// Type is "User" or "Service", or "" where AWS leaves the member out.
	Type string
	// RetryAfter is how long to wait before trying again, sent in whole seconds; 0 for no such hint.
	RetryAfter time.Duration
}

// NewError makes the error with that exception name, with the HTTP status and Type that belong to it. An exception
// that Lambda does not have counts as a client's mistake: 400, "User".
func NewError(code, message string) *Error {
	x := lookupException(code)
	return &Error{Code: code, StatusCode: x.status, Message: message, Type: x.errorType()}
}

// Error gives the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return "lambda: " + e.Code
	}
	return "lambda: " + e.Code + ": " + e.Message
}

// Is reports whether target is the Err… value of e's code.
func (e *Error) Is(target error) bool {
	kind, ok := target.(kind)
	return ok && string(kind) == e.Code
}

// kind is an exception's name as a value for errors.Is.
type kind string

// Error gives the name.
func (k kind) Error() string { return "lambda: " + string(k) }

// The exceptions that this library answers with, and some that its embedders may need, for errors.Is:
// errors.Is(err, lambda.ErrTooManyRequests). Others are told apart by [Error].Code.
var (
	// ErrAccessDenied (403): the caller may not do that.
	ErrAccessDenied error = kind("AccessDeniedException")
	// ErrCodeSigningConfigNotFound (404).
	ErrCodeSigningConfigNotFound error = kind("CodeSigningConfigNotFoundException")
	// ErrCodeStorageExceeded (400): the account's code storage is full.
	ErrCodeStorageExceeded error = kind("CodeStorageExceededException")
	// ErrCodeVerificationFailed (400): code signing refused the package.
	ErrCodeVerificationFailed error = kind("CodeVerificationFailedException")
	// ErrInvalidCodeSignature (400).
	ErrInvalidCodeSignature error = kind("InvalidCodeSignatureException")
	// ErrInvalidParameterValue (400): a parameter is refused for what it means.
	ErrInvalidParameterValue error = kind("InvalidParameterValueException")
	// ErrInvalidRequestContent (400): the payload is not JSON.
	ErrInvalidRequestContent error = kind("InvalidRequestContentException")
	// ErrPolicyLengthExceeded (400): a resource policy grew over 20 KB.
	ErrPolicyLengthExceeded error = kind("PolicyLengthExceededException")
	// ErrPreconditionFailed (412): the revision id is not the latest.
	ErrPreconditionFailed error = kind("PreconditionFailedException")
	// ErrProvisionedConcurrencyConfigNotFound (404).
	ErrProvisionedConcurrencyConfigNotFound error = kind("ProvisionedConcurrencyConfigNotFoundException")
	// ErrRecursiveInvocation (400): loop detection stopped the chain.
	ErrRecursiveInvocation error = kind("RecursiveInvocationException")
	// ErrRequestEntityTooLarge (413): what AWS answers to a request that is too big, though its model names
	// [ErrRequestTooLarge].
	ErrRequestEntityTooLarge error = kind("RequestEntityTooLargeException")
	// ErrRequestTooLarge (413): modelled, not seen.
	ErrRequestTooLarge error = kind("RequestTooLargeException")
	// ErrResourceConflict (409): it exists already, or its state does not allow that now.
	ErrResourceConflict error = kind("ResourceConflictException")
	// ErrResourceInUse (400).
	ErrResourceInUse error = kind("ResourceInUseException")
	// ErrResourceNotFound (404): no such function, version, alias or config.
	ErrResourceNotFound error = kind("ResourceNotFoundException")
	// ErrResourceNotReady (502): the function is inactive.
	ErrResourceNotReady error = kind("ResourceNotReadyException")
	// ErrService (500): the service failed.
	ErrService error = kind("ServiceException")
	// ErrTooManyRequests (429): throttled; the [Error]'s Reason says by which limit.
	ErrTooManyRequests error = kind("TooManyRequestsException")
	// ErrUnsupportedMediaType (415): the body is not JSON by its content type.
	ErrUnsupportedMediaType error = kind("UnsupportedMediaTypeException")
	// ErrValidation (400): a parameter is refused for its form.
	ErrValidation error = kind("ValidationException")
)
