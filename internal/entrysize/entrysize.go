// Package entrysize is how EventBridge counts what PutEvents is given. Who puts entries and who takes them go by it alike.
package entrysize

import "github.com/aws/aws-lambda-go/events"

const (
	// Max bounds all entries of a request together, in bytes: 1 MB.
	Max = 1 << 20
	// TooLarge is the ValidationException's message for more.
	TooLarge = "Total size of the entries in the request is over the limit."
)

// Of is what an entry counts, in bytes: 14 for a time that is given, and the UTF-8 bytes of source, detail type, detail
// and resources.
func Of(e *events.EventBridgeEvent) int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if !e.Time.IsZero() {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}
