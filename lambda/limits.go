package lambda

import "time"

// Sizes in bytes. AWS's MB is 1,048,576 bytes and its KB 1,024.
const (
	// MaxRequestPayload bounds the request of a synchronous invocation: 6 MB.
	MaxRequestPayload = 6 << 20
	// MaxEventPayload bounds the request of an asynchronous invocation: 1 MB.
	MaxEventPayload = 1 << 20
	// MaxInvokeAsyncPayload bounds the request of the deprecated InvokeAsync: 256 KB.
	MaxInvokeAsyncPayload = 256 << 10
	// MaxResponsePayload bounds a buffered response: 6 MB and 100 bytes. What is larger is a function error.
	MaxResponsePayload = 6<<20 + 100
	// MaxStreamedResponse bounds a streamed response: 200 MB.
	MaxStreamedResponse = 200 << 20
	// MaxClientContext bounds the Base64 text of a ClientContext.
	MaxClientContext = 3583
	// MaxEnvironment bounds the environment variables as compact JSON: 4 KB.
	MaxEnvironment = 4 << 10
	// MaxLogTail is how much of a log's end a caller may see: 4 KB.
	MaxLogTail = 4 << 10
	// MaxZippedPackage bounds an uploaded deployment package: 50 MB.
	MaxZippedPackage = 50 << 20
	// MaxUnzippedPackage bounds what the package unzips to, layers included: 250 MB.
	MaxUnzippedPackage = 250 << 20
	// MaxCreateRequest bounds the request of CreateFunction.
	MaxCreateRequest = 70167211
	// MaxAccountCode bounds the packages of all of an account's functions and versions: 75 GB.
	MaxAccountCode = 75 << 30
)

// Bounds of a function's configuration. Memory and storage are in MB.
const (
	MinTimeout     = time.Second
	DefaultTimeout = 3 * time.Second
	MaxTimeout     = 900 * time.Second

	MinMemory     = 128
	DefaultMemory = 128
	MaxMemory     = 10240

	MinEphemeralStorage     = 512
	DefaultEphemeralStorage = 512
	MaxEphemeralStorage     = 10240

	// MaxName bounds a function's bare name.
	MaxName = 64
	// MaxDescription bounds a description.
	MaxDescription = 256
)

// Bounds of the lifecycle's phases.
const (
	// InitTimeout bounds the Init phase of an on-demand environment. An init that runs again inside the first
	// invocation is bounded by the function's timeout instead.
	InitTimeout = 10 * time.Second
	// ProvisionedInitTimeout is the least bound of the Init phase under provisioned concurrency, where a longer
	// function timeout extends it: see [ProvisionedInitLimit].
	ProvisionedInitTimeout = 130 * time.Second
	// ShutdownTimeout bounds the Shutdown phase of an environment with internal extensions only.
	ShutdownTimeout = 500 * time.Millisecond
	// MaxFunctionRuns is how often one chain of invocations may run the same function.
	MaxFunctionRuns = 16
)

// ProvisionedInitLimit bounds the Init phase under provisioned concurrency: the function's timeout, but at least
// 130 s, and at most 900 s.
func ProvisionedInitLimit(timeout time.Duration) time.Duration {
	return min(max(ProvisionedInitTimeout, timeout), MaxTimeout)
}
