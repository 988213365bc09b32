// Edgesite serves a site from a private bucket through an edge distribution: a redirect, an A/B test by cookie, security
// headers, a page for what is missing, and an API that a deployed function answers at the edge from a table that is
// replicated to its Region.
//
//	go run ./examples/edgesite            # asks itself a few things over loopback, and ends
//	go run ./examples/edgesite -listen    # stays, for a browser
//
//	browser ── distribution ── hooks ── cache ── bucket (access identity)
//	              └─ /api/* ── function api:1 ── table in us-east-1 ←─ stream ── table in eu-west-1
//
// The test beside it runs the same in virtual time, without a socket.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	stay := flag.Bool("listen", false, "keep serving until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *stay); err != nil {
		fmt.Fprintln(os.Stderr, "edgesite:", err)
		os.Exit(1)
	}
}

// run serves the site on loopback and tells the story over real connections.
func run(ctx context.Context, w io.Writer, stay bool) error {
	s, err := newSite(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.edge, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	base := "http://" + l.Addr().String()
	fmt.Fprintln(w, "Serving", base)
	if err := story(ctx, w, &http.Transport{}, base); err != nil {
		return err
	}
	if stay {
		fmt.Fprintln(w, "\nStill serving; interrupt to end.")
		select {
		case <-ctx.Done():
		case err := <-ended:
			return err
		}
	}
	return server.Shutdown(context.WithoutCancel(ctx))
}

// visit is one request of the story, and whether time passes before it.
type visit struct {
	says         string
	after        time.Duration
	method, path string
	header       []string
}

// visits are what the browser does. Pages are fresh for a second, so that the story need not wait for long.
var visits = []visit{
	{says: "The first viewer of the page asks the bucket, and is put into a group.", path: "/"},
	{says: "The second, of the same group, does not ask the bucket.", path: "/", header: []string{"Cookie", "variant=a"}},
	{says: "One of the other group gets another page.", path: "/", header: []string{"Cookie", "variant=b"}},
	{says: "A part of a cached page.", path: "/style.css"},
	{path: "/style.css", header: []string{"Range", "bytes=0-3"}},
	{says: "After its time, the bucket only says that nothing changed.", after: 1100 * time.Millisecond, path: "/style.css"},
	{says: "An old address.", path: "/home"},
	{says: "The bucket says 403 for what is missing; viewers get a page.", path: "/nothing"},
	{says: "The API, at the edge: nobody has voted yet.", path: "/api/votes/a"},
	{says: "A vote goes to the table in eu-west-1 ...", method: "POST", path: "/api/votes/a"},
	{says: "... and is read from its replica in us-east-1.", after: replication, path: "/api/votes/a"},
}

// story makes the visits and prints what comes back.
func story(ctx context.Context, w io.Writer, browser http.RoundTripper, base string) error {
	client := &http.Client{Transport: browser, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i, v := range visits {
		if v.says != "" {
			fmt.Fprintf(w, "\n%s\n", v.says)
		}
		time.Sleep(v.after)
		if err := v.make(ctx, w, client, base); err != nil {
			return fmt.Errorf("visit %d: %w", i+1, err)
		}
	}
	return nil
}

func (v visit) make(ctx context.Context, w io.Writer, client *http.Client, base string) error {
	r, err := http.NewRequestWithContext(ctx, v.method, base+v.path, nil)
	if err != nil {
		return err
	}
	for i := 0; i < len(v.header); i += 2 {
		r.Header.Set(v.header[i], v.header[i+1])
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
	_, err = fmt.Fprintf(w, "  %-4s %-13s %d  %-40s %-6s %s\n", r.Method, v.path, resp.StatusCode, resp.Header.Get("X-Cache"), age(resp), outcome(resp, body))
	return err
}

// age is how old an answer is, if it comes from the cache.
func age(r *http.Response) string {
	if a := r.Header.Get("Age"); a != "" {
		return "Age " + a
	}
	return ""
}

// outcome is what a browser makes of an answer: another address, or text.
func outcome(r *http.Response, body []byte) string {
	if to := r.Header.Get("Location"); to != "" {
		return "-> " + to
	}
	text := strings.TrimSpace(string(body))
	if cookie := r.Header.Get("Set-Cookie"); cookie != "" {
		text += " (" + cookie + ")"
	}
	return text
}
