package httpevent

import "net/http"

// Result is what a function returned to a door, taken apart and not judged: each door has rules of its own for what may
// be missing, null or of another kind. Members that are not there are nil. All alias the payload.
type Result struct {
	StatusCode        Value
	StatusDescription Value
	Headers           Value
	MultiValueHeaders Value
	Cookies           Value
	Body              Value
	IsBase64Encoded   Value
	// Unknown says that there are others.
	Unknown bool
}

// ParseResult reads an object; ok is false for another kind. Of a repeated member the last counts.
func ParseResult(v Value) (r Result, ok bool) {
	if v.Kind() != '{' {
		return r, false
	}
	for name, value := range v.Members() {
		if m := r.member(name); m != nil {
			*m = value
		} else {
			r.Unknown = true
		}
	}
	return r, true
}

func (r *Result) member(name []byte) *Value {
	switch string(name) {
	case "statusCode":
		return &r.StatusCode
	case "statusDescription":
		return &r.StatusDescription
	case "headers":
		return &r.Headers
	case "multiValueHeaders":
		return &r.MultiValueHeaders
	case "cookies":
		return &r.Cookies
	case "body":
		return &r.Body
	case "isBase64Encoded":
		return &r.IsBase64Encoded
	}
	return nil
}

// Status reads an integer of three digits, 200 to 599: the statuses with which a response ends. ok is false for
// anything else, strings included; see [Value.Digits].
func (v Value) Status() (status int, ok bool) {
	if len(v) != 3 || v.Kind() != '0' || skipDigits(v, 0) != 3 {
		return 0, false
	}
	status = int(v[0]-'0')*100 + int(v[1]-'0')*10 + int(v[2]-'0')
	return status, 200 <= status && status <= 599
}

// Digits is the number that a string of digits holds, for doors that take "201" for 201; another Value stays as it is.
func (v Value) Digits() Value {
	if v.Kind() != '"' {
		return v
	}
	inner := content(v)
	if n, ok := Parse(inner); ok && n.Kind() == '0' && len(n) == len(inner) {
		return n
	}
	return v
}

// Bool reads a boolean; one that is not there is false. ok is false for another kind.
func (v Value) Bool() (value, ok bool) {
	switch v.Kind() {
	case 't':
		return true, true
	case 'f', 0:
		return false, true
	}
	return false, false
}

// AddStrings adds the members of an object of strings as header lines; it returns false, and may have added some, if v
// is something else or a line cannot stand.
func (v Value) AddStrings(h http.Header) bool {
	for name, value := range v.Members() {
		text, ok := value.Text()
		if !ok || !addField(h, string(name), text) {
			return false
		}
	}
	return v.Kind() == '{'
}

// AddLists is [Value.AddStrings] for an object of arrays of strings.
func (v Value) AddLists(h http.Header) bool {
	for name, values := range v.Members() {
		list, ok := values.Strings()
		if !ok {
			return false
		}
		for _, text := range list {
			if !addField(h, string(name), text) {
				return false
			}
		}
	}
	return v.Kind() == '{'
}

// addField adds a line that may stand, or drops it if it concerns the connection, whose headers are the door's.
func addField(h http.Header, name, value string) bool {
	if !IsField(name, value) {
		return false
	}
	if name = http.CanonicalHeaderKey(name); !isHopByHop(name) {
		h[name] = append(h[name], value)
	}
	return true
}
