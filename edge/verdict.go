package edge

import (
	"net/http"
	"time"
)

// verdict is what becomes of an answer and of the entry that it was asked for.
type verdict uint8

const (
	pass     verdict = iota // to the viewer only; an expired entry stays as it is
	store                   // into the cache
	refresh                 // a 304: the entry lives on, with the answer's headers
	useStale                // the expired entry instead of the answer
	drop                    // to the viewer only, and the expired entry goes
)

// question is what was asked, as far as it matters for the answer's fate.
type question struct {
	cacheable   bool // the method is cached, and no condition of the viewer's own came along
	revalidates bool // validators of an expired entry came along
	fromOrigin  bool // the origin answered, or failed to; not a function
	ttl         ttls
	errorTTL    time.Duration
}

// judge decides about an answer. expired is the entry that was there, or nil. It is a pure function of what it is
// given.
func judge(q question, status int, h http.Header, expired *entry, now time.Time) (verdict, time.Duration) {
	d := readDirectives(h, now)
	switch {
	case !q.cacheable:
		return pass, 0
	case status == http.StatusNotModified && q.revalidates:
		return refresh, 0
	case status == http.StatusNotModified, status == http.StatusPartialContent:
		return pass, 0
	case status >= 500 && q.fromOrigin && expired != nil && expired.response.status < 400 &&
		staleAllowed(expired.staleIfError, now.Sub(expired.fresh)):
		return useStale, q.errorTTL
	case status >= 400:
		if ttl := errorLifetime(status, d, q.errorTTL, q.ttl); ttl > 0 {
			return store, ttl
		}
		return drop, 0
	}
	ttl, ok := lifetime(d, q.ttl)
	if !ok {
		return drop, 0
	}
	return store, ttl
}

// merge is an entry's response with the headers of the 304 that renewed it. What belongs to the stored body stays: its
// form, and the weak tag of what was compressed here.
func merge(old, notModified *response) *response {
	header := old.header.Clone()
	for name, values := range notModified.header {
		if name != "Content-Length" && name != "Transfer-Encoding" && name != "Content-Encoding" {
			header[name] = values
		}
	}
	if tag := old.header.Get("ETag"); tag != "" && tag == weakTag(header.Get("ETag")) {
		header["Etag"] = []string{tag}
	}
	return &response{status: old.status, description: old.description, header: header, body: old.body}
}
