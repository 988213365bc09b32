package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

func TestRecursionConfig(t *testing.T) {
	x := newFixture(t)
	loop, err := x.GetFunctionRecursionConfig(x.now, "f")
	require.NoError(t, err)
	require.Equal(t, Terminate, loop)
	require.NoError(t, x.PutFunctionRecursionConfig(x.now, "f", Allow))
	require.Equal(t, Allow, x.resolve("f", "").RecursiveLoop)
	loop, err = x.GetFunctionRecursionConfig(x.now, arnPrefix+"f")
	require.NoError(t, err)
	require.Equal(t, Allow, loop)
	requireRefused(t, x.PutFunctionRecursionConfig(x.now, "f", "Maybe"), ve,
		"1 validation error detected: Value 'Maybe' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]")
	requireRefused(t, x.PutFunctionRecursionConfig(x.now, "f:1", Allow), ve,
		"1 validation error detected: Value 'f:1' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "+unqualifiedPattern)
	_, err = x.GetFunctionRecursionConfig(x.now, "g")
	requireRefused(t, err, rnf, "Function not found: "+arnPrefix+"g")
	_, err = x.GetFunctionRecursionConfig(x.now, "f:$LATEST")
	require.ErrorIs(t, err, lambda.ErrValidation)
}
