package push

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/uuid"
)

// maxLogBatch is how many bytes of messages go into one call, with eventOverhead for each: few enough that the event fits
// into the 1 MB of an asynchronous invocation even if nothing compresses. AWS's figure is not known; that an event counts
// 26 bytes beyond its message is the rule of PutLogEvents.
const (
	maxLogBatch   = 600 << 10
	eventOverhead = 26
)

// logEvent is a log event with its id.
type logEvent struct {
	id        string
	timestamp int64 // ms
	message   string
}

// logEventID is an id of 56 digits, ascending with time and then with the number of the event.
func logEventID(seed, number uint64, timestamp int64) string {
	bits, _ := uuid.Bits(seed, number, "log event")
	return fmt.Sprintf("3%015d%020d%020d", max(timestamp, 0), number, bits)
}

// batches splits events by their size.
func batches(events []logEvent) [][]logEvent {
	var all [][]logEvent
	size := 0
	for i, e := range events {
		own := len(e.message) + eventOverhead
		if size += own; i == 0 || size > maxLogBatch {
			all = append(all, nil)
			size = own
		}
		last := len(all) - 1
		all[last] = append(all[last], e)
	}
	return all
}

// logsMessage is the document inside the event.
func logsMessage(messageType, owner, group, stream string, filters []string, events []logEvent) []byte {
	o := &object{}
	o.text("messageType", messageType).text("owner", owner).text("logGroup", group).text("logStream", stream)
	o.texts("subscriptionFilters", filters)
	o.key("logEvents")
	o.b = append(o.b, '[')
	for i, e := range events {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = fmt.Appendf(o.b, `{"id":"%s","timestamp":%d,"message":`, e.id, e.timestamp)
		o.b = append(jsontext.AppendString(o.b, e.message), '}')
	}
	o.b = append(o.b, ']')
	return o.end()
}

// logsPayload is the event: the document compressed, in Base64.
func logsPayload(document []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(document) // a bytes.Buffer takes everything
	_ = z.Close()
	payload := []byte(`{"awslogs":{"data":"`)
	return append(base64.StdEncoding.AppendEncode(payload, b.Bytes()), `"}}`...)
}
