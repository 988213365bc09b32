package sqs

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorsHaveTheirStatus(t *testing.T) {
	_, err := NewQueue("q", Attributes{}).Send("\x01")
	var status interface{ HTTPStatus() int }
	require.ErrorAs(t, err, &status)
	require.Equal(t, 400, status.HTTPStatus())
	require.True(t, errors.Is(err, ErrInvalidMessageContents))
}
