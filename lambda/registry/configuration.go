package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/lambda"
)

// State says whether a version can be invoked.
type State string

// The states that a function has here. AWS knows more: Inactive, Failed and others, which need a network or an image.
const (
	StatePending State = "Pending" // being created; invocations are refused
	StateActive  State = "Active"
)

// LastUpdateStatus says how the last update of $LATEST is doing.
type LastUpdateStatus string

// The statuses of an update. Failed is not modelled.
const (
	UpdateInProgress LastUpdateStatus = "InProgress" // the old code goes on serving
	UpdateSuccessful LastUpdateStatus = "Successful"
)

// What is shown while a function is Pending and, with the same words, while an update is InProgress.
const (
	creatingReason     = "The function is being created."
	creatingReasonCode = "Creating"
)

// FunctionConfiguration describes $LATEST or a version, in the form that it has on the wire: encoding/json makes AWS's
// FunctionConfiguration of it. Times are texts, durations whole seconds and sizes MB, as on the wire.
type FunctionConfiguration struct {
	FunctionName               string
	FunctionARN                string `json:"FunctionArn"` // with the qualifier that the operation shows
	Runtime                    string `json:",omitempty"`
	Role                       string `json:",omitempty"`
	Handler                    string `json:",omitempty"`
	CodeSize                   int64  // bytes of the package; 0 for a function that is only Go code
	Description                string
	Timeout                    int    // seconds
	MemorySize                 int    // MB
	LastModified               string // 2025-11-25T02:26:14.123+0000
	CodeSHA256                 string `json:"CodeSha256"` // base64; of only Go code, a value that each deploy changes
	Version                    string
	DeadLetterConfig           *DeadLetterConfig  `json:",omitempty"`
	Environment                *EnvironmentConfig `json:",omitempty"` // only if variables were ever given
	TracingConfig              TracingConfig
	RevisionID                 string           `json:"RevisionId"`
	State                      State            `json:",omitempty"` // this and the next five: not in lists
	StateReason                string           `json:",omitempty"`
	StateReasonCode            string           `json:",omitempty"`
	LastUpdateStatus           LastUpdateStatus `json:",omitempty"`
	LastUpdateStatusReason     string           `json:",omitempty"`
	LastUpdateStatusReasonCode string           `json:",omitempty"`
	PackageType                string           // Zip
	Architectures              []string
	EphemeralStorage           EphemeralStorage
	SnapStart                  SnapStart
	RuntimeVersionConfig       *RuntimeVersionConfig `json:",omitempty"` // not in lists
	LoggingConfig              LoggingConfig
}

// The members of a [FunctionConfiguration] that are objects on the wire.
type (
	// DeadLetterConfig names the dead-letter queue.
	DeadLetterConfig struct {
		TargetARN string `json:"TargetArn"`
	}
	// EnvironmentConfig holds the variables.
	EnvironmentConfig struct {
		Variables map[string]string
	}
	// TracingConfig is the tracing mode, PassThrough or Active.
	TracingConfig struct {
		Mode string
	}
	// EphemeralStorage is the size of /tmp in MB.
	EphemeralStorage struct {
		Size int
	}
	// SnapStart is shown and always off: snapshots are not modelled.
	SnapStart struct {
		ApplyOn            string
		OptimizationStatus string
	}
	// RuntimeVersionConfig names the runtime's version; it changes with the runtime.
	RuntimeVersionConfig struct {
		RuntimeVersionARN string `json:"RuntimeVersionArn"`
	}
	// LoggingConfig says how the log looks; the levels are shown with the JSON format only.
	LoggingConfig struct {
		LogFormat           string
		ApplicationLogLevel string `json:",omitempty"`
		SystemLogLevel      string `json:",omitempty"`
		LogGroup            string
	}
)

// view describes v, with the ARN of that qualifier ("" for none).
func (f *function) view(v *release, qualifier string) *FunctionConfiguration {
	c := f.listView(v, qualifier)
	c.RuntimeVersionConfig = &RuntimeVersionConfig{RuntimeVersionARN: runtimeVersion(f.arn, v.config.Runtime)}
	f.showState(c, v)
	return c
}

// showState adds what a function waits for.
func (f *function) showState(c *FunctionConfiguration, v *release) {
	switch {
	case v.pending, v == f.latest && f.phase == creating:
		c.State, c.StateReason, c.StateReasonCode = StatePending, creatingReason, creatingReasonCode
	case v.version == lambda.Latest && f.phase == updating:
		c.State, c.LastUpdateStatus = StateActive, UpdateInProgress
		c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = creatingReason, creatingReasonCode
	default:
		c.State, c.LastUpdateStatus = StateActive, UpdateSuccessful
	}
}

// listView is view as list items show it: without states and without the runtime's version.
func (f *function) listView(v *release, qualifier string) *FunctionConfiguration {
	cfg := &v.config
	c := &FunctionConfiguration{
		FunctionName:     f.name,
		FunctionARN:      qualified(f.arn, qualifier),
		Runtime:          cfg.Runtime,
		Role:             cfg.Role,
		Handler:          cfg.Handler,
		CodeSize:         int64(len(cfg.Package)),
		Description:      cfg.Description,
		Timeout:          int(cfg.Timeout / time.Second),
		MemorySize:       cfg.MemorySize,
		LastModified:     stamp.LastModified(v.modified),
		CodeSHA256:       v.sha256,
		Version:          v.version,
		TracingConfig:    TracingConfig{cfg.TracingMode},
		RevisionID:       v.revision,
		PackageType:      "Zip",
		Architectures:    []string{cfg.Architecture},
		EphemeralStorage: EphemeralStorage{cfg.EphemeralStorage},
		SnapStart:        SnapStart{ApplyOn: "None", OptimizationStatus: "Off"},
		LoggingConfig:    LoggingConfig(cfg.Logging),
	}
	if cfg.DeadLetter != nil {
		c.DeadLetterConfig = &DeadLetterConfig{cfg.DeadLetter.ARN()}
	}
	if cfg.Environment != nil {
		c.Environment = &EnvironmentConfig{maps.Clone(cfg.Environment)}
	}
	return c
}

// runtimeVersion is the ARN under which the version of a runtime is shown: a hash of the runtime's name, since which
// build AWS runs today cannot be known.
func runtimeVersion(functionARN, runtime string) string {
	arn, _ := lambda.ParseARN(functionARN)
	sum := sha256.Sum256([]byte(runtime))
	return "arn:" + arn.Partition + ":lambda:" + arn.Region + "::runtime:" + hex.EncodeToString(sum[:])
}

// qualified is the ARN with the qualifier, if there is one.
func qualified(arn, qualifier string) string {
	if qualifier == "" {
		return arn
	}
	return arn + ":" + qualifier
}
