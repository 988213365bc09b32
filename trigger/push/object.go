package push

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// object writes a JSON object, member by member in the order of the calls: events have AWS's keys in AWS's order.
type object struct{ b []byte }

func (o *object) key(name string) {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(jsontext.AppendString(o.b, name), ':')
}

func (o *object) text(name, value string) *object {
	o.key(name)
	o.b = jsontext.AppendString(o.b, value)
	return o
}

// given is text unless the value is "": for members that are left out.
func (o *object) given(name, value string) *object {
	if value == "" {
		return o
	}
	return o.text(name, value)
}

func (o *object) number(name string, n int64) *object {
	o.key(name)
	o.b = strconv.AppendInt(o.b, n, 10)
	return o
}

func (o *object) flag(name string, is bool) *object {
	o.key(name)
	o.b = strconv.AppendBool(o.b, is)
	return o
}

// raw writes a value that is JSON already.
func (o *object) raw(name string, value []byte) *object {
	o.key(name)
	o.b = append(o.b, value...)
	return o
}

func (o *object) texts(name string, values []string) *object {
	o.key(name)
	o.b = append(o.b, '[')
	for i, v := range values {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = jsontext.AppendString(o.b, v)
	}
	o.b = append(o.b, ']')
	return o
}

// end is the finished object.
func (o *object) end() []byte {
	if len(o.b) == 0 {
		return []byte("{}")
	}
	return append(o.b, '}')
}

// record is an event of one record.
func record(r *object) []byte {
	return append(append([]byte(`{"Records":[`), r.end()...), `]}`...)
}

// encodeObject is [encode] for what has to be an object; null is {} as well.
func encodeObject(what string, v any) ([]byte, error) {
	text, err := encode(v)
	switch {
	case err != nil:
		return nil, err
	case string(text) == "null":
		return []byte("{}"), nil
	case !isObject(text):
		return nil, ErrInvalidParameter.because(what + " must be a JSON object.")
	}
	return text, nil
}

// isObject reports whether JSON text is an object.
func isObject(text json.RawMessage) bool { return len(text) > 0 && text[0] == '{' }

// encodeTexts is [encode] for a map of texts, which cannot fail; nil is {} and not null.
func encodeTexts[V string | *string | *slotValue](m map[string]V) []byte {
	if m == nil {
		return []byte("{}")
	}
	text, _ := encode(m)
	return text
}

// encode is v as JSON without HTML escapes, {} for nil.
func encode(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, ErrInvalidParameter.over("The event is not valid JSON: "+err.Error(), err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
