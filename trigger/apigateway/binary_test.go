package apigateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMediaTypes(t *testing.T) {
	for _, c := range []struct {
		listed []string
		asked  string
		want   bool
	}{
		{nil, "image/png", false},
		{[]string{"image/png"}, "image/png", true},
		{[]string{"Image/PNG"}, "image/png; q=1", true},
		{[]string{"image/png"}, "IMAGE/png", true},
		{[]string{"image/png"}, "image/pngx", false},
		{[]string{"image/png"}, "", false},
		{[]string{"image/png"}, "*/*", false},
		{[]string{"image/png"}, "image/*", false},
		{[]string{"image/*"}, "image/png", true},
		{[]string{"image/*"}, "imagex/png", false},
		{[]string{"image/*"}, "image/", false},
		{[]string{"image/*"}, "image", false},
		{[]string{"image/*"}, "image/*", true},
		{[]string{"*/png"}, "image/png", false},
		{[]string{"*/*"}, "image/png", true},
		{[]string{"*/*"}, "", true},
	} {
		m, err := checkMediaTypes(c.listed)
		require.NoError(t, err)
		require.Equal(t, c.want, m.match(c.asked), "%q against %q", c.asked, c.listed)
	}
	m := mediaTypes{"image/png"}
	require.True(t, m.accepts("image/png,image/webp"))
	require.False(t, m.accepts("image/webp,image/png"), "only the first counts")
}
