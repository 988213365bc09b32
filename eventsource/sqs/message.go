package sqs

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"
)

// Message is a message as a function sees it, which is also how [Queue.SendMessage] takes one and
// [Queue.ReceiveMessages] gives one.
type Message = events.SQSMessage

// MessageAttribute is one of a message's own attributes: DataType is String, Number or Binary, with an optional custom
// label behind a dot, and StringValue or BinaryValue is set.
type MessageAttribute = events.SQSMessageAttribute

// senderID is the SenderId of every message: the queue knows no principals.
const senderID = "AIDAIENQZJOLO23YVJ4VO"

// content is what was sent. It never changes, and goes along when a message moves to a dead-letter queue.
type content struct {
	id       string
	body     string
	plain    bool // body needs no escapes in JSON
	md5Body  string
	attrJSON string // the message attributes as they stand in a record
	md5Attr  string // "" without attributes
	groupID  string
	dedupID  string
	trace    string
}

// newContent copies what m holds.
func newContent(m Message) *content {
	sum := md5.Sum([]byte(m.Body))
	c := &content{
		body: m.Body, plain: plainJSON(m.Body), md5Body: hex.EncodeToString(sum[:]), attrJSON: "{}",
		groupID: m.Attributes["MessageGroupId"], dedupID: m.Attributes["MessageDeduplicationId"], trace: m.Attributes["AWSTraceHeader"],
	}
	if len(m.MessageAttributes) > 0 {
		c.md5Attr = md5OfAttributes(m.MessageAttributes)
		c.attrJSON = string(appendAttributes(nil, m.MessageAttributes))
	}
	return c
}

// message returns a received message as a function decodes it.
func (q *Queue) message(d *delivery) Message {
	var m Message
	w := recordWriter{tail: q.tail}
	rec, _ := w.append(nil, d, string(appendReceipt(nil, q.receipt(d))))
	if err := json.Unmarshal(rec, &m); err != nil {
		panic("sqs: own record: " + err.Error())
	}
	return m
}

func (q *Queue) receipt(d *delivery) receipt { return receipt{q.ids, d.slot, d.lease} }
