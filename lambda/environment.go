package lambda

import (
	"context"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
)

// InitializationType says why an environment was made, as AWS_LAMBDA_INITIALIZATION_TYPE names it.
type InitializationType string

// The initialization types that are modelled.
const (
	OnDemand               InitializationType = "on-demand"
	ProvisionedConcurrency InitializationType = "provisioned-concurrency"
)

// Environment is one execution environment as the function in it sees it: its variables, its scratch space, its log.
// It outlives a crash or timeout of the function, which loses the [Function] but keeps the scratch space.
//
// An Environment is safe for concurrent use. The engine makes it with [NewEnvironment]; functions get it from [Code]
// or [EnvironmentFromContext].
type Environment struct {
	cfg      Config
	version  string
	kind     InitializationType
	stream   string
	identity Identity
	scratch  *Scratch
	log      func(line string)
	memory   atomic.Int64
}

// EnvironmentOptions is what [NewEnvironment] needs.
type EnvironmentOptions struct {
	Config    Config // with defaults applied
	Version   string
	Type      InitializationType
	LogStream string
	Identity  Identity
	// Log takes each line that the function writes, without its newline; nil drops them. It must be safe for
	// concurrent use.
	Log func(line string)
}

// NewEnvironment makes an environment. It is for engines; a function is given its own.
func NewEnvironment(o EnvironmentOptions) *Environment {
	e := &Environment{cfg: o.Config, version: o.Version, kind: o.Type, stream: o.LogStream, identity: o.Identity, log: o.Log}
	e.scratch = &Scratch{quota: int64(o.Config.EphemeralStorage) << 20}
	return e
}

// Restarted returns the environment as the next process in it finds it, for an engine whose function's process has
// ended: the same but for its log, and with nothing in memory. The scratch space is shared with the ended one, whose
// goroutines may still be about.
func (e *Environment) Restarted(log func(line string)) *Environment {
	return &Environment{
		cfg: e.cfg, version: e.version, kind: e.kind, stream: e.stream, identity: e.identity, scratch: e.scratch, log: log,
	}
}

type environmentKey struct{}

// WithEnvironment returns a context that carries env, for engines.
func WithEnvironment(ctx context.Context, env *Environment) context.Context {
	return context.WithValue(ctx, environmentKey{}, env)
}

// EnvironmentKey is the context key of the [Environment], for an engine's own context type.
func EnvironmentKey() any { return environmentKey{} }

// EnvironmentFromContext returns the environment in which the handler of ctx runs.
func EnvironmentFromContext(ctx context.Context) (*Environment, bool) {
	e, ok := ctx.Value(environmentKey{}).(*Environment)
	return e, ok
}

// FunctionName is the function's bare name.
func (e *Environment) FunctionName() string { return e.cfg.Name }

// FunctionVersion is $LATEST or a version's number.
func (e *Environment) FunctionVersion() string { return e.version }

// MemorySize is the configured memory in MB.
func (e *Environment) MemorySize() int { return e.cfg.MemorySize }

// InitializationType says whether the environment was made for an invocation or as provisioned concurrency.
func (e *Environment) InitializationType() InitializationType { return e.kind }

// LogGroup is the log group's name, /aws/lambda/ and the function's name unless configured.
func (e *Environment) LogGroup() string {
	if g := e.cfg.Logging.LogGroup; g != "" {
		return g
	}
	return "/aws/lambda/" + e.cfg.Name
}

// LogStream names the environment's log stream; there is one per environment, so it identifies the environment.
func (e *Environment) LogStream() string { return e.stream }

// Getenv returns a variable as os.Getenv would inside Lambda. The process's own environment is not consulted: several
// functions share one process.
func (e *Environment) Getenv(key string) string {
	if v, ok := e.reserved(key); ok {
		return v
	}
	return e.cfg.Environment[key]
}

// Environ lists all variables as KEY=value, sorted by key.
func (e *Environment) Environ() []string {
	vars := make(map[string]string, len(e.cfg.Environment)+len(reservedVariables))
	for k, v := range e.cfg.Environment {
		vars[k] = v
	}
	for _, k := range reservedVariables {
		if v, ok := e.reserved(k); ok {
			vars[k] = v
		}
	}
	list := make([]string, 0, len(vars))
	for k, v := range vars {
		list = append(list, k+"="+v)
	}
	sort.Strings(list)
	return list
}

// reservedVariables are those that the platform sets on provided.al2023, in the order of the guide. Credentials, the
// Runtime API's address and X-Ray's daemon have no counterpart in-process and are absent.
var reservedVariables = []string{
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_XRAY_CONTEXT_MISSING", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
	"_HANDLER", "TZ", "LANG", "PATH", "LD_LIBRARY_PATH", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL",
}

// fixedVariables have the same value in every provided.al2023 environment.
var fixedVariables = map[string]string{
	"AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
	"LAMBDA_TASK_ROOT":         "/var/task",
	"LAMBDA_RUNTIME_DIR":       "/var/runtime",
	"TZ":                       ":UTC",
	"LANG":                     "en_US.UTF-8",
	"PATH":                     "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
	"LD_LIBRARY_PATH":          "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
}

func (e *Environment) reserved(key string) (string, bool) {
	switch key {
	case "AWS_LAMBDA_FUNCTION_NAME":
		return e.cfg.Name, true
	case "AWS_LAMBDA_FUNCTION_VERSION":
		return e.version, true
	case "AWS_LAMBDA_FUNCTION_MEMORY_SIZE":
		return strconv.Itoa(e.cfg.MemorySize), true
	case "AWS_LAMBDA_INITIALIZATION_TYPE":
		return string(e.kind), true
	case "AWS_LAMBDA_LOG_GROUP_NAME":
		return e.LogGroup(), true
	case "AWS_LAMBDA_LOG_STREAM_NAME":
		return e.stream, true
	case "AWS_REGION", "AWS_DEFAULT_REGION":
		return e.identity.Region, true
	case "_HANDLER":
		return e.cfg.Handler, e.cfg.Handler != ""
	case "AWS_LAMBDA_LOG_FORMAT":
		return e.cfg.Logging.LogFormat, e.cfg.Logging.LogFormat == "JSON"
	case "AWS_LAMBDA_LOG_LEVEL":
		return e.cfg.Logging.ApplicationLogLevel, e.cfg.Logging.LogFormat == "JSON"
	}
	v, ok := fixedVariables[key]
	return v, ok
}

// Scratch is the environment's /tmp: bounded by EphemeralStorage, kept through crashes and timeouts, gone with the
// environment.
func (e *Environment) Scratch() *Scratch { return e.scratch }

// Write puts p into the environment's log, as writing to standard output does in Lambda: one log event per line, split
// at newlines only. It never fails. A text without a final newline is an event of its own.
func (e *Environment) Write(p []byte) (int, error) {
	if e.log != nil && len(p) > 0 {
		for line := range strings.SplitSeq(strings.TrimSuffix(string(p), "\n"), "\n") {
			e.log(line)
		}
	}
	return len(p), nil
}

// SetMemoryUsed says how much memory the function uses, in MB: what REPORT shows as Max Memory Used, since a process
// shared by many functions cannot measure one of them. More than MemorySize ends the environment as running out of
// memory does: SetMemoryUsed then does not return.
func (e *Environment) SetMemoryUsed(mb int) {
	for {
		old := e.memory.Load()
		if int64(mb) <= old || e.memory.CompareAndSwap(old, int64(mb)) {
			break
		}
	}
	if mb > e.cfg.MemorySize {
		panic(exit{oom: true})
	}
}

// MaxMemoryUsed is the highest figure given to [Environment.SetMemoryUsed] since the function was initialised, in MB.
func (e *Environment) MaxMemoryUsed() int { return min(int(e.memory.Load()), e.cfg.MemorySize) }

// Exit ends the function's process as os.Exit does in Lambda: the invocation fails with Runtime.ExitError and the
// environment is reset. It does not return, runs deferred calls (it is a panic that a handler must not swallow), and
// works only on the goroutine that runs the handler or its init. A handler must not call os.Exit itself: that would
// end the process that hosts the library.
func (e *Environment) Exit(code int) { panic(exit{code: code}) }

// Close removes the scratch space, for an engine that ends the environment.
func (e *Environment) Close() error { return e.scratch.remove() }

// exit is what Exit panics with.
type exit struct {
	code int
	oom  bool
}

// Exited tells what a value recovered from a handler's panic says of [Environment.Exit] and
// [Environment.SetMemoryUsed], for engines.
func Exited(recovered any) (code int, outOfMemory, ok bool) {
	x, ok := recovered.(exit)
	return x.code, x.oom, ok
}
