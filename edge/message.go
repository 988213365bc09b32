package edge

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// request is a request on its way through the chain. Header names are canonical.
type request struct {
	clientIP, method, uri, query string
	header                       http.Header
	body                         *body // nil for none
	origin                       *RequestOrigin
}

// show is the request as a function sees it. It shares nothing with r.
func (r *request) show() *Request {
	return &Request{
		ClientIP: r.clientIP, Method: r.method, URI: r.uri, QueryString: utf8Text(r.query),
		Headers: showHeaders(r.header), Origin: r.origin.clone(),
	}
}

// response is an answer. It is not changed after it was made, because the cache may hold it.
type response struct {
	status      int
	description string
	header      http.Header
	body        []byte

	sent *sent // the same as viewers get it; nil unless the response is cached
}

// show is the response as a function sees it: without its body.
func (r *response) show() *Response {
	return &Response{
		Status: strconv.Itoa(r.status), StatusDescription: r.description, Headers: showHeaders(r.header),
	}
}

// hidden are the headers that functions do not see, and that a returned response therefore keeps.
func hidden(h http.Header) http.Header {
	kept := http.Header{}
	for name, values := range h {
		if isDisallowed(strings.ToLower(name)) {
			kept[name] = values
		}
	}
	return kept
}

// body is a request's body: the part that was read to be shown, and the rest.
type body struct {
	head   []byte
	rest   io.Reader // nil if head is all
	length int64     // -1 if unknown
}

// bodyOf is the request's body, nil if it has none.
func bodyOf(r *http.Request) *body {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil
	}
	return &body{rest: r.Body, length: r.ContentLength}
}

// reader is all of the body, once.
func (b *body) reader() io.Reader {
	if b.rest == nil {
		return bytes.NewReader(b.head)
	}
	return io.MultiReader(bytes.NewReader(b.head), b.rest)
}

// expose is the body as a function sees it: its first limit bytes.
func (b *body) expose(limit int) (*Body, error) {
	if b == nil {
		return &Body{Action: ReadOnly, Encoding: Base64}, nil
	}
	if err := b.fill(limit + 1); err != nil {
		return nil, err
	}
	seen := b.head[:min(len(b.head), limit)]
	return &Body{
		Action: ReadOnly, Encoding: Base64, Data: base64.StdEncoding.EncodeToString(seen),
		InputTruncated: len(b.head) > limit,
	}, nil
}

// fill reads until head has n bytes or all.
func (b *body) fill(n int) error {
	if b.rest == nil || len(b.head) >= n {
		return nil
	}
	more, err := io.ReadAll(io.LimitReader(b.rest, int64(n-len(b.head))))
	b.head = append(b.head, more...)
	if err == nil && len(b.head) < n {
		b.rest, b.length = nil, int64(len(b.head))
	}
	return err
}

// replaced is a body that a function made.
func replaced(data []byte) *body { return &body{head: data, length: int64(len(data))} }

// cloneHeader is h with one backing array, shared with nobody.
func cloneHeader(h http.Header) http.Header {
	if h == nil {
		return http.Header{}
	}
	return h.Clone()
}

// headerSize is the bytes that header lines take on the wire.
func headerSize(h http.Header) int {
	n := 0
	for name, values := range h {
		n += fieldSize(name, values)
	}
	return n
}

// fieldSize is the same of the lines under one name.
func fieldSize(name string, values []string) int {
	n := 0
	for _, v := range values {
		n += len(name) + len(v) + len(": \r\n")
	}
	return n
}
