package sqs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxAttributes    = 10
	maxAttributeName = 256
	maxID            = 128 // of a message group or a deduplication id
)

// checkMessage refuses a message that SQS refuses.
func (s *settings) checkMessage(m Message, delay *time.Duration) error {
	if m.Body == "" {
		return ErrMissingParameter.because("The request must contain the parameter MessageBody.")
	}
	if !validCharacters(m.Body) {
		return ErrInvalidMessageContents.because("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	}
	if err := checkAttributes(m.MessageAttributes); err != nil {
		return err
	}
	if len(m.Body)+attributesSize(m.MessageAttributes) > s.maxSize {
		return ErrInvalidParameterValue.because(fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", s.maxSize))
	}
	if err := s.checkDelay(delay); err != nil {
		return err
	}
	return s.checkSystem(m.Attributes)
}

func (s *settings) checkDelay(delay *time.Duration) error {
	switch {
	case delay == nil:
		return nil
	case !seconds(*delay, 0, maxDelay):
		return invalidValue(inSeconds(*delay), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
	case s.fifo && *delay != 0:
		return invalidValue(inSeconds(*delay), "DelaySeconds", wrongQueueType)
	}
	return nil
}

// wrongQueueType is what SQS says of a parameter that only the other kind of queue has.
const wrongQueueType = "The request include parameter that is not valid for this queue type"

func inSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// checkSystem refuses what a sender may not set, and what is missing for a FIFO queue.
func (s *settings) checkSystem(as map[string]string) error {
	for _, name := range sortedNames(as) {
		switch name {
		case "AWSTraceHeader":
			if !validCharacters(as[name]) {
				return ErrInvalidParameterValue.because("Invalid characters found in the value of message system attribute 'AWSTraceHeader'.")
			}
		case "MessageGroupId", "MessageDeduplicationId":
			if !s.fifo {
				return invalidValue(as[name], name, wrongQueueType)
			}
			if !validID(as[name]) {
				return invalidValue(as[name], name, name+" can only include alphanumeric and punctuation characters. 1 to 128 in length")
			}
		default:
			return ErrInvalidAttributeName.because("Unknown Attribute " + name + ".")
		}
	}
	if !s.fifo {
		return nil
	}
	if as["MessageGroupId"] == "" {
		return ErrMissingParameter.because("The request must contain the parameter MessageGroupId.")
	}
	if as["MessageDeduplicationId"] == "" && !s.contentDedup {
		return ErrInvalidParameterValue.because("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	return nil
}

// validID reports whether s is 1 to 128 printable ASCII characters without blanks.
func validID(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxID
}

// validCharacters reports whether s holds only what XML 1.0 can.
func validCharacters(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return false
		case c == 0xef && len(s) > i+2 && s[i+1] == 0xbf && s[i+2] >= 0xbe: // U+FFFE, U+FFFF
			return false
		}
	}
	return utf8.ValidString(s)
}

// checkAttributes refuses message attributes that SQS refuses, the first by name.
func checkAttributes(as map[string]MessageAttribute) error {
	if len(as) > maxAttributes {
		return ErrInvalidParameterValue.because(fmt.Sprintf("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(as), maxAttributes))
	}
	for _, name := range sortedNames(as) {
		if err := checkAttributeName(name); err != nil {
			return err
		}
		if err := checkAttributeValue(name, as[name]); err != nil {
			return err
		}
	}
	return nil
}

// sortedNames returns a map's keys in order, so that no message depends on the order of a map.
func sortedNames[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

func checkAttributeName(name string) error {
	ok := name != "" && len(name) <= maxAttributeName && name[0] != '.' && name[len(name)-1] != '.' && !strings.Contains(name, "..")
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
	}
	lower := strings.ToLower(name)
	switch {
	case !ok:
		return ErrInvalidParameterValue.because("Message (user) attribute name '" + name + "' is invalid. It can contain A-Z, a-z, 0-9, underscore, hyphen and period, must not start or end with a period or contain two in succession, and is 1 to 256 in length.")
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return ErrInvalidParameterValue.because("Message (user) attribute name '" + name + "' is invalid. Names starting with 'AWS.' or 'Amazon.' are reserved for use by Amazon.")
	}
	return nil
}

func checkAttributeValue(name string, a MessageAttribute) error {
	base, _, _ := strings.Cut(a.DataType, ".")
	empty := a.StringValue == nil || *a.StringValue == ""
	if base == "Binary" {
		empty = len(a.BinaryValue) == 0
	}
	switch {
	case a.DataType == "":
		return ErrInvalidParameterValue.because("The message attribute '" + name + "' must contain non-empty message attribute type.")
	case base != "String" && base != "Number" && base != "Binary" || len(a.DataType) > maxAttributeName:
		return ErrInvalidParameterValue.because("The message attribute '" + name + "' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
	case len(a.StringListValues) > 0 || len(a.BinaryListValues) > 0:
		return ErrInvalidParameterValue.because("Message attribute list values in SendMessage operation are not supported.")
	case empty:
		return ErrInvalidParameterValue.because("The message attribute '" + name + "' must contain non-empty message attribute value for message attribute type '" + base + "'.")
	case base != "Binary" && !validCharacters(*a.StringValue):
		return ErrInvalidMessageContents.because("Invalid characters found in the value of message attribute '" + name + "'.")
	case base == "Number" && !validNumber(*a.StringValue):
		return ErrInvalidParameterValue.because("Can't cast the value of message (user) attribute '" + name + "' to a number.")
	}
	return nil
}

func validNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && !strings.ContainsAny(s, "xXpPiInN_")
}

// attributesSize is what attributes count in a message: names, types and values.
func attributesSize(as map[string]MessageAttribute) int {
	n := 0
	for name, a := range as {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}
