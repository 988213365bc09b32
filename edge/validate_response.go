package edge

import (
	"encoding/base64"
	"net/http"
	"strconv"
)

// generated is the response that a function at a request trigger made, or the failure that the viewer gets.
func generated(t EventType, r *Response) (*response, *failure) {
	out, f := readResponse(t, nil, r)
	if f != nil {
		return nil, f
	}
	text := ""
	if r.Body != nil {
		text = *r.Body
	}
	if out.body, f = decodeBody(text, r.BodyEncoding); f != nil {
		return nil, f
	}
	if headerSize(out.header)+len(text) > quotas(t).generated {
		return nil, invalidBody()
	}
	if out.status == http.StatusNoContent && len(out.body) > 0 {
		return nil, invalidResult("a response with status 204 must not have a body.")
	}
	return out, nil
}

// applyOriginResponse is what goes into the cache after an origin-response function returned r.
func applyOriginResponse(was *response, r *Response) (*response, *failure) {
	out, f := readResponse(OriginResponse, was.header, r)
	if f != nil {
		return nil, f
	}
	out.body = was.body
	if r.Body == nil {
		return out, nil
	}
	if out.body, f = decodeBody(*r.Body, r.BodyEncoding); f != nil {
		return nil, f
	}
	if headerSize(out.header)+len(*r.Body) > quotas(OriginResponse).generated {
		return nil, invalidBody()
	}
	if out.header["Transfer-Encoding"] == nil {
		out.header["Content-Length"] = []string{strconv.Itoa(len(out.body))}
	}
	return out, nil
}

// applyViewerResponse is what the viewer gets after a viewer-response function returned r: other headers, and nothing
// else that is other.
func applyViewerResponse(was *response, r *Response) (*response, *failure) {
	if r.Body != nil {
		return nil, invalidResult("a viewer-response function cannot replace the body.")
	}
	out, f := readResponse(ViewerResponse, was.header, r)
	if f != nil {
		return nil, f
	}
	if out.status != was.status {
		return nil, invalidResult("a viewer-response function cannot change the status.")
	}
	out.description, out.body = was.description, was.body
	return out, nil
}

// readResponse reads everything but the body. original are the headers before, nil for a response that is made.
func readResponse(t EventType, original http.Header, r *Response) (*response, *failure) {
	status, err := strconv.Atoi(r.Status)
	if err != nil || len(r.Status) != 3 || status < 200 || status > 599 {
		return nil, invalidStatus()
	}
	if !isFieldValue(r.StatusDescription) {
		return nil, invalidResult("the status description is not valid.")
	}
	header, f := readHeaders(r.Headers)
	if f != nil {
		return nil, f
	}
	if f := checkHeaders(t, visible(original), header); f != nil {
		return nil, f
	}
	restoreBytes(header, original)
	for name, values := range hidden(original) {
		header[name] = values
	}
	description := r.StatusDescription
	if description == "" {
		description = http.StatusText(status)
	}
	return &response{status: status, description: description, header: header}, nil
}

// decodeBody is the bytes of a returned body.
func decodeBody(text, encoding string) ([]byte, *failure) {
	switch encoding {
	case "", Text:
		return []byte(text), nil
	case Base64:
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, invalidBody()
		}
		return data, nil
	}
	return nil, invalidBody()
}
