package sns

// Error is a refusal in SNS's words. It matches the package's sentinels by Code: errors.Is(err, sns.ErrInvalidParameter).
type Error struct {
	Code    string // such as InvalidParameter
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

// HTTPStatus is the status of the answer.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode is the Code, for the traces of others.
func (e *Error) ErrorCode() string { return e.Code }

// The errors of a topic.
var (
	// ErrInvalidParameter: a parameter is refused; the text says which.
	ErrInvalidParameter = &Error{Code: "InvalidParameter", Status: 400}
	// ErrParameterValueInvalid: a message attribute is refused.
	ErrParameterValueInvalid = &Error{Code: "ParameterValueInvalid", Status: 400}
	// ErrNotFound: there is no such subscription.
	ErrNotFound = &Error{Code: "NotFound", Status: 404}
	// ErrNotModelled: what SNS has and this package has not, by name.
	ErrNotModelled = &Error{Code: "NotModelled", Status: 501}
)

// because makes an error of a sentinel's kind with a text.
func (e *Error) because(text string) *Error {
	return &Error{Code: e.Code, Status: e.Status, Message: text}
}

// invalid is SNS's usual refusal of a parameter.
func invalid(text string) *Error { return ErrInvalidParameter.because("Invalid parameter: " + text) }
