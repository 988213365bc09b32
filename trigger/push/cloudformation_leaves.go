package push

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// stringLeaves writes properties as functions get them: objects and lists stay, and everything in them is a string.
func stringLeaves(properties map[string]any) ([]byte, error) {
	text, err := encode(properties)
	if err != nil {
		return nil, err
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()    // 7 stays "7", and 1.50 "1.50"
	_ = d.Decode(&v) // what was encoded just now
	leaves, ok := toStrings(v)
	if !ok {
		return nil, ErrValidation.because("Template validation error: Null values are not allowed in templates")
	}
	return encode(leaves)
}

// toStrings makes strings of everything in v that is no object or list; ok is false if there is a null.
func toStrings(v any) (s any, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if v[key], ok = toStrings(member); !ok {
				return nil, false
			}
		}
		return v, true
	case []any:
		for i, element := range v {
			if v[i], ok = toStrings(element); !ok {
				return nil, false
			}
		}
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return v, v != nil
}
