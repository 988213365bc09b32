package alb

import (
	"net/http"
	"strings"
)

// The limits of requests.
const (
	maxBody       = 1 << 20
	maxLine       = 16 << 10 // of the request line, and of one header line
	maxHeaders    = 64 << 10 // of all header lines
	maxForwarded  = 30       // addresses in X-Forwarded-For
	statusTooMany = 463      // for more than that
)

// refuse is why a request goes to no target, or nil.
func refuse(r *http.Request) *failure {
	switch {
	case tooLong(r):
		return &failure{status: http.StatusBadRequest}
	case r.Method == http.MethodTrace:
		return &failure{status: http.StatusMethodNotAllowed}
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return &failure{status: http.StatusBadRequest}
	case forwarded(r.Header) > maxForwarded:
		return &failure{status: statusTooMany}
	}
	return nil
}

// tooLong says whether the request line or the headers are over their limits. Lines are counted as HTTP/1.1 writes
// them, without their ends.
func tooLong(r *http.Request) bool {
	if len(r.Method)+1+len(requestURI(r))+1+len(r.Proto) > maxLine {
		return true
	}
	total := len("Host: ") + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n := len(name) + len(": ") + len(v)
			if n > maxLine {
				return true
			}
			total += n
		}
	}
	return total > maxHeaders
}

// requestURI is the target in the request line.
func requestURI(r *http.Request) string {
	if r.RequestURI == "" && r.URL != nil {
		return r.URL.RequestURI()
	}
	return r.RequestURI
}

// forwarded is how many addresses X-Forwarded-For has.
func forwarded(h http.Header) int {
	n := 0
	for _, line := range h["X-Forwarded-For"] {
		n += strings.Count(line, ",") + 1
	}
	return n
}
