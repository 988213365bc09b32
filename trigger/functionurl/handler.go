package functionurl

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// Handler serves function URLs. It is made by [New], is safe for concurrent use, and has no goroutine while it serves
// nothing. A request calls its function at most once.
type Handler struct {
	opts    Options
	suffix  string // of host names
	numbers atomic.Uint64
	events  httpevent.Buffers
}

// New makes a handler. It fails if there is no Invoker, not exactly one of URLs and URL, or the URL is not right.
func New(o Options) (*Handler, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	return &Handler{opts: o, suffix: ".lambda-url." + o.Identity.Region + ".on.aws"}, nil
}

// exchange is one request on its way to an answer.
type exchange struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	now   time.Time
	id    string // the request id, also of the invocation
	trace string
	site  site
}

// ServeHTTP answers one request. When the client goes away it gives up waiting; the function runs on. It panics with
// [http.ErrAbortHandler], which net/http's server knows, where a stream that has begun must be cut off.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, now: time.Now()}
	number := h.numbers.Add(1)
	x.id = uuid.V4(h.opts.Seed, number, "function url")
	x.trace = httpevent.TraceHeader(r.Header.Get("X-Amzn-Trace-Id"), httpevent.TraceRoot(x.now, h.opts.Seed, number))
	w.Header().Set("X-Amzn-Requestid", x.id)
	w.Header().Set("X-Amzn-Trace-Id", x.trace)

	var ok bool
	if x.site, ok = h.find(x.now, r.Host); !ok {
		lambda.ForeignAccount().WriteHTTP(w) // the same refusal without a text
		return
	}
	if isPreflight(r) && x.site.cors != nil {
		answerPreflight(w, r, x.site.cors)
		return
	}
	if x.site.cors != nil {
		addCORS(w.Header(), x.site.cors, r.Header.Get("Origin"))
	}
	x.serve()
}

// serve answers what is for the function.
func (x *exchange) serve() {
	body, err := httpevent.ReadBody(x.r, lambda.MaxRequestPayload)
	if errors.Is(err, httpevent.ErrTooLarge) {
		requestTooLarge().WriteHTTP(x.w)
		return
	}
	if err != nil {
		x.plain(http.StatusBadRequest, "Bad Request")
		return
	}
	who, ok := x.authenticate(body)
	if !ok {
		forbidden().WriteHTTP(x.w)
		return
	}
	event := x.h.events.Get()
	defer x.h.events.Put(event)
	*event = x.appendEvent(*event, body, who)
	in := invoke.Input{
		FunctionName: x.site.function, Qualifier: x.site.qualifier, RequestID: x.id, TraceHeader: x.trace,
		Payload: *event, WellFormed: true, Caller: x.caller(who),
	}
	switch {
	case len(in.Payload) > lambda.MaxRequestPayload:
		requestTooLarge().WriteHTTP(x.w)
	case x.site.mode == registry.ResponseStream:
		x.stream(in)
	default:
		x.buffer(in)
	}
}

// authenticate finds out who calls: nil for a URL that does not ask. ok is false for somebody whom it does not know.
func (x *exchange) authenticate(body []byte) (who *Principal, ok bool) {
	if x.site.auth != registry.AuthAWSIAM {
		return nil, true
	}
	if x.h.opts.Authenticate == nil {
		return nil, false
	}
	who, err := x.h.opts.Authenticate(x.r, body)
	return who, err == nil && who != nil
}

// caller is whom the function's policies are asked about.
func (x *exchange) caller(who *Principal) *iam.Caller {
	c := &iam.Caller{Principal: "*", FunctionURLAuthType: string(x.site.auth)}
	if who != nil {
		c.Principal, c.OrgID = who.ARN, who.OrgID
	}
	return c
}

var _ http.Handler = (*Handler)(nil)
