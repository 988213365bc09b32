package apigateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS is an HTTP API's configuration for browsers on pages of other origins. The API answers their preflight requests
// itself, and puts its own headers in place of what functions say of the matter.
type CORS struct {
	AllowCredentials bool
	AllowHeaders     []string
	AllowMethods     []string
	// AllowOrigins are origins, or *, or http://* and https://* for all of a scheme.
	AllowOrigins  []string
	ExposeHeaders []string
	// MaxAge is how long browsers may remember the answer, in whole seconds; 0 sends none.
	MaxAge time.Duration

	_ struct{}
}

// cors is a CORS that was read; nil does nothing.
type cors struct {
	origins                           []string
	headers, methods, exposed, maxAge string
	credentials                       bool
}

func readCORS(c *CORS) (*cors, error) {
	switch {
	case c == nil:
		return nil, nil
	case c.MaxAge < 0 || c.MaxAge > 24*time.Hour || c.MaxAge%time.Second != 0:
		return nil, misconfigured("corsConfiguration", "maxAge must be whole seconds between 0 and 86400")
	case c.AllowCredentials && slices.Contains(c.AllowOrigins, "*"):
		return nil, misconfigured("corsConfiguration", "credentials cannot be allowed to all origins")
	}
	made := &cors{
		origins: slices.Clone(c.AllowOrigins), credentials: c.AllowCredentials, methods: strings.Join(c.AllowMethods, ","),
		headers: strings.ToLower(strings.Join(c.AllowHeaders, ",")), exposed: strings.ToLower(strings.Join(c.ExposeHeaders, ",")),
	}
	if c.MaxAge > 0 {
		made.maxAge = strconv.Itoa(int(c.MaxAge / time.Second))
	}
	return made, nil
}

// preflight answers a browser that asks before it asks.
func (c *cors) preflight(r *http.Request) (answer, bool) {
	if c == nil || r.Method != http.MethodOptions || r.Header.Get("Origin") == "" ||
		r.Header.Get("Access-Control-Request-Method") == "" {
		return answer{}, false
	}
	a := answer{status: http.StatusNoContent, header: make(http.Header, 8)}
	if !c.allows(r.Header.Get("Origin")) {
		return a, true
	}
	set(a.header, "Access-Control-Allow-Methods", c.methods)
	set(a.header, "Access-Control-Allow-Headers", c.headers)
	set(a.header, "Access-Control-Max-Age", c.maxAge)
	return a, true
}

// set sets a header that has something to say.
func set(h http.Header, name, value string) {
	if value != "" {
		h[name] = []string{value}
	}
}

// corsHeaders are those that functions have no say in.
var corsHeaders = [...]string{
	"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
	"Access-Control-Allow-Methods", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
}

// silence takes from a function's answer what the function says of the matter.
func (c *cors) silence(h http.Header) {
	if c == nil {
		return
	}
	for _, name := range corsHeaders {
		delete(h, name)
	}
}

// decorate puts on an answer what all answers have: the API's own failures too.
func (c *cors) decorate(h http.Header, r *http.Request) {
	if c == nil {
		return
	}
	origin := r.Header.Get("Origin")
	if origin == "" || !c.allows(origin) {
		return
	}
	allowed := origin
	if slices.Contains(c.origins, "*") {
		allowed = "*"
	}
	h["Access-Control-Allow-Origin"] = []string{allowed}
	if c.credentials {
		h["Access-Control-Allow-Credentials"] = []string{"true"}
	}
	set(h, "Access-Control-Expose-Headers", c.exposed)
}

func (c *cors) allows(origin string) bool {
	return slices.ContainsFunc(c.origins, func(o string) bool {
		scheme, all := strings.CutSuffix(o, "//*")
		return o == "*" || o == origin || all && strings.HasPrefix(origin, scheme+"//")
	})
}
