package s3

import "strconv"

// Error is a refusal in S3's words. It matches the package's sentinels by Code: errors.Is(err, s3.ErrNoSuchKey).
type Error struct {
	Code    string // such as NoSuchKey
	Status  int    // HTTP
	Message string
	// Arguments are the ArgumentName and ArgumentValue members of an InvalidArgument, numbered where S3 numbers them.
	Arguments []Argument
}

// Argument is what an InvalidArgument is about.
type Argument struct{ Name, Value string }

// Error gives the code, the message and the arguments.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	for i, a := range e.Arguments {
		s += " (" + strconv.Itoa(i+1) + ": " + a.Name + ": " + a.Value + ")"
	}
	return s
}

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// HTTPStatus is the status of the answer.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode is the Code, for the traces of others.
func (e *Error) ErrorCode() string { return e.Code }

// The errors of a bucket.
var (
	// ErrNoSuchKey: there is no such object, or the latest version is a delete marker.
	ErrNoSuchKey = &Error{Code: "NoSuchKey", Status: 404}
	// ErrNoSuchVersion: the object has no such version.
	ErrNoSuchVersion = &Error{Code: "NoSuchVersion", Status: 404}
	// ErrNoSuchUpload: the multipart upload does not exist, was completed or was aborted.
	ErrNoSuchUpload = &Error{Code: "NoSuchUpload", Status: 404}
	// ErrMethodNotAllowed: the version is a delete marker.
	ErrMethodNotAllowed = &Error{Code: "MethodNotAllowed", Status: 405}
	// ErrInvalidBucketName: S3 takes no bucket of that name.
	ErrInvalidBucketName = &Error{Code: "InvalidBucketName", Status: 400}
	// ErrInvalidArgument: a parameter is refused, by name and value.
	ErrInvalidArgument = &Error{Code: "InvalidArgument", Status: 400}
	// ErrInvalidTag: a tag is out of S3's bounds.
	ErrInvalidTag = &Error{Code: "InvalidTag", Status: 400}
	// ErrInvalidPart: a part that the upload does not have.
	ErrInvalidPart = &Error{Code: "InvalidPart", Status: 400}
	// ErrInvalidPartOrder: the parts are not in ascending order.
	ErrInvalidPartOrder = &Error{Code: "InvalidPartOrder", Status: 400}
	// ErrEntityTooSmall: a part that is not the last has less than 5 MB.
	ErrEntityTooSmall = &Error{Code: "EntityTooSmall", Status: 400}
	// ErrEntityTooLarge: the object, or the whole bucket, would be larger than the Options allow.
	ErrEntityTooLarge = &Error{Code: "EntityTooLarge", Status: 400}
	// ErrInvalidObjectState: the object is archived and not restored, or to be restored and not archived.
	ErrInvalidObjectState = &Error{Code: "InvalidObjectState", Status: 403}
	// ErrInvalidRequest: a request that makes no sense, such as a copy of an object onto itself that changes nothing.
	ErrInvalidRequest = &Error{Code: "InvalidRequest", Status: 400}
	// ErrRestoreAlreadyInProgress: the object is being restored.
	ErrRestoreAlreadyInProgress = &Error{Code: "RestoreAlreadyInProgress", Status: 409}
	// ErrKeyTooLong: a key of more than 1,024 bytes.
	ErrKeyTooLong = &Error{Code: "KeyTooLongError", Status: 400}
	// ErrNotImplemented: what is not modelled, by name.
	ErrNotImplemented = &Error{Code: "NotImplemented", Status: 501}
)

// because makes an error of a sentinel's kind with a text and arguments.
func (e *Error) because(text string, arguments ...Argument) *Error {
	return &Error{Code: e.Code, Status: e.Status, Message: text, Arguments: arguments}
}

// invalidArgument is S3's usual refusal of one parameter.
func invalidArgument(text, name, value string) *Error {
	return ErrInvalidArgument.because(text, Argument{name, value})
}
