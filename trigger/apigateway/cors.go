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
	CORS
	headers, methods, exposed string
}

func readCORS(c *CORS) (*cors, error) {
	switch {
	case c == nil:
		return nil, nil
	case c.MaxAge < 0 || c.MaxAge > 24*time.Hour:
		return nil, misconfigured("corsConfiguration", "maxAge must be between 0 and 86400 s")
	case c.AllowCredentials && slices.Contains(c.AllowOrigins, "*"):
		return nil, misconfigured("corsConfiguration", "credentials cannot be allowed to all origins")
	}
	return &cors{
		CORS:    *c,
		headers: strings.ToLower(strings.Join(c.AllowHeaders, ",")), methods: strings.Join(c.AllowMethods, ","),
		exposed: strings.ToLower(strings.Join(c.ExposeHeaders, ",")),
	}, nil
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
	if c.methods != "" {
		a.header["Access-Control-Allow-Methods"] = []string{c.methods}
	}
	if c.headers != "" {
		a.header["Access-Control-Allow-Headers"] = []string{c.headers}
	}
	if c.MaxAge > 0 {
		a.header["Access-Control-Max-Age"] = []string{strconv.Itoa(int(c.MaxAge / time.Second))}
	}
	return a, true
}

// decorate puts the API's headers on an answer, in place of the function's.
func (c *cors) decorate(h http.Header, r *http.Request) {
	if c == nil {
		return
	}
	for _, name := range [...]string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"} {
		delete(h, name)
	}
	origin := r.Header.Get("Origin")
	if origin == "" || !c.allows(origin) {
		return
	}
	allowed := origin
	if slices.Contains(c.AllowOrigins, "*") {
		allowed = "*"
	}
	h["Access-Control-Allow-Origin"] = []string{allowed}
	if c.AllowCredentials {
		h["Access-Control-Allow-Credentials"] = []string{"true"}
	}
	if c.exposed != "" {
		h["Access-Control-Expose-Headers"] = []string{c.exposed}
	}
}

func (c *cors) allows(origin string) bool {
	return slices.ContainsFunc(c.AllowOrigins, func(o string) bool {
		scheme, all := strings.CutSuffix(o, "//*")
		return o == "*" || o == origin || all && strings.HasPrefix(origin, scheme+"//")
	})
}
