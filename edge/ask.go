package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// ask sends a request to its origin and reads the whole answer. If there is none, the second result is CloudFront's own.
// A cacheable HEAD is asked as a GET, whose answer serves both.
func (x *exchange) ask(ctx context.Context, o *Origin, req *request, cacheable bool) (*response, answer) {
	a := addressOf(req.origin, x.secure, o.ReadTimeout)
	domain, _, _ := strings.Cut(a.host, ":")
	transport, configured := x.d.transport(o, domain)
	if f := x.d.config.LookupHost; f != nil && !sameHost(domain, o.DomainName) && f(ctx, domain) != nil {
		return nil, x.unreachable(http.StatusBadGateway, textResolve)
	}
	method := req.method
	if cacheable && method == http.MethodHead {
		method = http.MethodGet
	}
	if a.s3 && a.signs(configured, req.header) {
		ctx = signed(ctx)
	}
	attempts := 1
	if req.body == nil {
		attempts = o.ConnectionAttempts
	}
	var err error
	for range attempts {
		var resp *response
		resp, err = x.send(ctx, transport, method, a, req)
		if err == nil {
			x.b.clean(resp, req)
			return resp, answer{}
		}
		if !retries(method, err) || ctx.Err() != nil {
			break
		}
	}
	if isTimeout(err) {
		return nil, x.unreachable(http.StatusGatewayTimeout, textTimeout)
	}
	return nil, x.unreachable(http.StatusBadGateway, textConnect)
}

// signs says whether a request to a bucket is signed: by its identity, or by the access control of the configured
// origin with that name.
func (a address) signs(configured *Origin, h http.Header) bool {
	if a.identity || configured == nil || configured.S3 == nil {
		return a.identity
	}
	switch configured.S3.OriginAccessControl {
	case "always":
		return true
	case "no-override":
		return h["Authorization"] == nil
	}
	return false
}

// retries says whether a failed request may be sent again: one that never arrived, or a GET or HEAD that got no answer
// in time.
func retries(method string, err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return false
	case errors.As(err, &op) && op.Op == "dial":
		return true
	}
	return errors.Is(err, errReadTimeout) && (method == http.MethodGet || method == http.MethodHead)
}

// isTimeout says whether time ran out, in connecting or in waiting.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, errReadTimeout) || errors.As(err, &timeout) && timeout.Timeout()
}

// send sends a request once. The origin may be silent for the read timeout, before the answer and within it.
func (x *exchange) send(ctx context.Context, transport http.RoundTripper, method string, a address, req *request) (*response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(a.readTimeout, func() { cancel(errReadTimeout) })
	defer timer.Stop()
	resp, err := transport.RoundTrip(x.outgoing(ctx, method, a, req))
	if err == nil {
		defer resp.Body.Close()
		var data []byte
		bound := x.d.config.MaxObjectSize
		data, err = io.ReadAll(io.LimitReader(&patient{resp.Body, timer, a.readTimeout}, min(bound, math.MaxInt64-1)+1))
		switch {
		case int64(len(data)) > bound:
			return nil, errTooLarge
		case err == nil:
			return received(method, resp, data)
		}
	}
	if errors.Is(context.Cause(ctx), errReadTimeout) {
		return nil, errReadTimeout
	}
	return nil, err
}

var errTooLarge = errors.New("edge: the origin's answer is larger than MaxObjectSize")

// patient winds the timer up again with everything that arrives.
type patient struct {
	io.Reader
	timer *time.Timer
	d     time.Duration
}

// Read reads.
func (p *patient) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if n > 0 {
		p.timer.Reset(p.d)
	}
	return n, err
}

// outgoing is the request as it goes out: with the origin's custom headers over the viewer's, and what functions do not
// see.
func (x *exchange) outgoing(ctx context.Context, method string, a address, req *request) *http.Request {
	h := cloneHeader(req.header)
	out := &http.Request{
		Method: method, URL: target(a, req.uri, req.query), Header: h, Host: h.Get("Host"),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	for name, lines := range a.customHeaders {
		key := textproto.CanonicalMIMEHeaderKey(name)
		delete(h, key)
		for _, l := range lines {
			h[key] = append(h[key], l.Value)
		}
	}
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding"} {
		delete(h, name) // net/http's business
	}
	h["X-Amz-Cf-Id"] = []string{x.id}
	if b := req.body; b != nil {
		out.Body, out.ContentLength = io.NopCloser(b.reader()), b.length
		if b.length == 0 {
			out.Body = http.NoBody
		}
	}
	return out.WithContext(ctx)
}

// received is an answer that arrived whole. One that is shorter than it says is none.
func received(method string, resp *http.Response, data []byte) (*response, error) {
	if resp.StatusCode < 200 || resp.StatusCode > 599 {
		return nil, fmt.Errorf("edge: the origin answered with status %d", resp.StatusCode)
	}
	if method != http.MethodHead && resp.ContentLength > 0 && int64(len(data)) != resp.ContentLength &&
		resp.StatusCode != http.StatusNotModified {
		return nil, io.ErrUnexpectedEOF
	}
	h := cloneHeader(resp.Header)
	delete(h, "Content-Length")
	delete(h, "Transfer-Encoding")
	switch {
	case len(resp.TransferEncoding) > 0:
		h["Transfer-Encoding"] = []string{"chunked"}
	case method == http.MethodHead && resp.ContentLength >= 0:
		h["Content-Length"] = []string{strconv.Itoa(int(resp.ContentLength))}
	case method != http.MethodHead && resp.StatusCode != http.StatusNotModified && resp.StatusCode != http.StatusNoContent:
		h["Content-Length"] = []string{strconv.Itoa(len(data))}
	}
	_, description, ok := strings.Cut(resp.Status, " ")
	if !ok || description == "" {
		description = http.StatusText(resp.StatusCode)
	}
	return &response{status: resp.StatusCode, description: description, header: h, body: data}, nil
}

// hopByHop are response headers that concern the connection to the origin only, in canonical form. So does what
// Connection names.
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Upgrade"}

// clean takes from an origin's answer what does not go further.
func (b *behavior) clean(r *response, req *request) {
	for _, l := range r.header["Connection"] {
		for name := range strings.SplitSeq(l, ",") {
			if key := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); !endToEnd[key] {
				delete(r.header, key)
			}
		}
	}
	for _, name := range hopByHop {
		delete(r.header, name)
	}
	if !b.forwardsCookies() || req.origin.S3 != nil {
		delete(r.header, "Set-Cookie")
	}
	if vary := b.reduceVary(r.header["Vary"]); vary != "" {
		r.header["Vary"] = []string{vary}
	} else {
		delete(r.header, "Vary")
	}
}

// endToEnd are headers that Connection cannot take away, because they say what the answer is.
var endToEnd = nameSet("Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "Expires", "Transfer-Encoding", "Vary")

// reduceVary is Vary with the names that are forwarded, of which alone viewers' answers can depend.
func (b *behavior) reduceVary(lines []string) string {
	var kept []string
	for _, l := range lines {
		for name := range strings.SplitSeq(l, ",") {
			name = strings.TrimSpace(name)
			key := textproto.CanonicalMIMEHeaderKey(name)
			if name == "*" || key == "Accept-Encoding" || key == "Cookie" || b.selectsHeader(key) ||
				key == "User-Agent" && b.knowsDevices() {
				kept = append(kept, name)
			}
		}
	}
	return strings.Join(kept, ", ")
}
