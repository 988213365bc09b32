package eventbridge

// Error is a refusal in EventBridge's words. It matches the package's sentinels by Code: errors.Is(err,
// eventbridge.ErrValidation).
type Error struct {
	Code    string // such as ValidationException
	Status  int    // HTTP
	Message string
}

// Error gives the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// HTTPStatus is the Status: what tells other services whose fault it is.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode is the Code, for the traces of others.
func (e *Error) ErrorCode() string { return e.Code }

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// The errors of buses and schedulers.
var (
	// ErrValidation is a parameter that is missing or out of its bounds.
	ErrValidation = &Error{Code: "ValidationException", Status: 400}
	// ErrInvalidEventPattern is an event pattern that does not compile.
	ErrInvalidEventPattern = &Error{Code: "InvalidEventPatternException", Status: 400}
	// ErrResourceNotFound is a rule, schedule or schedule group that is not there.
	ErrResourceNotFound = &Error{Code: "ResourceNotFoundException", Status: 400}
	// ErrLimitExceeded is a sixth target of a rule.
	ErrLimitExceeded = &Error{Code: "LimitExceededException", Status: 400}
	// ErrConflict is a schedule or group that exists already.
	ErrConflict = &Error{Code: "ConflictException", Status: 409}
	// ErrInvalidArgument is an entry of PutEvents without one of its required members.
	ErrInvalidArgument = &Error{Code: "InvalidArgument", Status: 400}
	// ErrMalformedDetail is an entry of PutEvents whose detail is no JSON object.
	ErrMalformedDetail = &Error{Code: "MalformedDetail", Status: 400}
	// ErrNotAuthorizedForSource is an entry that claims to come from an AWS service.
	ErrNotAuthorizedForSource = &Error{Code: "NotAuthorizedForSourceException", Status: 400}
	// ErrThirdBus is an event that would go on from the second bus to a third: EventBridge forwards once. The code is
	// this library's.
	ErrThirdBus = &Error{Code: "ThirdBusHopDetected", Status: 400}
)

// because makes an error of a sentinel's kind with its text.
func (e *Error) because(text string) *Error {
	return &Error{Code: e.Code, Status: e.Status, Message: text}
}
