package httpevent

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// Event2 is an event of payload format 2.0, which HTTP APIs and function URLs send. What is empty is left out where AWS
// leaves it out: cookies, both kinds of parameters, stage variables, the authorizer and the body.
type Event2 struct {
	RouteKey, Stage    string
	RawPath, RawQuery  string
	Cookies            []string
	Headers            Pairs // lower-case and sorted
	Query              Pairs // decoded and sorted
	PathParameters     Pairs // sorted
	StageVariables     Pairs // sorted
	AccountID, APIID   string
	Authentication     []byte // JSON
	Authorizer         []byte // JSON
	DomainName, Prefix string
	Method, Path       string // Path is that of requestContext.http
	Protocol           string
	SourceIP           string
	UserAgent          string
	RequestID          string
	Time               time.Time
	Body               []byte
	Binary             bool // the body goes in Base64
}

// SetRequest takes from a request what both doors take as it is.
func (e *Event2) SetRequest(r *http.Request, now time.Time) {
	e.Method, e.Protocol, e.UserAgent = r.Method, r.Proto, r.UserAgent()
	e.SourceIP, e.Time = PeerIP(r), now
	if e.Method == "" {
		e.Method = http.MethodGet // what an empty one means to net/http
	}
}

// Append appends the JSON.
func (e *Event2) Append(b []byte) []byte {
	b = appendMember(append(b, `{"version":"2.0"`...), `,"routeKey":`, e.RouteKey)
	b = appendMember(b, `,"rawPath":`, e.RawPath)
	b = appendMember(b, `,"rawQueryString":`, e.RawQuery)
	if len(e.Cookies) > 0 {
		b = AppendStrings(append(b, `,"cookies":`...), e.Cookies)
	}
	b = e.Headers.AppendJoined(append(b, `,"headers":`...))
	if len(e.Query) > 0 {
		b = e.Query.AppendJoined(append(b, `,"queryStringParameters":`...))
	}
	b = e.appendContext(append(b, `,"requestContext":`...))
	if len(e.PathParameters) > 0 {
		b = e.PathParameters.AppendLast(append(b, `,"pathParameters":`...))
	}
	if len(e.Body) > 0 {
		b = AppendBody(append(b, `,"body":`...), e.Body, e.Binary)
	}
	b = strconv.AppendBool(append(b, `,"isBase64Encoded":`...), e.Binary && len(e.Body) > 0)
	if len(e.StageVariables) > 0 {
		b = e.StageVariables.AppendLast(append(b, `,"stageVariables":`...))
	}
	return append(b, '}')
}

func (e *Event2) appendContext(b []byte) []byte {
	b = appendMember(b, `{"accountId":`, e.AccountID)
	b = appendMember(b, `,"apiId":`, e.APIID)
	if len(e.Authentication) > 0 {
		b = append(append(b, `,"authentication":`...), e.Authentication...)
	}
	if len(e.Authorizer) > 0 {
		b = append(append(b, `,"authorizer":`...), e.Authorizer...)
	}
	b = appendMember(b, `,"domainName":`, e.DomainName)
	b = appendMember(b, `,"domainPrefix":`, e.Prefix)
	b = appendMember(b, `,"http":{"method":`, e.Method)
	b = appendMember(b, `,"path":`, e.Path)
	b = appendMember(b, `,"protocol":`, e.Protocol)
	b = appendMember(b, `,"sourceIp":`, e.SourceIP)
	b = appendMember(b, `,"userAgent":`, e.UserAgent)
	b = appendMember(b, `},"requestId":`, e.RequestID)
	b = appendMember(b, `,"routeKey":`, e.RouteKey)
	b = appendMember(b, `,"stage":`, e.Stage)
	b = appendMember(b, `,"time":`, stamp.Access(e.Time))
	b = append(b, `,"timeEpoch":`...)
	b = strconv.AppendInt(b, e.Time.UnixMilli(), 10)
	return append(b, '}')
}

// appendMember appends the text up to a member's colon, and the member's text.
func appendMember(b []byte, before, text string) []byte {
	return jsontext.AppendString(append(b, before...), text)
}
