// Urlstream is a function URL that streams: the client reads each line of a report while the function is still writing
// the next.
//
//	go run ./examples/urlstream
//
// Nobody sleeps to show it. The function writes a line only when the client has read the one before: if anything on the
// way held a line back, the story would stand still.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/lambdakit/lambdakit/examples/internal/loopback"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

func main() {
	if err := story(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "urlstream:", err)
		os.Exit(1)
	}
}

// story serves the report and reads it in three ways. Everything is written to w.
func story(ctx context.Context, w io.Writer) error {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	r := &report{w: w, next: make(chan struct{})}
	if err := svc.Deploy(lambda.Config{Name: "report", Timeout: time.Minute}, lambda.Handler(r.handle)); err != nil {
		return err
	}
	base, stop, err := serve(svc)
	if err != nil {
		return err
	}
	defer stop()
	c := &client{w: w, base: base, read: r.next}
	for _, chapter := range []struct{ title, path string }{
		{"1. The head comes first: status, headers and cookies, from the prelude. Then line after line.", "/report"},
		{"2. The function fails in the middle: the connection is cut, or the client would think that this was all.", "/broken"},
		{"3. The function fails before it has written anything: a 502 that tells nothing.", "/impossible"},
	} {
		fmt.Fprintln(w, chapter.title)
		if err := c.get(ctx, chapter.path); err != nil {
			return err
		}
	}
	return nil
}

// serve puts the function's URL on a port of its own.
func serve(svc *invoke.Service) (base string, stop func(), err error) {
	h, err := functionurl.New(functionurl.Options{Invoker: svc, URL: &functionurl.Config{
		FunctionName: "report", InvokeMode: registry.ResponseStream,
	}})
	if err != nil {
		return "", nil, err
	}
	return loopback.Serve(h)
}

// client reads line by line, and says after each that it has.
type client struct {
	w    io.Writer
	base string
	read chan<- struct{}
}

func (c *client) get(ctx context.Context, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	fmt.Fprintf(c.w, "   client:   %d %s %s\n", res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Set-Cookie"))
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		fmt.Fprintf(c.w, "   client:   read %q\n", lines.Text())
		if res.StatusCode == http.StatusOK {
			c.read <- struct{}{}
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		fmt.Fprint(c.w, "   client:   the connection was cut\n\n")
	case err != nil:
		return err
	default:
		fmt.Fprint(c.w, "   client:   that was all\n\n")
	}
	return nil
}
