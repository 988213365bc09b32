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
	a := x.serve(r.Context())
	x.reply(w, &a)
}

// reply is step 13: CloudFront's headers, and the answer.
func (x *exchange) reply(w http.ResponseWriter, a *answer) {
	resp := a.response
	if resp.fields == nil {
		resp = resp.indexed()
	}
	h := w.Header()
	// All lines share one array: what a wrapping handler does to them must not reach the cache.
	lines := make([]string, 0, resp.values+ownLines)
	for _, f := range resp.fields {
		start := len(lines)
		lines = append(lines, f.values...)
		h[f.name] = lines[start:len(lines):len(lines)]
	}
	set := func(name, value string) {
		lines = append(lines, value)
		h[name] = lines[len(lines)-1 : len(lines) : len(lines)]
	}
	set("X-Cache", a.xCache)
	set("Via", x.via(resp.header["Via"]))
	set("X-Amz-Cf-Pop", x.d.pop)
	set("X-Amz-Cf-Id", x.id)
	if a.entry != nil {
		set("Age", strconv.Itoa(age(a.entry, a.at)))
	}
	delete(h, "Transfer-Encoding")
	if h["Content-Type"] == nil {
		h["Content-Type"] = nil // or net/http would guess one
	}
	if a.close {
		h["Connection"] = []string{"close"}
	}
	if a.entry != nil && resp.status == http.StatusOK && isConditional(x.r.Header) && x.isRead() {
		x.replyPart(w, resp)
		return
	}
	noBody := resp.status == http.StatusNoContent || resp.status == http.StatusNotModified
	switch {
	case noBody:
		delete(h, "Content-Length")
	case x.r.Method != http.MethodHead || len(resp.body) > 0:
		set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if x.r.Method != http.MethodHead && !noBody {
		_, _ = w.Write(resp.body) // the viewer may have left
	}
}

// ownLines is how many lines a reply adds.
const ownLines = 6

// via is the reply's Via: who passed the answer on, CloudFront last.
func (x *exchange) via(before []string) string {
	if len(before) == 0 {
		return x.d.via(x.r)
	}
	return before[len(before)-1] + ", " + x.d.via(x.r)
}

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
	delete(w.Header(), "Content-Length")
	http.ServeContent(w, x.r, "", modified, bytes.NewReader(resp.body))
}
