package lambda

import (
	"slices"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// runtimes are those that functions can be created with, in the order of AWS's message (January 2026).
var runtimes = []string{
	"nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x", "java25",
	"python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9", "java17",
	"nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2",
}

// retiredRuntimes are those that functions could be created with once.
var retiredRuntimes = []string{
	"dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet5.0", "go1.x", "java8", "nodejs",
	"nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "provided",
	"python2.7", "python3.6", "python3.7", "ruby2.5", "ruby2.7",
}

// checkRuntime refuses a runtime that AWS does not have, or has no more. None at all is right for a function in Go.
func checkRuntime(c *Config) error {
	switch {
	case c.Runtime == "" || slices.Contains(runtimes, c.Runtime):
		return nil
	case slices.Contains(retiredRuntimes, c.Runtime):
		return InvalidParameterValue("The runtime parameter of " + c.Runtime + " is no longer supported for creating " +
			"or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.")
	}
	return InvalidParameterValue("Value " + c.Runtime + " at 'runtime' failed to satisfy constraint: " +
		validation.Enum(runtimes...) + " or be a valid ARN")
}
