package kinesis

import (
	"fmt"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// Error is a refusal of the Kinesis API, with status 400 on the wire. errors.Is matches it with the Err value of its
// code.
type Error struct {
	Code    string // such as InvalidArgumentException
	Message string // the service's text
}

// Error is the code and the message.
func (e *Error) Error() string { return "kinesis: " + e.Code + ": " + e.Message }

// Is reports whether target is the Err value of e's code.
func (e *Error) Is(target error) bool {
	k, ok := target.(kind)
	return ok && string(k) == e.Code
}

// kind is an error's code as a value for errors.Is.
type kind string

// Error gives the code.
func (k kind) Error() string { return "kinesis: " + string(k) }

// The kinds of an [*Error], for errors.Is.
const (
	ErrInvalidArgument               kind = "InvalidArgumentException"               // a value out of place: a hash key, a position, a shard that is closed
	ErrLimitExceeded                 kind = "LimitExceededException"                 // too many consumers
	ErrProvisionedThroughputExceeded kind = "ProvisionedThroughputExceededException" // beyond a shard's write limit
	ErrResourceInUse                 kind = "ResourceInUseException"                 // a consumer's name that is taken
	ErrResourceNotFound              kind = "ResourceNotFoundException"              // no such shard
	ErrSerialization                 kind = "SerializationException"                 // text that is not UTF-8
	ErrValidation                    kind = "ValidationException"                    // a value that breaks the API's model
)

// because is an error of that kind.
func (k kind) because(format string, args ...any) error {
	return &Error{Code: string(k), Message: fmt.Sprintf(format, args...)}
}

// invalid is the refusal for what a check found, or nil.
func invalid(f *validation.Findings) error {
	if f.Len() == 0 {
		return nil
	}
	return ErrValidation.because("%s", f.Text())
}
