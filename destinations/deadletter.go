package destinations

import (
	"strconv"
	"strings"
)

// maxErrorMessage is how many bytes of the error message a dead letter carries.
const maxErrorMessage = 1024

// Attribute is a message attribute of a [DeadLetter].
type Attribute struct {
	Name     string
	DataType string // String or Number
	Value    string
}

// Attributes returns the message attributes that go with the body: RequestID, ErrorCode and ErrorMessage, in that
// order. ErrorCode is absent when there was no response, as with reserved concurrency 0; an attribute without a value
// is absent too, because SQS and SNS refuse one.
func (d *DeadLetter) Attributes() []Attribute {
	var as []Attribute
	add := func(name, dataType, value string) {
		if value != "" {
			as = append(as, Attribute{name, dataType, value})
		}
	}
	add("RequestID", "String", d.RequestID)
	if d.ErrorCode != 0 {
		add("ErrorCode", "Number", strconv.Itoa(d.ErrorCode))
	}
	add("ErrorMessage", "String", cutMessage(d.ErrorMessage))
	return as
}

// cutMessage returns the first 1,024 bytes of a message as valid UTF-8: a character that the cut splits becomes
// U+FFFD. So do control characters that SQS takes in no message: what AWS makes of a coloured error message is not
// known, but it is not known to lose events over it either.
func cutMessage(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxErrorMessage)], "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return '\uFFFD'
		}
		return r
	}, s)
}
