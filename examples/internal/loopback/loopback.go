// Package loopback puts handlers on ports of this machine for the examples.
package loopback

import (
	"net"
	"net/http"
)

// Serve serves a handler on a free port of 127.0.0.1, until stop is called. base is its URL, without a slash at the end.
func Serve(h http.Handler) (base string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	return "http://" + l.Addr().String(), func() { server.Close() }, nil
}
