package registry

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

func TestCreateFunction_answer(t *testing.T) {
	r := New(Options{Seed: 7})
	pkg := archive(t, "hello")
	c, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{
		Name: "f", Runtime: "provided.al2023", Handler: "bootstrap", Role: "arn:aws:iam::123456789012:role/r", Package: pkg,
	}, Code: code})
	require.NoError(t, err)
	require.JSONEq(t, `{
		"FunctionName":"f","FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:f",
		"Runtime":"provided.al2023","Role":"arn:aws:iam::123456789012:role/r","Handler":"bootstrap",
		"CodeSize":`+wire(t, len(pkg))+`,"Description":"","Timeout":3,"MemorySize":128,
		"LastModified":"2025-11-25T02:26:14.123+0000","CodeSha256":`+wire(t, packageHash(pkg))+`,"Version":"$LATEST",
		"TracingConfig":{"Mode":"PassThrough"},"RevisionId":`+wire(t, c.RevisionID)+`,
		"State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating",
		"PackageType":"Zip","Architectures":["x86_64"],"EphemeralStorage":{"Size":512},
		"SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},
		"RuntimeVersionConfig":{"RuntimeVersionArn":`+wire(t, c.RuntimeVersionConfig.RuntimeVersionARN)+`},
		"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"}}`, wire(t, c))
	require.Regexp(t, `^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$`, c.RuntimeVersionConfig.RuntimeVersionARN)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, c.RevisionID)
}

func TestCreateFunction_optionalMembers(t *testing.T) {
	r := New(Options{})
	dead := destinations.Func("arn:aws:sqs:us-east-1:123456789012:dead", nil)
	c, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{
		Name: "f", Environment: map[string]string{}, DeadLetter: dead, Logging: lambda.LoggingConfig{LogFormat: "JSON"},
	}, Code: code})
	require.NoError(t, err)
	require.Contains(t, wire(t, c), `"Environment":{"Variables":{}}`)
	require.Contains(t, wire(t, c), `"DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-east-1:123456789012:dead"}`)
	require.Contains(t, wire(t, c), `"LoggingConfig":{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO","LogGroup":"/aws/lambda/f"}`)
}

func TestCreateFunction_refused(t *testing.T) {
	const arn64 = "123456789012:function:"
	tags := map[string]string{}
	for i := range 51 {
		tags[string(rune('a'+i%26))+string(rune('a'+i/26))] = "v"
	}
	long := strings.Repeat("n", 65)
	tests := []struct {
		name          string
		in            CreateFunctionInput
		code, message string
	}{
		{"exists", CreateFunctionInput{Config: lambda.Config{Name: "f"}}, rce, "Function already exist: f"},
		{"exists, by ARN", CreateFunctionInput{Config: lambda.Config{Name: arnPrefix + "f"}}, rce, "Function already exist: f"},
		{"no name", CreateFunctionInput{}, ve,
			"1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null"},
		{"65 characters", CreateFunctionInput{Config: lambda.Config{Name: long}}, ipv,
			"1 validation error detected: Value '" + long + "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"another Region", CreateFunctionInput{Config: lambda.Config{Name: "arn:aws:lambda:eu-west-1:123456789012:function:g"}}, rnf,
			"Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"},
		{"another account", CreateFunctionInput{Config: lambda.Config{Name: "arn:aws:lambda:us-east-1:999999999999:function:g"}},
			"AccessDeniedException", ""},
		{"two findings", CreateFunctionInput{Config: lambda.Config{Name: "a.b", Role: "r1"}}, ve,
			"2 validation errors detected: Value 'a.b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?; " +
				"Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"},
		{"qualified", CreateFunctionInput{Config: lambda.Config{Name: arn64 + "g:1"}}, ipv,
			"This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."},
		{"51 tags", CreateFunctionInput{Config: lambda.Config{Name: "g"}, Tags: tags}, ipv, "Number of tags exceeds resource tag limit."},
		{"bad zip", CreateFunctionInput{Config: lambda.Config{Name: "g", Package: []byte("PK")}}, ipv,
			"Could not unzip uploaded file. Please check your file, then try to upload again."},
		{"zip too large", CreateFunctionInput{Config: lambda.Config{Name: "g", Package: make([]byte, 52428801)}},
			"RequestEntityTooLargeException", "Zipped size must be smaller than 52428800 bytes"},
		{"FIFO dead-letter queue", CreateFunctionInput{Config: lambda.Config{Name: "g",
			DeadLetter: destinations.Func("arn:aws:sqs:us-east-1:123456789012:q.fifo", nil)}}, ipv,
			"Invalid dead letter queue ARN: FIFO SQS queue is not supported for dead letter configuration"},
		{"dead-letter queue elsewhere", CreateFunctionInput{Config: lambda.Config{Name: "g",
			DeadLetter: destinations.Func("arn:aws:sqs:eu-west-1:123456789012:q", nil)}}, ipv,
			"Invalid dead letter queue ARN: The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := newFixture(t)
			before := world(t, x.Registry, x.now)
			tt.in.Code = code
			_, err := x.CreateFunction(x.now, tt.in)
			requireRefused(t, err, tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
	t.Run("no code", func(t *testing.T) {
		_, err := New(Options{}).CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{Name: "f"}})
		requireRefused(t, err, ipv, "Please provide a source for function code.")
	})
}

func TestCreateFunction_keepsNothingOfItsInput(t *testing.T) {
	x := newFixture(t)
	in := CreateFunctionInput{
		Config: lambda.Config{Name: "g", Environment: map[string]string{"KEY": "1"}},
		Code:   code,
		Tags:   map[string]string{"a": "1"},
	}
	c, err := x.CreateFunction(x.now, in)
	require.NoError(t, err)
	in.Config.Environment["KEY"], in.Tags["a"] = "2", "2"
	c.Environment.Variables["KEY"] = "3"
	got, err := x.GetFunction(x.now, "g", "")
	require.NoError(t, err)
	require.Equal(t, "1", got.Configuration.Environment.Variables["KEY"])
	require.Equal(t, "1", x.resolve("g", "").Deployment.Config.Environment["KEY"])
	require.Equal(t, map[string]string{"a": "1"}, got.Tags)
}

func TestCreateFunction_claimsItsNameInTheAccount(t *testing.T) {
	account := concurrency.NewAccount(concurrency.Options{})
	a, b := New(Options{Account: account}), New(Options{Account: account})
	in := CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code}
	_, err := a.CreateFunction(t0, in)
	require.NoError(t, err)
	_, err = b.CreateFunction(t0, in)
	requireRefused(t, err, rce, "Function already exist: f")
	require.ErrorIs(t, err, concurrency.ErrClaimed)
	require.NoError(t, a.DeleteFunction(t0, "f", ""))
	_, err = b.CreateFunction(t0, in)
	require.NoError(t, err)
	b.Close()
	require.Nil(t, account.Function("f"))
}

func TestPutFunction_createsOrReplaces(t *testing.T) {
	x := newFixture(t)
	c, err := x.PutFunction(x.now, lambda.Config{Name: "g", MemorySize: 256, Description: "one"}, code)
	require.NoError(t, err)
	require.Equal(t, StatePending, c.State)
	first := x.resolve("g", "").Deployment
	c, err = x.PutFunction(x.now, lambda.Config{Name: "g", Timeout: 5 * time.Second}, code)
	require.NoError(t, err)
	require.Equal(t, UpdateInProgress, c.LastUpdateStatus)
	require.Equal(t, []any{128, 5, ""}, []any{c.MemorySize, c.Timeout, c.Description}, "the whole configuration is replaced")
	second := x.resolve("g", "").Deployment
	require.NotSame(t, first, second)
	require.Same(t, first.Books, second.Books)
	_, err = x.PutFunction(x.now, lambda.Config{Name: "g", MemorySize: 1}, code)
	require.ErrorIs(t, err, lambda.ErrValidation)
	require.Same(t, second, x.resolve("g", "").Deployment)
}
