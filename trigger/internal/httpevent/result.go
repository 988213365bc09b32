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

// Lines are the members of an object of strings as header lines, under canonical names; ok is false if v is something
// else, or a line cannot stand. Lines that concern the connection are left out: its headers are the door's.
func (v Value) Lines() (lines Pairs, ok bool) {
	lines = make(Pairs, 0, usualLines)
	for name, value := range v.Members() {
		text, ok := value.Text()
		if lines, ok = lines.addField(string(name), text, ok); !ok {
			return nil, false
		}
	}
	return lines, v.Kind() == '{'
}

// usualLines is how many header lines an answer has room for before its list grows.
const usualLines = 8

// MultiLines is [Value.Lines] for an object of arrays of strings.
func (v Value) MultiLines() (lines Pairs, ok bool) {
	lines = make(Pairs, 0, usualLines)
	for name, values := range v.Members() {
		list, ok := values.Strings()
		for _, text := range list {
			if lines, ok = lines.addField(string(name), text, ok); !ok {
				return nil, false
			}
		}
		if !ok {
			return nil, false
		}
	}
	return lines, v.Kind() == '{'
}

// addField adds a line that may stand if it is one, or leaves it out if it concerns the connection.
func (p Pairs) addField(name, value string, isText bool) (Pairs, bool) {
	if !isText || !IsField(name, value) {
		return p, false
	}
	if name = http.CanonicalHeaderKey(name); !isHopByHop(name) {
		p = append(p, Pair{name, value})
	}
	return p, true
}
