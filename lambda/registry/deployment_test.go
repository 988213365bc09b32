package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

func TestNewDeployment(t *testing.T) {
	books, err := concurrency.NewAccount(concurrency.Options{}).Claim("theirs", nil)
	require.NoError(t, err)
	id := lambda.Identity{Account: "000000000000", Region: "eu-west-1"}
	environment := map[string]string{"KEY": "1"}
	cfg := lambda.Config{Name: "theirs", Environment: environment}
	d, err := NewDeployment(books, id, cfg, code, "3")
	require.NoError(t, err)
	environment["KEY"] = "2"
	require.Equal(t, "1", d.Config.Environment["KEY"])
	require.Equal(t, lambda.DefaultMemory, d.Config.MemorySize)
	require.Equal(t, "arn:aws:lambda:eu-west-1:000000000000:function:theirs", d.FunctionARN)
	require.Same(t, books.Version("3"), d.Books)

	_, err = NewDeployment(books, id, lambda.Config{Name: "theirs", MemorySize: 1}, code, "3")
	require.ErrorIs(t, err, lambda.ErrValidation)
	_, err = NewDeployment(books, id, cfg, code, "live")
	requireRefused(t, err, rnf, "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:theirs:live")
	_, err = NewDeployment(books, id, cfg, nil, "$LATEST")
	require.ErrorIs(t, err, lambda.ErrInvalidParameterValue)
}
