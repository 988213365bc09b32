package apigateway

import (
	"net/http"
	"strconv"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// appendEvent appends the request as the route's function sees it.
func (x *httpRequest) appendEvent(b []byte) []byte {
	binary := isBinary(x.r, len(x.body))
	if x.route.format == Payload1 {
		e := x.describe1()
		e.body, e.binary = x.body, binary
		return e.append(b)
	}
	e := x.describe2()
	e.Body, e.Binary = x.body, binary
	return e.Append(b)
}

// isBinary says whether a body goes in Base64. Which types HTTP APIs take for text is not known: that it is those that
// ALB does is inferred.
func isBinary(r *http.Request, length int) bool { return httpevent.IsBinary(r.Header, length) }

// describe2 is the request in the payload format 2.0, without its body.
func (x *httpRequest) describe2() httpevent.Event2 {
	c := &x.api.config
	e := httpevent.Event2{
		RouteKey: x.route.key, Stage: x.stage.name, RawPath: x.path, RawQuery: x.rawQuery,
		Cookies: httpevent.Cookies(x.r.Header), Headers: x.headers2(), Query: httpevent.FormQuery(x.rawQuery).Sort(),
		PathParameters: x.params, StageVariables: x.stage.variables, AccountID: c.Identity.Account, APIID: c.APIID,
		Authorizer: x.auth.json2, DomainName: c.DomainName, Prefix: x.api.domainPrefix, Path: x.path, RequestID: x.id,
	}
	e.SetRequest(x.r, x.at)
	e.Protocol, e.SourceIP = protocol(x.r), x.peer
	return e
}

// headers2 are the request's header lines under lower-case names. Cookies have a place of their own.
func (x *httpRequest) headers2() pairs {
	own := pairs{
		{Name: "x-amzn-trace-id", Value: x.trace},
		{Name: "x-forwarded-for", Value: httpevent.ForwardedFor(x.r.Header, x.peer)},
		{Name: "x-forwarded-port", Value: "443"},
		{Name: "x-forwarded-proto", Value: "https"},
	}
	if x.r.Host == "" {
		own = append(own, httpevent.Pair{Name: "host", Value: x.api.config.DomainName})
	}
	return httpevent.LowerHeaders(x.r, own, "cookie")
}

// describe1 is the request in the payload format 1.0, without its body. That path has the stage in it, that parameters
// of the path are decoded, and that headers are spelt as in a REST API, is inferred.
func (x *httpRequest) describe1() event1 {
	c := &x.api.config
	e := event1{
		version: string(Payload1), resource: x.route.path, path: x.raw, verb: verb(x.r),
		query: httpevent.FormQuery(x.rawQuery).Sort(), params: x.params, variables: x.stage.variables,
		headers:    restHeaders(x.sent, x.r, c.DomainName, x.peer, x.trace),
		resourceID: x.route.key, requestID: x.id, extendedID: x.id, at: x.at, rawPath: x.raw, protocol: protocol(x.r),
		stage: x.stage.name, accountID: c.Identity.Account, apiID: c.APIID, domain: c.DomainName,
		domainPrefix: x.api.domainPrefix, peer: x.peer, userAgent: x.r.UserAgent(),
		authorizer: x.auth.json1, identity: x.auth.identity,
	}
	if e.resource == "" {
		e.resource = defaultName
	}
	if len(x.body) > 0 {
		length := httpevent.Pair{Name: "Content-Length", Value: strconv.Itoa(len(x.body))}
		e.headers = append(e.headers, length).Sort()
	}
	return e
}
