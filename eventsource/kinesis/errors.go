package kinesis

import (
	"fmt"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// Error is a refusal of the Kinesis API. It is matched by code with errors.Is and the Err variables of this package.
type Error struct {
	Code    string // such as InvalidArgumentException
	Message string // the service's text
}

// Error is the code and the message.
func (e *Error) Error() string { return "kinesis: " + e.Code + ": " + e.Message }

// Is reports whether target is the Err variable of e's code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Message == "" && t.Code == e.Code
}

// The refusals, for errors.Is.
var (
	ErrInvalidArgument               error = &Error{Code: "InvalidArgumentException"}
	ErrLimitExceeded                 error = &Error{Code: "LimitExceededException"}
	ErrProvisionedThroughputExceeded error = &Error{Code: "ProvisionedThroughputExceededException"}
	ErrResourceInUse                 error = &Error{Code: "ResourceInUseException"}
	ErrResourceNotFound              error = &Error{Code: "ResourceNotFoundException"}
	ErrSerialization                 error = &Error{Code: "SerializationException"}
	ErrValidation                    error = &Error{Code: "ValidationException"}
)

func invalidArgument(format string, args ...any) error {
	return &Error{"InvalidArgumentException", fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &Error{"ResourceNotFoundException", fmt.Sprintf(format, args...)}
}

// invalid is the refusal for what a check found, or nil.
func invalid(f *validation.Findings) error {
	if f.Len() == 0 {
		return nil
	}
	return &Error{"ValidationException", f.Text()}
}
