package edge

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// CustomErrorResponse says what happens to errors of one status.
type CustomErrorResponse struct {
	// ErrorCode is 400, 403, 404, 405, 414, 416 or 500 to 504.
	ErrorCode int
	// ResponsePagePath is the page that viewers get instead, fetched through the behavior of its own path; "" for none.
	ResponsePagePath string
	// ResponseCode is the status it comes with: 200 or one of those above; 0 means ErrorCode.
	ResponseCode int
	// ErrorCachingMinTTL is how long the error is cached at least; nil means 10 s.
	ErrorCachingMinTTL *time.Duration

	_ struct{}
}

// defaultErrorTTL is the Error Caching Minimum TTL.
const defaultErrorTTL = 10 * time.Second

var customErrors = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

// readErrorResponses checks the list and sorts it by status.
func readErrorResponses(list []CustomErrorResponse) (map[int]*CustomErrorResponse, error) {
	out := make(map[int]*CustomErrorResponse, len(list))
	for i := range list {
		c := list[i]
		switch {
		case !slices.Contains(customErrors, c.ErrorCode):
			return nil, fmt.Errorf("edge: %d is no error code of a custom error response", c.ErrorCode)
		case out[c.ErrorCode] != nil:
			return nil, fmt.Errorf("edge: error code %d has two custom error responses", c.ErrorCode)
		case c.ResponsePagePath == "" && c.ResponseCode != 0:
			return nil, fmt.Errorf("edge: error code %d has a response code and no page", c.ErrorCode)
		case c.ResponsePagePath != "" && !strings.HasPrefix(c.ResponsePagePath, "/"):
			return nil, fmt.Errorf("edge: the page %q does not begin with a slash", c.ResponsePagePath)
		case c.ResponseCode != 0 && c.ResponseCode != 200 && !slices.Contains(customErrors, c.ResponseCode):
			return nil, fmt.Errorf("edge: %d is no response code of a custom error response", c.ResponseCode)
		case c.ErrorCachingMinTTL != nil && *c.ErrorCachingMinTTL < 0:
			return nil, fmt.Errorf("edge: error code %d has a negative TTL", c.ErrorCode)
		}
		c.ResponseCode = defaulted(c.ResponseCode, c.ErrorCode)
		out[c.ErrorCode] = &c
	}
	return out, nil
}

// errorTTL is the Error Caching Minimum TTL of a status.
func (d *Distribution) errorTTL(status int) time.Duration {
	if c := d.errors[status]; c != nil && c.ErrorCachingMinTTL != nil {
		return *c.ErrorCachingMinTTL
	}
	return defaultErrorTTL
}

// substitute puts the custom page in place of an error, a function's or the origin's. The page is asked for with the
// origin functions, and without the viewer functions; if it is an error itself, viewers get that.
func (x *exchange) substitute(ctx context.Context, a answer) answer {
	c := x.d.errors[a.response.status]
	if c == nil || c.ResponsePagePath == "" || a.plain || a.response.status < 400 {
		return a
	}
	x.prepare()
	uri, query, _ := strings.Cut(c.ResponsePagePath, "?")
	req := &request{clientIP: x.viewer.clientIP, method: http.MethodGet, uri: uri, query: query, header: x.viewer.header.Clone()}
	for _, name := range conditions {
		delete(req.header, name)
	}
	page := exchange{d: x.d, b: x.d.match(uri), r: x.r, id: x.id, secure: x.secure, viewer: req, prepared: true}
	page.bind()
	got := page.lookUp(ctx)
	got.xCache = xError
	if got.response.status < 400 {
		shown := *got.response
		shown.status, shown.description = c.ResponseCode, http.StatusText(c.ResponseCode)
		shown.sent = nil
		got.response = &shown
		got.entry = nil
	}
	return got
}
