package edge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestInvariant13HeadersComeBackAsTheyWere: lines, their order and their bytes survive being shown and returned.
func TestInvariant13HeadersComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := http.Header{}
		for range rapid.IntRange(0, 5).Draw(t, "lines") {
			name := rapid.SampledFrom([]string{"Set-Cookie", "X-A", "Content-Type", "Etag"}).Draw(t, "name")
			value := strings.Trim(rapid.StringOf(rapid.RuneFrom([]rune("ab \t;=\u00e9\u4e16"))).Draw(t, "value"), " \t")
			if rapid.Bool().Draw(t, "latin") {
				value += "\xe9" // ISO-8859-1
			}
			h.Add(name, value)
		}
		back, f := readHeaders(showHeaders(h))
		require.Nil(t, f)
		restoreBytes(back, h)
		require.Equal(t, h, back)
	})
}
