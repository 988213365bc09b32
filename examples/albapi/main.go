// Albapi is a guest book behind an Application Load Balancer: a serverless API with multi-value headers and cookies, asked
// by a real HTTP client over a real server.
//
//	go run ./examples/albapi
//
// The last chapter falls into the trap that most people meet: the same function behind a target group without multi-value
// headers.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/lambdakit/lambdakit/examples/internal/loopback"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
)

func main() {
	if err := story(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "albapi:", err)
		os.Exit(1)
	}
}

// story deploys the guest book and asks it. Everything is written to w.
func story(ctx context.Context, w io.Writer) error {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	if err := svc.Deploy(lambda.Config{Name: "guestbook"}, lambda.Handler(newGuestBook().handle)); err != nil {
		return err
	}
	v, err := visit(ctx, w, svc, true)
	if err != nil {
		return err
	}
	defer v.leave()
	for _, chapter := range []func(*visitor) error{login, write, read, picture, failures} {
		if err := chapter(v); err != nil {
			return err
		}
	}
	return trap(ctx, w, svc)
}

// visitor is a client of a load balancer, with the cookies that it got.
type visitor struct {
	w       io.Writer
	base    string
	cookies []string
	group   *alb.TargetGroup
	leave   func()
}

// visit puts the function behind a load balancer on a port of its own.
func visit(ctx context.Context, w io.Writer, svc *invoke.Service, multiValue bool) (*visitor, error) {
	group, err := alb.New(alb.Options{Invoker: svc, MultiValueHeaders: multiValue, AccessLog: func(e alb.Entry) {
		if e.ErrorReason != "" {
			fmt.Fprintf(w, "   access log: %s %s %d %s, counted as %s\n", e.Method, e.RequestURI, e.ELBStatusCode, e.ErrorReason, e.Metric)
		}
	}})
	if err != nil {
		return nil, err
	}
	if err := group.RegisterTargets(ctx, "guestbook"); err != nil {
		return nil, err
	}
	base, stop, err := loopback.Serve(group)
	if err != nil {
		return nil, err
	}
	return &visitor{w: w, base: base, group: group, leave: stop}, nil
}

// ask sends a request, and prints how it was answered.
func (v *visitor) ask(method, target, contentType, body string) error {
	r, err := http.NewRequest(method, v.base+target, strings.NewReader(body))
	if err != nil {
		return err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for _, c := range v.cookies {
		r.Header.Add("Cookie", c)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	fmt.Fprintf(v.w, "%s %s\n-> %d %s, %d bytes", method, target, res.StatusCode, res.Header.Get("Content-Type"), len(answer))
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/") && res.StatusCode < 500 {
		fmt.Fprintf(v.w, ": %s", answer)
	}
	fmt.Fprintln(v.w)
	for _, c := range res.Header["Set-Cookie"] {
		name, _, _ := strings.Cut(c, ";")
		v.cookies = append(v.cookies, name)
		fmt.Fprintf(v.w, "   cookie: %s\n", c)
	}
	return nil
}

func login(v *visitor) error {
	fmt.Fprintln(v.w, "1. Logging in sets two cookies, each on a line of its own.")
	return v.ask("POST", "/login?user=ann", "", "")
}

func write(v *visitor) error {
	fmt.Fprintln(v.w, "\n2. Both cookies come back on lines of their own, and both tags under one key.")
	return v.ask("POST", "/entries?tag=travel&tag=food", "text/plain", "The soup was excellent.")
}

func read(v *visitor) error {
	fmt.Fprintln(v.w, "\n3. Query strings are not decoded: the function does that.")
	if err := v.ask("GET", "/entries?tag=food&contains=was+excellent", "", ""); err != nil {
		return err
	}
	return v.ask("GET", "/entries?tag=weather", "", "")
}

func picture(v *visitor) error {
	fmt.Fprintln(v.w, "\n4. Bytes travel in Base64, both ways.")
	if err := v.ask("PUT", "/picture", "image/png", "\x89PNG\r\n\x1a\n"); err != nil {
		return err
	}
	return v.ask("GET", "/picture", "", "")
}

func failures(v *visitor) error {
	fmt.Fprintln(v.w, "\n5. An error that the function chose is its own; a panic is the load balancer's 502.")
	stranger := *v
	stranger.cookies = nil
	if err := stranger.ask("POST", "/entries", "text/plain", "It was me!"); err != nil {
		return err
	}
	if err := v.ask("GET", "/panic", "", ""); err != nil {
		return err
	}
	health := v.group.CheckHealth(context.Background())
	fmt.Fprintf(v.w, "a health check -> %s\n", health.State)
	return nil
}

// trap is the same function behind a target group that wants single-value headers.
func trap(ctx context.Context, w io.Writer, svc *invoke.Service) error {
	fmt.Fprintln(w, "\n6. The same without multi-value headers: all headers are lost, and browsers save the page.")
	v, err := visit(ctx, w, svc, false)
	if err != nil {
		return err
	}
	defer v.leave()
	return v.ask("GET", "/entries", "", "")
}
