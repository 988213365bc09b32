package lambda

import (
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// The error types of failures that the platform reports itself.
const (
	ErrorTypeTimedout             = "Sandbox.Timedout"
	ErrorTypeExit                 = "Runtime.ExitError"
	ErrorTypeOutOfMemory          = "Runtime.OutOfMemory"
	ErrorTypeResponseSizeTooLarge = "Function.ResponseSizeTooLarge"
	ErrorTypeInvalidEntrypoint    = "Runtime.InvalidEntrypoint"
	ErrorTypeExtensionCrash       = "Extension.Crash"
	ErrorTypeExtensionInit        = "Extension.InitError"
	ErrorTypeExtensionExit        = "Extension.ExitError"
	ErrorTypeExtensionLaunch      = "Extension.LaunchError"
)

// The payloads that callers get when the platform, not the function, has the last word. Each call makes a new slice
// that the caller owns. A request id of "" is left out of the message, as it is before the first invocation.

// TimeoutPayload is for a run that reached the function's timeout.
func TimeoutPayload(requestID string, timeout time.Duration) []byte {
	return platformPayload(ErrorTypeTimedout, requestID, "Task timed out after "+seconds(timeout)+" seconds")
}

// ExitPayload is for a process that ended with that status in the handler or its init. Of status 0, which says
// nothing, Lambda says that there was no reason.
func ExitPayload(requestID string, status int) []byte {
	if status == 0 {
		return platformPayload(ErrorTypeExit, requestID, "Runtime exited without providing a reason")
	}
	return platformPayload(ErrorTypeExit, requestID,
		"Runtime exited with error: exit status "+strconv.Itoa(status))
}

// SignalPayload is for a process that a signal ended. signal is its name, such as segmentation fault.
func SignalPayload(requestID, signal string) []byte {
	return platformPayload(ErrorTypeExit, requestID, "Runtime exited with error: signal: "+signal)
}

// OutOfMemoryPayload is for a process that was killed because it used more memory than configured.
func OutOfMemoryPayload(requestID string) []byte {
	return platformPayload(outOfMemoryType, requestID, "Runtime exited with error: signal: killed")
}

// outOfMemoryType is the errorType in the payload after running out of memory. Recordings show it in REPORT and
// telemetry only; that the payload says the same is an assumption.
const outOfMemoryType = ErrorTypeOutOfMemory

// InvalidEntrypointPayload is for a custom runtime without an executable at any of the paths.
func InvalidEntrypointPayload(requestID string) []byte {
	return platformPayload(ErrorTypeInvalidEntrypoint, requestID,
		"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
}

// ExtensionPayload is for an extension that ended with that status. errorType is one of the ErrorTypeExtension
// constants.
func ExtensionPayload(errorType, requestID string, status int) []byte {
	if status == 0 {
		return platformPayload(errorType, requestID, "exit code 0")
	}
	return platformPayload(errorType, requestID, "exit status "+strconv.Itoa(status))
}

// ResponseTooLargePayload is for a buffered response of more than [MaxResponsePayload] bytes. The environment lives on.
func ResponseTooLargePayload() []byte { return responseTooLarge(MaxResponsePayload) }

// StreamTooLargePayload is for a streamed response of more than [MaxStreamedResponse] bytes. That its text is the
// buffered one's with the other limit is an assumption.
func StreamTooLargePayload() []byte { return responseTooLarge(MaxStreamedResponse) }

func responseTooLarge(limit int64) []byte {
	b := []byte(`{"errorMessage":"Response payload size exceeded maximum allowed payload size (`)
	b = strconv.AppendInt(b, limit, 10)
	return append(b, ` bytes).","errorType":"`+ErrorTypeResponseSizeTooLarge+`"}`...)
}

// platformPayload is the JSON of a platform error, the type first.
func platformPayload(errorType, requestID, text string) []byte {
	b := make([]byte, 0, 96+len(errorType)+len(requestID)+len(text))
	b = append(b, `{"errorType":`...)
	b = jsontext.AppendString(b, errorType)
	b = append(b, `,"errorMessage":`...)
	return append(jsontext.AppendString(b, platformMessage(requestID, text)), '}')
}

// platformMessage is the message of a platform error.
func platformMessage(requestID, text string) string {
	if requestID == "" {
		return "Error: " + text
	}
	return "RequestId: " + requestID + " Error: " + text
}

// seconds is d in seconds with two decimals.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 2, 64)
}
