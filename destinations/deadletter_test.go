package destinations_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestDeadLetterAttributes(t *testing.T) {
	type as = []destinations.Attribute
	id := destinations.Attribute{Name: "RequestID", DataType: "String", Value: "id"}
	message := func(s string) destinations.Attribute {
		return destinations.Attribute{Name: "ErrorMessage", DataType: "String", Value: s}
	}
	code := func(s string) destinations.Attribute {
		return destinations.Attribute{Name: "ErrorCode", DataType: "Number", Value: s}
	}
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name string
		code int
		text string
		want as
	}{
		{"row 36: function error", 200, "boom", as{id, code("200"), message("boom")}},
		{"row 22: throttled", 429, "Rate Exceeded.", as{id, code("429"), message("Rate Exceeded.")}},
		{"row 19: reserved concurrency 0", 0, "Function not invoked.", as{id, message("Function not invoked.")}},
		{"no message", 200, "", as{id, code("200")}},
		{"1,024 bytes", 200, x(1024), as{id, code("200"), message(x(1024))}},
		{"1,025 bytes", 200, x(1025), as{id, code("200"), message(x(1024))}},
		{"cut before a character", 200, x(1024) + "ü", as{id, code("200"), message(x(1024))}},
		{"cut within two bytes", 200, x(1023) + "üx", as{id, code("200"), message(x(1023) + "\uFFFD")}},
		{"cut behind the third of four bytes", 200, x(1021) + "🙂x", as{id, code("200"), message(x(1021) + "\uFFFD")}},
		{"cut behind the last of four bytes", 200, x(1020) + "🙂x", as{id, code("200"), message(x(1020) + "🙂")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := destinations.DeadLetter{RequestID: "id", ErrorCode: c.code, ErrorMessage: c.text}
			require.Equal(t, c.want, d.Attributes())
		})
	}
}

// sayable are the characters that SQS takes.
var sayable = rapid.Rune().Filter(func(r rune) bool { return r >= ' ' && r != 0xFFFD && r != 0xFFFE && r != 0xFFFF })

func TestDeadLetterMessageHasNoControlCharacters(t *testing.T) {
	d := destinations.DeadLetter{ErrorMessage: "\x1b[31mboom\x1b[0m\tand\nmore\r\x00\uFFFE"}
	require.Equal(t, "\uFFFD[31mboom\uFFFD[0m\tand\nmore\r\uFFFD\uFFFD", d.Attributes()[0].Value)
}

// The message is valid UTF-8 of at most 1,024 bytes of its source, and all of it when it fits.
func TestDeadLetterMessageIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat("x", rapid.IntRange(1000, 1024).Draw(t, "x")) + rapid.StringOf(sayable).Draw(t, "rest")
		d := destinations.DeadLetter{ErrorMessage: text}
		got := d.Attributes()[0].Value
		require.True(t, utf8.ValidString(got))
		if len(text) <= 1024 {
			require.Equal(t, text, got)
			return
		}
		kept := strings.TrimSuffix(got, "\uFFFD")
		require.True(t, strings.HasPrefix(text, kept))
		require.LessOrEqual(t, len(kept), 1024)
		require.Greater(t, len(kept), 1024-utf8.UTFMax)
	})
}
