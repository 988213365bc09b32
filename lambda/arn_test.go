package lambda

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func ExampleParseARN() {
	a, ok := ParseARN("arn:aws:sns:us-east-1:123456789012:topic:8f4c")
	fmt.Println(a.Service, a.Region, a.Resource, ok)
	// Output: sns us-east-1 topic:8f4c true
}

func TestParseARN(t *testing.T) {
	for s, want := range map[string]ARN{
		"arn:aws:iam::123456789012:role/a/b":            {"aws", "iam", "", "123456789012", "role/a/b"},
		"arn:aws:s3:::bucket":                           {"aws", "s3", "", "", "bucket"},
		"arn:aws:lambda:r:a:function:f:$LATEST":         {"aws", "lambda", "r", "a", "function:f:$LATEST"},
		"arn:aws:dynamodb:r:a:table/t/stream/2015:00.1": {"aws", "dynamodb", "r", "a", "table/t/stream/2015:00.1"},
	} {
		a, ok := ParseARN(s)
		require.True(t, ok, s)
		require.Equal(t, want, a)
		require.Equal(t, s, a.String())
	}
	for _, s := range []string{"", "arn", "arn:aws", "arn:aws:sqs:r:a", "arn:aws:sqs:r:a:", "arn::sqs:r:a:q", "arn:aws::r:a:q", "urn:aws:sqs:r:a:q", "queue"} {
		_, ok := ParseARN(s)
		require.False(t, ok, s)
	}
}

func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:s3:::bucket")
	f.Add("arn:::::")
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := ParseARN(s)
		if ok && a.String() != s {
			t.Fatalf("%q became %q", s, a)
		}
		if ok && strings.Contains(a.Partition+a.Service+a.Region+a.Account, ":") {
			t.Fatalf("%q: %+v", s, a)
		}
	})
}
