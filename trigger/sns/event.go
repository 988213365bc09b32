package sns

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// event writes the event that a function gets: one record. Subject is null if there is none, MessageAttributes are always
// there, and the URLs end in Url.
func (t *Topic) event(s *subscription, m *message) []byte {
	text := m.textFor(lambdaProtocol)
	w := make([]byte, 0, 1300+len(text))
	w = append(w, `{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"`...)
	w = append(w, s.ARN...)
	w = append(w, `","Sns":{"Type":"Notification","MessageId":"`+m.id+`","TopicArn":"`...)
	w = append(w, t.arn...)
	w = append(w, `","Subject":`...)
	if m.subject == "" {
		w = append(w, `null`...)
	} else {
		w = jsontext.AppendString(w, m.subject)
	}
	w = append(w, `,"Message":`...)
	w = jsontext.AppendString(w, text)
	w = append(w, `,"Timestamp":"`...)
	w = stamp.AppendMillis(w, m.time)
	w = append(w, `","SignatureVersion":"1","Signature":"`...)
	w = append(w, t.signature(m, text)...)
	w = append(w, `","SigningCertUrl":"`+t.certificateURL()+`","UnsubscribeUrl":"`+t.unsubscribeURL(s)+`","MessageAttributes":{`...)
	for i := range m.attributes {
		if i > 0 {
			w = append(w, ',')
		}
		w = jsontext.AppendString(w, m.attributes[i].name)
		w = append(w, ':')
		w = m.attributes[i].appendValue(w)
	}
	return append(w, `}}}]}`...)
}

// appendValue writes an attribute's type and value.
func (a *MessageAttribute) appendValue(w []byte) []byte {
	w = jsontext.AppendString(append(w, `{"Type":`...), a.DataType)
	w = jsontext.AppendString(append(w, `,"Value":`...), a.value())
	return append(w, '}')
}

// envelope writes the body that a queue gets, in lines as SNS does: what there is not is left out, and the URLs end in URL.
func (t *Topic) envelope(s *subscription, m *message) string {
	text := m.textFor(s.Protocol)
	w := make([]byte, 0, 1300+len(text))
	w = append(w, "{\n"...)
	line := func(name, value string) {
		w = append(w, `  "`+name+`" : `...)
		w = append(jsontext.AppendString(w, value), ",\n"...)
	}
	line("Type", "Notification")
	line("MessageId", m.id)
	line("TopicArn", t.arn)
	if m.subject != "" {
		line("Subject", m.subject)
	}
	line("Message", text)
	line("Timestamp", stamp.Millis(m.time))
	line("SignatureVersion", "1")
	line("Signature", t.signature(m, text))
	line("SigningCertURL", t.certificateURL())
	line("UnsubscribeURL", t.unsubscribeURL(s))
	if len(m.attributes) == 0 {
		return string(append(w[:len(w)-len(",\n")], "\n}"...))
	}
	w = append(w, "  \"MessageAttributes\" : {\n"...)
	for i := range m.attributes {
		if i > 0 {
			w = append(w, ",\n"...)
		}
		w = jsontext.AppendString(append(w, "    "...), m.attributes[i].name)
		w = m.attributes[i].appendValue(append(w, " : "...))
	}
	return string(append(w, "\n  }\n}"...))
}

// host is where SNS is in the topic's Region.
func (t *Topic) host() string { return "https://sns." + t.opts.Identity.Region + ".amazonaws.com/" }

func (t *Topic) unsubscribeURL(s *subscription) string {
	return t.host() + "?Action=Unsubscribe&SubscriptionArn=" + s.ARN
}

// certificateURL has the form of the real one, and nothing is there.
func (t *Topic) certificateURL() string {
	sum := sha256.Sum256([]byte(t.host()))
	return t.host() + "SimpleNotificationService-" + hex.EncodeToString(sum[:16]) + ".pem"
}

// signature has the form of an RSA signature, 256 bytes in Base64, and depends on what SNS signs. Nobody can verify it.
func (t *Topic) signature(m *message, text string) string {
	fields := []string{"Message", text, "MessageId", m.id}
	if m.subject != "" {
		fields = append(fields, "Subject", m.subject)
	}
	fields = append(fields, "Timestamp", stamp.Millis(m.time), "TopicArn", t.arn, "Type", "Notification")
	sum := sha256.Sum256([]byte(strings.Join(fields, "\n") + "\n"))
	var b []byte
	for range 8 {
		b = append(b, sum[:]...)
		sum = sha256.Sum256(sum[:])
	}
	return base64.StdEncoding.EncodeToString(b)
}
