package httpevent

import "bytes"

// IntegrationResponse is the content type of a streamed result that begins with a prelude: a JSON object with the
// status, the headers and the cookies, then eight NUL bytes, then the body.
const IntegrationResponse = "application/vnd.awslambda.http-integration-response"

// MaxPrelude is how long a prelude may be, with its separator. That there is such a limit is inferred: without one, a
// stream that has no separator would have to be held back to its end.
const MaxPrelude = 64 << 10

var separator = make([]byte, 8)

// A Splitter cuts a prelude off a stream that comes in pieces, wherever these are cut. The zero Splitter is ready.
type Splitter struct{ held []byte }

// Write takes the next piece, and copies what it keeps. Once done is true, head is the prelude's JSON, or nil if the
// stream has none, and body what came of the body so far; the Splitter is not to be used again.
func (s *Splitter) Write(piece []byte) (head, body []byte, done bool) {
	from := max(0, len(s.held)-len(separator)+1) // the separator may have begun
	s.held = append(s.held, piece...)
	// Not beyond the limit, even if more came at once: where a stream is cut must not matter.
	if at := bytes.Index(s.held[from:min(len(s.held), MaxPrelude)], separator); at >= 0 {
		at += from
		return s.held[:at:at], s.held[at+len(separator):], true
	}
	if len(s.held) > MaxPrelude {
		return nil, s.held, true
	}
	return nil, nil, false
}

// Rest is all that came, once the stream has ended without a separator: it is body.
func (s *Splitter) Rest() []byte { return s.held }
