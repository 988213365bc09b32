package apigateway_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAnswersApart: no header of one answer shows in the next, whether the one before it was good, malformed halfway or
// had very many.
func TestAnswersApart(t *testing.T) {
	var many strings.Builder
	for i := range 100 {
		many.WriteString(`"x-` + strconv.Itoa(i) + `":"other",`)
	}
	f := &fn{}
	for name, api := range apis(t, f) {
		for _, before := range []string{
			`{"statusCode":200,"headers":{"x-a":"other","x-b":"other"}}`,
			`{"statusCode":200,"headers":{"x-a":"other","x-b":{}}}`,
			`{"statusCode":200,"headers":{` + many.String() + `"x-a":"other"}}`,
		} {
			f.result = before
			first := ask(api, get("/stage/x")).Header
			kept := first.Clone()
			f.result = `{"statusCode":200,"headers":{"x-a":"mine"}}`
			second := ask(api, get("/stage/x")).Header
			require.Equal(t, []string{"mine"}, second["X-A"], name)
			require.NotContains(t, second, "X-B", name)
			require.NotContains(t, second, "X-7", name)
			require.Equal(t, kept, first, name)
		}
	}
}
