package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/events"
)

// entry is what somebody wrote.
type entry struct {
	by, text string
	tags     []string
}

// guestBook is the database of the function: all its environments share it.
type guestBook struct {
	mu      sync.Mutex
	entries []entry
	picture []byte
}

func newGuestBook() *guestBook { return &guestBook{} }

// response is what the function returns: exactly the members that a target group with multi-value headers reads.
// aws-lambda-go's type would write "headers":null beside them, which this mode does not mind, but the other does.
type response struct {
	StatusCode        int                 `json:"statusCode"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

func text(status int, format string, args ...any) response {
	return response{
		StatusCode: status, Body: fmt.Sprintf(format, args...),
		MultiValueHeaders: map[string][]string{"Content-Type": {"text/plain; charset=utf-8"}},
	}
}

// handle is the function.
func (b *guestBook) handle(_ context.Context, r events.ALBTargetGroupRequest) (response, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch r.HTTPMethod + " " + r.Path {
	case "POST /login":
		a := text(200, "welcome")
		user := last(r.MultiValueQueryStringParameters["user"])
		a.MultiValueHeaders["Set-Cookie"] = []string{"user=" + user + "; HttpOnly", "theme=dark; Path=/"}
		return a, nil
	case "POST /entries":
		return b.add(r)
	case "GET /entries":
		return b.list(r.MultiValueQueryStringParameters), nil
	case "PUT /picture":
		return b.hang(r)
	case "GET /picture":
		return response{
			StatusCode: 200, Body: base64.StdEncoding.EncodeToString(b.picture), IsBase64Encoded: true,
			MultiValueHeaders: map[string][]string{"Content-Type": {"image/png"}},
		}, nil
	case "GET /panic":
		panic("nobody outside will read this")
	case "GET /": // the health check
		return text(200, "ok"), nil
	}
	return text(404, "no such page"), nil
}

func (b *guestBook) add(r events.ALBTargetGroupRequest) (response, error) {
	by := cookie(r.MultiValueHeaders["cookie"], "user")
	if by == "" {
		return text(401, "who are you?"), nil
	}
	b.entries = append(b.entries, entry{by: by, text: r.Body, tags: r.MultiValueQueryStringParameters["tag"]})
	return text(201, "entry %d", len(b.entries)), nil
}

// list finds the entries with all of the tags. The query comes as it was sent, so it is decoded here.
func (b *guestBook) list(query map[string][]string) response {
	contains, err := url.QueryUnescape(last(query["contains"]))
	if err != nil {
		return text(400, "bad query")
	}
	var found []string
	for _, e := range b.entries {
		missing := slices.ContainsFunc(query["tag"], func(tag string) bool { return !slices.Contains(e.tags, tag) })
		if !missing && strings.Contains(e.text, contains) {
			found = append(found, e.by+": "+e.text)
		}
	}
	return text(200, "%d found %s", len(found), strings.Join(found, "; "))
}

func (b *guestBook) hang(r events.ALBTargetGroupRequest) (response, error) {
	picture, err := base64.StdEncoding.DecodeString(r.Body)
	if err != nil || !r.IsBase64Encoded {
		return text(400, "that is no picture"), nil
	}
	b.picture = picture
	return text(201, "%d bytes", len(picture)), nil
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// cookie looks a cookie up in the lines of the request.
func cookie(lines []string, name string) string {
	for _, line := range lines {
		for c := range strings.SplitSeq(line, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(c), name+"="); ok {
				return value
			}
		}
	}
	return ""
}
