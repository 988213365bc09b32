package lambda

import (
	"time"

	"github.com/lambdakit/lambdakit/destinations"
)

// Config is a function's configuration. The zero value of a field is AWS's default; [Config.Validate] refuses what
// Lambda refuses, with its text.
type Config struct {
	// Name is the function's bare name, at most 64 characters.
	Name string
	// Description is at most 256 characters.
	Description string
	// Timeout bounds one invocation, 1 s to 900 s in whole seconds (wire name Timeout); 0 means 3 s.
	Timeout time.Duration
	// MemorySize is in MB, 128 to 10,240; 0 means 128. It sets the CPU share.
	MemorySize int
	// EphemeralStorage is the size of /tmp in MB, 512 to 10,240 (wire name EphemeralStorage.Size); 0 means 512.
	EphemeralStorage int
	// Environment holds the function's variables, 4 KB as JSON. nil and empty differ on the wire only.
	Environment map[string]string
	// DeadLetter takes events that failed (DeadLetterConfig.TargetArn); nil for none. A published version keeps its own.
	DeadLetter destinations.Target
	// Logging is the LoggingConfig.
	Logging LoggingConfig
	// Role is the execution role's ARN; "" for a function without one, which may do everything.
	Role string
	// Handler and Runtime are recorded and shown; for a function in Go they choose nothing.
	Handler, Runtime string
	// Architecture is x86_64 or arm64; "" means x86_64.
	Architecture string
	// TracingMode is PassThrough or Active; "" means PassThrough.
	TracingMode string
	// Package is the deployment package's bytes, of which CodeSize and CodeSha256 are taken; nil for a function that
	// is only Go code. The bytes must not be changed afterwards.
	Package []byte
}

// LoggingConfig says how the function's log looks.
type LoggingConfig struct {
	LogFormat           string // Text or JSON; "" means Text
	ApplicationLogLevel string // TRACE, DEBUG, INFO, WARN, ERROR, FATAL; with JSON only, default INFO
	SystemLogLevel      string // DEBUG, INFO, WARN; with JSON only, default INFO
	LogGroup            string // "" means /aws/lambda/ and the name
}
