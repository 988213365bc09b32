package functionurl

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lambdakit/lambdakit/lambda/registry"
)

// isPreflight says whether a browser asks what it may send. A URL with a CORS configuration answers that itself.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" &&
		r.Header.Get("Access-Control-Request-Method") != ""
}

func answerPreflight(w http.ResponseWriter, r *http.Request, c *registry.CORS) {
	h := w.Header()
	if allowOrigin(h, c, r.Header.Get("Origin")) {
		setList(h, "Access-Control-Allow-Methods", c.AllowMethods)
		setList(h, "Access-Control-Allow-Headers", c.AllowHeaders)
		if c.MaxAge != nil {
			h.Set("Access-Control-Max-Age", strconv.Itoa(*c.MaxAge))
		}
	}
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// addCORS adds what the configuration says to an answer of the function. The function's own headers will come beside
// it: one that handles CORS too doubles Access-Control-Allow-Origin, and browsers refuse its answers.
func addCORS(h http.Header, c *registry.CORS, origin string) {
	if origin != "" && allowOrigin(h, c, origin) {
		setList(h, "Access-Control-Expose-Headers", c.ExposeHeaders)
	}
}

// allowOrigin adds the headers that name the origin, if it is allowed.
func allowOrigin(h http.Header, c *registry.CORS, origin string) bool {
	switch {
	case slices.Contains(c.AllowOrigins, "*"):
		h.Set("Access-Control-Allow-Origin", "*")
	case slices.ContainsFunc(c.AllowOrigins, func(allowed string) bool { return strings.EqualFold(allowed, origin) }):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Vary", "Origin")
	default:
		return false
	}
	if c.AllowCredentials != nil && *c.AllowCredentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	return true
}

func setList(h http.Header, name string, list []string) {
	if len(list) > 0 {
		h.Set(name, strings.Join(list, ","))
	}
}
