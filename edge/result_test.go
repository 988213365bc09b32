package edge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseResult(t *testing.T) {
	for _, c := range []struct {
		name     string
		at       []EventType // nil for all
		payload  string
		request  *Request
		response *Response
		text     string // of the failure
	}{
		{name: "response by its status", payload: `{"status":"200"}`, response: &Response{Status: "200", Headers: Headers{}}},
		{name: "spaces around it", payload: " \r\n\t{\"status\":\"200\"} ", response: &Response{Status: "200", Headers: Headers{}}},
		{name: "status as a number", payload: `{"status":404}`, response: &Response{Status: "404", Headers: Headers{}}},
		{name: "the last of two counts", payload: `{"status":"200","status":"201"}`, response: &Response{Status: "201", Headers: Headers{}}},
		{name: "status before uri", payload: `{"status":"200","uri":"/a"}`, response: &Response{Status: "200", Headers: Headers{}}},
		{name: "everything of a response", payload: `{"status":"200","statusDescription":"fine","body":"x","bodyEncoding":"text","headers":{"x-a":[{"key":"X-A","value":"1"}]},"more":1}`,
			response: &Response{Status: "200", StatusDescription: "fine", Body: new("x"), BodyEncoding: "text", Headers: Headers{"x-a": {{"X-A", "1"}}}}},
		{name: "an empty body is one", payload: `{"status":"200","body":""}`, response: &Response{Status: "200", Body: new(""), Headers: Headers{}}},
		{name: "request by its uri", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":"/a"}`, request: &Request{URI: "/a", Headers: Headers{}}},
		{name: "everything of a request", at: []EventType{ViewerRequest, OriginRequest},
			payload: `{"uri":"/a","method":"GET","clientIp":"192.0.2.1","querystring":"q","headers":{"x-a":[{"value":["1","2"]}]},"body":{"action":"replace","data":"eA==","encoding":"base64","inputTruncated":true},"origin":{"s3":{"domainName":"b.s3.amazonaws.com","authMethod":"none","customHeaders":{"x-b":[{"value":"1"}]}}}}`,
			request: &Request{URI: "/a", Method: "GET", ClientIP: "192.0.2.1", QueryString: "q", Headers: Headers{"x-a": {{"", "1"}, {"", "2"}}},
				Body:   &Body{Action: Replace, Data: "eA==", Encoding: Base64},
				Origin: &RequestOrigin{S3: &S3Origin{DomainName: "b.s3.amazonaws.com", AuthMethod: "none", CustomHeaders: Headers{"x-b": {{"", "1"}}}}}}},
		{name: "no origin", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":"/a","origin":null}`, request: &Request{URI: "/a", Headers: Headers{}}},

		{name: "nothing", payload: ``, text: textNotJSON},
		{name: "half of it", payload: `{"status":"200"`, text: textNotJSON},
		{name: "more than one", payload: `{"status":"200"}{}`, text: textNotJSON},
		{name: "JavaScript", payload: `{status:200}`, text: textNotJSON},
		{name: "null", payload: `null`, text: textNotObject},
		{name: "a string", payload: `"200"`, text: textNotObject},
		{name: "a number", payload: `200`, text: textNotObject},
		{name: "true", payload: `true`, text: textNotObject},
		{name: "an array", payload: `[{"status":"200"}]`, text: textNotObject},
		{name: "neither", payload: `{}`, text: textInvalid},
		{name: "a proxy's response", payload: `{"statusCode":200,"body":"x"}`, text: textInvalid},
		{name: "a request at a response trigger", at: []EventType{OriginResponse, ViewerResponse}, payload: `{"uri":"/a"}`, text: textInvalid},
		{name: "status is null", payload: `{"status":null}`, text: textInvalid},
		{name: "description is a number", payload: `{"status":"200","statusDescription":1}`, text: textInvalid},
		{name: "body is an object", payload: `{"status":"200","body":{}}`, text: textBody},
		{name: "body is null", payload: `{"status":"200","body":null}`, text: textBody},
		{name: "encoding is a number", payload: `{"status":"200","bodyEncoding":64}`, text: textInvalid},
		{name: "headers are an array", payload: `{"status":"200","headers":[]}`, text: textInvalid},
		{name: "headers are null", payload: `{"status":"200","headers":null}`, text: textInvalid},
		{name: "a header is a string", payload: `{"status":"200","headers":{"x-a":"1"}}`, text: textHeaderArray},
		{name: "a header is null", payload: `{"status":"200","headers":{"x-a":null}}`, text: textHeaderArray},
		{name: "a line is a string", payload: `{"status":"200","headers":{"x-a":["1"]}}`, text: textInvalid},
		{name: "a line has no value", payload: `{"status":"200","headers":{"x-a":[{"key":"X-A"}]}}`, text: textInvalid},
		{name: "a value is null", payload: `{"status":"200","headers":{"x-a":[{"value":null}]}}`, text: textInvalid},
		{name: "a value of values is null", payload: `{"status":"200","headers":{"x-a":[{"value":["1",null]}]}}`, text: textInvalid},
		{name: "a key is a number", payload: `{"status":"200","headers":{"x-a":[{"key":1,"value":"1"}]}}`, text: textInvalid},
		{name: "uri is a number", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":1}`, text: textInvalid},
		{name: "method is null", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":"/","method":null}`, text: textInvalid},
		{name: "request body is a string", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":"/","body":"x"}`, text: textBody},
		{name: "request body is null", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":"/","body":null}`, text: textBody},
		{name: "request body's data is a number", at: []EventType{ViewerRequest, OriginRequest}, payload: `{"uri":"/","body":{"data":1}}`, text: textBody},
		{name: "origin is a string", at: []EventType{OriginRequest}, payload: `{"uri":"/","origin":"example.org"}`, text: textInvalid},
		{name: "port is a string", at: []EventType{OriginRequest}, payload: `{"uri":"/","origin":{"custom":{"port":"443"}}}`, text: textInvalid},
		{name: "custom header is a string", at: []EventType{OriginRequest}, payload: `{"uri":"/","origin":{"custom":{"customHeaders":{"x-a":"1"}}}}`, text: textHeaderArray},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := c.at
			if at == nil {
				at = every
			}
			for _, event := range at {
				got, f := parseResult(event, []byte(c.payload))
				if c.text != "" {
					require.NotNil(t, f, event)
					require.Equal(t, []any{502, xValidation, c.text}, []any{f.status, f.xCache, f.text}, event)
					continue
				}
				require.Nil(t, f, event)
				require.Equal(t, result{request: c.request, response: c.response}, got, event)
			}
		})
	}
}

func TestOutputIsCutAtOneMegabyte(t *testing.T) {
	long := strings.Repeat("x", maxOutput)
	response, err := json.Marshal(Response{Status: "200", Body: &long})
	require.NoError(t, err)
	_, f := parseResult(OriginRequest, response)
	require.Equal(t, textNotJSON, f.text, "what was cut is no JSON")

	request, err := json.Marshal(Request{URI: "/", Headers: Headers{}, Body: &Body{Action: Replace, Data: long}})
	require.NoError(t, err)
	got, f := parseResult(OriginRequest, request)
	require.Nil(t, f, "a body of 1.33 MB in base64 has to fit")
	require.Len(t, got.request.Body.Data, maxOutput)
}

// TestFailuresAreFoundInOneOrder: of two mistakes the same is reported every time, whatever the order of a map.
func TestFailuresAreFoundInOneOrder(t *testing.T) {
	for range 20 {
		_, f := parseResult(ViewerRequest, []byte(`{"status":"200","headers":{"b":1,"a":1,"c":[{}]}}`))
		require.Contains(t, f.log, "headerName : a.")
	}
}

// drawHeaders is any headers that a function may be shown.
func drawHeaders(t *rapid.T, label string) Headers {
	h := Headers{}
	for range rapid.IntRange(0, 4).Draw(t, label+" lines") {
		name := rapid.SampledFrom([]string{"Set-Cookie", "X-A", "X-B", "Content-Type"}).Draw(t, label+" name")
		h.Add(name, rapid.StringMatching(`[a-z <>&"=é世]{0,6}`).Draw(t, label+" value"))
	}
	return h
}

// TestEventRoundTrip: what a function gets as JSON and returns as JSON is what it was.
func TestEventRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Request{
			URI: "/" + rapid.String().Draw(t, "uri"), Method: "GET", ClientIP: "192.0.2.1", QueryString: rapid.String().Draw(t, "query"),
			Headers: drawHeaders(t, "request"),
		}
		if rapid.Bool().Draw(t, "body") {
			r.Body = &Body{Action: Replace, Encoding: Text, Data: rapid.String().Draw(t, "data")}
		}
		switch rapid.IntRange(0, 2).Draw(t, "origin") {
		case 1:
			r.Origin = (&Origin{DomainName: "example.org", CustomHeaders: map[string]string{"X-A": "1"}}).withDefaults().event(true)
		case 2:
			r.Origin = BucketOrigin(&Bucket{Name: "b"}, &S3Access{OriginAccessIdentity: true}).withDefaults().event(true)
		}
		e := &Event{Records: []Record{{CF: CF{Config: EventConfig{EventType: OriginRequest}, Request: r}}}}
		payload, err := e.encode()
		require.NoError(t, err)
		var back Event
		require.NoError(t, json.Unmarshal(payload, &back))
		require.Equal(t, e, &back)
		out, err := json.Marshal(back.Records[0].CF.Request)
		require.NoError(t, err)
		got, f := parseResult(OriginRequest, out)
		require.Nil(t, f)
		require.Equal(t, r, got.request)
	})
}

// FuzzEvent: an event that parses says the same once it was written again.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"Records":[{"cf":{"config":{"eventType":"viewer-request"},"request":{"uri":"/<>","headers":{"a":[{"value":"1"}]}}}}]}`))
	f.Add([]byte(`{"Records":[{"cf":{"response":{"status":"200","body":"x"}}}]}`))
	f.Add([]byte(`{"Records":null}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var e, again Event
		if json.Unmarshal(payload, &e) != nil {
			return
		}
		one, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(one, &again); err != nil {
			t.Fatalf("%s: %v", one, err)
		}
		two, err := again.encode()
		if err != nil || string(one) != string(two) {
			t.Fatalf("%s became %s, %v", one, two, err)
		}
	})
}
