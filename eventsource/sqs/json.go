package sqs

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// recordWriter writes messages as they stand in the Records of a function's event.
type recordWriter struct {
	tail        string // Queue.tail
	sent, first millis
}

// append appends d's record, and returns where in dst its body stands if that needed no escapes.
func (w *recordWriter) append(dst []byte, d *delivery, handle string) (rec []byte, bodyAt int) {
	dst = append(dst, `{"messageId":"`...)
	dst = append(dst, d.id...)
	dst = append(dst, `","receiptHandle":"`...)
	dst = append(dst, handle...)
	dst = append(dst, `","body":"`...)
	bodyAt = len(dst)
	if d.plain {
		dst = append(dst, d.body...)
	} else {
		dst = jsontext.AppendEscaped(dst, d.body)
	}
	dst = append(dst, `","attributes":{`...)
	dst = w.appendSystem(dst, d)
	dst = append(dst, `},"messageAttributes":`...)
	dst = append(dst, d.attrJSON...)
	if d.md5Attr != "" {
		dst = append(dst, `,"md5OfMessageAttributes":"`...)
		dst = append(dst, d.md5Attr...)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"md5OfBody":"`...)
	dst = append(dst, d.md5Body...)
	return append(dst, w.tail...), bodyAt
}

// appendSystem appends the members of the record's attributes.
func (w *recordWriter) appendSystem(dst []byte, d *delivery) []byte {
	if d.deadSource != "" {
		dst = append(dst, `"DeadLetterQueueSourceArn":"`...)
		dst = append(dst, d.deadSource...)
		dst = append(dst, `",`...)
	}
	dst = append(dst, `"ApproximateReceiveCount":"`...)
	dst = strconv.AppendInt(dst, int64(d.receives), 10)
	if d.trace != "" {
		dst = append(dst, `","AWSTraceHeader":"`...)
		dst = jsontext.AppendEscaped(dst, d.trace)
	}
	dst = append(dst, `","SentTimestamp":"`...)
	dst = w.sent.append(dst, d.sent)
	if d.groupID != "" {
		dst = append(dst, `","SequenceNumber":"`...)
		dst = appendSequence(dst, d.number)
		dst = append(dst, `","MessageGroupId":"`...)
		dst = jsontext.AppendEscaped(dst, d.groupID)
	}
	dst = append(dst, `","SenderId":"`+senderID...)
	if d.groupID != "" {
		dst = append(dst, `","MessageDeduplicationId":"`...)
		dst = jsontext.AppendEscaped(dst, d.dedupID)
	}
	dst = append(dst, `","ApproximateFirstReceiveTimestamp":"`...)
	dst = w.first.append(dst, d.first)
	return append(dst, '"')
}

// millis writes instants as milliseconds since 1970, and remembers the last one: those of a batch are mostly the same.
type millis struct {
	last   int64
	digits [20]byte
	n      int // digits there are, 0 before the first instant
}

func (c *millis) append(dst []byte, nanos int64) []byte {
	if ms := nanos / int64(time.Millisecond); ms != c.last || c.n == 0 {
		c.last, c.n = ms, len(strconv.AppendInt(c.digits[:0], ms, 10))
	}
	return append(dst, c.digits[:c.n]...)
}

// appendAttributes appends the record's messageAttributes, by name.
func appendAttributes(dst []byte, as map[string]MessageAttribute) []byte {
	dst = append(dst, '{')
	for i, name := range sortedNames(as) {
		a := as[name]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendEscaped(append(dst, '"'), name), `":{`...)
		if isBinary(a) {
			dst = append(dst, `"binaryValue":"`...)
			dst = base64.StdEncoding.AppendEncode(dst, a.BinaryValue)
		} else {
			dst = append(dst, `"stringValue":"`...)
			dst = jsontext.AppendEscaped(dst, *a.StringValue)
		}
		dst = append(dst, `","stringListValues":[],"binaryListValues":[],"dataType":"`...)
		dst = append(jsontext.AppendEscaped(dst, a.DataType), `"}`...)
	}
	return append(dst, '}')
}

// plainJSON reports whether s stands in a JSON string as it is.
func plainJSON(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.ValidString(s)
}

// recordSize is about what the record takes, without the queue's tail; and its body once more, if that stands in the
// record with escapes.
func (d *delivery) recordSize() int {
	n := 400 + len(d.body) + len(d.attrJSON) + len(d.trace) + len(d.deadSource) + len(d.groupID) + len(d.dedupID)
	if !d.plain {
		n += len(d.body) + len(d.body)/8
	}
	return n
}
