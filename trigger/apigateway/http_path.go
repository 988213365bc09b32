package apigateway

import (
	"net/url"
	"strings"
)

// decodePath is the path of an HTTP API's request as routes and functions see it: decoded twice, and cut at a question
// mark that was encoded once. A percent sign that is left over, and begins no escape, makes the request a bad one.
func decodePath(raw string) (string, bool) {
	if strings.IndexByte(raw, '%') < 0 {
		return raw, true
	}
	once, err := url.PathUnescape(raw)
	if err != nil {
		return "", false
	}
	once, _, _ = strings.Cut(once, "?")
	twice, err := url.PathUnescape(once)
	return twice, err == nil
}

// stageOf finds a request's stage, and what of the path is below it.
func (a *HTTP) stageOf(path string) (*stage, string) {
	name, _, _ := strings.Cut(path[1:], "/")
	if s := a.stages[name]; s != nil && name != defaultName {
		rest := path[1+len(name):]
		if rest == "" {
			rest = "/"
		}
		return s, rest
	}
	return a.stages[defaultName], path
}
