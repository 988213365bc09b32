package apigateway

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// httpRequest is one request on its way through an HTTP API.
type httpRequest struct {
	api    *HTTP
	sent   *http.Request // with the names of its headers as they were spelt
	r      *http.Request
	at     time.Time
	number uint64

	id            string
	raw, rawQuery string // as sent
	path          string // decoded, with the stage
	stage         *stage
	route         *route
	params        pairs
	body          []byte
	peer, trace   string
	auth          httpAuthorization
	answered      http.Header // room for those of the function's answer
}

// serve takes a request through the API's gates, in their order, to the function.
func (x *httpRequest) serve() (answer, *failure) {
	x.raw, x.rawQuery = httpevent.Target(x.r)
	if headSize(x.r, len(x.raw)+len(x.rawQuery)) > maxHead {
		return answer{}, httpHeaders
	}
	if a, ok := x.api.cors.preflight(x.r); ok {
		return a, nil
	}
	for _, gate := range [...]func(*httpRequest) *failure{
		(*httpRequest).findRoute, (*httpRequest).readBody, (*httpRequest).authorize, (*httpRequest).admit,
	} {
		if fail := gate(x); fail != nil {
			return answer{}, fail
		}
	}
	a, fail := x.integrate()
	x.api.cors.silence(a.header)
	return a, fail
}

// integrate calls the function and reads what it says.
func (x *httpRequest) integrate() (answer, *failure) {
	event := x.api.events.Get()
	defer x.api.events.Put(event)
	*event = x.appendEvent(*event)
	payload, how := x.call(x.route.function, *event, x.route.timeout, x.sourceARN())
	switch {
	case how != returned:
		return answer{}, httpFailureOf(how)
	case x.route.format == Payload1:
		return http1Format.read(payload, true, x.answered)
	}
	return infer(payload, x.answered)
}

// maxHead is what a request line and the headers may take together.
const maxHead = 10240

// headSize is what they take, line ends not counted.
func headSize(r *http.Request, target int) int {
	n := len(r.Method) + target + len(" ?") + len(r.Proto) + len("Host: ") + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(": ") + len(v)
		}
	}
	return n
}

// findRoute finds the stage and the route.
func (x *httpRequest) findRoute() *failure {
	var ok bool
	if x.path, ok = decodePath(x.raw); !ok {
		return httpBadRequest
	}
	if !strings.HasPrefix(x.path, "/") {
		return httpNoRoute
	}
	var below string
	if x.stage, below = x.api.stageOf(x.path); x.stage == nil {
		return httpNoRoute
	}
	if below == "/" {
		below = ""
	}
	method := verb(x.r)
	found := x.api.routes.match(below, &x.params, func(n *node[*route]) bool {
		_, ok := n.methodOf(method)
		return ok
	})
	if found != nil {
		x.route, _ = found.methodOf(method)
	} else {
		x.route = x.api.fallback
	}
	if x.route == nil {
		return httpNoRoute
	}
	x.params.Sort()
	x.peer = peerIP(x.r)
	x.trace = traceOf(x.r.Header.Get(traceHeader), x.at, x.api.config.Seed, x.number)
	return nil
}

func (x *httpRequest) readBody() *failure {
	var err error
	x.body, err = httpevent.ReadBody(x.r, maxBody)
	switch {
	case errors.Is(err, httpevent.ErrTooLarge):
		return httpTooLarge
	case err != nil: // the client did not finish; nobody sees this
		return httpBadRequest
	}
	return nil
}

// admit checks the stage's limit.
func (x *httpRequest) admit() *failure {
	if !x.stage.throttle.take(x.at) {
		return httpThrottled
	}
	return nil
}

// call invokes a function for the request, with an event that this package has written.
func (x *httpRequest) call(function string, event []byte, timeout time.Duration, sourceARN string) ([]byte, outcome) {
	c := &x.api.config
	in := input(function, event, caller(c.Identity, sourceARN), x.trace)
	in.WellFormed = true
	return call(x.r.Context(), c.Invoker, in, timeout)
}

// sourceARN is what a resource policy of the function may name. The route's path stands in it, not the request's, and
// for $default a star: both are inferred, and statements with wildcards take either.
func (x *httpRequest) sourceARN() string {
	if x.route.path == "" {
		return x.stage.methodARN(defaultName, "")
	}
	return x.stage.methodARN(verb(x.r), x.route.path)
}

// httpFailureOf is an HTTP API's answer to a call that brought no result.
func httpFailureOf(how outcome) *failure {
	switch how {
	case timedOut, throttledCall:
		return httpUnavailable
	case tooLarge:
		return httpTooLarge
	}
	return httpFailed
}
