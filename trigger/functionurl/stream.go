package functionurl

import (
	"context"
	"io"
	"net/http"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// contentBinary is the type of a stream whose prelude names none.
const contentBinary = "application/octet-stream"

// readSize is how much is taken from the function at once.
const readSize = 32 << 10

// stream calls the function and sends on what it writes, piece by piece.
func (x *exchange) stream(in invoke.Input) {
	ctx := x.r.Context()
	rs, err := x.h.opts.Invoker.InvokeWithResponseStream(ctx, in)
	if err != nil {
		x.refuse(err)
		return
	}
	defer rs.Close()
	stop := context.AfterFunc(ctx, func() { rs.Close() }) // or a silent function would keep a client that left
	defer stop()
	out := newPieces(x, rs.ContentType)
	buf := make([]byte, readSize)
	for {
		n, err := rs.Read(buf)
		if n > 0 && !out.write(buf[:n]) {
			return
		}
		switch {
		case err == io.EOF:
			out.end()
			return
		case err != nil:
			out.fail(ctx)
			return
		}
	}
}

// pieces is the client's side of a stream.
type pieces struct {
	x           *exchange
	contentType string
	prelude     *httpevent.Splitter // nil if there is none to wait for
	begun       bool
}

func newPieces(x *exchange, contentType string) *pieces {
	if contentType == httpevent.IntegrationResponse {
		return &pieces{x: x, contentType: contentBinary, prelude: new(httpevent.Splitter)}
	}
	return &pieces{x: x, contentType: contentType}
}

// write sends a piece at once, unless it belongs to the prelude. It returns false if there is nothing more to send.
func (p *pieces) write(piece []byte) bool {
	var head []byte
	if p.prelude != nil {
		var done bool
		if head, piece, done = p.prelude.Write(piece); !done {
			return true
		}
		p.prelude = nil
	}
	return p.begin(head) && p.send(piece)
}

// begin sends the head, if it has not been sent: that of the prelude, or of a stream that has none. It returns false
// if the prelude is malformed, and has answered then.
func (p *pieces) begin(head []byte) bool {
	if p.begun {
		return true
	}
	a := &answer{status: http.StatusOK}
	if head != nil {
		if a = readPrelude(head); a == nil {
			p.x.failed()
			return false
		}
	}
	p.begun = true
	a.setHeader(p.x.w.Header(), p.contentType)
	p.x.w.WriteHeader(a.status)
	return true
}

// readPrelude is what a prelude says, or nil if it is malformed. A status that it does not name is 200.
func readPrelude(head []byte) *answer {
	v, ok := httpevent.Parse(head)
	if !ok {
		return nil
	}
	r, ok := httpevent.ParseResult(v)
	if !ok {
		return nil
	}
	if isNull(r.StatusCode) {
		r.StatusCode = httpevent.Value("200")
	}
	return readHead(&r)
}

// send sends what was written, be it only the head, and does not wait for more. A writer that cannot flush is one that
// keeps everything, such as a test's.
func (p *pieces) send(piece []byte) bool {
	if len(piece) > 0 {
		if _, err := p.x.w.Write(piece); err != nil {
			return false
		}
	}
	_ = http.NewResponseController(p.x.w).Flush()
	return true
}

// end is the end of a stream that is whole. One that ended before its prelude did has none.
func (p *pieces) end() {
	var rest []byte
	if p.prelude != nil {
		rest = p.prelude.Rest()
	}
	if p.begin(nil) {
		p.send(rest)
	}
}

// fail is the end of a stream that broke off. Of what has begun, the client must not think that it is whole.
func (p *pieces) fail(ctx context.Context) {
	switch {
	case p.begun:
		panic(http.ErrAbortHandler)
	case ctx.Err() != nil: // it was the client
		p.x.gone()
	default:
		p.x.failed()
	}
}
