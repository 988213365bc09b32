package edge

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func itoa(n int) string { return strconv.Itoa(n) }

func readAll(t require.TestingT, r io.Reader) string {
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(all)
}

func TestBodyOf(t *testing.T) {
	require.Nil(t, bodyOf(httptest.NewRequest("GET", "/", nil)))
	require.Nil(t, bodyOf(httptest.NewRequest("POST", "/", http.NoBody)))
	known := bodyOf(httptest.NewRequest("POST", "/", strings.NewReader("abc")))
	require.EqualValues(t, 3, known.length)
	unknown := bodyOf(httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("abc"))))
	require.EqualValues(t, -1, unknown.length)
	require.Equal(t, "abc", readAll(t, unknown.reader()))
}

func TestNoBodyIsExposedAsEmpty(t *testing.T) {
	var none *body
	seen, err := none.expose(10)
	require.NoError(t, err)
	require.Equal(t, &Body{Action: ReadOnly, Encoding: Base64}, seen)
}

func TestBodyThatBreaks(t *testing.T) {
	b := &body{rest: io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(errors.New("gone"))), length: 5}
	_, err := b.expose(10)
	require.ErrorContains(t, err, "gone")
}

func TestExposingReadsNoMoreThanItNeeds(t *testing.T) {
	rest := strings.NewReader(strings.Repeat("x", 100))
	b := &body{rest: rest, length: 100}
	_, err := b.expose(10)
	require.NoError(t, err)
	require.Equal(t, 89, rest.Len(), "one byte more tells that there is more")
}

func TestShownRequestSharesNothing(t *testing.T) {
	r := &request{header: headerOf("X-A", "1"), origin: (&Origin{DomainName: "example.org", CustomHeaders: map[string]string{"X-B": "1"}}).withDefaults().event(true)}
	shown := r.show()
	shown.Headers.Set("X-A", "2")
	shown.Origin.Custom.DomainName = "evil.example"
	shown.Origin.Custom.CustomHeaders.Set("X-B", "2")
	shown.Origin.Custom.SSLProtocols[0] = "x"
	again := r.show()
	require.Equal(t, "1", again.Headers.Get("X-A"))
	require.Equal(t, "example.org", again.Origin.Custom.DomainName)
	require.Equal(t, "1", again.Origin.Custom.CustomHeaders.Get("X-B"))
	require.Equal(t, "TLSv1", again.Origin.Custom.SSLProtocols[0])
}

func TestHiddenAndVisible(t *testing.T) {
	h := headerOf("X-A", "1", "X-Cache", "Hit", "X-Edge-Ip", "x")
	require.Equal(t, headerOf("X-Cache", "Hit", "X-Edge-Ip", "x"), hidden(h))
	require.Equal(t, map[string][]string(headerOf("X-A", "1")), visible(h))
	require.Len(t, h, 3)
}

func TestHeaderSize(t *testing.T) {
	require.Equal(t, len("X-A: 1\r\nX-A: 22\r\n"), headerSize(headerOf("X-A", "1", "X-A", "22")))
	require.Zero(t, headerSize(nil))
}
