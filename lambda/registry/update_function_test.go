package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

func TestUpdateFunctionConfiguration_mergesLogging(t *testing.T) {
	x := newFixture(t)
	type l = lambda.LoggingConfig
	for _, tt := range []struct {
		name string
		in   l
		want LoggingConfig
	}{
		{"JSON adds both levels", l{LogFormat: "JSON"}, LoggingConfig{"JSON", "INFO", "INFO", "/aws/lambda/f"}},
		{"the group alone keeps the format", l{LogGroup: "g"}, LoggingConfig{"JSON", "INFO", "INFO", "g"}},
		{"a level alone", l{SystemLogLevel: "WARN"}, LoggingConfig{"JSON", "INFO", "WARN", "g"}},
		{"JSON again keeps the levels", l{LogFormat: "JSON"}, LoggingConfig{"JSON", "INFO", "WARN", "g"}},
		{"Text drops both levels", l{LogFormat: "Text"}, LoggingConfig{LogFormat: "Text", LogGroup: "g"}},
		{"JSON with one level", l{LogFormat: "JSON", SystemLogLevel: "DEBUG"}, LoggingConfig{"JSON", "INFO", "DEBUG", "g"}},
		{"nothing", l{}, LoggingConfig{"JSON", "INFO", "DEBUG", "g"}},
	} {
		c, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Logging: tt.in})
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, c.LoggingConfig, tt.name)
	}
	const text = `LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.`
	_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{Logging: l{LogFormat: "Text", ApplicationLogLevel: "INFO"}})
	requireRefused(t, err, ipv, text)
	x.create("g")
	_, err = x.UpdateFunctionConfiguration(x.now, "g", UpdateFunctionConfigurationInput{Logging: l{ApplicationLogLevel: "INFO"}})
	requireRefused(t, err, ipv, text)
}

func TestUpdateFunctionConfiguration_keepsWhatIsNotGiven(t *testing.T) {
	x := newFixture(t)
	dead := destinations.Func("arn:aws:sns:us-east-1:123456789012:t", nil)
	all := UpdateFunctionConfigurationInput{
		Description: new("d"), Timeout: time.Minute, MemorySize: 512, EphemeralStorage: 1024,
		Environment: map[string]string{"KEY": "v"}, DeadLetter: dead, Role: "arn:aws:iam::123456789012:role/r",
		Handler: "h", Runtime: "provided.al2023", TracingMode: "Active",
	}
	_, err := x.UpdateFunctionConfiguration(x.now, "f", all)
	require.NoError(t, err)
	want := x.get("f", "")
	_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{})
	require.NoError(t, err)
	got := x.get("f", "")
	got.RevisionID = want.RevisionID
	require.Equal(t, want, got)
	require.Equal(t, []any{"d", 60, 512, 1024, "h", "Active"},
		[]any{got.Description, got.Timeout, got.MemorySize, got.EphemeralStorage.Size, got.Handler, got.TracingConfig.Mode})

	_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{
		Description: new(""), Environment: map[string]string{}, DeadLetter: NoTarget})
	require.NoError(t, err)
	got = x.get("f", "")
	require.Empty(t, got.Description)
	require.Nil(t, got.DeadLetterConfig)
	require.Contains(t, wire(t, got), `"Environment":{"Variables":{}}`)
}

func TestUpdate_refused(t *testing.T) {
	x := newFixture(t)
	const functionsOnlyText = "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."
	configure := func(name string, in UpdateFunctionConfigurationInput) error {
		_, err := x.UpdateFunctionConfiguration(x.now, name, in)
		return err
	}
	upload := func(name string, in UpdateFunctionCodeInput) error {
		_, err := x.UpdateFunctionCode(x.now, name, in)
		return err
	}
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
	}{
		{"configuration of none", func() error { return configure("g", UpdateFunctionConfigurationInput{}) }, rnf, "Function not found: " + arnPrefix + "g"},
		{"configuration of a version", func() error { return configure("f:1", UpdateFunctionConfigurationInput{}) }, ipv, functionsOnlyText},
		{"form before existence", func() error { return configure("g", UpdateFunctionConfigurationInput{Timeout: 901 * time.Second}) }, ve,
			"1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"},
		{"role", func() error { return configure("f", UpdateFunctionConfigurationInput{Role: "r1"}) }, ve,
			"1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"},
		{"dead letters", func() error {
			return configure("f", UpdateFunctionConfigurationInput{DeadLetter: destinations.Func("arn:aws:s3:::b", nil)})
		}, ipv, "Invalid dead letter queue ARN: Only Amazon SQS queues and Amazon SNS topics are supported."},
		{"retired runtime", func() error { return configure("f", UpdateFunctionConfigurationInput{Runtime: "go1.x"}) }, ipv,
			"The runtime parameter of go1.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."},
		{"code of none", func() error { return upload("g", UpdateFunctionCodeInput{Code: code}) }, rnf, "Function not found: " + arnPrefix + "g"},
		{"no code", func() error { return upload("f", UpdateFunctionCodeInput{}) }, ipv, "Please provide a source for function code."},
		{"architecture", func() error { return upload("f", UpdateFunctionCodeInput{Code: code, Architecture: "X86_64"}) }, ve,
			"1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"},
		{"bad zip", func() error { return upload("f", UpdateFunctionCodeInput{Code: code, Package: []byte{}}) }, ipv,
			"Could not unzip uploaded file. Please check your file, then try to upload again."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			requireRefused(t, tt.err(), tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
}

func TestUpdateFunctionCode_dryRunChangesNothing(t *testing.T) {
	x := newFixture(t)
	before := world(t, x.Registry, x.now)
	pkg := archive(t, "x")
	c, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: pkg, Architecture: "arm64", DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []any{packageHash(pkg), int64(len(pkg)), "arm64"}, []any{c.CodeSHA256, c.CodeSize, c.Architectures[0]})
	require.Equal(t, before, world(t, x.Registry, x.now))
}

func TestUpdateFunctionCode_changesWhatRuns(t *testing.T) {
	x := newFixture(t)
	before, old := x.get("f", ""), x.resolve("f", "").Deployment
	x.advance(time.Second)
	_, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Architecture: "arm64"})
	require.NoError(t, err)
	after := x.get("f", "")
	require.NotEqual(t, before.CodeSHA256, after.CodeSHA256)
	require.NotEqual(t, before.LastModified, after.LastModified)
	require.Equal(t, []string{"arm64"}, after.Architectures)
	require.NotSame(t, old, x.resolve("f", "").Deployment)
	require.Same(t, x.resolve("f", "").Deployment, x.resolve("f", lambda.Latest).Deployment)
}
