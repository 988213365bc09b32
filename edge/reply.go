package edge

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP serves one viewer. The viewer's protocol is HTTPS if the request came over TLS.
func (d *Distribution) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{d: d, r: r, id: d.requestID(), secure: r.TLS != nil}
	refused := x.admit()
	if refused == nil {
		if a, ok := x.plainHit(); ok {
			x.reply(w, &a)
			return
		}
	}
	y := x.move()
	a := y.serve(r.Context(), refused)
	y.reply(w, &a)
}

// reply is step 13: CloudFront's headers, and the answer.
func (x *exchange) reply(w http.ResponseWriter, a *answer) {
	resp := a.response
	if resp.sent == nil {
		resp = resp.indexed()
	}
	h := w.Header()
	// All lines share one array: what a wrapping handler does to them must not reach the cache.
	lines := make([]string, 0, resp.sent.values+ownLines)
	for _, f := range resp.sent.fields {
		start := len(lines)
		lines = append(lines, f.values...)
		h[f.name] = lines[start:len(lines):len(lines)]
	}
	set := func(name, value string) {
		lines = append(lines, value)
		h[name] = lines[len(lines)-1 : len(lines) : len(lines)]
	}
	set("X-Cache", a.xCache)
	set("Via", resp.sent.via+x.d.via(x.r))
	set("X-Amz-Cf-Pop", x.d.pop)
	set("X-Amz-Cf-Id", x.id)
	if a.entry != nil {
		set("Age", strconv.Itoa(age(a.entry, a.at)))
	}
	if resp.sent.untyped && h["Content-Type"] == nil {
		h["Content-Type"] = nil // or net/http would guess one
	}
	if a.close {
		h["Connection"] = []string{"close"}
	}
	if a.entry != nil && resp.status == http.StatusOK && x.partial && x.isRead() {
		x.replyPart(w, resp)
		return
	}
	head := x.r.Method == http.MethodHead
	if length := resp.sent.length(head); length != "" {
		set("Content-Length", length)
	}
	w.WriteHeader(resp.status)
	if !head && hasBody(resp.status) {
		_, _ = w.Write(resp.body) // the viewer may have left
	}
}

// ownLines is how many lines a reply adds.
const ownLines = 6

// httpVersions are the versions as Via writes them.
var httpVersions = [...]string{"1.0", "1.1", "2.0"}

// httpVersion is the viewer's, as an index of httpVersions.
func httpVersion(r *http.Request) int {
	switch {
	case r.ProtoMajor >= 2:
		return 2
	case r.ProtoMajor == 1 && r.ProtoMinor == 0:
		return 0
	}
	return 1
}

// age is how old an entry is, in whole seconds; never less than none, should the clock go back.
func age(e *entry, now time.Time) int { return max(int(now.Sub(e.stored)/time.Second), 0) }

func (x *exchange) isRead() bool {
	return x.r.Method == http.MethodGet || x.r.Method == http.MethodHead
}

// replyPart answers ranges and conditions from a cached answer, as net/http does for files.
func (x *exchange) replyPart(w http.ResponseWriter, resp *response) {
	modified, _ := http.ParseTime(resp.header.Get("Last-Modified")) // the zero time means unknown
	http.ServeContent(w, x.r, "", modified, bytes.NewReader(resp.body))
}
