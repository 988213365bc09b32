package lambda

import (
	"encoding/json"
	"strings"
)

// Unhandled is the only value that Lambda gives to a failed invocation's header X-Amz-Function-Error.
const Unhandled = "Unhandled"

// FunctionError is what a failed run of a function gives its caller in place of a result: a handler's error or panic,
// or what the platform says of a timeout or exit. It is no failure of the API: the call was answered with 200.
type FunctionError struct {
	// Type is errorType: a Go type's bare name, or the platform's, such as Sandbox.Timedout.
	Type string
	// Message is errorMessage.
	Message string
	// StackTrace is the function's stack, innermost call first, if the runtime sent one.
	StackTrace []StackFrame
	// Payload is the whole payload as the caller got it.
	Payload []byte
}

// Error gives the type and the message.
func (e *FunctionError) Error() string {
	switch {
	case e.Type == "":
		return "lambda: function error: " + e.Message
	case e.Message == "":
		return "lambda: function error: " + e.Type
	}
	return "lambda: function error: " + e.Type + ": " + e.Message
}

// StackFrame is one call of a [FunctionError]'s stack.
type StackFrame struct {
	Path  string `json:"path"`
	Line  int32  `json:"line"`
	Label string `json:"label"` // the function; of a runtime that sends plain text, the whole line
}

// ParseFunctionError reads the payload of a failed invocation. Runtimes agree on errorMessage and errorType only; the
// stack is an array of objects from Go, of texts from Python (stackTrace) and Node.js (trace). Whatever is missing or
// of another form is left empty, and a payload that is no JSON object becomes the Message. The result keeps payload.
func ParseFunctionError(payload []byte) *FunctionError {
	e := &FunctionError{Payload: payload}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil || members == nil {
		e.Message = string(payload)
		return e
	}
	e.Type = stringMember(members, "errorType")
	e.Message = stringMember(members, "errorMessage")
	stack, ok := members["stackTrace"]
	if !ok {
		stack = members["trace"]
	}
	e.StackTrace = parseStack(stack)
	return e
}

// stringMember is the member's text, or "" if it is something else.
func stringMember(members map[string]json.RawMessage, name string) string {
	var s string
	if json.Unmarshal(members[name], &s) != nil {
		return ""
	}
	return s
}

// parseStack reads frames of either form and passes over what is neither.
func parseStack(raw json.RawMessage) []StackFrame {
	var frames []json.RawMessage
	if json.Unmarshal(raw, &frames) != nil {
		return nil
	}
	var stack []StackFrame
	for _, raw := range frames {
		var frame StackFrame
		if json.Unmarshal(raw, &frame) != nil {
			frame = StackFrame{}
			if json.Unmarshal(raw, &frame.Label) != nil {
				continue
			}
		}
		stack = append(stack, frame)
	}
	return stack
}

// TelemetryErrorType is the error type that logs and telemetry show for one that a runtime sent: itself if it is of
// the form Runtime.Xxx or Function.Xxx, else Function.Unknown or Runtime.Unknown by its prefix. The payload that the
// caller gets is not changed by this.
func TelemetryErrorType(sent string) string {
	if name, ok := strings.CutPrefix(sent, "Function."); ok {
		if isErrorName(name) {
			return sent
		}
		return "Function.Unknown"
	}
	if name, ok := strings.CutPrefix(sent, "Runtime."); ok && isErrorName(name) {
		return sent
	}
	return "Runtime.Unknown"
}

// isErrorName matches [A-Z][a-zA-Z]+.
func isErrorName(s string) bool {
	return len(s) >= 2 && classes[s[0]] == upper && isAll(s[1:], upper|lower)
}
