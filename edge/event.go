package edge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
)

// EventType is one of the four moments at which CloudFront runs a function.
type EventType string

// The four triggers, in the order in which they run.
const (
	ViewerRequest  EventType = "viewer-request"  // a request came in
	OriginRequest  EventType = "origin-request"  // the cache has no answer, and the origin is about to be asked
	OriginResponse EventType = "origin-response" // the origin answered, and the answer is about to be cached
	ViewerResponse EventType = "viewer-response" // an answer, cached or not, is about to go out
)

// isRequest says whether the trigger's function returns a request or a response; the others return responses only.
func (t EventType) isRequest() bool { return t == ViewerRequest || t == OriginRequest }

// isViewer says whether the trigger is on the viewers' side, where the quotas are smaller.
func (t EventType) isViewer() bool { return t == ViewerRequest || t == ViewerResponse }

// Event is what a function gets: always exactly one record. It marshals to CloudFront's JSON, members in the order of
// AWS's examples, and can be the parameter of a handler. aws-lambda-go has no type for it.
type Event struct {
	Records []Record `json:"Records"`
}

// Record is an [Event]'s only element.
type Record struct {
	CF CF `json:"cf"`
}

// CF is what happened.
type CF struct {
	Config   EventConfig `json:"config"`
	Request  *Request    `json:"request"`
	Response *Response   `json:"response,omitempty"` // of the two response triggers
}

// EventConfig says where an event comes from. All of it is read-only.
type EventConfig struct {
	DistributionDomainName string    `json:"distributionDomainName"` // d111111abcdef8.cloudfront.net
	DistributionID         string    `json:"distributionId"`         // EDFDVBD6EXAMPLE
	EventType              EventType `json:"eventType"`
	// RequestID is the same in all events of a viewer's request, and the reply's X-Amz-Cf-Id.
	RequestID string `json:"requestId"`
}

// Request is the request that a function sees, and may return changed: a returned request replaces the one that came.
// A header that is left out is deleted; ClientIP, Method and Origin keep their value where they are left empty.
type Request struct {
	// Body is set only for associations with IncludeBody. A returned one with Action replace replaces the body.
	Body *Body `json:"body,omitempty"`
	// ClientIP is the viewer's address, a proxy's if there is one between. Read-only.
	ClientIP string  `json:"clientIp"`
	Headers  Headers `json:"headers"`
	// Method is read-only.
	Method string `json:"method"`
	// Origin is where the request goes; of the origin triggers only, and writable in an origin-request.
	Origin *RequestOrigin `json:"origin,omitempty"`
	// QueryString has no question mark. Origin triggers see the whole of it only if policies forward all query strings.
	QueryString string `json:"querystring"`
	// URI is the path, which begins with a slash and is percent-encoded as it came.
	URI string `json:"uri"`
}

// Body is a request's body.
type Body struct {
	// Action is read-only, the default, or replace.
	Action string `json:"action,omitempty"`
	// Data is the body; base64 in events.
	Data string `json:"data"`
	// Encoding is base64, the default, or text, which only a function may say.
	Encoding string `json:"encoding,omitempty"`
	// InputTruncated says that the body is longer than the trigger may see: 40 KB on the viewers' side, 1 MB on the
	// origin's.
	InputTruncated bool `json:"inputTruncated"`
}

// The actions and encodings of a [Body] and a [Response].
const (
	ReadOnly = "read-only"
	Replace  = "replace"
	Base64   = "base64"
	Text     = "text"
)

// RequestOrigin is where a request goes: exactly one of the two.
type RequestOrigin struct {
	Custom *CustomOrigin `json:"custom,omitempty"`
	S3     *S3Origin     `json:"s3,omitempty"`
}

// CustomOrigin is any web server.
type CustomOrigin struct {
	CustomHeaders    Headers  `json:"customHeaders"`
	DomainName       string   `json:"domainName"`
	KeepaliveTimeout int      `json:"keepaliveTimeout"` // seconds, 1 to 60
	Path             string   `json:"path"`             // before the URI: "" or /a
	Port             int      `json:"port"`             // 80, 443 or 1024 to 65535
	Protocol         string   `json:"protocol"`         // http or https
	ReadTimeout      int      `json:"readTimeout"`      // seconds, 4 to 60
	SSLProtocols     []string `json:"sslProtocols"`
}

// S3Origin is a bucket. An origin access control cannot be expressed here: such a bucket shows AuthMethod none.
type S3Origin struct {
	AuthMethod    string  `json:"authMethod"` // origin-access-identity or none
	CustomHeaders Headers `json:"customHeaders"`
	DomainName    string  `json:"domainName"`
	Path          string  `json:"path"`
	Region        string  `json:"region"` // needed with an identity
}

// Response is the response that a function sees, makes or returns changed.
type Response struct {
	// Body is never given. A viewer-request or origin-request function may make one; an origin-response function
	// replaces the origin's by setting it, also with an empty one, and keeps the origin's by leaving it nil.
	Body *string `json:"body,omitempty"`
	// BodyEncoding is text, the default, or base64.
	BodyEncoding string  `json:"bodyEncoding,omitempty"`
	Headers      Headers `json:"headers,omitempty"`
	// Status is 200 to 599, in digits.
	Status            string `json:"status"`
	StatusDescription string `json:"statusDescription,omitempty"`
}

// Clone is a copy that shares nothing with r.
func (r *Request) Clone() *Request {
	c := *r
	c.Headers = r.Headers.Clone()
	if r.Body != nil {
		c.Body = new(*r.Body)
	}
	c.Origin = r.Origin.clone()
	return &c
}

func (o *RequestOrigin) clone() *RequestOrigin {
	if o == nil {
		return nil
	}
	c := *o
	if o.Custom != nil {
		c.Custom = new(*o.Custom)
		c.Custom.CustomHeaders = o.Custom.CustomHeaders.Clone()
		c.Custom.SSLProtocols = slices.Clone(o.Custom.SSLProtocols)
	}
	if o.S3 != nil {
		c.S3 = new(*o.S3)
		c.S3.CustomHeaders = o.S3.CustomHeaders.Clone()
	}
	return &c
}

// encode is the event as CloudFront sends it: unlike json.Marshal's, its texts keep <, > and &.
func (e *Event) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Bytes is the body's bytes: what Data says in its encoding.
func (b *Body) Bytes() ([]byte, error) {
	if b.Encoding == Text {
		return []byte(b.Data), nil
	}
	return base64.StdEncoding.DecodeString(b.Data)
}
