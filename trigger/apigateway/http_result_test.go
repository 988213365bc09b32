package apigateway_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawJSON draws a JSON value.
func drawJSON(t *rapid.T, depth int) any {
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "text")
	case 1:
		return rapid.Int32().Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "boolean")
	case 3:
		return nil
	case 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			list = append(list, drawJSON(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		object[rapid.StringMatching(`[a-zé"]{1,3}`).Draw(t, "name")] = drawJSON(t, depth-1)
	}
	return object
}

// TestInferredAnswers: what is no answer is the body of one, byte by byte, but a text comes without its quotes.
func TestInferredAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawJSON(t, 3)
		result, err := json.Marshal(value)
		require.NoError(t, err)
		want := string(result)
		if text, ok := value.(string); ok {
			want = text
		}
		resp := ask(httpWith(t, &fn{result: string(result)}, nil), get("/"))
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, want, bodyOf(t, resp))
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		require.Equal(t, strconv.Itoa(len(want)), resp.Header.Get("Content-Length"))
	})
}

// TestOtherBodies: no format takes a body that is no text.
func TestOtherBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawJSON(t, 2)
		result, err := json.Marshal(map[string]any{"statusCode": 200, "body": value})
		require.NoError(t, err)
		_, isText := value.(string)
		for name, api := range apis(t, &fn{result: string(result)}) {
			require.Equal(t, isText || value == nil, ask(api, get("/stage/x")).StatusCode == 200, name)
		}
	})
}

// TestHeaderValues: texts, numbers and booleans are headers, null is none, and nothing else is a header.
func TestHeaderValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawJSON(t, 1)
		if _, isText := value.(string); isText {
			value = "text"
		}
		raw, err := json.Marshal(value)
		require.NoError(t, err)
		want := []string{string(raw)}
		good := true
		switch value.(type) {
		case string:
			want = []string{"text"}
		case nil:
			want = nil
		case []any, map[string]any:
			good = false
		}
		f := &fn{result: `{"statusCode":200,"headers":{"x":` + string(raw) + `}}`}
		for name, api := range apis(t, f) {
			resp := ask(api, get("/stage/x"))
			require.Equal(t, good, resp.StatusCode == 200, name)
			if good {
				require.Equal(t, want, resp.Header["X"], name)
			}
		}
		f.result = `{"statusCode":200,"multiValueHeaders":{"x":[` + string(raw) + `]}}`
		for _, name := range []string{"rest", "http 1.0"} {
			require.Equal(t, good, ask(apis(t, f)[name], get("/stage/x")).StatusCode == 200, name)
		}
		require.Equal(t, 200, ask(httpWith(t, f, nil), get("/")).StatusCode, "2.0 does not look at multiValueHeaders")
	})
}
