package eventsource

import (
	"encoding/json"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/batch"
)

// appendEvent appends the event of a batch: {"Records":[…]}.
func appendEvent(b []byte, records []Record) []byte {
	return append(appendRecords(b, records), '}')
}

func appendRecords(b []byte, records []Record) []byte {
	b = append(b, `{"Records":[`...)
	for i := range records {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, records[i].JSON...)
	}
	return append(b, ']')
}

// appendWindowEvent appends the event of a batch that belongs to a tumbling window.
func appendWindowEvent(b []byte, records []Record, w *batch.Window, shard, arn string) []byte {
	b = appendRecords(b, records)
	span := destinations.NewWindow(w.Start, w.End)
	b = appendMember(b, `,"window":{"start":`, span.Start)
	b = appendMember(b, `,"end":`, span.End)
	b = append(b, `},"state":`...)
	b = append(b, w.State...)
	b = appendMember(b, `,"shardId":`, shard)
	b = appendMember(b, `,"eventSourceARN":`, arn)
	b = appendFlag(b, `,"isFinalInvokeForWindow":`, w.Final)
	b = appendFlag(b, `,"isWindowTerminatedEarly":`, w.Early)
	return append(b, '}')
}

func appendMember(b []byte, key, value string) []byte {
	quoted, _ := json.Marshal(value) // a string always marshals
	return append(append(b, key...), quoted...)
}

func appendFlag(b []byte, key string, value bool) []byte {
	b = append(b, key...)
	if value {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}

// emptyEvent is how many bytes an event has without its records.
var emptyEvent = len(appendEvent(nil, nil))

// emptyWindowEvent is how many bytes an event of a tumbling window has without its records and its state.
func emptyWindowEvent(shard, arn string) int {
	w := batch.Window{Start: time.Unix(0, 0), End: time.Unix(0, 0)}
	return len(appendWindowEvent(nil, nil, &w, shard, arn))
}

// recordFields says where the rules find what they look at in a Record.
var recordFields = batch.Fields[Record]{
	ID:      func(r *Record) string { return r.ID },
	Size:    func(r *Record) int { return len(r.JSON) },
	Arrival: func(r *Record) time.Time { return r.Arrival },
	Key:     func(r *Record) string { return r.Group },
	Expires: func(r *Record) time.Time { return r.Expires },
}
