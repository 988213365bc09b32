package main

import (
	"context"
	"strings"

	"github.com/lambdakit/lambdakit/edge"
)

// chooseVariant sends old addresses to the new one, and each group of viewers to its own page. It runs before the cache
// is looked at, so each page has an entry of its own, and viewers of one group share theirs.
func chooseVariant(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
	switch r.URI {
	case "/home":
		return nil, &edge.Response{Status: "302", Headers: edge.Headers{"location": {{Value: "/"}}}}, nil
	case "/":
		r.URI = "/" + variant(r) + "/index.html"
	}
	return r, nil, nil
}

// variant is the group of a viewer: what the cookie says, or a.
func variant(r *edge.Request) string {
	for _, line := range r.Headers.Values("Cookie") {
		for c := range strings.SplitSeq(line, ";") {
			if strings.TrimSpace(c) == "variant=b" {
				return "b"
			}
		}
	}
	return "a"
}

// keepVariant gives viewers without a cookie theirs. It runs for every viewer, and what it adds is not cached: nobody
// gets another's cookie.
func keepVariant(_ context.Context, req *edge.Request, r *edge.Response) (*edge.Response, error) {
	if strings.HasSuffix(req.URI, "/index.html") && req.Headers.Get("Cookie") == "" {
		r.Headers.Set("Set-Cookie", "variant="+variant(req)+"; Secure; HttpOnly")
	}
	return r, nil
}

// secure adds the headers that every page should have. It runs when the bucket answers, and so once for an entry.
func secure(_ context.Context, _ *edge.Request, r *edge.Response) (*edge.Response, error) {
	for name, value := range map[string]string{
		"Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
		"Content-Security-Policy":   "default-src 'none'; style-src 'self'",
		"X-Content-Type-Options":    "nosniff",
		"X-Frame-Options":           "DENY",
		"Referrer-Policy":           "same-origin",
	} {
		r.Headers.Set(name, value)
	}
	return r, nil
}
