package alb

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// appendEvent appends what the function gets.
func (x *exchange) appendEvent(b, body []byte) []byte {
	peer := httpevent.PeerIP(x.r)
	headers := httpevent.LowerHeaders(x.r, httpevent.Pairs{
		{Name: "x-amzn-trace-id", Value: x.trace},
		{Name: "x-forwarded-for", Value: httpevent.ForwardedFor(x.r.Header, peer)},
		{Name: "x-forwarded-port", Value: listenerPort(x.r)},
		{Name: "x-forwarded-proto", Value: scheme(x.r)},
	})
	e := event{
		group: x.g.opts.TargetGroupARN, multi: x.g.opts.MultiValueHeaders,
		method: x.r.Method, headers: headers, body: body, binary: httpevent.IsBinary(x.r.Header, len(body)),
	}
	if e.method == "" {
		e.method = http.MethodGet // what an empty one means to net/http
	}
	path, query := httpevent.Target(x.r)
	e.path, e.query = path, httpevent.RawQuery(query).Sort()
	return e.append(b)
}

// event is an event before it is JSON.
type event struct {
	group          string
	multi          bool
	method, path   string
	query, headers httpevent.Pairs
	body           []byte
	binary         bool
}

func (e *event) append(b []byte) []byte {
	b = jsontext.AppendString(append(b, `{"requestContext":{"elb":{"targetGroupArn":`...), e.group)
	b = jsontext.AppendString(append(b, `}},"httpMethod":`...), e.method)
	b = jsontext.AppendString(append(b, `,"path":`...), e.path)
	if e.multi {
		b = e.query.AppendLists(append(b, `,"multiValueQueryStringParameters":`...))
		b = e.headers.AppendLists(append(b, `,"multiValueHeaders":`...))
	} else {
		b = e.query.AppendLast(append(b, `,"queryStringParameters":`...))
		b = e.headers.AppendLast(append(b, `,"headers":`...))
	}
	b = httpevent.AppendBody(append(b, `,"body":`...), e.body, e.binary)
	b = strconv.AppendBool(append(b, `,"isBase64Encoded":`...), e.binary)
	return append(b, '}')
}

// traceHeader is X-Amzn-Trace-Id as a load balancer passes it on: a trace that the client began gets the load
// balancer's part as Self, in the place of an earlier load balancer's.
func traceHeader(had, root string) string {
	if !httpevent.HasRoot(had) {
		return httpevent.TraceHeader(had, root)
	}
	header := "Self=" + root
	for field := range strings.SplitSeq(had, ";") {
		if !strings.HasPrefix(strings.TrimSpace(field), "Self=") {
			header += ";" + field
		}
	}
	return header
}

// scheme is what the listener speaks.
func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// listenerPort is the port on which the request came in: the server's, or that of the host it asked for, or the
// scheme's.
func listenerPort(r *http.Request) string {
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, port, err := net.SplitHostPort(addr.String()); err == nil {
			return port
		}
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil && port != "" {
		return port
	}
	if r.TLS != nil {
		return "443"
	}
	return "80"
}
