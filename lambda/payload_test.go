package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExampleCheckPayload() {
	event, err := CheckPayload(nil)
	fmt.Printf("%s %v\n", event, err)
	_, err = CheckPayload([]byte("Hello World"))
	fmt.Println(err)
	// Output:
	// {} <nil>
	// lambda: InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: Unrecognized token 'Hello': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
	//  at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 7]
}

func TestPayloadSizes(t *testing.T) {
	text := func(n int) []byte { return append(append([]byte{'"'}, bytes.Repeat([]byte("x"), n-2)...), '"') }
	for _, row := range []struct {
		name  string
		check func([]byte) ([]byte, error)
		size  int
		text  string
	}{
		{"sync, 6 MB", CheckPayload, 6291456, ""},
		{"row 8", CheckPayload, 6291457, "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{"event, 1 MB", CheckEventPayload, 1048576, ""},
		{"row 9", CheckEventPayload, 1048577, "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			payload := text(row.size)
			got, err := row.check(payload)
			if row.text == "" {
				require.NoError(t, err)
				require.Equal(t, &payload[0], &got[0])
				return
			}
			require.ErrorIs(t, err, ErrRequestEntityTooLarge)
			require.ErrorContains(t, err, row.text)
			require.Nil(t, got)
		})
	}
}

// No body at all is an event of its own, for each function a fresh one.
func TestEmptyPayload(t *testing.T) {
	for _, check := range []func([]byte) ([]byte, error){CheckPayload, CheckEventPayload} {
		first, err := check(nil)
		require.NoError(t, err)
		require.Equal(t, "{}", string(first))
		first[0] = 'x'
		second, err := check([]byte{})
		require.NoError(t, err)
		require.Equal(t, "{}", string(second))
	}
}

func TestPayloadsThatAreJSON(t *testing.T) {
	for _, text := range []string{
		"null", "true", "false", "0", "-0", "-1.5e+10", "1E5", "0.001", `""`, `"\"\\\/\b\f\n\r\tü😀\ud83d\ude00\u0000"`,
		"{}", "[]", " \t\r\n{} \n", `{"a":[1,{"b":[[]]},null]}`, `{"":"","":1}`, "[1 ,\n2]", `"\ud800"`,
		strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
		strings.Repeat(`{"a":`, 200) + "[[[1]]]" + strings.Repeat("}", 200),
	} {
		got, err := CheckPayload([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, text, string(got))
	}
}

// The parser's texts. Those marked recorded are AWS's words; the others are the same parser's for other mistakes.
func TestPayloadFaults(t *testing.T) {
	const expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	for _, row := range []struct {
		payload, text string
		line, column  int
	}{
		{"\x99abc", "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value " + expected, 1, 1},   // recorded
		{"n\x87abc", "Invalid UTF-8 start byte 0x87", 1, 3},                                                     // recorded
		{"Hello World", "Unrecognized token 'Hello': was expecting " + expected, 1, 7},                          // recorded but for the column
		{"{c:1}", "Unexpected character ('c' (code 99)): was expecting double-quote to start field name", 1, 2}, // recorded
		{"Hello", "Unrecognized token 'Hello': was expecting " + expected, 1, 6},
		{"nul", "Unrecognized token 'nul': was expecting " + expected, 1, 4},
		{"nullx ", "Unrecognized token 'nullx': was expecting " + expected, 1, 7},
		{"truE", "Unrecognized token 'truE': was expecting " + expected, 1, 5},
		{"\xc3\xa9t\xc3\xa9", "Invalid UTF-8 start byte 0xa9", 1, 3},
		{strings.Repeat("a", 300), "Unrecognized token '" + strings.Repeat("a", 256) + "...': was expecting " + expected, 1, 257},
		{"   ", "No content to map due to end-of-input", 1, 4},
		{"\x00", `Illegal character ((CTRL-CHAR, code 0)): only regular white space (\r, \n, \t) is allowed between tokens`, 1, 1},
		{"// no", "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)", 1, 1},
		{"{", "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])", 1, 2},
		{"[\n [1", "Unexpected end-of-input: expected close marker for Array (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 2, column: 2])", 2, 4},
		{"{\"]\\\"\":1]", "Unexpected close marker ']': expected '}' (for Object starting at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])", 1, 10},
		{"]", "Unexpected close marker ']': expected '}' (for root starting at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 0])", 1, 2},
		{"{}}", "Unexpected close marker '}': expected ']' (for root starting at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 0])", 1, 4},
		{"[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 4},
		{`{"a":1 "b":2}`, `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`, 1, 8},
		{`{"a" 1}`, "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 1, 6},
		{`{"a"`, "Unexpected end-of-input within/between Object entries", 1, 5},
		{`[1,`, "Unexpected end-of-input within/between Array entries", 1, 4},
		{`{"a":}`, "Unexpected character ('}' (code 125)): expected a value", 1, 6},
		{`{"a":]`, "Unexpected character (']' (code 93)): expected a valid value " + expected, 1, 6},
		{"[1,]", "Unexpected character (']' (code 93)): expected a value", 1, 4},
		{"[,1]", "Unexpected character (',' (code 44)): expected a value", 1, 2},
		{"{,}", "Unexpected character (',' (code 44)): was expecting double-quote to start field name", 1, 2},
		{"{\u20ac}", "Unexpected character ('€' (code 8364 / 0x20ac)): was expecting double-quote to start field name", 1, 4},
		{"{'a':1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 1, 2},
		{"'a'", "Unexpected character (''' (code 39)): expected a valid value " + expected, 1, 1},
		{"NaN", "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", 1, 4},
		{"Infinity", "Non-standard token 'Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", 1, 9},
		{"No", "Unrecognized token 'No': was expecting " + expected, 1, 3},
		{"+1", "Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow", 1, 2},
		{"+", "Unexpected end-of-input in a Number value", 1, 2},
		{"-", "Unexpected end-of-input in a Number value", 1, 2},
		{"-x", "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value", 1, 2},
		{"01", "Invalid numeric value: Leading zeroes not allowed", 1, 2},
		{"1.", "Unexpected character ('.' (code 46)) in numeric value: Decimal point not followed by a digit", 1, 2},
		{"1.x", "Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by a digit", 1, 3},
		{"1ex", "Unexpected character ('x' (code 120)) in numeric value: Exponent indicator not followed by a digit", 1, 3},
		{"1e+", "Unexpected end-of-input in a Number value", 1, 4},
		{"1x", "Unexpected character ('x' (code 120)): Expected space separating root-level values", 1, 2},
		{".5", "Unexpected character ('.' (code 46)): expected a valid value " + expected, 1, 1},
		{`"abc`, "Unexpected end-of-input in VALUE_STRING", 1, 5},
		{`{"abc`, "Unexpected end-of-input in field name", 1, 6},
		{`{"`, `Unexpected end-of-input: was expecting closing '"' for name`, 1, 3},
		{"\"a\nb\"", "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value", 1, 3},
		{"{\"a\tb\":1}", "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in name", 1, 4},
		{`"\x"`, "Unrecognized character escape 'x' (code 120)", 1, 3},
		{"\"\\\xff\"", "Invalid UTF-8 start byte 0xff", 1, 4},
		{`"\u12g4"`, "Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence", 1, 6},
		{`"\`, "Unexpected end-of-input in character escape sequence", 1, 3},
		{"\"\xff\"", "Invalid UTF-8 start byte 0xff", 1, 3},
		{"\"\xe2\x82x\"", "Invalid UTF-8 middle byte 0x78", 1, 5},
		{"\"\xe2\x82", "Unexpected end-of-input in VALUE_STRING", 1, 4},
		{"{} x", "Unrecognized token 'x': was expecting " + expected, 1, 5},
		{"{} {}", "Trailing token (of type START_OBJECT) found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`", 1, 5},
		{"1\r\n2", "Trailing token (of type VALUE_NUMBER_INT) found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`", 2, 2},
		{"\r\r\n\n?", "Unexpected character ('?' (code 63)): expected a valid value " + expected, 4, 1},
		{strings.Repeat("[", 10001), "Document nesting depth (10001) exceeds the maximum allowed (10000, from `StreamReadConstraints.getMaxNestingDepth()`)", 1, 10002},
	} {
		t.Run(fmt.Sprintf("%.20q", row.payload), func(t *testing.T) {
			want := fmt.Sprintf("%s\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]",
				row.text, row.line, row.column)
			for _, check := range []func([]byte) ([]byte, error){CheckPayload, CheckEventPayload} { // rows 6 and 7
				_, err := check([]byte(row.payload))
				var e *Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, 400, e.StatusCode)
				require.Equal(t, "User", e.Type)
				require.Equal(t, "Could not parse request body into json: Could not parse payload into json: "+want, e.Message)
				require.True(t, json.Valid(e.Body()))
			}
		})
	}
}

// What follows a second value tells its kind.
func TestTrailingTokens(t *testing.T) {
	for text, kind := range map[string]string{"{}": "START_OBJECT", "[]": "START_ARRAY", `"x"`: "VALUE_STRING", "true": "VALUE_TRUE",
		"false": "VALUE_FALSE", "null": "VALUE_NULL", "-1": "VALUE_NUMBER_INT"} {
		require.Contains(t, jsonFault([]byte("null "+text)), "Trailing token (of type "+kind+")")
	}
}

// The slow, obvious model of what is accepted: encoding/json, and UTF-8.
func acceptable(payload []byte) bool { return json.Valid(payload) && utf8.Valid(payload) }

func TestAcceptsExactlyJSON(t *testing.T) {
	tokens := []string{"{", "}", "[", "]", ",", ":", `"a"`, `"`, "1", "-", ".", "e", "0", "true", "nul", " ", "\n", `\`, "é", "\xff", "u12"}
	rapid.Check(t, func(t *rapid.T) {
		payload := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(tokens), 1, 12).Draw(t, "tokens"), ""))
		require.Equal(t, acceptable(payload), jsonFault(payload) == "", "%q: %s", payload, jsonFault(payload))
	})
	rapid.Check(t, func(t *rapid.T) { // what is JSON, and what is JSON but for one byte
		payload, err := json.Marshal(value(t, 4))
		require.NoError(t, err)
		require.Empty(t, jsonFault(payload))
		if len(payload) > 0 {
			payload[rapid.IntRange(0, len(payload)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			require.Equal(t, acceptable(payload), jsonFault(payload) == "", "%q", payload)
		}
	})
}

// value draws anything that JSON can say.
func value(t *rapid.T, depth int) any {
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "text")
	case 1:
		return rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "bool")
	case 3:
		return nil
	case 4:
		var list []any
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, value(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "length") {
		object[rapid.String().Draw(t, "key")] = value(t, depth-1)
	}
	return object
}

// A text broken off before its end is at fault there, and nowhere else; only a number may be whole before its end.
func TestBrokenOffIsAtFaultAtTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload, err := json.Marshal(map[string]any{"k": value(t, 3), "l": []any{value(t, 3)}})
		require.NoError(t, err)
		cut := payload[:rapid.IntRange(1, len(payload)-1).Draw(t, "cut")]
		fault := jsonFault(cut)
		require.NotEmpty(t, fault)
		at := fmt.Sprintf("line: 1, column: %d]", len(cut)+1)
		if strings.Contains(fault, "Decimal point") { // where the point itself is to blame
			at = fmt.Sprintf("line: 1, column: %d]", len(cut))
		}
		require.True(t, strings.HasSuffix(fault, at), "%q: %s", cut, fault)
	})
}

// Space between tokens changes nothing but the place of a fault, and a line counts whatever ends it.
func TestSpaceOnlyMovesFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SampledFrom([]string{" ", "\t", "\n", "\r", "\r\n"})
		lead := strings.Join(rapid.SliceOfN(space, 0, 6).Draw(t, "lead"), "")
		require.Empty(t, jsonFault([]byte(lead+"{"+lead+"}"+lead)))
		normal := strings.ReplaceAll(strings.ReplaceAll(lead, "\r\n", "\n"), "\r", "\n")
		line := 1 + strings.Count(normal, "\n")
		column := len(normal) - strings.LastIndex(normal, "\n")
		require.True(t, strings.HasSuffix(jsonFault([]byte(lead+"?")), fmt.Sprintf("line: %d, column: %d]", line, column)), "%q", lead)
	})
}

func FuzzCheckPayload(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":-1.5e+3}],"\u00e9":"é","n":null,"t":true,"f":false}`, "\x99", "n\x87", "[]", "{}", "-0",
		`"\ud800"`, "tru", "1x", "[1 2]", `{"a" 1}`, "[[[[{", "1 2", "\"\xe2\x82", "NaN", "+1", "//"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		_, err := CheckPayload(payload)
		if accepted := err == nil; accepted != (len(payload) == 0 || acceptable(payload)) {
			t.Fatalf("%q accepted: %v", payload, accepted)
		}
		if err != nil && !errors.Is(err, ErrInvalidRequestContent) {
			t.Fatalf("%q: %v", payload, err)
		}
	})
}

func TestPayloadAllocations(t *testing.T) {
	payload := []byte(`{"id":"0123456789","n":42,"nested":[[[[{"deep":[1,2,3]}]]]],"text":"caf\u00e9 é"}`)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := CheckPayload(payload); err != nil {
			t.Fatal(err)
		}
	}))
}

func BenchmarkCheckPayload(b *testing.B) {
	small := []byte(`{"id":"0123456789","n":42,"ok":true,"tags":["a","b"],"x":null} `)
	large := []byte(`{"records":[` + strings.TrimSuffix(strings.Repeat(`{"key":"a rather long text, as most are","value":1.25},`, 2000), ",") + `]}`)
	for _, row := range []struct {
		name    string
		payload []byte
	}{{"64B", small}, {"110KB", large}} {
		name, payload := row.name, row.payload
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if _, err := CheckPayload(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("baseline/json.Valid/"+name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if !acceptable(payload) {
					b.Fatal(name)
				}
			}
		})
	}
}
