package registry

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// Findings of several checks read as those of one.
func TestJoinValidation_isOneCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var whole validation.Findings
		var errs []error
		for range rapid.IntRange(0, 4).Draw(t, "checks") {
			var part validation.Findings
			for range rapid.IntRange(0, 3).Draw(t, "findings") {
				value := rapid.SampledFrom([]string{"a", "b; Value", "2 validation errors detected: "}).Draw(t, "value")
				part.Add(validation.String(value), "p", validation.NotNull)
				whole.Add(validation.String(value), "p", validation.NotNull)
			}
			errs = append(errs, lambda.ValidationError(part.Text()))
		}
		require.Equal(t, lambda.ValidationError(whole.Text()), joinValidation(errs...))
	})
}

func TestJoinValidation_formGoesFirst(t *testing.T) {
	other, second := lambda.QualifierMismatch(), errors.New("second")
	form := lambda.ValidationError("1 validation error detected: x")
	require.Equal(t, form, joinValidation(other, form))
	require.Equal(t, error(other), joinValidation(nil, other, second))
	require.NoError(t, joinValidation(nil, nil))
}
