package sqs

// Error is a refusal in SQS's words. It matches the package's sentinels by Code: errors.Is(err, sqs.ErrInvalidParameterValue).
type Error struct {
	Code    string // such as InvalidParameterValue
	Status  int    // HTTP
	Message string
}

// Error gives the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// HTTPStatus is the status of the answer, by which senders tell what is their own fault.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode is the Code, for the traces of senders.
func (e *Error) ErrorCode() string { return e.Code }

// The errors of a queue. Those that SQS answers have its code, its status and, outside these variables, its text.
var (
	// ErrInvalidParameterValue is a parameter out of its bounds, a message too long, or a receipt handle that is of no
	// use any more.
	ErrInvalidParameterValue = &Error{Code: "InvalidParameterValue", Status: 400}
	// ErrInvalidAttributeValue is a queue attribute out of its bounds.
	ErrInvalidAttributeValue = &Error{Code: "InvalidAttributeValue", Status: 400}
	// ErrInvalidAttributeName is a queue or system attribute that does not exist for this kind of queue.
	ErrInvalidAttributeName = &Error{Code: "InvalidAttributeName", Status: 400}
	// ErrMissingParameter is a required parameter that is not there, such as the body.
	ErrMissingParameter = &Error{Code: "MissingParameter", Status: 400}
	// ErrInvalidMessageContents is a body with characters that SQS does not take.
	ErrInvalidMessageContents = &Error{Code: "InvalidMessageContents", Status: 400}
	// ErrReceiptHandleIsInvalid is a receipt handle that this queue never gave out.
	ErrReceiptHandleIsInvalid = &Error{Code: "ReceiptHandleIsInvalid", Status: 404}
	// ErrMessageNotInflight is a change of the visibility of a message that is not in flight.
	ErrMessageNotInflight = &Error{Code: "AWS.SimpleQueueService.MessageNotInflight", Status: 400}
	// ErrPurgeQueueInProgress is a second purge within 60 seconds.
	ErrPurgeQueueInProgress = &Error{Code: "AWS.SimpleQueueService.PurgeQueueInProgress", Status: 403}
	// ErrOverLimit is a receive without waiting at 120,000 messages in flight.
	ErrOverLimit = &Error{Code: "OverLimit", Status: 403}
)

// because makes an error of a sentinel's kind with SQS's text.
func (e *Error) because(text string) *Error {
	return &Error{Code: e.Code, Status: e.Status, Message: text}
}

// invalidValue is SQS's usual text about one parameter.
func invalidValue(value, parameter, reason string) *Error {
	return ErrInvalidParameterValue.because("Value " + value + " for parameter " + parameter + " is invalid. Reason: " + reason)
}
