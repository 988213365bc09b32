package registry

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

func TestPublishVersion_numbers(t *testing.T) {
	x := newFixture(t)
	require.Equal(t, "1", x.publish("f"))
	require.Equal(t, "2", x.publish("f"))
	require.NoError(t, x.DeleteFunction(x.now, "f", "2"))
	c, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
	require.NoError(t, err)
	require.Equal(t, "3", c.Version, "a deleted number is never given again, and an older version is not the last one published")
	require.NoError(t, x.DeleteFunction(x.now, "f", ""))
	x.create("f")
	require.Equal(t, "4", x.publish("f"), "not even after the function was deleted")
}

func TestPublishVersion_repeatsTheLastVersionIfNothingChanged(t *testing.T) {
	x := newFixture(t)
	first, err := x.PublishVersion(x.now, "f", PublishVersionInput{Description: new("one")})
	require.NoError(t, err)
	again, err := x.PublishVersion(x.now, "f", PublishVersionInput{Description: new("two")})
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, "one", again.Description)

	changes := []struct {
		name  string
		in    UpdateFunctionConfigurationInput
		fresh bool
	}{
		{"nothing", UpdateFunctionConfigurationInput{}, false},
		{"the same", UpdateFunctionConfigurationInput{MemorySize: 128, Timeout: 3 * time.Second}, false},
		{"memory", UpdateFunctionConfigurationInput{MemorySize: 256}, true},
		{"timeout", UpdateFunctionConfigurationInput{Timeout: time.Second}, true},
		{"description", UpdateFunctionConfigurationInput{Description: new("d")}, true},
		{"environment", UpdateFunctionConfigurationInput{Environment: map[string]string{"KEY": "v"}}, true},
		{"dead letters", UpdateFunctionConfigurationInput{DeadLetter: destinations.Func("arn:aws:sns:us-east-1:123456789012:t", nil)}, true},
		{"the same dead letters", UpdateFunctionConfigurationInput{DeadLetter: destinations.Func("arn:aws:sns:us-east-1:123456789012:t", nil)}, false},
		{"no dead letters", UpdateFunctionConfigurationInput{DeadLetter: NoTarget}, true},
		{"log group", UpdateFunctionConfigurationInput{Logging: lambda.LoggingConfig{LogGroup: "other"}}, true},
	}
	last := first.Version
	for _, tt := range changes {
		_, err := x.UpdateFunctionConfiguration(x.now, "f", tt.in)
		require.NoError(t, err, tt.name)
		c, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.fresh, c.Version != last, tt.name)
		last = c.Version
	}
}

func TestPublishVersion_packagesAreComparedByContent(t *testing.T) {
	x := newFixture(t)
	upload := func(content string) string {
		c, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: archive(t, content), Publish: true})
		require.NoError(t, err)
		return c.Version
	}
	require.Equal(t, "1", upload("a"))
	require.Equal(t, "1", upload("a"))
	require.Equal(t, "2", upload("b"))
	_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{MemorySize: 512})
	require.NoError(t, err)
	require.Equal(t, "3", upload("b"), "the same package with another configuration")
	require.Equal(t, "4", upload("a"), "only the last version counts")
	require.Equal(t, "5", x.publish("f"), "code without a package is never the same")
	require.Equal(t, "6", x.publish("f"))
}

// If the version that was published last is gone, an older one does not stand in for it.
func TestPublishVersion_afterTheLastWasDeleted(t *testing.T) {
	x := newFixture(t)
	upload := func(content string, publish bool) string {
		c, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: archive(t, content), Publish: publish})
		require.NoError(t, err)
		return c.Version
	}
	upload("a", true)
	upload("b", true)
	upload("a", false)
	require.NoError(t, x.DeleteFunction(x.now, "f", "2"))
	c, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
	require.NoError(t, err)
	require.Equal(t, "3", c.Version)
}

func TestPublishVersion_isAFrozenCopy(t *testing.T) {
	x := newFixture(t)
	a, b := destinations.Func("arn:aws:sqs:us-east-1:123456789012:a", nil), destinations.Func("arn:aws:sqs:us-east-1:123456789012:b", nil)
	_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{DeadLetter: a, Description: new("latest's")})
	require.NoError(t, err)
	c, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
	require.NoError(t, err)
	require.Equal(t, "latest's", c.Description, "no description copies that of $LATEST")
	require.Equal(t, arnPrefix+"f:1", c.FunctionARN)
	_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{DeadLetter: b, MemorySize: 1024})
	require.NoError(t, err)
	require.Equal(t, c, x.get("f", "1"))
	version, latest := x.resolve("f", "1").Deployment, x.resolve("f", "").Deployment
	require.Equal(t, a, version.Config.DeadLetter)
	require.Equal(t, b, latest.Config.DeadLetter)
	require.Equal(t, []int{128, 1024}, []int{version.Config.MemorySize, latest.Config.MemorySize})
	require.NotSame(t, version.Books, latest.Books)
}

func TestPublishVersion_refused(t *testing.T) {
	x := newFixture(t)
	current := x.get("f", "").CodeSHA256
	tests := []struct {
		name, function string
		in             PublishVersionInput
		code, message  string
	}{
		{"other code", "f", PublishVersionInput{CodeSHA256: "bad"}, ipv,
			"CodeSHA256 (bad) is different from current CodeSHA256 in $LATEST (" + current + "). Please try again with the CodeSHA256 in $LATEST."},
		{"missing", "g", PublishVersionInput{}, rnf, "Function not found: " + arnPrefix + "g"},
		{"long description", "f", PublishVersionInput{Description: new(strings.Repeat("d", 257))}, ve,
			"1 validation error detected: Value '" + strings.Repeat("d", 257) + "' at 'description' failed to satisfy constraint: Member must have length less than or equal to 256"},
	}
	before := world(t, x.Registry, x.now)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := x.PublishVersion(x.now, tt.function, tt.in)
			requireRefused(t, err, tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
	_, err := x.PublishVersion(x.now, "f", PublishVersionInput{CodeSHA256: current})
	require.NoError(t, err)
}

func TestCreateFunction_withPublish(t *testing.T) {
	r := New(Options{CreateDelay: time.Second})
	c, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code, Publish: true})
	require.NoError(t, err)
	require.Equal(t, "1", c.Version)
	require.Equal(t, arnPrefix+"f", c.FunctionARN, "unqualified, though it is about a version")
	require.Equal(t, pendingState, states(c))
	version, err := r.GetFunctionConfiguration(t0.Add(time.Second), "f", "1")
	require.NoError(t, err)
	require.Equal(t, activeState, states(version))
	require.Equal(t, c.RevisionID, version.RevisionID)
}

// BenchmarkPublishVersion is a deploy that publishes, beside none and beside thousands of versions.
func BenchmarkPublishVersion(b *testing.B) {
	for _, versions := range []int{0, 3000} {
		b.Run(strconv.Itoa(versions), func(b *testing.B) {
			x := newFixture(b)
			publish := func() {
				if _, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Publish: true}); err != nil {
					b.Fatal(err)
				}
			}
			for range versions {
				publish()
			}
			for b.Loop() {
				publish()
			}
		})
	}
}
