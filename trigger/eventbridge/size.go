package eventbridge

import "github.com/aws/aws-lambda-go/events"

// The bounds of a PutEvents.
const (
	maxEntries = 10
	// maxPutEvents bounds all entries of a request together, in bytes: 1 MB.
	maxPutEvents = 1 << 20
)

// entrySize counts an entry as EventBridge does: 14 bytes for a time that is given, and the UTF-8 bytes of source,
// detail type, detail and resources.
func entrySize(e *events.EventBridgeEvent) int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if !e.Time.IsZero() {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}
