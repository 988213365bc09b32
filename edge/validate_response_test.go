package edge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestGeneratedResponses(t *testing.T) {
	for _, event := range []EventType{ViewerRequest, OriginRequest} {
		limit := quotas(event).generated
		head := headerSize(headerOf("X-A", "1"))
		for _, c := range []struct {
			name string
			r    Response
			want *response
			text string
		}{
			{"status alone", Response{Status: "200"}, &response{status: 200, description: "OK", header: http.Header{}, body: []byte{}}, ""},
			{"a description", Response{Status: "299", StatusDescription: "odd"}, &response{status: 299, description: "odd", header: http.Header{}, body: []byte{}}, ""},
			{"a status without a name", Response{Status: "599"}, &response{status: 599, header: http.Header{}, body: []byte{}}, ""},
			{"text", Response{Status: "200", Body: new("x")}, &response{status: 200, description: "OK", header: http.Header{}, body: []byte("x")}, ""},
			{"base64", Response{Status: "200", Body: new("eA=="), BodyEncoding: Base64}, &response{status: 200, description: "OK", header: http.Header{}, body: []byte("x")}, ""},
			{"204", Response{Status: "204", Body: new("")}, &response{status: 204, description: "No Content", header: http.Header{}, body: []byte{}}, ""},
			{"204 with a body", Response{Status: "204", Body: new("x")}, nil, textInvalid},
			{"199", Response{Status: "199"}, nil, textInvalid},
			{"600", Response{Status: "600"}, nil, textInvalid},
			{"no status", Response{}, nil, textInvalid},
			{"a long status", Response{Status: "0200"}, nil, textInvalid},
			{"a signed status", Response{Status: "+20"}, nil, textInvalid},
			{"a status in words", Response{Status: "OK!"}, nil, textInvalid},
			{"a line break in the description", Response{Status: "200", StatusDescription: "OK\r\nX: y"}, nil, textInvalid},
			{"bad base64", Response{Status: "200", Body: new("%%"), BodyEncoding: Base64}, nil, textBody},
			{"another encoding", Response{Status: "200", Body: new("x"), BodyEncoding: "gzip"}, nil, textBody},
			{"a disallowed header", Response{Status: "200", Headers: Headers{"x-cache": {{Value: "Hit"}}}}, nil, textBlacklisted},
			{"a read-only header", Response{Status: "200", Headers: Headers{"content-length": {{Value: "0"}}}}, nil, textReadOnly},
			{"all that it may have", Response{Status: "200", Headers: Headers{"x-a": {{Value: "1"}}}, Body: new(strings.Repeat("x", limit-head))},
				&response{status: 200, description: "OK", header: headerOf("X-A", "1"), body: []byte(strings.Repeat("x", limit-head))}, ""},
			{"one more", Response{Status: "200", Headers: Headers{"x-a": {{Value: "1"}}}, Body: new(strings.Repeat("x", limit-head+1))}, nil, textBody},
			{"headers alone too large", Response{Status: "200", Headers: Headers{"x-a": {{Value: strings.Repeat("x", limit)}}}}, nil, textBody},
			{"the encoded form counts", Response{Status: "200", Body: new(strings.Repeat("A", limit+4-limit%4)), BodyEncoding: Base64}, nil, textBody},
		} {
			t.Run(string(event)+"/"+c.name, func(t *testing.T) {
				got, f := generated(event, &c.r)
				if c.text != "" {
					require.NotNil(t, f)
					require.Equal(t, c.text, f.text)
					return
				}
				require.Nil(t, f)
				require.Equal(t, c.want, got)
			})
		}
	}
}

// given is an origin's answer as the response functions are shown it.
func given() *response {
	return &response{status: 404, description: "Gone Away", body: []byte("none"), header: headerOf("Content-Length", "4", "Content-Type", "text/plain", "X-Cache", "theirs")}
}

func TestApplyOriginResponse(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Response)
		want *response
		text string
	}{
		{"the identity", func(*Response) {}, given(), ""},
		{"another status keeps the body", func(r *Response) { r.Status, r.StatusDescription = "200", "" },
			&response{status: 200, description: "OK", body: []byte("none"), header: given().header}, ""},
		{"another body", func(r *Response) { r.Body = new("other one") },
			&response{status: 404, description: "Gone Away", body: []byte("other one"), header: headerOf("Content-Length", "9", "Content-Type", "text/plain", "X-Cache", "theirs")}, ""},
		{"an empty body", func(r *Response) { r.Body = new("") },
			&response{status: 404, description: "Gone Away", body: []byte{}, header: headerOf("Content-Length", "0", "Content-Type", "text/plain", "X-Cache", "theirs")}, ""},
		{"other headers", func(r *Response) { r.Headers = Headers{"x-a": {{Value: "1"}}} },
			&response{status: 404, description: "Gone Away", body: []byte("none"), header: headerOf("X-A", "1", "X-Cache", "theirs")}, ""},
		{"1 MB", func(r *Response) { r.Headers, r.Body = Headers{}, new(strings.Repeat("x", 1<<20)) }, nil, textBody},
		{"bad base64", func(r *Response) { r.Body, r.BodyEncoding = new("%"), Base64 }, nil, textBody},
		{"no status", func(r *Response) { r.Status = "" }, nil, textInvalid},
		{"Via added", func(r *Response) { r.Headers.Set("Via", "1.1 me") }, nil, textReadOnly},
		{"a hidden header", func(r *Response) { r.Headers.Set("X-Cache", "mine") }, nil, textBlacklisted},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := given()
			r := was.show()
			c.edit(r)
			got, f := applyOriginResponse(was, r)
			require.Equal(t, given(), was, "what came is not changed")
			if c.text != "" {
				require.NotNil(t, f)
				require.Equal(t, c.text, f.text)
				return
			}
			require.Nil(t, f)
			require.Equal(t, c.want, got)
		})
	}
}

func TestAChunkedBodyReplaced(t *testing.T) {
	was := &response{status: 200, body: []byte("x"), header: headerOf("Transfer-Encoding", "chunked")}
	r := was.show()
	r.Body = new("other")
	got, f := applyOriginResponse(was, r)
	require.Nil(t, f)
	require.NotContains(t, got.header, "Content-Length", "a chunked answer has no length of its own")
}

func TestApplyViewerResponse(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Response)
		text string
	}{
		{"the identity", func(*Response) {}, ""},
		{"a header", func(r *Response) { r.Headers.Set("X-A", "1") }, ""},
		{"a header less", func(r *Response) { r.Headers.Del("Content-Type") }, ""},
		{"a description has no effect", func(r *Response) { r.StatusDescription = "other" }, ""},
		{"another status", func(r *Response) { r.Status = "200" }, textInvalid},
		{"a body", func(r *Response) { r.Body = new("none") }, textInvalid},
		{"another length", func(r *Response) { r.Headers.Set("Content-Length", "3") }, textReadOnly},
		{"an encoding", func(r *Response) { r.Headers.Set("Content-Encoding", "gzip") }, textReadOnly},
		{"a warning", func(r *Response) { r.Headers.Set("Warning", "199 - x") }, textReadOnly},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := given()
			r := was.show()
			c.edit(r)
			got, f := applyViewerResponse(was, r)
			if c.text != "" {
				require.NotNil(t, f)
				require.Equal(t, c.text, f.text)
				return
			}
			require.Nil(t, f)
			require.Equal(t, []any{404, "Gone Away", "none"}, []any{got.status, got.description, string(got.body)})
			require.Equal(t, "theirs", got.header.Get("X-Cache"), "what is hidden stays")
		})
	}
}

// TestInvariant06ViewerResponseNeverChangesTheStatus: whatever it returns, the status is what it was, or a failure's.
func TestInvariant06ViewerResponseNeverChangesTheStatus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := &response{status: rapid.IntRange(200, 399).Draw(t, "status"), header: http.Header{}}
		r := &Response{
			Status:  rapid.OneOf(rapid.Just(itoa(was.status)), rapid.StringMatching(`[2-5][0-9]{2}`)).Draw(t, "returned"),
			Headers: drawHeaders(t, "returned"),
		}
		got, f := applyViewerResponse(was, r)
		if f == nil {
			require.Equal(t, was.status, got.status)
			require.Equal(t, itoa(was.status), r.Status)
			return
		}
		require.NotEqual(t, itoa(was.status), r.Status)
		require.Equal(t, 502, f.status)
	})
}
