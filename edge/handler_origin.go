package edge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// handlerTransport asks an http.Handler. It is safe for concurrent use if the handler is.
type handlerTransport struct {
	handler http.Handler
	work    work
}

var errAborted = errors.New("edge: the origin's handler panicked")

// RoundTrip runs the handler and returns its answer, or ctx's error if that comes first; the handler goes on then.
func (t *handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}}
	err := errAborted // what it stays after a panic or a runtime.Goexit
	done := make(chan struct{})
	t.work.start(func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%w: %v", errAborted, p)
			}
		}()
		t.handler.ServeHTTP(w, serverRequest(r))
		err = nil
	})
	select {
	case <-done:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if err != nil {
		return nil, err
	}
	return w.result(r), nil
}

// wait waits for handlers that were left behind.
func (t *handlerTransport) wait() { t.work.wait() }

// serverRequest is a client's request as a server sees it.
func serverRequest(r *http.Request) *http.Request {
	s := r.Clone(r.Context())
	s.RequestURI = r.URL.RequestURI()
	s.Host = defaulted(r.Host, r.URL.Host)
	s.RemoteAddr = "192.0.2.1:443" // of the documentation's network: an edge location
	s.Proto, s.ProtoMajor, s.ProtoMinor = "HTTP/1.1", 1, 1
	s.URL.Scheme, s.URL.Host = "", ""
	if s.Body == nil {
		s.Body = http.NoBody
	}
	return s
}

// recorder is the ResponseWriter of a handler whose answer stays in memory.
type recorder struct {
	header  http.Header
	sent    http.Header // header as it was when the status was written; nil before
	status  int
	body    bytes.Buffer
	flushed bool // before the end: the length is not known in advance
}

// Header is the header to be sent.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader sends the header. Informational statuses go nowhere.
func (w *recorder) WriteHeader(status int) {
	if w.sent != nil || status < 200 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

// Write adds to the body, after a status of 200 if there was none.
func (w *recorder) Write(p []byte) (int, error) {
	if w.sent == nil {
		if w.header["Content-Type"] == nil && w.header.Get("Content-Encoding") == "" {
			w.header.Set("Content-Type", http.DetectContentType(p))
		}
		w.WriteHeader(http.StatusOK)
	}
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

// Flush sends what there is.
func (w *recorder) Flush() {
	w.WriteHeader(http.StatusOK)
	w.flushed = true
}

// result is the answer to r.
func (w *recorder) result(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	resp := &http.Response{
		StatusCode: w.status, Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent, Request: r, ContentLength: -1,
	}
	if w.flushed {
		resp.TransferEncoding = []string{"chunked"}
	} else {
		resp.ContentLength = int64(w.body.Len())
	}
	resp.Body = io.NopCloser(bytes.NewReader(w.body.Bytes()))
	if r.Method == http.MethodHead {
		resp.Body = http.NoBody
		if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
			resp.ContentLength = n
		}
	}
	return resp
}
