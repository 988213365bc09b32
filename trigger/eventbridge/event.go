package eventbridge

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// event is one event on its way from a bus to targets. It does not change once it is made.
type event struct {
	id        string
	ingested  time.Time
	trace     string // the trace header, "" for none
	forwarded bool   // by another bus
	entry     events.EventBridgeEvent
	json      []byte // as targets get it
}

// newEvent makes an event of an entry that was found right. aws-lambda-go's type is not marshalled: it would write
// resources as null where EventBridge has [], fractions of a second, and escapes that EventBridge does not.
func newEvent(e events.EventBridgeEvent, ingested time.Time) *event {
	return &event{id: e.ID, ingested: ingested, entry: e, json: appendEvent(nil, &e)}
}

// appendEvent writes the event with EventBridge's keys in EventBridge's order.
func appendEvent(b []byte, e *events.EventBridgeEvent) []byte {
	text := func(key, value string) { b = jsontext.AppendString(append(b, key...), value) }
	text(`{"version":`, "0")
	text(`,"id":`, e.ID)
	text(`,"detail-type":`, e.DetailType)
	text(`,"source":`, e.Source)
	text(`,"account":`, e.AccountID)
	text(`,"time":`, stamp.Seconds(e.Time))
	text(`,"region":`, e.Region)
	b = append(b, `,"resources":[`...)
	for i, r := range e.Resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, r)
	}
	b = append(b, `],"detail":`...)
	b = append(b, e.Detail...)
	return append(b, '}')
}

// compact is a copy of a JSON object without the white space between its parts. That EventBridge removes it is an
// assumption. ok is false for what is no object in UTF-8.
func compact(text []byte) (object []byte, ok bool) {
	b := bytes.NewBuffer(make([]byte, 0, len(text)))
	if !utf8.Valid(text) || json.Compact(b, text) != nil {
		return nil, false
	}
	return b.Bytes(), b.Bytes()[0] == '{'
}
