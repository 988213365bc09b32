package edge

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// maxOutput is where CloudFront cuts a response that a function returns. What was cut is no JSON any more. That a
// returned request may be longer is an assumption: a replaced body of 1.33 MB in base64 would not fit otherwise.
const maxOutput = 1 << 20

// result is what a function returned: one of the two, not yet validated but for its form.
type result struct {
	request  *Request
	response *Response
}

// parseResult reads what a function returned at trigger t. Names of members are exact, unlike encoding/json's; of a
// member that comes twice the last counts, as in JavaScript.
func parseResult(t EventType, payload []byte) (result, *failure) {
	if !json.Valid(payload) {
		return result{}, notJSON()
	}
	var members map[string]json.RawMessage
	if bytes.TrimLeft(payload, " \t\r\n")[0] != '{' || json.Unmarshal(payload, &members) != nil {
		return result{}, notObject()
	}
	_, isResponse := members["status"]
	_, isRequest := members["uri"]
	switch {
	case len(payload) > maxOutput && !(isRequest && !isResponse):
		return result{}, notJSON()
	case isResponse, !t.isRequest():
		r, f := parseResponse(members)
		return result{response: r}, f
	case isRequest:
		r, f := parseRequest(members)
		return result{request: r}, f
	}
	return result{}, invalidResult("the function returned neither a request nor a response.")
}

func notJSON() *failure {
	return validationFailure(textNotJSON, "Validation error: The Lambda function returned invalid JSON.")
}

func notObject() *failure {
	return validationFailure(textNotObject, "Validation error: The Lambda function returned an invalid JSON output, it must be an object type.")
}

func parseRequest(m map[string]json.RawMessage) (*Request, *failure) {
	r := &Request{}
	for _, field := range [...]struct {
		name string
		into *string
	}{{"clientIp", &r.ClientIP}, {"method", &r.Method}, {"uri", &r.URI}, {"querystring", &r.QueryString}} {
		if f := parseText(m, field.name, field.into); f != nil {
			return nil, f
		}
	}
	var f *failure
	if r.Headers, f = parseHeaders(m["headers"]); f != nil {
		return nil, f
	}
	if raw, ok := m["origin"]; ok && !isNull(raw) {
		if r.Origin, f = parseOrigin(raw); f != nil {
			return nil, f
		}
	}
	if raw, ok := m["body"]; ok {
		if r.Body, f = parseBody(raw); f != nil {
			return nil, f
		}
	}
	return r, nil
}

// parseText reads a member that must be a string if it is there.
func parseText(m map[string]json.RawMessage, name string, into *string) *failure {
	raw, ok := m[name]
	if !ok {
		return nil
	}
	if !isString(raw) || json.Unmarshal(raw, into) != nil {
		return invalidResult("the " + name + " is not a string.")
	}
	return nil
}

// parseBody reads a request's body object.
func parseBody(raw json.RawMessage) (*Body, *failure) {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil || m == nil {
		return nil, invalidBody()
	}
	b := &Body{}
	if parseText(m, "action", &b.Action) != nil || parseText(m, "encoding", &b.Encoding) != nil ||
		parseText(m, "data", &b.Data) != nil {
		return nil, invalidBody()
	}
	return b, nil
}

// parseOrigin reads the origin. Numbers and texts of the wrong kind make it invalid.
func parseOrigin(raw json.RawMessage) (*RequestOrigin, *failure) {
	var o struct {
		Custom *struct {
			CustomOrigin
			CustomHeaders json.RawMessage `json:"customHeaders"`
		} `json:"custom"`
		S3 *struct {
			S3Origin
			CustomHeaders json.RawMessage `json:"customHeaders"`
		} `json:"s3"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return nil, invalidOrigin()
	}
	out := &RequestOrigin{}
	var f *failure
	if o.Custom != nil {
		c := o.Custom.CustomOrigin
		if c.CustomHeaders, f = parseHeaders(o.Custom.CustomHeaders); f != nil {
			return nil, f
		}
		out.Custom = &c
	}
	if o.S3 != nil {
		s := o.S3.S3Origin
		if s.CustomHeaders, f = parseHeaders(o.S3.CustomHeaders); f != nil {
			return nil, f
		}
		out.S3 = &s
	}
	return out, nil
}

func invalidOrigin() *failure { return invalidResult("the origin is not valid.") }

func parseResponse(m map[string]json.RawMessage) (*Response, *failure) {
	r := &Response{}
	switch raw := m["status"]; {
	case raw == nil:
		return nil, invalidResult("the response has no status.")
	case isString(raw):
		if json.Unmarshal(raw, &r.Status) != nil {
			return nil, invalidStatus()
		}
	case isNumber(raw):
		r.Status = string(raw) // AWS's own examples assign numbers
	default:
		return nil, invalidStatus()
	}
	if f := parseText(m, "statusDescription", &r.StatusDescription); f != nil {
		return nil, f
	}
	if raw, ok := m["body"]; ok {
		r.Body = new("")
		if !isString(raw) || json.Unmarshal(raw, r.Body) != nil {
			return nil, invalidBody()
		}
	}
	if f := parseText(m, "bodyEncoding", &r.BodyEncoding); f != nil {
		return nil, f
	}
	var f *failure
	r.Headers, f = parseHeaders(m["headers"])
	return r, f
}

func invalidStatus() *failure { return invalidResult("the response status is not valid.") }

// parseHeaders reads a headers object; nil raw is none. A value may be an array of strings, as the service's log says.
func parseHeaders(raw json.RawMessage) (Headers, *failure) {
	if raw == nil {
		return Headers{}, nil
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil || m == nil {
		return nil, invalidResult("the headers are not an object.")
	}
	h := make(Headers, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) { // sorted, so that the same failure is found every time
		var lines []json.RawMessage
		if json.Unmarshal(m[name], &lines) != nil || lines == nil {
			return nil, validationFailure(textHeaderArray,
				resultFailed+"each header entry in the headers object must be an array, headerName : "+name+".")
		}
		h[name] = make([]Header, 0, len(lines))
		for _, l := range lines {
			parsed, f := parseLine(name, l)
			if f != nil {
				return nil, f
			}
			h[name] = append(h[name], parsed...)
		}
	}
	return h, nil
}

func parseLine(name string, raw json.RawMessage) ([]Header, *failure) {
	var m map[string]json.RawMessage
	wrong := invalidResult("each header value must be a string or an array of strings, headerName : " + name + ".")
	if json.Unmarshal(raw, &m) != nil {
		return nil, wrong
	}
	var key string
	if k, ok := m["key"]; ok && (!isString(k) || json.Unmarshal(k, &key) != nil) {
		return nil, wrong
	}
	value := m["value"]
	if isString(value) {
		var v string
		if json.Unmarshal(value, &v) != nil {
			return nil, wrong
		}
		return []Header{{key, v}}, nil
	}
	var elements []*string
	if json.Unmarshal(value, &elements) != nil || elements == nil {
		return nil, wrong
	}
	lines := make([]Header, len(elements))
	for i, v := range elements {
		if v == nil {
			return nil, wrong
		}
		lines[i] = Header{key, *v}
	}
	return lines, nil
}

func isString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

func isNumber(raw json.RawMessage) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }
