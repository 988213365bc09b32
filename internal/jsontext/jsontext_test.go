package jsontext

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"":                      `""`,
		"a\"b\\c":               `"a\"b\\c"`,
		"\b\f\n\r\t":            `"\b\f\n\r\t"`,
		"\x00\x1f\x7f":          "\"\\u0000\\u001F\x7f\"",
		"<>&'\u2028\u2029é😀":    "\"<>&'\u2028\u2029é😀\"",
		"a\xffb\xc3":            "\"a\uFFFDb\uFFFD\"",
		"\xed\xa0\x80":          "\"\uFFFD\uFFFD\uFFFD\"",
		"tail \xe2\x82":         "\"tail \uFFFD\uFFFD\"",
		"\uFFFD is itself fine": "\"\uFFFD is itself fine\"",
	} {
		require.Equal(t, want, string(AppendString(nil, in)))
	}
	require.Equal(t, `x"y"`, string(AppendString([]byte("x"), "y")))
}

// What is passed over ends at the first byte that does not stand for itself, or where fewer than eight are left.
func TestPlainLen(t *testing.T) {
	plain := func(c byte) bool { return ' ' <= c && c < 0x80 && c != '"' && c != '\\' }
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.OneOf(rapid.ByteRange('a', 'z'), rapid.ByteRange('a', 'z'), rapid.Byte())).Draw(t, "text")
		whole := text[:len(text)/8*8]
		want := slices.IndexFunc(whole, func(c byte) bool { return !plain(c) })
		if want < 0 {
			want = len(whole)
		}
		require.Equal(t, want, PlainLen(text))
		require.Equal(t, want, PlainLen(string(text)))
	})
	for c := range 256 { // each byte in each place
		for at := range 8 {
			text := []byte("abcdefgh")
			text[at] = byte(c)
			want := at
			if plain(byte(c)) {
				want = 8
			}
			require.Equal(t, want, PlainLen(text), "%q", text)
		}
	}
}

// Whoever decodes it reads the text that was written, bytes that are no UTF-8 replaced as encoding/json does.
func TestAppendStringRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		written := AppendString(nil, in)
		var out string
		require.NoError(t, json.Unmarshal(written, &out))
		require.Equal(t, string([]rune(in)), out)
		require.NotContains(t, strings.ToLower(string(written)), `\u003c`)
	})
}

// BenchmarkAppendString writes a JSON text of 1 KB, as bodies inside of events are, and plain text, beside encoding/json.
func BenchmarkAppendString(b *testing.B) {
	for name, text := range map[string]string{
		"json":  strings.Repeat(`{"name":"kite","n":12},`, 45),
		"plain": strings.Repeat("a longer text without an escape ", 32),
		"short": "https",
	} {
		buffer := make([]byte, 0, 4096)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				buffer = AppendString(buffer[:0], text)
			}
		})
		b.Run("baseline/json.Marshal/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := json.Marshal(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
