package lambda

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/aws/aws-lambda-go/lambda/messages"
)

// ErrorPayload is what aws-lambda-go sends for an error that a handler returned: errorMessage, then errorType, which
// is the bare name of the error's Go type. A messages.InvokeResponse_Error is sent as it is. The caller owns the
// bytes. ErrorPayload panics if err's Error method does; that counts as the handler's panic.
func ErrorPayload(err error) []byte {
	if own, ok := err.(messages.InvokeResponse_Error); ok {
		return marshalError(&own)
	}
	return marshalError(&messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)})
}

// ErrorExits reports whether the process ends after a handler returned err: only a messages.InvokeResponse_Error can
// ask for that.
func ErrorExits(err error) bool {
	own, ok := err.(messages.InvokeResponse_Error)
	return ok && own.ShouldExit
}

// PanicPayload is what aws-lambda-go sends for a panic with value: the value's text and type as for an error, and the
// stack. pcs is that of runtime.Callers, of which the first 32 frames are taken. A messages.InvokeResponse_Error is
// sent as it is. The caller owns the bytes.
func PanicPayload(value any, pcs []uintptr) []byte {
	if own, ok := value.(messages.InvokeResponse_Error); ok {
		return marshalError(&own)
	}
	return marshalError(&messages.InvokeResponse_Error{
		Message:    fmt.Sprintf("%v", value),
		Type:       typeName(value),
		StackTrace: stackFrames(pcs),
	})
}

// PanicExits reports whether the process ends after a panic with value. Any does, but a messages.InvokeResponse_Error
// that does not ask for it.
func PanicExits(value any) bool {
	own, ok := value.(messages.InvokeResponse_Error)
	return !ok || own.ShouldExit
}

// marshalError is e as JSON, with the escapes of encoding/json, which the library uses too. Texts and numbers are all
// there is in it, so it cannot fail, and the library's Runtime.SerializationError for that case never shows.
func marshalError(e *messages.InvokeResponse_Error) []byte {
	b, _ := json.Marshal(e)
	return b
}

// typeName is the bare name of x's type, or of what it points to; "" for a type without one.
func typeName(x any) string {
	t := reflect.TypeOf(x)
	switch {
	case t == nil:
		return ""
	case t.Kind() == reflect.Pointer:
		return t.Elem().Name()
	}
	return t.Name()
}

// maxStackFrames is how many frames of a panic's stack are sent.
const maxStackFrames = 32

func stackFrames(pcs []uintptr) []*messages.InvokeResponse_Error_StackFrame {
	if len(pcs) == 0 {
		return nil
	}
	var stack []*messages.InvokeResponse_Error_StackFrame
	frames := runtime.CallersFrames(pcs)
	for more := true; more && len(stack) < maxStackFrames; {
		var frame runtime.Frame
		frame, more = frames.Next()
		stack = append(stack, stackFrame(frame.File, frame.Line, frame.Function))
	}
	return stack
}

// stackFrame shortens a frame: the label loses its package, and the path all directories above the package's import
// path, which the label tells the length of.
//
//	/home/u/src/example.com/app/handler.go, example.com/app.Handle  →  example.com/app/handler.go, Handle
func stackFrame(path string, line int, label string) *messages.InvokeResponse_Error_StackFrame {
	keep := strings.Count(label, "/") + 2 // the import path's elements and the file
	start := len(path)
	for ; keep > 0 && start >= 0; keep-- {
		start = strings.LastIndexByte(path[:start], '/')
	}
	label = label[strings.LastIndexByte(label, '/')+1:]
	label = label[strings.IndexByte(label, '.')+1:]
	return &messages.InvokeResponse_Error_StackFrame{Path: path[start+1:], Line: int32(line), Label: label}
}
