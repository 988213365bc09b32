package lambda

import (
	"maps"
	"slices"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// reservedKeys are the variables that the platform sets and a configuration must not, without those that begin with an
// underscore, which no key may.
var reservedKeys = map[string]bool{
	"AWS_DEFAULT_REGION":              true,
	"AWS_REGION":                      true,
	"AWS_EXECUTION_ENV":               true,
	"AWS_LAMBDA_FUNCTION_NAME":        true,
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": true,
	"AWS_LAMBDA_FUNCTION_VERSION":     true,
	"AWS_LAMBDA_INITIALIZATION_TYPE":  true,
	"AWS_LAMBDA_LOG_GROUP_NAME":       true,
	"AWS_LAMBDA_LOG_STREAM_NAME":      true,
	"AWS_ACCESS_KEY":                  true,
	"AWS_ACCESS_KEY_ID":               true,
	"AWS_SECRET_ACCESS_KEY":           true,
	"AWS_SESSION_TOKEN":               true,
	"AWS_LAMBDA_RUNTIME_API":          true,
	"LAMBDA_TASK_ROOT":                true,
	"LAMBDA_RUNTIME_DIR":              true,
}

func checkReservedVariables(c *Config) error {
	var used []string
	for _, key := range slices.Sorted(maps.Keys(c.Environment)) {
		if reservedKeys[key] {
			used = append(used, key)
		}
	}
	if used == nil {
		return nil
	}
	return InvalidParameterValue(environmentRefused + "contains reserved keys that are currently not supported for " +
		"modification. Reserved keys used in this request: " + strings.Join(used, ", "))
}

const environmentRefused = "Lambda was unable to configure your environment variables because the environment " +
	"variables you have provided "

// checkEnvironmentSize measures the variables as compact JSON. AWS writes them in the order of the request; a map has
// none, so here they are in byte order, which has no effect on the size.
func checkEnvironmentSize(c *Config) error {
	if measured := environmentJSON(c.Environment); len(measured) > MaxEnvironment {
		return InvalidParameterValue(environmentRefused + "exceeded the 4KB limit. String measured: " + measured)
	}
	return nil
}

// environmentJSON is variables as compact JSON, in the byte order of the keys.
func environmentJSON(variables map[string]string) string {
	b := []byte{'{'}
	for i, key := range slices.Sorted(maps.Keys(variables)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, key)
		b = append(b, ':')
		b = jsontext.AppendString(b, variables[key])
	}
	return string(append(b, '}'))
}
