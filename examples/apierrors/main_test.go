package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStory(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, `custom integration:
  /v1/custom/7      200 - {"id":7,"items":["kite","string"]}
  /v1/custom/seven  400 InvalidOrderID {"message":"\"seven\" is no order's id"}
  /v1/custom/700    404 OrderNotFound {"message":"there is no order 700"}
  /v1/custom/13     500 InternalError {"message":"please try again"}
proxied integration:
  /v1/proxied/7     200 - {"id":7,"items":["kite","string"]}
  /v1/proxied/seven 400 InvalidOrderID {"message":"\"seven\" is no order's id"}
  /v1/proxied/700   404 OrderNotFound {"message":"there is no order 700"}
  /v1/proxied/13    502 InternalServerErrorException {"message": "Internal server error"}
no integration at all:
  /v1/nothing       404 NoSuchResource {"message":"there is no /v1/nothing"}
`, out.String())
}
