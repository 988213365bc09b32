package apigateway

import (
	"net/http"
	"strconv"
	"sync"
)

// answer is what a client gets.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// write sends an answer with the API's own headers, names and values by turns. Its length is always said, but where
// there can be no body.
func (a *answer) write(w http.ResponseWriter, r *http.Request, own ...string) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	lines := make([]string, 0, 1+len(own)/2) // all lines share one array
	set := func(name, value string) {
		lines = append(lines, value)
		h[name] = lines[len(lines)-1 : len(lines) : len(lines)]
	}
	for i := 0; i < len(own); i += 2 {
		set(own[i], own[i+1])
	}
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		w.WriteHeader(a.status)
		return
	}
	set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // the client may have left
	}
}

// headers are where an API gathers the header lines of functions' answers, used again and again: what a client gets is
// copied out of them.
type headers struct{ pool sync.Pool }

// maxHeaders is how many names are worth keeping room for.
const maxHeaders = 32

func (p *headers) get() http.Header {
	if h, ok := p.pool.Get().(http.Header); ok {
		return h
	}
	return make(http.Header, 8)
}

// put takes back what nobody reads any more.
func (p *headers) put(h http.Header) {
	if len(h) <= maxHeaders {
		clear(h)
		p.pool.Put(h)
	}
}
