package dynamodb

import (
	"fmt"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// Error is a refusal of the DynamoDB API, with status 400 on the wire. errors.Is matches it with the Err value of its
// code.
type Error struct {
	Code    string // such as ValidationException
	Message string // the service's text
}

// Error is the code and the message.
func (e *Error) Error() string { return "dynamodb: " + e.Code + ": " + e.Message }

// Is reports whether target is the Err value of e's code.
func (e *Error) Is(target error) bool {
	k, ok := target.(kind)
	return ok && string(k) == e.Code
}

// kind is an error's code as a value for errors.Is.
type kind string

// Error gives the code.
func (k kind) Error() string { return "dynamodb: " + string(k) }

// The kinds of an [*Error], for errors.Is.
const (
	ErrResourceNotFound kind = "ResourceNotFoundException" // no such shard
	ErrSerialization    kind = "SerializationException"    // text that is not UTF-8
	ErrValidation       kind = "ValidationException"       // anything else that the service refuses
)

// because is an error of that kind.
func (k kind) because(format string, args ...any) error {
	return &Error{Code: string(k), Message: fmt.Sprintf(format, args...)}
}

// invalidParameter is DynamoDB's usual refusal of an item or key.
func invalidParameter(format string, args ...any) error {
	return ErrValidation.because("One or more parameter values were invalid: "+format, args...)
}

// invalid is the refusal for what a check found, or nil.
func invalid(f *validation.Findings) error {
	if f.Len() == 0 {
		return nil
	}
	return ErrValidation.because("%s", f.Text())
}
