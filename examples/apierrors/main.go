// Apierrors shows how errors of functions become statuses and error types of an API, in both of API Gateway's ways: a
// custom integration, whose selection patterns tell errors by their text, and a proxy, which makes its answers itself.
//
//	go run ./examples/apierrors
//
// It serves the API on loopback, asks it a few things, and ends.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "apierrors:", err)
		os.Exit(1)
	}
}

// run serves the API for as long as the story takes.
func run(ctx context.Context, w io.Writer) error {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	api, err := newAPI(svc)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	told := story(ctx, w, "http://"+l.Addr().String())
	if err := server.Shutdown(ctx); err != nil {
		return err
	}
	if err := <-ended; err != http.ErrServerClosed {
		return err
	}
	return told
}

// story asks for orders that are there, that are not, and that make trouble.
func story(ctx context.Context, w io.Writer, base string) error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, way := range []string{"custom", "proxied"} {
		fmt.Fprintf(w, "%s integration:\n", way)
		for _, id := range []string{"7", "seven", "700", "13"} {
			if err := show(ctx, w, client, base, "/v1/"+way+"/"+id); err != nil {
				return err
			}
		}
	}
	fmt.Fprintln(w, "no integration at all:")
	return show(ctx, w, client, base, "/v1/nothing")
}

func show(ctx context.Context, w io.Writer, client *http.Client, base, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	errorType := resp.Header.Get("X-Amzn-ErrorType")
	if errorType == "" {
		errorType = "-"
	}
	_, err = fmt.Fprintf(w, "  %-17s %d %s %s\n", path, resp.StatusCode, errorType, body)
	return err
}
