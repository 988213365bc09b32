package edge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWirePath(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b":       "/a/b",
		"/a%20b":     "/a%20b",
		"/a b":       "/a%20b",
		"/é":         "/%C3%A9",
		"/a?b#c":     "/a%3Fb%23c",
		"/100%":      "/100%25",
		"/%zz":       "/%25zz",
		"/../x":      "/../x",
		`/a\b"<>`:    "/a%5Cb%22%3C%3E",
		"/-_.~!'()*": "/-_.~!'()*",
	} {
		require.Equal(t, want, wirePath(in))
		require.Equal(t, want, target(address{scheme: "https", host: "h"}, in, "").EscapedPath())
	}
}
