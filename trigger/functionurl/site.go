package functionurl

import (
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda/registry"
)

// site is the function URL that a request is for.
type site struct {
	function, qualifier string
	id, domain          string
	auth                registry.AuthType
	mode                registry.InvokeMode
	cors                *registry.CORS
}

// find is the function URL at a host, which may have a port.
func (h *Handler) find(now time.Time, host string) (site, bool) {
	if c := h.opts.URL; c != nil {
		return site{c.FunctionName, c.Qualifier, c.ID, c.ID + h.suffix, c.AuthType, c.InvokeMode, c.CORS}, true
	}
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	id, ok := strings.CutSuffix(host, h.suffix)
	if !ok || id == "" || strings.Contains(id, ".") {
		return site{}, false
	}
	ref, c, ok := h.opts.URLs.ResolveURL(now, id)
	if !ok {
		return site{}, false
	}
	return site{ref.Name, ref.Qualifier, id, host, c.AuthType, c.InvokeMode, c.CORS}, true
}
