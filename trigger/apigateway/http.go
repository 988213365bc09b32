package apigateway

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// HTTPConfig describes an HTTP API. It is read once, by [NewHTTP].
type HTTPConfig struct {
	// Invoker calls the functions; an *invoke.Service is one.
	Invoker Invoker
	// Identity is the account and Region that the API is in.
	Identity lambda.Identity
	// APIID is of lower-case letters and digits; "" means a1b2c3d4e5.
	APIID string
	// DomainName is what functions see as the API's; "" means <APIID>.execute-api.<Region>.amazonaws.com.
	DomainName string
	// Stages are what the API is deployed to; none at all is one by the name $default, which serves paths that begin
	// with no other stage's name.
	Stages []Stage
	// Routes say which function answers what.
	Routes []Route
	// CORS answers browsers' questions for other origins; nil leaves them to the functions.
	CORS *CORS
	// Seed determines ids. APIs with equal seeds and equal requests behave equally.
	Seed uint64

	_ struct{}
}

// Route is a route of an HTTP API, with its integration.
type Route struct {
	// RouteKey is a method and a path, GET /pets/{id} or ANY /{proxy+}, or $default for what no other route takes. Of
	// two routes that fit a request a literal part goes before a parameter, that before a greedy one, and a method before
	// ANY. A route that does not take the method does not stand in the way of the next best.
	RouteKey string
	// Function is the function's name, partial ARN or ARN, with or without a qualifier.
	Function string
	// PayloadFormatVersion is 2.0 unless set.
	PayloadFormatVersion PayloadFormatVersion
	// Timeout is how long the function is waited for: 50 ms to 30 s; 0 means 30 s. The function goes on after it.
	Timeout time.Duration

	// Authorizer is a function that lets callers in; nil for none. At most one of Authorizer, JWT and IAM is set.
	Authorizer *LambdaAuthorizer
	// JWT stands for a JWT authorizer.
	JWT JWTFunc
	// IAM stands for AWS_IAM: the check of a signature.
	IAM IAMFunc

	_ struct{}
}

// PayloadFormatVersion is the form of what an HTTP API and a function tell each other.
type PayloadFormatVersion string

// The versions. The empty PayloadFormatVersion means 2.0.
const (
	// Payload1 is the form that REST APIs have, with a member version.
	Payload1 PayloadFormatVersion = "1.0"
	// Payload2 is the newer form, in which a function may return anything.
	Payload2 PayloadFormatVersion = "2.0"
)

// HTTP is an HTTP API (v2) in front of functions. It is an http.Handler, safe for concurrent use, and made by
// [NewHTTP]. Nothing of it needs to be closed.
type HTTP struct {
	config       HTTPConfig
	domainPrefix string
	stages       map[string]*stage
	routes       node[*route]
	fallback     *route // of $default; nil for none
	cors         *cors
	numbers      atomic.Uint64
	events       httpevent.Buffers
	headers      headers
}

// route is a Route as requests need it.
type route struct {
	key, path  string // path is "" of $default
	function   string
	format     PayloadFormatVersion
	timeout    time.Duration
	authorizer *httpAuthorizer
	jwt        JWTFunc
	iam        IAMFunc
}

const defaultName = "$default"

// NewHTTP makes an API, or says what is wrong with the config: a *[ConfigError].
func NewHTTP(c HTTPConfig) (*HTTP, error) {
	c.Identity = c.Identity.WithDefaults()
	var err error
	if c.APIID, err = checkAPIID(c.APIID); err != nil {
		return nil, err
	}
	if c.DomainName == "" {
		c.DomainName = defaultDomain(c.APIID, c.Identity)
	}
	if len(c.Stages) == 0 {
		c.Stages = []Stage{{Name: defaultName}}
	}
	if c.Invoker == nil {
		return nil, misconfigured("Invoker", "is needed")
	}
	a := &HTTP{config: c}
	a.domainPrefix, _, _ = strings.Cut(c.DomainName, ".")
	if a.stages, err = readStages(c.Stages, defaultName, c.APIID, c.Identity); err != nil {
		return nil, err
	}
	authorizers := map[*LambdaAuthorizer]*httpAuthorizer{}
	for i := range c.Routes {
		if err := a.addRoute(&c.Routes[i], authorizers); err != nil {
			return nil, err
		}
	}
	if a.cors, err = readCORS(c.CORS); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *HTTP) addRoute(c *Route, known map[*LambdaAuthorizer]*httpAuthorizer) error {
	r, err := a.readRoute(c, known)
	if err != nil {
		return err
	}
	if c.RouteKey == defaultName {
		if a.fallback != nil {
			return misconfigured(c.RouteKey, "is there twice")
		}
		a.fallback = r
		return nil
	}
	method, path, _ := strings.Cut(c.RouteKey, " ")
	if err := checkMethod(c.RouteKey, method); err != nil {
		return err
	}
	r.path = path
	return a.routes.put(method, path, r)
}

func (a *HTTP) readRoute(c *Route, known map[*LambdaAuthorizer]*httpAuthorizer) (*route, error) {
	r := &route{key: c.RouteKey, function: c.Function, format: c.PayloadFormatVersion, jwt: c.JWT, iam: c.IAM}
	var err error
	if r.format, err = checkFormat(c.RouteKey, c.PayloadFormatVersion); err != nil {
		return nil, err
	}
	if _, err = checkFunction(c.RouteKey, c.Function, a.config.Identity); err != nil {
		return nil, err
	}
	if r.timeout, err = checkTimeout(c.RouteKey, c.Timeout, maxHTTPTimeout); err != nil {
		return nil, err
	}
	if count(c.Authorizer != nil, c.JWT != nil, c.IAM != nil) > 1 {
		return nil, misconfigured(c.RouteKey, "has more than one kind of authorization")
	}
	if c.Authorizer != nil {
		if known[c.Authorizer] == nil {
			if known[c.Authorizer], err = newHTTPAuthorizer(c.Authorizer, &a.config); err != nil {
				return nil, err
			}
		}
		r.authorizer = known[c.Authorizer]
	}
	return r, nil
}

func checkFormat(setting string, v PayloadFormatVersion) (PayloadFormatVersion, error) {
	switch v {
	case "":
		return Payload2, nil
	case Payload1, Payload2:
		return v, nil
	}
	return "", misconfigured(setting, "there is no payload format version "+string(v))
}

// ServeHTTP serves one request.
func (a *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := httpRequest{api: a, sent: r, r: canonical(r), at: time.Now(), number: a.numbers.Add(1), answered: a.headers.get()}
	defer a.headers.put(x.answered)
	x.id = extendedID(a.config.Seed, x.number)
	got, fail := x.serve()
	if fail != nil {
		got = answer{status: fail.status, body: fail.body(), header: http.Header{"Content-Type": {"application/json"}}}
	}
	a.cors.decorate(got.header, x.r)
	got.write(w, r, "Apigw-Requestid", x.id)
}
