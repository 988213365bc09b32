package httpevent

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// feed gives a Splitter the pieces, and tells what it makes of them: the head, and the whole body.
func feed(pieces [][]byte) (head, body []byte) {
	var s Splitter
	for i, p := range pieces {
		var done bool
		if head, body, done = s.Write(p); done {
			return head, append(bytes.Clone(body), bytes.Join(pieces[i+1:], nil)...)
		}
	}
	return nil, s.Rest()
}

func cut(t *rapid.T, stream []byte) (pieces [][]byte) {
	for len(stream) > 0 {
		n := rapid.IntRange(1, min(len(stream), 20)).Draw(t, "piece")
		pieces = append(pieces, stream[:n])
		stream = stream[n:]
	}
	return pieces
}

// Invariant 15: however a stream is cut, it is taken apart in the same way.
func TestInvariant15_everySplitIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := []byte(rapid.StringMatching(`\{[a-z":0-9,]{0,30}\}`).Draw(t, "head"))
		body := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 'a'}), 0, 40).Draw(t, "body")
		gotHead, gotBody := feed(cut(t, bytes.Join([][]byte{head, body}, make([]byte, 8))))
		require.Equal(t, string(head), string(gotHead))
		require.Equal(t, string(body), string(gotBody))
	})
}

// Also a prelude about as long as can be is found, or not, however the stream is cut.
func TestInvariant15_longPreludes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := MaxPrelude - len(separator) + rapid.IntRange(-9, 9).Draw(t, "size")
		head := bytes.Repeat([]byte{'a'}, size)
		stream := bytes.Join([][]byte{head, []byte("body")}, separator)
		at := rapid.IntRange(0, len(stream)).Draw(t, "cut")
		at2 := rapid.IntRange(at, len(stream)).Draw(t, "cut 2")
		gotHead, gotBody := feed([][]byte{stream[:at], stream[at:at2], stream[at2:]})
		if len(head)+len(separator) <= MaxPrelude {
			require.Equal(t, size, len(gotHead))
			require.Equal(t, "body", string(gotBody))
		} else {
			require.True(t, gotHead == nil, "%d bytes", len(gotHead))
			require.Equal(t, len(stream), len(gotBody))
		}
	})
}

func TestSplitterWithoutSeparator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := []byte(strings.ReplaceAll(string(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 'a'}), 0, 40).Draw(t, "body")),
			string(make([]byte, 8)), "\x00a"))
		head, got := feed(cut(t, body))
		require.Nil(t, head)
		require.Equal(t, string(body), string(got))
	})
}

func TestSplitterGivesUp(t *testing.T) {
	var s Splitter
	_, _, done := s.Write(make([]byte, 7))
	require.False(t, done)
	_, _, done = s.Write(bytes.Repeat([]byte{'a'}, MaxPrelude-7))
	require.False(t, done)
	head, body, done := s.Write([]byte("a"))
	require.True(t, done)
	require.Nil(t, head)
	require.Len(t, body, MaxPrelude+1)
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("{}\x00\x00\x00\x00\x00\x00\x00\x00body"), 3)
	f.Add([]byte("body"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(1, size)
		var pieces [][]byte
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			pieces = append(pieces, rest[:min(size, len(rest))])
		}
		head, body := feed(pieces)
		if head == nil {
			require.Equal(t, string(stream), string(body))
			return
		}
		require.Equal(t, string(stream), string(head)+string(separator)+string(body))
	})
}
