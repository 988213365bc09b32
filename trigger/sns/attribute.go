package sns

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MessageAttribute is one of a message's attributes. DataType is String, String.Array, Number or Binary; String may have a
// custom label behind a dot, and so may the others. BinaryValue is a Binary's, StringValue everybody else's: the digits of
// a Number, the JSON of a String.Array.
type MessageAttribute struct {
	DataType    string
	StringValue string
	BinaryValue []byte
}

// stringArray is the type of an attribute that is several values.
const stringArray = "String.Array"

// base is the type without its label.
func (a *MessageAttribute) base() string {
	base, _, _ := strings.Cut(a.DataType, ".")
	return base
}

// value is the attribute as text, which for a Binary is Base64.
func (a *MessageAttribute) value() string {
	if a.base() == "Binary" {
		return base64.StdEncoding.EncodeToString(a.BinaryValue)
	}
	return a.StringValue
}

// size is what the attribute counts in a message: name, type and value.
func (a *MessageAttribute) size(name string) int {
	return len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
}

// attributes are a message's, in the order of their names.
type attributes []namedAttribute

type namedAttribute struct {
	name string
	MessageAttribute
}

// newAttributes checks attributes, and copies them.
func newAttributes(m map[string]MessageAttribute) (attributes, error) {
	var list attributes
	for _, name := range slices.Sorted(maps.Keys(m)) {
		a := namedAttribute{name, m[name]}
		a.BinaryValue = slices.Clone(a.BinaryValue)
		if err := a.check(); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// check refuses an attribute that SNS refuses.
func (a *namedAttribute) check() error {
	refuse := func(text string) error { return ErrParameterValueInvalid.because(text) }
	quoted := "The message attribute '" + a.name + "'"
	base := a.base()
	empty := a.StringValue == ""
	if base == "Binary" {
		empty = len(a.BinaryValue) == 0
	}
	switch {
	case a.name == "":
		return refuse("The request must contain non-empty message attribute name.")
	case len(a.name) > maxAttributeName:
		return refuse("Length of message attribute name must be less than 256 bytes.")
	case !validAttributeName(a.name):
		return refuse("Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.")
	case a.DataType == "":
		return refuse(quoted + " must contain non-empty message attribute type.")
	case base != "String" && base != "Number" && base != "Binary":
		return refuse(quoted + " has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
	case empty:
		return refuse(quoted + " must contain non-empty message attribute value for message attribute type '" + base + "'.")
	case base == "Binary" && a.StringValue != "", base != "Binary" && a.BinaryValue != nil:
		return refuse(quoted + " has a value of another type than '" + base + "'.")
	case !utf8.ValidString(a.StringValue) || !utf8.ValidString(a.DataType):
		return refuse(quoted + " is not valid UTF-8.")
	case base == "Number" && !validNumber(a.StringValue):
		return refuse("Could not cast message attribute '" + a.name + "' value to number.")
	case a.DataType == stringArray && !validArray(a.StringValue):
		return refuse(quoted + " is no JSON array of strings, numbers, true, false and null.")
	}
	return nil
}

// maxAttributeName is how many bytes an attribute's name may have.
const maxAttributeName = 255

func validAttributeName(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return name[0] != '.' && name[len(name)-1] != '.' && !strings.Contains(name, "..")
}

func validNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && !strings.ContainsAny(s, "xXpPiInN_")
}

func validArray(s string) bool {
	var list []any
	if json.Unmarshal([]byte(s), &list) != nil || list == nil {
		return false
	}
	return !slices.ContainsFunc(list, func(v any) bool {
		switch v.(type) {
		case map[string]any, []any:
			return true
		}
		return false
	})
}

// size is what the attributes count in a message.
func (as attributes) size() (n int) {
	for i := range as {
		n += as[i].size(as[i].name)
	}
	return n
}

// filtered is the attributes as a filter policy sees them: values by name, several for a String.Array. A Binary is not
// seen.
func (as attributes) filtered() map[string]any {
	m := make(map[string]any, len(as))
	for i := range as {
		switch a := &as[i]; {
		case a.base() == "Binary":
		case a.base() == "Number":
			m[a.name] = json.Number(literal(a.StringValue))
		case a.DataType == stringArray:
			m[a.name] = json.RawMessage(a.StringValue)
		default:
			m[a.name] = a.StringValue
		}
	}
	return m
}

// literal writes a number as JSON does: SNS takes +1, .5 and 1. as well.
func literal(s string) string {
	if json.Valid([]byte(s)) {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "0" // it was checked to be a number
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
