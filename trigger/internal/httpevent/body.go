package httpevent

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// ErrTooLarge is the error of [ReadBody] for a body over the limit.
var ErrTooLarge = errors.New("httpevent: body too large")

// maxPrealloc bounds what a request gets for merely announcing a long body.
const maxPrealloc = 64 << 10

// ReadBody reads a request's body, of at most limit bytes; a longer one is [ErrTooLarge], found without reading on.
func ReadBody(r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.ContentLength > int64(limit) {
		return nil, ErrTooLarge
	}
	// One byte more than announced, or the end would be found only after another growth.
	body := make([]byte, 0, min(max(r.ContentLength+1, 512), maxPrealloc))
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return nil, ErrTooLarge
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// IsBinary says whether ALB, and a function URL too, sends a body in Base64. The headers decide, never the bytes: a
// Content-Encoding makes every body binary, and so does every type that is not on the list, also a missing one.
func IsBinary(h http.Header, length int) bool {
	if length == 0 {
		return false
	}
	return h.Get("Content-Encoding") != "" || !IsTextType(h.Get("Content-Type"))
}

// IsTextType says whether bodies of a content type are text to the doors. Parameters and case do not count.
func IsTextType(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.TrimSpace(mediaType)
	const text = "text/"
	if len(mediaType) > len(text) && strings.EqualFold(mediaType[:len(text)], text) {
		return true
	}
	return strings.EqualFold(mediaType, "application/json") ||
		strings.EqualFold(mediaType, "application/javascript") ||
		strings.EqualFold(mediaType, "application/xml")
}

// AppendBody appends a body as a JSON string, in Base64 if it is binary. Of a text, bytes that are no UTF-8 become
// U+FFFD: JSON has no other way to carry them.
func AppendBody(b, body []byte, binary bool) []byte {
	if !binary {
		return jsontext.AppendString(b, body)
	}
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, body)
	return append(b, '"')
}

// strict refuses what has stray bits in its last character.
var strict = base64.StdEncoding.Strict()

// DecodeBase64 reads Base64 as the doors do: the standard alphabet, padded, in one line. Package base64 would pass over
// the line breaks of MIME's form.
func DecodeBase64[T string | []byte](text T) ([]byte, bool) {
	b, err := strict.AppendDecode(nil, []byte(text))
	// Of well-formed text only what was passed over is missing.
	return b, err == nil && strict.EncodedLen(len(b)) == len(text)
}
