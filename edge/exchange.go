package edge

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// exchange is one viewer's request on its way through the chain. It begins on the stack of its request, where a cached
// answer without functions leaves it; see move.
type exchange struct {
	d        *Distribution
	b        *behavior
	r        *http.Request
	id       string
	secure   bool
	partial  bool     // the viewer asks for less than the whole
	first    request  // as it came, once it is past the checks of the protocol; without what only functions and origins see
	viewer   *request // as the viewer-request function left it
	bound    *request // the same with default root object and CloudFront's headers: what key and origin see
	prepared bool     // viewer.header is a copy, and complete
}

// answer is what a viewer gets.
type answer struct {
	response *response
	xCache   string
	entry    *entry    // of the cache; nil if the answer is new
	at       time.Time // when the entry was used
	failed   *failure  // a function's; nil for none
	plain    bool      // no custom error response either
	close    bool      // the connection is closed
}

// The quotas of a viewer's request, in bytes.
const (
	maxRequestHead = 20480
	maxURL         = 8192
)

// move is the exchange on the heap, for the rest of the chain, which others may hold on to: functions, and those who wait
// for the same answer.
func (x *exchange) move() *exchange {
	y := new(*x)
	if y.first.method != "" {
		y.first.clientIP, y.first.body = clientIP(x.r), bodyOf(x.r)
		y.viewer = &y.first
	}
	return y
}

// serve is the chain after the checks that need no function, of which refused is the outcome: the viewer-request
// function, cache and origin, the viewer-response function.
func (x *exchange) serve(ctx context.Context, refused *answer) answer {
	if refused != nil {
		if x.viewer == nil {
			return *refused
		}
		return x.substitute(ctx, *refused)
	}
	if a, ok := x.runViewerRequest(ctx); !ok {
		return x.substitute(ctx, a)
	}
	x.bind()
	a := x.lookUp(ctx)
	if a.response.status >= 400 { // a function's failure among them, and whatever is shown in its place
		return x.substitute(ctx, a)
	}
	return x.runViewerResponse(ctx, a)
}

// admit is steps 1 to 4 of the chain: the answer of a request that ends there, or nil. It makes the request that the
// viewer-request function sees.
func (x *exchange) admit() *answer {
	r := x.r
	uri := r.URL.EscapedPath()
	var size int
	size, x.partial = readHead(r)
	switch {
	case size > maxRequestHead, urlSize(uri, r.URL.RawQuery) > maxURL:
		a := x.own(http.StatusRequestEntityTooLarge, textBadRequest)
		a.close = true
		return a
	case !x.d.serves(r.Host):
		return x.own(http.StatusForbidden, textBadRequest)
	case !strings.HasPrefix(uri, "/"):
		return x.own(http.StatusBadRequest, textBadRequest)
	}
	x.b = x.d.match(uri)
	if a := x.checkProtocol(uri); a != nil {
		return a
	}
	if !x.b.allows(r.Method) {
		return x.own(http.StatusForbidden, textMethod)
	}
	if r.ContentLength != 0 && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return x.own(http.StatusForbidden, textBadRequest)
	}
	x.first = request{method: r.Method, uri: uri, query: r.URL.RawQuery, header: r.Header}
	if !x.d.admitsCountry(r) {
		return x.own(http.StatusForbidden, textCountry)
	}
	if x.b.trustedKeys != nil {
		if denied := x.checkSignature(time.Now()); denied != nil {
			return &answer{response: denied, xCache: xError}
		}
	}
	return nil
}

// urlSize is the size of a path and query string.
func urlSize(uri, query string) int {
	if query == "" {
		return len(uri)
	}
	return len(uri) + len("?") + len(query)
}

// readHead is the size of the request line and the header lines, and whether one of them asks for less than the whole.
func readHead(r *http.Request) (size int, partial bool) {
	size = len(r.Method) + len(r.RequestURI) + len(r.Proto) + len(r.Host) + len("  \r\nHost: \r\n")
	for name, values := range r.Header {
		size += fieldSize(name, values)
		partial = partial || isCondition(name)
	}
	return size, partial
}

// clientIP is the peer's address.
func clientIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// own is an error of CloudFront's own, after which no function runs.
func (x *exchange) own(status int, text string) *answer {
	return &answer{response: errorPage(status, text, x.id), xCache: xError}
}

// broken is the answer for a function's failure.
func (x *exchange) broken(f *failure) answer {
	if f.log != "" {
		x.d.config.Logf("(%s) ERROR %s", x.id, f.log)
	}
	return answer{response: errorPage(f.status, f.text, x.id), xCache: f.xCache, failed: f, plain: f.xCache == xLimit}
}

// checkProtocol applies the viewer protocol policy: nil admits.
func (x *exchange) checkProtocol(uri string) *answer {
	r := x.r
	if x.secure || x.b.protocol == "allow-all" {
		return nil
	}
	status, ok := redirectStatus(r.Method, r.ProtoAtLeast(1, 1))
	if x.b.protocol == "https-only" || !ok {
		return x.own(http.StatusForbidden, textBadRequest)
	}
	location := "https://" + r.Host + uri
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	return &answer{response: redirectPage(status, location), xCache: xRedirect, plain: true}
}

// redirectStatus is how a request is sent to HTTPS: only HTTP/1.1 has a status that keeps the method.
func redirectStatus(method string, http11 bool) (int, bool) {
	switch {
	case method == http.MethodGet, method == http.MethodHead:
		return http.StatusMovedPermanently, true
	case http11:
		return http.StatusTemporaryRedirect, true
	}
	return 0, false
}

// prepare makes the viewer's headers the exchange's own, with Host, and without those that nobody gets to see. The way
// to a cached answer without functions does not need that.
func (x *exchange) prepare() {
	if x.prepared {
		return
	}
	x.prepared = true
	header := make(http.Header, len(x.r.Header)+1)
	for name, values := range x.viewer.header {
		if !isDisallowed(strings.ToLower(name)) && !(name == "Accept-Encoding" && x.losesEncoding()) {
			header[name] = values
		}
	}
	header["Host"] = []string{x.r.Host}
	if x.viewer.body != nil && x.r.Header["Content-Length"] == nil && x.viewer.body.length >= 0 {
		header["Content-Length"] = []string{strconv.Itoa(int(x.viewer.body.length))}
	}
	x.viewer.header = header
}

// losesEncoding says whether Accept-Encoding is taken from the request: CloudFront does so before HTTP/1.1 where it
// would normalise the header.
func (x *exchange) losesEncoding() bool { return !x.r.ProtoAtLeast(1, 1) && x.b.normalisesEncoding() }

// asksForRoot says whether the default root object takes the place of a URI.
func (x *exchange) asksForRoot(uri string) bool {
	return uri == "/" && x.d.config.DefaultRootObject != ""
}

// bind makes the request that key and origin see.
func (x *exchange) bind() {
	if x.b.keysHost || x.losesEncoding() {
		x.prepare()
	}
	x.bound = x.viewer
	if !x.asksForRoot(x.viewer.uri) && len(x.b.addedHeaders) == 0 {
		return
	}
	x.prepare()
	bound := *x.viewer
	if x.asksForRoot(bound.uri) {
		bound.uri = "/" + strings.TrimPrefix(x.d.config.DefaultRootObject, "/")
	}
	x.bound = &bound
	x.addViewerHeaders()
}

// event is the event of a trigger.
func (x *exchange) event(t EventType, req *Request, resp *Response) *Event {
	c := EventConfig{DistributionDomainName: x.d.config.DomainName, DistributionID: x.d.config.ID, EventType: t, RequestID: x.id}
	return &Event{Records: []Record{{CF: CF{Config: c, Request: req, Response: resp}}}}
}

// runViewerRequest is step 5. It reports false if the answer is there.
func (x *exchange) runViewerRequest(ctx context.Context) (answer, bool) {
	t := x.b.viewerRequest
	if t == nil {
		return answer{}, true
	}
	x.prepare()
	next, made, f := x.callRequest(ctx, t, x.viewer, false)
	switch {
	case f != nil:
		return x.broken(f), false
	case made != nil:
		return answer{response: made, xCache: xGenerated}, false
	}
	x.viewer = next
	return answer{}, true
}

// callRequest runs a request trigger's function and applies what it returned: another request, or a response.
func (x *exchange) callRequest(ctx context.Context, t *trigger, req *request, hideQuery bool) (*request, *response, *failure) {
	shown := req.show()
	if hideQuery {
		shown.QueryString = ""
	}
	if t.includeBody {
		var err error
		if shown.Body, err = req.body.expose(quotas(t.event).exposed); err != nil {
			return nil, nil, executionFailure("the request's body could not be read: " + err.Error())
		}
	}
	res, f := t.call(ctx, &x.d.work, x.event(t.event, shown, nil))
	switch {
	case f != nil:
		return nil, nil, f
	case res.response != nil:
		made, f := generated(t.event, res.response)
		return nil, made, f
	}
	next, f := applyRequest(t.event, req, shown, res.request)
	return next, nil, f
}

// runViewerResponse is the last function. It changes headers only, of this answer only.
func (x *exchange) runViewerResponse(ctx context.Context, a answer) answer {
	t := x.b.viewerResponse
	if t == nil {
		return a
	}
	x.prepare()
	res, f := t.call(ctx, &x.d.work, x.event(t.event, x.viewer.show(), a.response.show()))
	if f != nil {
		return x.broken(f)
	}
	changed, f := applyViewerResponse(a.response, res.response)
	if f != nil {
		return x.broken(f)
	}
	a.response = changed
	return a
}
