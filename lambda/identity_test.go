package lambda

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExampleIdentity() {
	fmt.Println(Identity{}.FunctionARN("orders", ""))
	fmt.Println(Identity{Account: "111122223333", Region: "cn-north-1", Partition: "aws-cn"}.FunctionARN("orders", "live"))
	fmt.Println(Identity{}.ARN("sqs", "queue"))
	// Output:
	// arn:aws:lambda:us-east-1:123456789012:function:orders
	// arn:aws-cn:lambda:cn-north-1:111122223333:function:orders:live
	// arn:aws:sqs:us-east-1:123456789012:queue
}

func TestIdentityDefaults(t *testing.T) {
	require.Equal(t, Identity{"123456789012", "us-east-1", "aws"}, Identity{}.WithDefaults())
	full := Identity{"1", "2", "3"}
	require.Equal(t, full, full.WithDefaults())
	require.Equal(t, "arn:3:lambda:2:1:event-source-mapping:u", full.EventSourceMappingARN("u"))
}

// A function's ARN reads back as the function, in whatever form.
func TestFunctionARNRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := Identity{
			Account:   rapid.StringMatching(`[0-9]{12}`).Draw(t, "account"),
			Region:    rapid.SampledFrom([]string{"us-east-1", "eu-central-2", "us-gov-west-1", "eusc-de-east-1"}).Draw(t, "region"),
			Partition: rapid.SampledFrom([]string{"aws", "aws-cn", "aws-us-gov"}).Draw(t, "partition"),
		}
		name := rapid.StringMatching(`[a-zA-Z0-9_-]{1,64}`).Draw(t, "name")
		qualifier := rapid.SampledFrom([]string{"", "$LATEST", "live", "7"}).Draw(t, "qualifier")
		arn := id.FunctionARN(name, qualifier)
		ref, err := id.ParseRef(arn, "")
		require.NoError(t, err)
		require.Equal(t, Ref{Name: name, Qualifier: qualifier, Region: id.Region, Account: id.Account}, ref)
		parsed, ok := ParseARN(arn)
		require.True(t, ok)
		require.Equal(t, arn, parsed.String())
		require.Equal(t, id.Partition, parsed.Partition)
	})
}

func TestFunctionARNAllocations(t *testing.T) {
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = Identity{}.FunctionARN("orders", "live") }), 1.0)
}
