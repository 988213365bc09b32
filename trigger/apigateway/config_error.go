package apigateway

import (
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// ConfigError says what is wrong with an API's configuration, or what of it is not modelled. It is matched with
// errors.As.
type ConfigError struct {
	// Setting names the setting as AWS does, or the route or method it belongs to.
	Setting string
	// Reason is the mistake.
	Reason string
}

// Error gives both.
func (e *ConfigError) Error() string { return "apigateway: " + e.Setting + ": " + e.Reason }

func misconfigured(setting, reason string) error { return &ConfigError{setting, reason} }

// The bounds of an integration's timeout. AWS grants more than 29 s to Regional and private REST APIs by quota; that
// is not modelled.
const (
	minTimeout     = 50 * time.Millisecond
	maxRESTTimeout = 29 * time.Second
	maxHTTPTimeout = 30 * time.Second
)

// checkTimeout gives the timeout that a setting stands for; 0 is the longest there is.
func checkTimeout(setting string, d, most time.Duration) (time.Duration, error) {
	switch {
	case d == 0:
		return most, nil
	case d < minTimeout || d > most:
		return 0, misconfigured(setting, "the timeout must be between 50 ms and "+most.String())
	}
	return d, nil
}

// checkFunction reads a function's name; it gives the hash by which trace headers know the function.
func checkFunction(setting, function string, id lambda.Identity) (uint32, error) {
	if function == "" {
		return 0, misconfigured(setting, "names no function")
	}
	ref, err := lambda.ParseRef(function, "")
	if err != nil {
		return 0, misconfigured(setting, err.Error())
	}
	if ref.Account != "" {
		id.Account = ref.Account
	}
	if ref.Region != "" {
		id.Region = ref.Region
	}
	return lambda.FunctionHash(id.FunctionARN(ref.Name, "")), nil
}

// methods are what a route or method may be made for, beside ANY.
var methods = map[string]bool{
	"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true,
}

// anyMethod stands for every method that has no route of its own.
const anyMethod = "ANY"

func checkMethod(setting, method string) error {
	if method != anyMethod && !methods[method] {
		return misconfigured(setting, "the method must be one of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, ANY")
	}
	return nil
}

// checkAPIID fills in and checks an API's id, which is part of its domain name and ARNs.
func checkAPIID(id string) (string, error) {
	if id == "" {
		return "a1b2c3d4e5", nil
	}
	for _, c := range id {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", c) {
			return "", misconfigured("apiId", "has to be of lower-case letters and digits")
		}
	}
	return id, nil
}

// count is how many flags are set.
func count(flags ...bool) int {
	n := 0
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}
