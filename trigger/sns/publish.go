package sns

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
)

// MaxMessage is how many bytes a message may have, its attributes included.
const MaxMessage = 256 << 10

// maxSubject is how many characters a subject may have.
const maxSubject = 100

// PublishInput is a message to publish.
type PublishInput struct {
	// Message is text in UTF-8.
	Message string
	// Subject is up to 100 printable ASCII characters; "" is none.
	Subject string
	// MessageAttributes are copied.
	MessageAttributes map[string]MessageAttribute
	// MessageStructure is "", or json: Message is then a JSON object with a text for each protocol (lambda, sqs), and
	// one, default, for all others.
	MessageStructure string

	_ struct{}
}

// message is a message as it was accepted.
type message struct {
	id         string
	subject    string
	text       string            // for protocols that have none of their own
	texts      map[string]string // by protocol
	attributes attributes
	time       time.Time
	header     string // the trace header
}

// textFor is the message's text for a protocol.
func (m *message) textFor(protocol string) string {
	if s, ok := m.texts[protocol]; ok {
		return s
	}
	return m.text
}

// PublishMessage publishes a message and returns its id. Before it returns it has tried every subscriber whose filter
// policy lets the message pass, one after the other, and those that failed at once three more times, as SNS does without
// a pause; what becomes of that is no error of the publisher. An error is an [*Error], and then nothing was published; or
// ctx was done before.
func (t *Topic) PublishMessage(ctx context.Context, in PublishInput) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m, err := newMessage(&in)
	if err != nil {
		return "", err
	}
	m.header = destinations.TraceHeader(ctx)
	t.mu.Lock()
	t.messages++
	m.id, m.time = t.id(t.messages, "sns message"), time.Now()
	list := t.subscriptions
	t.mu.Unlock()
	for _, s := range list {
		if s.wants(m) {
			t.deliver(s, m)
		}
	}
	return m.id, nil
}

// newMessage checks an input.
func newMessage(in *PublishInput) (*message, error) {
	m := &message{subject: in.Subject, text: in.Message}
	switch {
	case in.Message == "":
		return nil, invalid("Empty message")
	case !utf8.ValidString(in.Message):
		return nil, invalid("Message is not valid UTF-8")
	case !validSubject(in.Subject):
		return nil, invalid("Subject")
	}
	switch in.MessageStructure {
	case "":
	case "json":
		if err := m.structure(in.Message); err != nil {
			return nil, err
		}
	default:
		return nil, invalid("MessageStructure: " + in.MessageStructure)
	}
	var err error
	if m.attributes, err = newAttributes(in.MessageAttributes); err != nil {
		return nil, err
	}
	if len(in.Message)+m.attributes.size() > MaxMessage {
		return nil, invalid("Message too long")
	}
	return m, nil
}

func validSubject(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(s) <= maxSubject && (s == "" || s[0] != ' ')
}

// structure reads a message that has a text for each protocol. Members that are no strings do not count.
func (m *message) structure(text string) error {
	var members map[string]any
	if json.Unmarshal([]byte(text), &members) != nil || members == nil {
		return invalid("Message Structure - JSON message body failed to parse")
	}
	m.texts = map[string]string{}
	for name, v := range members {
		if s, ok := v.(string); ok {
			m.texts[name] = s
		}
	}
	var ok bool
	if m.text, ok = m.texts["default"]; !ok {
		return invalid("Message Structure - No default entry in JSON message body")
	}
	return nil
}

// Publish publishes m's Message, Subject and MessageAttributes: the form in which a topic is a destination. A value of
// MessageAttributes is a map with the keys Type and Value, as a function sees it, or a [MessageAttribute]. Nothing of m is
// kept.
func (t *Topic) Publish(ctx context.Context, m events.SNSEntity) error {
	in := PublishInput{Message: m.Message, Subject: m.Subject}
	for _, name := range slices.Sorted(maps.Keys(m.MessageAttributes)) {
		a, err := attributeOf(name, m.MessageAttributes[name])
		if err != nil {
			return err
		}
		if in.MessageAttributes == nil {
			in.MessageAttributes = map[string]MessageAttribute{}
		}
		in.MessageAttributes[name] = a
	}
	_, err := t.PublishMessage(ctx, in)
	return err
}

// attributeOf reads an attribute in the form in which functions see it.
func attributeOf(name string, v any) (MessageAttribute, error) {
	if a, ok := v.(MessageAttribute); ok {
		return a, nil
	}
	m, ok := v.(map[string]any)
	a := MessageAttribute{}
	dataType, isText := m["Type"].(string)
	text, hasText := m["Value"].(string)
	if !ok || !isText || !hasText {
		return a, ErrParameterValueInvalid.because(fmt.Sprintf("The message attribute '%s' must have the texts Type and Value.", name))
	}
	a.DataType = dataType
	if a.base() != "Binary" {
		a.StringValue = text
		return a, nil
	}
	var err error
	if a.BinaryValue, err = base64.StdEncoding.DecodeString(text); err != nil {
		return a, ErrParameterValueInvalid.because(fmt.Sprintf("The message attribute '%s' is no Base64.", name))
	}
	return a, nil
}
