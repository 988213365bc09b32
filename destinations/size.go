package destinations

import (
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/internal/entrysize"
)

// The most that a target takes, in bytes. A bucket takes anything that Lambda can send.
const (
	maxSQSMessage  = 1 << 20
	maxSNSMessage  = 256 << 10
	maxLambdaEvent = 1 << 20
)

// size is what an attribute counts in a message: name, type and value.
func (a *Attribute) size() int { return len(a.Name) + len(a.DataType) + len(a.Value) }

func checkSQSSize(n int) error {
	if n <= maxSQSMessage {
		return nil
	}
	return &Error{Code: "InvalidParameterValue", Status: 400, Message: fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxSQSMessage)}
}

func checkSNSSize(n int) error {
	if n <= maxSNSMessage {
		return nil
	}
	return &Error{Code: "InvalidParameter", Status: 400, Message: "Invalid parameter: Message too long"}
}

func checkLambdaSize(n int) error {
	if n <= maxLambdaEvent {
		return nil
	}
	return &Error{Code: "RequestEntityTooLargeException", Status: 413, Message: fmt.Sprintf("%d byte payload is too large for the Event invocation type (limit %d bytes)", n, maxLambdaEvent)}
}

func checkEventBridgeSize(e events.EventBridgeEvent) error {
	if entrysize.Of(&e) <= entrysize.Max {
		return nil
	}
	return &Error{Code: "ValidationException", Status: 400, Message: entrysize.TooLarge}
}
