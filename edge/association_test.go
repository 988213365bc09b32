package edge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/registry"
)

// TestQuotasOfFunctions: what is at the quota is taken, and what is one over it is not.
func TestQuotasOfFunctions(t *testing.T) {
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:f:1"
	for _, c := range []struct {
		event                    EventType
		code                     int64
		memory, timeout, storage int
	}{
		{ViewerRequest, 1 << 20, 128, 5, 512}, {ViewerResponse, 1 << 20, 128, 5, 512},
		{OriginRequest, 50 << 20, 10240, 30, 512}, {OriginResponse, 50 << 20, 10240, 30, 512},
	} {
		check := func(spoil func(*candidate), viewerTimeout time.Duration) error {
			f := &candidate{FunctionConfiguration: &registry.FunctionConfiguration{CodeSize: c.code, MemorySize: c.memory, Timeout: c.timeout,
				EphemeralStorage: registry.EphemeralStorage{Size: c.storage}}}
			spoil(f)
			return checkFunction(c.event, f, arn, viewerTimeout)
		}
		require.NoError(t, check(func(*candidate) {}, 5*time.Second))
		for text, spoil := range map[string]func(*candidate){
			"code size":                        func(f *candidate) { f.CodeSize++ },
			"memory size":                      func(f *candidate) { f.MemorySize++ },
			"timeout":                          func(f *candidate) { f.Timeout++ },
			"ephemeral storage over 512 MB":    func(f *candidate) { f.EphemeralStorage.Size++ },
			"cannot have active tracing":       func(f *candidate) { f.TracingConfig.Mode = "Active" },
			"cannot have a dead letter queue":  func(f *candidate) { f.DeadLetterConfig = &registry.DeadLetterConfig{} },
			"the arm64 architecture":           func(f *candidate) { f.Architectures = []string{"arm64"} },
			"cannot have reserved concurrency": func(f *candidate) { f.reserved = true },
			"cannot have provisioned":          func(f *candidate) { f.provisioned = true },
		} {
			require.ErrorContains(t, check(spoil, 5*time.Second), text, "%s", c.event)
		}
		longer := func(f *candidate) { f.Timeout = 30 }
		require.NoError(t, check(longer, 30*time.Second), "viewer functions may have ViewerTimeout")
	}
}
