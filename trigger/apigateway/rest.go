package apigateway

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// RESTConfig describes a REST API. It is read once, by [NewREST].
type RESTConfig struct {
	// Invoker calls the functions; an *invoke.Service is one.
	Invoker Invoker
	// Identity is the account and Region that the API is in.
	Identity lambda.Identity
	// APIID is of lower-case letters and digits; "" means a1b2c3d4e5.
	APIID string
	// DomainName is what functions see as the API's; "" means <APIID>.execute-api.<Region>.amazonaws.com.
	DomainName string
	// DeploymentID is what functions see as such; "" lets the API make one.
	DeploymentID string
	// Stages are what the API is deployed to; requests ask for /<stage>/….
	Stages []Stage
	// Methods are the API's resources: a path that has no method in the list answers as one that is not there.
	Methods []Method
	// BinaryMediaTypes are those of requests that reach functions in Base64, and of answers that are decoded for clients
	// that accept them: image/png, image/*, or */*.
	BinaryMediaTypes []string
	// GatewayResponses change what clients get for failures of the API's own.
	GatewayResponses []GatewayResponse
	// APIKeys are those that methods which require one take.
	APIKeys []APIKey
	// Seed determines ids. APIs with equal seeds and equal requests behave equally.
	Seed uint64

	_ struct{}
}

// Method is one method of one resource.
type Method struct {
	// Path is the resource: /, /user/{id}, /{proxy+}. Of two that fit a request a literal part goes before a parameter,
	// and that before a greedy one.
	Path string
	// HTTPMethod is GET, POST, …, or ANY for those that the resource has no other entry for.
	HTTPMethod string
	// Integration is what answers.
	Integration Integration

	// Authorizer is a function that lets callers in; nil for none. At most one of Authorizer, Claims and IAM is set.
	Authorizer *LambdaAuthorizer
	// Claims stands for a Cognito user pool.
	Claims ClaimsFunc
	// IAM stands for AWS_IAM: the check of a signature.
	IAM IAMFunc
	// APIKeyRequired asks for one of the API's keys: the usageIdentifierKey that the authorizer gave, else that in the
	// header x-api-key. On AWS one setting of the API says which of the two counts, which is not modelled.
	APIKeyRequired bool

	// RequiredParameters must be in the request: method.request.querystring.a, method.request.header.b.
	RequiredParameters []string
	// ValidateBody, if set, is the model that a JSON body is held against; its error's text becomes
	// $context.error.validationErrorString. It must be safe for concurrent use and must not keep the body.
	ValidateBody func(body []byte) error

	_ struct{}
}

// REST is a REST API (v1) in front of functions. It is an http.Handler, safe for concurrent use, and made by [NewREST].
// Nothing of it needs to be closed.
type REST struct {
	config    RESTConfig
	stages    map[string]*stage
	resources node[*method]
	binary    mediaTypes
	responses map[ResponseType]*gatewayResponse
	keys      map[string]*apiKey
	numbers   atomic.Uint64
	events    httpevent.Buffers
	headers   headers

	domainPrefix string
}

// method is a Method as requests need it.
type method struct {
	resource    string
	resourceID  string
	integration *integration
	authorizer  *restAuthorizer
	claims      ClaimsFunc
	iam         IAMFunc
	keyRequired bool
	required    []expression
	validate    func([]byte) error
}

// NewREST makes an API, or says what is wrong with the config: a *[ConfigError].
func NewREST(c RESTConfig) (*REST, error) {
	a := &REST{config: c}
	if err := a.fill(); err != nil {
		return nil, err
	}
	var err error
	if a.stages, err = readStages(c.Stages, "", a.config.APIID, a.config.Identity); err != nil {
		return nil, err
	}
	authorizers := map[*LambdaAuthorizer]*restAuthorizer{}
	for i := range c.Methods {
		if err := a.addMethod(&c.Methods[i], authorizers); err != nil {
			return nil, err
		}
	}
	if a.binary, err = checkMediaTypes(c.BinaryMediaTypes); err != nil {
		return nil, err
	}
	if a.keys, err = readKeys(c.APIKeys); err != nil {
		return nil, err
	}
	if a.responses, err = readGatewayResponses(c.GatewayResponses); err != nil {
		return nil, err
	}
	return a, nil
}

// fill puts in the config's defaults.
func (a *REST) fill() (err error) {
	c := &a.config
	c.Identity = c.Identity.WithDefaults()
	if c.APIID, err = checkAPIID(c.APIID); err != nil {
		return err
	}
	if c.DomainName == "" {
		c.DomainName = defaultDomain(c.APIID, c.Identity)
	}
	if c.DeploymentID == "" {
		c.DeploymentID = resourceID(c.Seed, "deployment")
	}
	a.domainPrefix, _, _ = strings.Cut(c.DomainName, ".")
	switch {
	case c.Invoker == nil:
		return misconfigured("Invoker", "is needed")
	case len(c.Stages) == 0:
		return misconfigured("Stages", "an API that is deployed to no stage cannot be asked")
	}
	return nil
}

// defaultDomain is the domain name that AWS gives an API.
func defaultDomain(apiID string, id lambda.Identity) string {
	suffix := ".amazonaws.com"
	if id.Partition == "aws-cn" {
		suffix += ".cn"
	}
	return apiID + ".execute-api." + id.Region + suffix
}

func (a *REST) addMethod(m *Method, known map[*LambdaAuthorizer]*restAuthorizer) error {
	setting := m.HTTPMethod + " " + m.Path
	if err := checkMethod(setting, m.HTTPMethod); err != nil {
		return err
	}
	if asciiOnly(m.Path) != m.Path {
		return misconfigured(setting, "a path is of ASCII: requests' paths are compared as they were sent, encoded")
	}
	var err error
	made := &method{
		resource: m.Path, resourceID: resourceID(a.config.Seed, m.Path), claims: m.Claims, iam: m.IAM,
		keyRequired: m.APIKeyRequired, validate: m.ValidateBody,
	}
	if m.Authorizer != nil {
		if known[m.Authorizer] == nil {
			if known[m.Authorizer], err = newRESTAuthorizer(m.Authorizer, &a.config); err != nil {
				return err
			}
		}
		made.authorizer = known[m.Authorizer]
	}
	if count(m.Authorizer != nil, m.Claims != nil, m.IAM != nil) > 1 {
		return misconfigured(setting, "has more than one kind of authorization")
	}
	if made.required, err = readRequired(setting, m.RequiredParameters); err != nil {
		return err
	}
	if made.integration, err = newIntegration(setting, &m.Integration, a.config.Identity); err != nil {
		return err
	}
	return a.resources.put(m.HTTPMethod, m.Path, made)
}

// ServeHTTP serves one request.
func (a *REST) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := restRequest{api: a, sent: r, r: canonical(r), at: time.Now(), number: a.numbers.Add(1), answered: a.headers.get()}
	defer a.headers.put(x.answered)
	x.id, x.extendedID = requestID(a.config.Seed, x.number), extendedID(a.config.Seed, x.number)
	got, fail := x.serve()
	if fail != nil {
		got = x.failed(fail)
	}
	got.write(w, r, "X-Amzn-Requestid", x.id, "X-Amz-Apigw-Id", x.extendedID)
}

// serve takes a request through the API's gates, in their order, to the integration.
func (x *restRequest) serve() (answer, *failure) {
	if fail := x.route(); fail != nil {
		return answer{}, fail
	}
	if fail := x.readBody(); fail != nil {
		return answer{}, fail
	}
	x.read()
	for _, gate := range [...]func(*restRequest) *failure{
		(*restRequest).authorize, (*restRequest).admit, (*restRequest).validate,
	} {
		if fail := gate(x); fail != nil {
			return answer{}, fail
		}
	}
	return x.integrate()
}
