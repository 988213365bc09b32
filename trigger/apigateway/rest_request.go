package apigateway

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

type pairs = httpevent.Pairs

// restRequest is one request on its way through a REST API.
type restRequest struct {
	api    *REST
	sent   *http.Request // with the names of its headers as they were spelt
	r      *http.Request
	at     time.Time
	number uint64

	id, extendedID string
	raw            string // the path as it was sent
	rawQuery       string
	path           string // what of it is below the stage
	stage          *stage
	method         *method
	params         pairs
	body           []byte
	headers, query pairs
	peer           string
	trace          string // its header, with nothing but the root
	auth           authorization
	key            *apiKey
	problem        *failure    // what went wrong, for gateway responses
	answered       http.Header // room for those of the function's answer
}

func requestID(seed, number uint64) string { return uuid.V4(seed, number, "apigateway") }

// route finds the stage and the method.
func (x *restRequest) route() *failure {
	x.raw, x.rawQuery = httpevent.Target(x.r)
	name, rest, _ := strings.Cut(strings.TrimLeft(x.raw, "/"), "/")
	if x.stage = x.api.stages[name]; x.stage == nil {
		return noSuchStage
	}
	x.path = "/" + strings.TrimLeft(rest, "/")
	found := x.api.resources.match(strings.TrimSuffix(x.path, "/"), &x.params, hasMethods)
	if found == nil {
		return noSuchRoute
	}
	var ok bool
	if x.method, ok = found.methodOf(x.verb()); !ok {
		return noSuchRoute
	}
	x.params.Sort()
	return nil
}

// hasMethods says whether a resource is one: that a path with nothing but others below it does not stand in the way of
// a greedy one is inferred.
func hasMethods(n *node[*method]) bool { return len(n.methods) > 0 }

func (x *restRequest) verb() string { return verb(x.r) }

// verb is a request's method.
func verb(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet // what an empty one means to net/http
	}
	return r.Method
}

func (x *restRequest) readBody() *failure {
	var err error
	x.body, err = httpevent.ReadBody(x.r, maxBody)
	switch {
	case errors.Is(err, httpevent.ErrTooLarge):
		return tooLong
	case err != nil: // the client did not finish; nobody sees this
		return invalidBody.with("Bad Request")
	}
	return nil
}

// maxBody is what both kinds of API take of a request's body: 10 MB.
const maxBody = 10 << 20

// read takes the request's headers and query apart.
func (x *restRequest) read() {
	x.peer = peerIP(x.r)
	x.trace = traceOf(x.r.Header.Get(traceHeader), x.at, x.api.config.Seed, x.number)
	x.query = httpevent.FormQuery(x.rawQuery).Sort()
	x.headers = restHeaders(x.sent, x.r, x.api.config.DomainName, x.peer, x.trace)
}

const traceHeader = "X-Amzn-Trace-Id"

// peerIP is the client's address, which AWS always knows.
func peerIP(r *http.Request) string {
	if ip := httpevent.PeerIP(r); ip != "" {
		return ip
	}
	return "127.0.0.1"
}

// protocol is the client's; a request that came over no connection counts as HTTP/1.1.
func protocol(r *http.Request) string {
	if r.Proto == "" {
		return "HTTP/1.1"
	}
	return r.Proto
}

// traceOf is the trace that a client began, else a new one: a trace header with the root. What else the client's header
// says goes no further: API Gateway makes segments of its own, and takes no part in the finding of loops.
func traceOf(sent string, at time.Time, seed, number uint64) string {
	if sent != "" {
		if root := lambda.ParseTraceHeader(sent).Root; root != "" {
			return "Root=" + root
		}
	}
	return "Root=" + httpevent.TraceRoot(at, seed, number)
}

// isHidden says that events have nothing of what a client says under a name.
func isHidden(canonical string) bool {
	switch canonical {
	case "Host", traceHeader, "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", // which the API sets itself
		"Connection", "Content-Length", "Content-Md5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "Te",
		"Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate": // which reach nobody
		return true
	}
	return false
}

// restHeaders are a request's header lines as events have them. Nearly all keep their spelling as far as net/http
// does: over a real connection it makes it canonical.
func restHeaders(sent, r *http.Request, domain, peer, trace string) pairs {
	host := r.Host
	if host == "" {
		host = domain
	}
	headers := append(make(pairs, 0, len(r.Header)+8), httpevent.Pair{Name: "Host", Value: host})
	if sent != r { // the map's order would decide between spellings that are shown alike
		for _, name := range sortedKeys(sent.Header) {
			headers = addHeader(headers, http.CanonicalHeaderKey(name), name, sent.Header[name])
		}
	} else {
		for name, values := range r.Header {
			headers = addHeader(headers, name, name, values)
		}
	}
	return append(headers, // most likely behind all others already, which is quick to sort
		httpevent.Pair{Name: traceHeader, Value: trace},
		httpevent.Pair{Name: "X-Forwarded-For", Value: httpevent.ForwardedFor(r.Header, peer)},
		httpevent.Pair{Name: "X-Forwarded-Port", Value: "443"},
		httpevent.Pair{Name: "X-Forwarded-Proto", Value: "https"},
	).Sort()
}

// canonical is the request with its headers under the names that net/http looks for: r itself if they are.
func canonical(r *http.Request) *http.Request {
	if isCanonical(r.Header) {
		return r
	}
	c := *r
	c.Header = make(http.Header, len(r.Header))
	for _, name := range sortedKeys(r.Header) {
		key := http.CanonicalHeaderKey(name)
		c.Header[key] = append(c.Header[key], r.Header[name]...)
	}
	return &c
}

func isCanonical(h http.Header) bool {
	for name := range h {
		if http.CanonicalHeaderKey(name) != name {
			return false
		}
	}
	return true
}

func addHeader(headers pairs, canonical, name string, values []string) pairs {
	if isHidden(canonical) {
		return headers
	}
	if canonical == "Authorization" || canonical == "User-Agent" {
		name = canonical // events spell these one way whatever the client does
	}
	for _, value := range values {
		headers = append(headers, httpevent.Pair{Name: name, Value: value})
	}
	return headers
}

// sortedPairs is a map of the config as events have it.
func sortedPairs(m map[string]string) pairs {
	p := make(pairs, 0, len(m))
	for _, name := range sortedKeys(m) {
		p = append(p, httpevent.Pair{Name: name, Value: m[name]})
	}
	return p
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// lookUp is the last value under a name.
func lookUp(p pairs, name string) (value string, ok bool) {
	for _, x := range p {
		if x.Name == name {
			value, ok = x.Value, true
		}
	}
	return value, ok
}
