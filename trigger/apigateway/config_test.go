package apigateway_test

import (
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
)

// restConfig is a config with its only method, to be spoilt.
type restConfig struct {
	*apigateway.RESTConfig
	m *apigateway.Method
	i *apigateway.Integration
}

func TestRESTConfigIsRefused(t *testing.T) {
	good := func() apigateway.RESTConfig {
		return apigateway.RESTConfig{
			Invoker: &fn{}, Stages: []apigateway.Stage{{Name: "prod"}},
			Methods: []apigateway.Method{{Path: "/pets/{id}", HTTPMethod: "GET", Integration: apigateway.Integration{Function: "f"}}},
		}
	}
	_, err := apigateway.NewREST(good())
	require.NoError(t, err)
	claims := func(*http.Request) (map[string]string, error) { return nil, nil }
	signed := func(*http.Request) (*apigateway.IAMIdentity, error) { return nil, nil }
	template := func(apigateway.RequestInput) ([]byte, error) { return nil, nil }
	for name, spoil := range map[string]func(c *restConfig){
		"no invoker": func(c *restConfig) { c.Invoker = nil },
		"api id":     func(c *restConfig) { c.APIID = "A/b" },
		"no stage":   func(c *restConfig) { c.Stages = nil },
		"stage name": func(c *restConfig) {
			c.Stages[0].Name = "a/b"
		},
		"stage without a name": func(c *restConfig) { c.Stages[0].Name = "" },
		"stage beyond ASCII":   func(c *restConfig) { c.Stages[0].Name = "größe" },
		"stage with a dot":     func(c *restConfig) { c.Stages[0].Name = "v1.0" },
		"path beyond ASCII":    func(c *restConfig) { c.m.Path = "/café" },
		"parameter's name":     func(c *restConfig) { c.m.Path = "/{größe}" },
		"$default of a REST API": func(c *restConfig) {
			c.Stages[0].Name = "$default"
		},
		"two stages": func(c *restConfig) {
			c.Stages = append(c.Stages, c.Stages[0])
		},
		"stage throttle": func(c *restConfig) {
			c.Stages[0].Throttle = &apigateway.Throttle{Rate: math.NaN()}
		},
		"path":             func(c *restConfig) { c.m.Path = "pets" },
		"empty part":       func(c *restConfig) { c.m.Path = "/pets//x" },
		"trailing slash":   func(c *restConfig) { c.m.Path = "/pets/" },
		"open brace":       func(c *restConfig) { c.m.Path = "/{id" },
		"empty parameter":  func(c *restConfig) { c.m.Path = "/{}" },
		"half a parameter": func(c *restConfig) { c.m.Path = "/a{id}" },
		"greedy not last":  func(c *restConfig) { c.m.Path = "/{p+}/x" },
		"method": func(c *restConfig) {
			c.m.HTTPMethod = "TRACE"
		},
		"twice": func(c *restConfig) {
			c.Methods = append(c.Methods, c.Methods[0])
		},
		"two authorizations": func(c *restConfig) {
			c.m.Claims, c.m.IAM = claims, signed
		},
		"parameter": func(c *restConfig) {
			c.m.RequiredParameters = []string{"querystring.a"}
		},
		"multi-value": func(c *restConfig) {
			c.m.RequiredParameters = []string{"method.request.multivaluequerystring.a"}
		},
		"no function":   func(c *restConfig) { c.i.Function = "" },
		"function name": func(c *restConfig) { c.i.Function = "a b" },
		"timeout over 29 s": func(c *restConfig) {
			c.i.Timeout = 29*time.Second + 1
		},
		"timeout under 50 ms": func(c *restConfig) {
			c.i.Timeout = 49 * time.Millisecond
		},
		"streamed answers": func(c *restConfig) { c.i.ResponseTransferMode = apigateway.Stream },
		"transfer mode":    func(c *restConfig) { c.i.ResponseTransferMode = "CHUNKED" },
		"HTTP integration": func(c *restConfig) { c.i.Type = "HTTP_PROXY" },
		"templates of a proxy": func(c *restConfig) {
			c.i.RequestTemplates = map[string]apigateway.RequestTemplate{"application/json": template}
		},
		"template is nil": func(c *restConfig) {
			c.i.Type, c.i.RequestTemplates = apigateway.AWS, map[string]apigateway.RequestTemplate{"application/json": nil}
		},
		"passthrough": func(c *restConfig) {
			c.i.Type, c.i.PassthroughBehavior = apigateway.AWS, "SOMETIMES"
		},
		"two defaults": func(c *restConfig) {
			c.i.Type, c.i.Responses = apigateway.AWS, make([]apigateway.IntegrationResponse, 2)
		},
		"response status": func(c *restConfig) {
			c.i.Type, c.i.Responses = apigateway.AWS, []apigateway.IntegrationResponse{{StatusCode: 99}}
		},
		"response header": func(c *restConfig) {
			c.i.Type, c.i.Responses = apigateway.AWS, []apigateway.IntegrationResponse{{Headers: map[string]string{"x": "integration.response.header.y"}}}
		},
		"response header's name": func(c *restConfig) {
			c.i.Type, c.i.Responses = apigateway.AWS, []apigateway.IntegrationResponse{{Headers: map[string]string{"x y": "'z'"}}}
		},
		"connection's header": func(c *restConfig) {
			c.i.Type, c.i.Responses = apigateway.AWS, []apigateway.IntegrationResponse{{Headers: map[string]string{"transfer-encoding": "'chunked'"}}}
		},
		"path with brackets": func(c *restConfig) {
			c.i.Type, c.i.Responses = apigateway.AWS, []apigateway.IntegrationResponse{{Headers: map[string]string{"x": "integration.response.body.a[0]"}}}
		},
		"media type": func(c *restConfig) {
			c.BinaryMediaTypes = []string{"png"}
		},
		"response type": func(c *restConfig) {
			c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: "WAF_FILTERED"}}
		},
		"response type twice": func(c *restConfig) {
			c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: apigateway.Throttled}, {ResponseType: apigateway.Throttled}}
		},
		"gateway status": func(c *restConfig) {
			c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: apigateway.Throttled, StatusCode: 600}}
		},
		"gateway header": func(c *restConfig) {
			c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: apigateway.Throttled, Headers: map[string]string{"x": "integration.response.body"}}}
		},
		"gateway template is Velocity": func(c *restConfig) {
			c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: apigateway.Throttled, Templates: map[string]string{"application/json": "$util.escapeJavaScript('x')"}}}
		},
		"gateway template's type": func(c *restConfig) {
			c.GatewayResponses = []apigateway.GatewayResponse{{ResponseType: apigateway.Throttled, Templates: map[string]string{"json": "x"}}}
		},
		"key without a value": func(c *restConfig) {
			c.APIKeys = []apigateway.APIKey{{ID: "k"}}
		},
		"two keys of one value": func(c *restConfig) {
			c.APIKeys = []apigateway.APIKey{{ID: "a", Value: "v"}, {ID: "b", Value: "v"}}
		},
		"quota": func(c *restConfig) {
			c.APIKeys = []apigateway.APIKey{{ID: "a", Value: "v", Quota: &apigateway.Quota{Limit: 1, Period: "YEAR"}}}
		},
		"key throttle": func(c *restConfig) {
			c.APIKeys = []apigateway.APIKey{{ID: "a", Value: "v", Throttle: &apigateway.Throttle{Rate: -1}}}
		},
		"authorizer without a function": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{}
		},
		"authorizer's type": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", Type: "JWT"}
		},
		"authorizer's payload": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", PayloadFormatVersion: apigateway.Payload2}
		},
		"token source": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", IdentitySource: []string{"method.request.querystring.a"}}
		},
		"validation of a request": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", Type: apigateway.Request, IdentityValidationExpression: "a"}
		},
		"validation": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", IdentityValidationExpression: "(?=a)"}
		},
		"identity source": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", Type: apigateway.Request, IdentitySource: []string{"'me'"}}
		},
		"TTL": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", ResultTTL: new(2 * time.Hour)}
		},
		"TTL of nobody": func(c *restConfig) {
			c.m.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", Type: apigateway.Request, ResultTTL: new(time.Hour)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			spoil(&restConfig{&c, &c.Methods[0], &c.Methods[0].Integration})
			api, err := apigateway.NewREST(c)
			requireRefused(t, err)
			require.Nil(t, api)
		})
	}
	t.Run("the mistake is named", func(t *testing.T) {
		for want, spoil := range map[string]func(m *apigateway.Method){
			"apigateway: /pets/: a path has no empty part, and no slash at its end":                        func(m *apigateway.Method) { m.Path = "/pets/" },
			"apigateway: GET /pets/{id}: the response transfer mode STREAM is not modelled":                func(m *apigateway.Method) { m.Integration.ResponseTransferMode = "STREAM" },
			"apigateway: GET /pets/{id}: the integration type MOCK calls no function, and is not modelled": func(m *apigateway.Method) { m.Integration.Type = "MOCK" },
			"apigateway: authorizer a: the validation expression (?=x) has look-around, which is not modelled": func(m *apigateway.Method) {
				m.Authorizer = &apigateway.LambdaAuthorizer{ID: "a", Function: "a", IdentityValidationExpression: "(?=x)"}
			},
			"apigateway: GET /pets/{id}: the timeout must be between 50 ms and 29s": func(m *apigateway.Method) { m.Integration.Timeout = time.Minute },
		} {
			c := good()
			spoil(&c.Methods[0])
			_, err := apigateway.NewREST(c)
			require.EqualError(t, err, want)
		}
	})
	t.Run("sibling parameters", func(t *testing.T) {
		c := good()
		c.Methods = append(c.Methods, apigateway.Method{Path: "/pets/{name}", HTTPMethod: "PUT", Integration: apigateway.Integration{Function: "f"}})
		_, err := apigateway.NewREST(c)
		requireRefused(t, err)
	})
}

func requireRefused(t require.TestingT, err error) {
	var refused *apigateway.ConfigError
	require.True(t, errors.As(err, &refused), "%v", err)
	require.NotEmpty(t, refused.Reason)
	require.Contains(t, err.Error(), "apigateway: "+refused.Setting)
}

type httpConfig struct {
	*apigateway.HTTPConfig
	r *apigateway.Route
}

func TestHTTPConfigIsRefused(t *testing.T) {
	good := func() apigateway.HTTPConfig {
		return apigateway.HTTPConfig{Invoker: &fn{}, Routes: []apigateway.Route{{RouteKey: "GET /pets/{id}", Function: "f"}}}
	}
	_, err := apigateway.NewHTTP(good())
	require.NoError(t, err)
	token := func(*http.Request) (*apigateway.JWT, error) { return nil, nil }
	signed := func(*http.Request) (*apigateway.IAMIdentity, error) { return nil, nil }
	for name, spoil := range map[string]func(c *httpConfig){
		"no invoker":         func(c *httpConfig) { c.Invoker = nil },
		"api id":             func(c *httpConfig) { c.APIID = "-" },
		"stage name":         func(c *httpConfig) { c.Stages = []apigateway.Stage{{Name: "$other"}} },
		"stage beyond ASCII": func(c *httpConfig) { c.Stages = []apigateway.Stage{{Name: "größe"}} },
		"trailing slash":     func(c *httpConfig) { c.r.RouteKey = "GET /pets/" },
		"route key's type":   func(c *httpConfig) { c.r.RouteKey = "TRACE /pets" },
		"timeout too short":  func(c *httpConfig) { c.r.Timeout = time.Millisecond },
		"stage twice":        func(c *httpConfig) { c.Stages = []apigateway.Stage{{Name: "a"}, {Name: "a"}} },
		"fraction of a second": func(c *httpConfig) {
			c.CORS = &apigateway.CORS{MaxAge: 1500 * time.Millisecond}
		},
		"route key":          func(c *httpConfig) { c.r.RouteKey = "GET" },
		"route key's method": func(c *httpConfig) { c.r.RouteKey = "get /" },
		"route key's path":   func(c *httpConfig) { c.r.RouteKey = "GET  /" },
		"twice":              func(c *httpConfig) { c.Routes = append(c.Routes, *c.r) },
		"default twice": func(c *httpConfig) {
			c.r.RouteKey = "$default"
			c.Routes = append(c.Routes, *c.r)
		},
		"no function":        func(c *httpConfig) { c.r.Function = "" },
		"format":             func(c *httpConfig) { c.r.PayloadFormatVersion = "3.0" },
		"timeout over 30 s":  func(c *httpConfig) { c.r.Timeout = 31 * time.Second },
		"two authorizations": func(c *httpConfig) { c.r.JWT, c.r.IAM = token, signed },
		"CORS for everybody": func(c *httpConfig) {
			c.CORS = &apigateway.CORS{AllowCredentials: true, AllowOrigins: []string{"*"}}
		},
		"CORS age":   func(c *httpConfig) { c.CORS = &apigateway.CORS{MaxAge: -1} },
		"authorizer": func(c *httpConfig) { c.r.Authorizer = &apigateway.LambdaAuthorizer{} },
		"authorizer's type": func(c *httpConfig) {
			c.r.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", Type: apigateway.Token}
		},
		"authorizer's format": func(c *httpConfig) {
			c.r.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", PayloadFormatVersion: "2"}
		},
		"simple responses": func(c *httpConfig) {
			c.r.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", PayloadFormatVersion: apigateway.Payload1, EnableSimpleResponses: true}
		},
		"identity source": func(c *httpConfig) {
			c.r.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", IdentitySource: []string{"$context.path"}}
		},
		"validation": func(c *httpConfig) {
			c.r.Authorizer = &apigateway.LambdaAuthorizer{Function: "a", IdentityValidationExpression: "a"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			spoil(&httpConfig{&c, &c.Routes[0]})
			api, err := apigateway.NewHTTP(c)
			requireRefused(t, err)
			require.Nil(t, api)
		})
	}
}
