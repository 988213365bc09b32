package edge

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Origin is where a distribution gets its answers: a web server, an http.Handler or a bucket, or two of them as a group.
// The zero value of a field is CloudFront's default. An Origin must not be changed once a Distribution has it.
type Origin struct {
	// ID is what cache behaviors name it by; it may be left out for the config's only Origin.
	ID string
	// DomainName is the host to ask, and the Host header unless a policy forwards the viewer's.
	DomainName string
	// Path stands before every URI: "" or /a.
	Path string
	// CustomHeaders are added to every request, in place of headers of the same name.
	CustomHeaders map[string]string
	// Protocol is http-only, https-only or match-viewer; "" means https-only. Buckets always match the viewer.
	Protocol string
	// HTTPPort and HTTPSPort are 80 and 443 unless set.
	HTTPPort, HTTPSPort int
	// SSLProtocols are shown to functions; nil means TLSv1, TLSv1.1 and TLSv1.2. What is really spoken is Transport's.
	SSLProtocols []string
	// ReadTimeout is how long the origin may be silent, whole seconds; 0 means 30 s.
	ReadTimeout time.Duration
	// KeepaliveTimeout is shown to functions, whole seconds; 0 means 5 s.
	KeepaliveTimeout time.Duration
	// ConnectionTimeout is for one try to connect, 1 s to 10 s; 0 means 10 s. Transport, if there is one, has its own.
	ConnectionTimeout time.Duration
	// ConnectionAttempts is how often to try, 1 to 3; 0 means 3. A GET or HEAD that the origin does not answer in time
	// is tried as often.
	ConnectionAttempts int
	// Transport asks the origin; nil means a net/http transport, and so the network.
	Transport http.RoundTripper
	// S3 makes the origin a bucket; nil for any other server.
	S3 *S3Access
	// Secondary makes the origin the primary one of a group: it is asked when this one fails a GET, HEAD or OPTIONS.
	Secondary *Origin
	// FailoverStatusCodes are the answers that count as failing, of 400, 403, 404, 416, 500, 502, 503 and 504. Not to
	// answer counts always.
	FailoverStatusCodes []int

	_ struct{}
}

// S3Access says how a bucket is asked.
type S3Access struct {
	// Region is the bucket's, shown to functions; "" means us-east-1.
	Region string
	// OriginAccessIdentity signs requests with an identity, and is shown to functions.
	OriginAccessIdentity bool
	// OriginAccessControl is always, never or no-override (which signs unless the viewer's Authorization is forwarded);
	// "" for none.
	OriginAccessControl string

	_ struct{}
}

// HandlerOrigin is an origin in the same process, named origin.example.com. The handler runs in a goroutine of its own,
// which the distribution's Close waits for, and its answer is taken whole.
func HandlerOrigin(h http.Handler) *Origin {
	return &Origin{ID: "handler", DomainName: "origin.example.com", Transport: &handlerTransport{handler: h}}
}

// BucketOrigin is an S3 origin over a Bucket, with the domain name of the bucket. access may be nil: requests are not
// signed then, and the bucket must be public.
func BucketOrigin(b *Bucket, access *S3Access) *Origin {
	if access == nil {
		access = &S3Access{}
	}
	return &Origin{ID: b.Name, DomainName: b.domain(), Transport: b, S3: access}
}

// Group is an origin group: a copy of primary that fails over to secondary on those statuses.
func Group(primary, secondary *Origin, statusCodes ...int) *Origin {
	g := *primary
	g.Secondary, g.FailoverStatusCodes = secondary, slices.Clone(statusCodes)
	return &g
}

// withDefaults is a copy with every field set.
func (o *Origin) withDefaults() *Origin {
	c := *o
	c.Protocol = defaulted(c.Protocol, "https-only")
	c.HTTPPort = defaulted(c.HTTPPort, 80)
	c.HTTPSPort = defaulted(c.HTTPSPort, 443)
	c.ReadTimeout = defaulted(c.ReadTimeout, 30*time.Second)
	c.KeepaliveTimeout = defaulted(c.KeepaliveTimeout, 5*time.Second)
	c.ConnectionTimeout = defaulted(c.ConnectionTimeout, 10*time.Second)
	c.ConnectionAttempts = defaulted(c.ConnectionAttempts, 3)
	if c.SSLProtocols == nil {
		c.SSLProtocols = []string{"TLSv1", "TLSv1.1", "TLSv1.2"}
	}
	if c.S3 != nil {
		c.S3 = new(*c.S3)
		c.S3.Region = defaulted(c.S3.Region, edgeRegion)
	}
	if c.Transport == nil {
		c.Transport = networkTransport(c.ConnectionTimeout)
	}
	if c.Secondary != nil {
		c.Secondary = c.Secondary.withDefaults()
	}
	return &c
}

func defaulted[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

// networkTransport asks over the network. It neither compresses nor follows redirects.
func networkTransport(connect time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout: connect,
		DisableCompression:  true,
		IdleConnTimeout:     90 * time.Second,
	}
}

var failoverStatuses = []int{400, 403, 404, 416, 500, 502, 503, 504}

// check refuses an origin, with defaults, that CloudFront does not take.
func (o *Origin) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("edge: origin %q: %s", o.ID, fmt.Sprintf(format, args...))
	}
	headers := Headers{}
	for name, value := range o.CustomHeaders {
		headers.Add(name, value)
	}
	switch {
	case !isDomainName(o.DomainName, 253):
		return wrong("the domain name %q is not valid", o.DomainName)
	case o.S3 != nil && !isBucketDomain(o.DomainName):
		return wrong("the domain name %q is no bucket's", o.DomainName)
	case !isOriginPath(o.Path):
		return wrong("the path %q is not valid", o.Path)
	case !slices.Contains([]string{"http-only", "https-only", "match-viewer"}, o.Protocol):
		return wrong("the protocol %q is not valid", o.Protocol)
	case !isOriginPort(o.HTTPPort), !isOriginPort(o.HTTPSPort):
		return wrong("a port is not 80, 443 or 1024 to 65535")
	case !areSSLProtocols(o.SSLProtocols):
		return wrong("an SSL protocol is not known")
	case o.ReadTimeout < time.Second, o.ReadTimeout > maxConfiguredTimeout, o.KeepaliveTimeout < time.Second,
		o.KeepaliveTimeout > maxConfiguredTimeout, o.ReadTimeout%time.Second != 0, o.KeepaliveTimeout%time.Second != 0:
		return wrong("a timeout is not 1 to %v seconds", maxConfiguredTimeout.Seconds())
	case o.ConnectionTimeout < time.Second, o.ConnectionTimeout > 10*time.Second:
		return wrong("the connection timeout is not 1 to 10 seconds")
	case o.ConnectionAttempts < 1, o.ConnectionAttempts > 3:
		return wrong("the connection attempts are not 1 to 3")
	case !checkCustomHeaders(headers, nil):
		return wrong("one or more custom headers are not valid")
	case len(headers) < len(o.CustomHeaders):
		return wrong("a custom header is there twice, in two spellings")
	case o.S3 != nil && !slices.Contains([]string{"", "always", "never", "no-override"}, o.S3.OriginAccessControl):
		return wrong("the origin access control %q is not valid", o.S3.OriginAccessControl)
	case o.S3 != nil && o.S3.OriginAccessIdentity && o.S3.OriginAccessControl != "":
		return wrong("it has both an identity and an access control")
	case o.Secondary == nil && len(o.FailoverStatusCodes) > 0:
		return wrong("failover without a secondary origin")
	}
	return o.checkGroup(wrong)
}

// maxConfiguredTimeout is the highest quota of an origin's timeouts.
const maxConfiguredTimeout = 180 * time.Second

func (o *Origin) checkGroup(wrong func(string, ...any) error) error {
	if o.Secondary == nil {
		return nil
	}
	for _, code := range o.FailoverStatusCodes {
		if !slices.Contains(failoverStatuses, code) {
			return wrong("status %d is not one to fail over on", code)
		}
	}
	if o.Secondary.Secondary != nil {
		return wrong("a group has two origins")
	}
	return o.Secondary.check()
}

// event is the origin as functions see it. secure is the viewer's protocol.
func (o *Origin) event(secure bool) *RequestOrigin {
	custom := Headers{}
	for name, value := range o.CustomHeaders {
		custom.Set(name, value)
	}
	if o.S3 != nil {
		s := &S3Origin{AuthMethod: authNone, CustomHeaders: custom, DomainName: o.DomainName, Path: o.Path}
		if o.S3.OriginAccessIdentity {
			s.AuthMethod, s.Region = originAccessIdentity, o.S3.Region
		}
		return &RequestOrigin{S3: s}
	}
	c := &CustomOrigin{
		CustomHeaders: custom, DomainName: o.DomainName, Path: o.Path, Protocol: "https", Port: o.HTTPSPort,
		ReadTimeout: int(o.ReadTimeout / time.Second), KeepaliveTimeout: int(o.KeepaliveTimeout / time.Second),
		SSLProtocols: slices.Clone(o.SSLProtocols),
	}
	if o.Protocol == "http-only" || o.Protocol == "match-viewer" && !secure {
		c.Protocol, c.Port = "http", o.HTTPPort
	}
	return &RequestOrigin{Custom: c}
}

// failsOver says whether an answer, or nil for none, sends the request on to the secondary origin. A body that went to
// the primary origin cannot go there again.
func (o *Origin) failsOver(req *request, r *response) bool {
	switch {
	case o.Secondary == nil, req.body != nil && req.body.rest != nil:
		return false
	case req.method != http.MethodGet && req.method != http.MethodHead && req.method != http.MethodOptions:
		return false
	}
	return r == nil || slices.Contains(o.FailoverStatusCodes, r.status)
}

// address is where and how a request goes in the end, after the function had its say.
type address struct {
	scheme, host, path string
	readTimeout        time.Duration
	customHeaders      Headers
	s3                 bool
	identity           bool // an origin access identity signs
}

// addressOf is the address of an origin as an event, or a function, gives it.
func addressOf(o *RequestOrigin, secure bool, fallback time.Duration) address {
	if s := o.S3; s != nil {
		a := address{scheme: "http", host: s.DomainName, path: s.Path, readTimeout: fallback,
			customHeaders: s.CustomHeaders, s3: true, identity: s.AuthMethod == originAccessIdentity}
		if secure {
			a.scheme = "https"
		}
		return a
	}
	c := o.Custom
	a := address{scheme: c.Protocol, host: c.DomainName, path: c.Path, customHeaders: c.CustomHeaders,
		readTimeout: time.Duration(c.ReadTimeout) * time.Second}
	if c.Protocol == "http" && c.Port != 80 || c.Protocol == "https" && c.Port != 443 {
		a.host = net.JoinHostPort(c.DomainName, strconv.Itoa(c.Port))
	}
	return a
}

var errReadTimeout = errors.New("edge: the origin did not answer in time")

// sameHost says whether two domain names are one.
func sameHost(a, b string) bool { return strings.EqualFold(a, b) }
