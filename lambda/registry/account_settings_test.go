package registry

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

func TestGetAccountSettings(t *testing.T) {
	x := newFixture(t)
	require.Equal(t, `{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,`+
		`"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000},"AccountUsage":{"TotalCodeSize":0,"FunctionCount":1}}`,
		wire(t, x.GetAccountSettings(x.now)))
	unreserved := func() int { return x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions }
	size := func() int64 { return x.GetAccountSettings(x.now).AccountUsage.TotalCodeSize }

	_, err := x.PutFunctionConcurrency(x.now, "f", 400)
	require.NoError(t, err)
	require.Equal(t, 600, unreserved())
	x.publish("f")
	_, err = x.PutProvisionedConcurrency(x.now, "f", "1", 100)
	require.NoError(t, err)
	require.Equal(t, 600, unreserved(), "provisioned inside a reservation is not counted twice")
	require.NoError(t, x.DeleteFunctionConcurrency(x.now, "f"))
	require.Equal(t, 900, unreserved())

	pkg := archive(t, "code")
	n := int64(len(pkg))
	_, err = x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: pkg})
	require.NoError(t, err)
	require.Equal(t, n, size())
	_, err = x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{MemorySize: 256})
	require.NoError(t, err)
	require.Equal(t, n, size(), "an update of the configuration adds nothing")
	_, err = x.PublishVersion(x.now, "f", PublishVersionInput{})
	require.NoError(t, err)
	require.Equal(t, 2*n, size(), "publishing it adds the package again")
}

// A provisioned config that was deleted while its environments run claims nothing as a setting.
func TestGetAccountSettings_isNotAboutWhatRuns(t *testing.T) {
	x := newFixture(t, Options{Account: smallAccount(10)})
	x.publish("f")
	_, err := x.PutProvisionedConcurrency(x.now, "f", "1", 6)
	require.NoError(t, err)
	x.advance(time.Second)
	lease, err := x.resolve("f", "1").Deployment.Books.AcquireAt(x.now)
	require.NoError(t, err)
	require.Equal(t, concurrency.Provisioned, lease.Pool)
	require.NoError(t, x.DeleteProvisionedConcurrency(x.now, "f", "1"))
	require.Equal(t, 10, x.GetAccountSettings(x.now).AccountLimit.UnreservedConcurrentExecutions)
}

func TestCodeStorage_isLimited(t *testing.T) {
	x := newFixture(t)
	pkg := archive(t, "x")
	f := x.lookup("f")
	big := make([]byte, lambda.MaxZippedPackage) // never written: it takes no memory, and all versions share it
	for n := 1; int64(n+1)*int64(len(big)) <= lambda.MaxAccountCode; n++ {
		f.versions = append(f.versions, &release{version: strconv.Itoa(n), config: lambda.Config{Package: big}})
	}
	f.latest.config.Package = big
	require.EqualValues(t, int64(lambda.MaxAccountCode), x.GetAccountSettings(x.now).AccountUsage.TotalCodeSize)
	const text = "Code storage limit exceeded."
	_, err := x.CreateFunction(x.now, CreateFunctionInput{Config: lambda.Config{Name: "g", Package: pkg}, Code: code})
	requireRefused(t, err, "CodeStorageExceededException", text)
	_, err = x.PutFunction(x.now, lambda.Config{Name: "g", Package: pkg}, code)
	requireRefused(t, err, "CodeStorageExceededException", text)
	_, err = x.PublishVersion(x.now, "f", PublishVersionInput{})
	requireRefused(t, err, "CodeStorageExceededException", text)
	x.create("h") // only Go code: no bytes
	_, err = x.UpdateFunctionCode(x.now, "h", UpdateFunctionCodeInput{Code: code, Package: pkg})
	requireRefused(t, err, "CodeStorageExceededException", text)
	_, err = x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Package: pkg})
	require.NoError(t, err, "what is replaced makes room")
	_, err = x.PutFunction(x.now, lambda.Config{Name: "h", Package: pkg}, code)
	require.NoError(t, err)
}
