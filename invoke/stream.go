package invoke

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// ResponseStream is a result that is handed on as the function writes it. Read it to its end, or close it. It is for
// one reader at a time.
type ResponseStream struct {
	// ExecutedVersion, RequestID and ContentType are known once the function has begun to answer. ContentType is that
	// of aws-lambda-go: application/octet-stream for a plain io.Reader, application/json for a buffered result.
	ExecutedVersion string
	RequestID       string
	ContentType     string

	run  *run
	src  *stream
	rest []byte
	once sync.Once
}

// stream connects the run that writes with the caller who reads. Nothing is buffered between them: a slow reader slows
// the function down, whose deadline passes all the same.
type stream struct {
	begun       chan struct{} // closed with contentType set
	contentType string
	version     string
	chunks      chan []byte
	gone        chan struct{} // closed when the reader has left
	end         chan struct{} // closed when the run is over
	taken       atomic.Bool   // a run writes to it, or did
}

func (src *stream) over(r *run, _ time.Time) {
	r.settleRefusal()
	close(src.end)
}

// InvokeWithResponseStream invokes a function and returns its result as a stream, once the function has begun to
// answer. InvocationType must not be Event. A function that does not stream gives its result in one piece.
//
// ctx bounds the wait for the beginning; to give up later, close the stream. Either way the invocation goes on, as it
// does on AWS when a client disconnects. Up to 6 MB pass at any speed, what follows at 2 MB a second; 200 MB is the
// limit.
func (s *Service) InvokeWithResponseStream(ctx context.Context, in Input) (*ResponseStream, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in.streamed = true
	var q request
	if err := s.prepare(ctx, &in, &q); err != nil {
		return nil, err
	}
	r := q.run(s, &in)
	src := &stream{begun: make(chan struct{}), chunks: make(chan []byte), gone: make(chan struct{}), end: make(chan struct{})}
	rs := &ResponseStream{run: r, src: src, RequestID: r.out.RequestID, ContentType: contentJSON}
	if in.InvocationType == DryRun {
		r.out.StatusCode = 204
		close(src.end)
		return rs, nil
	}
	if r.extra == nil {
		r.extra = &extra{}
	}
	r.extra.stream = src
	r.owner = src
	s.attempt(r)
	if err := rs.begin(ctx); err != nil {
		return nil, err
	}
	return rs, nil
}

// begin waits until the function has begun to answer, or has failed before it did.
func (rs *ResponseStream) begin(ctx context.Context) error {
	select {
	case <-rs.src.begun:
	case <-rs.src.end:
	case <-ctx.Done():
		rs.Close()
		return ctx.Err()
	}
	select {
	case <-rs.src.begun: // it may be over as well
		rs.ContentType, rs.ExecutedVersion = rs.src.contentType, rs.src.version
		return nil
	default:
	}
	out, err := rs.run.result()
	if err == nil {
		rs.ExecutedVersion = out.ExecutedVersion
		if out.FunctionError == "" {
			rs.rest = out.Payload // made up by a control: a function's own comes in chunks
		}
	}
	return err
}

// Read reads the result. Its error is io.EOF at the end of a result that is whole, and a *[lambda.FunctionError] where
// the function failed, before or after it had begun to answer.
func (rs *ResponseStream) Read(p []byte) (int, error) {
	for len(rs.rest) == 0 {
		select {
		case rs.rest = <-rs.src.chunks:
		case <-rs.src.gone:
			return 0, io.ErrClosedPipe
		case <-rs.src.end:
			out, err := rs.run.result()
			if err == nil {
				err = out.Err()
			}
			if err == nil {
				err = io.EOF
			}
			return 0, err
		}
	}
	n := copy(p, rs.rest)
	rs.rest = rs.rest[n:]
	return n, nil
}

// Close gives the stream up. The function runs on, and what it still writes is dropped.
func (rs *ResponseStream) Close() error {
	rs.once.Do(func() { close(rs.src.gone) })
	return nil
}

// Complete waits for the end of the invocation and tells how it went: what Invoke would have returned, without the
// payload of a success. It is the InvokeComplete event of the wire. What was not read by then is dropped.
func (rs *ResponseStream) Complete(ctx context.Context) (*Output, error) {
	for {
		select {
		case <-rs.src.chunks:
		case <-rs.src.end:
			return rs.run.result()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

const (
	contentJSON   = "application/json"
	contentBinary = "application/octet-stream"
)

// streamed is the Invoke phase of a run whose result is handed on as it comes.
func (r *run) streamed(e *environment, fn lambda.Function) {
	src := r.extra.stream
	if !src.taken.CompareAndSwap(false, true) { // a control runs the attempt again: there is only one stream
		src = nil
	}
	body, fail := callStream(r, fn)
	if fail == nil {
		fail = r.copyBody(src, body)
	}
	if fail != nil {
		r.failed(e, fn, fail)
		return
	}
	if !r.win(returned) {
		e.svc.returnedLate(r)
		return
	}
	e.timer.Stop()
	e.fn = fn
	r.end(context.Canceled)
	r.finish(e, nil, trace.Success, "")
}

// callStream is call for a result that is a reader.
func callStream(r *run, fn lambda.Function) (body io.Reader, fail *failure) {
	sf, ok := fn.(lambda.StreamFunction)
	if !ok {
		out, fail := call(r, fn)
		if fail == nil && len(out) > lambda.MaxResponsePayload {
			fail = &failure{payload: lambda.ResponseTooLargePayload()}
		}
		return &jsonBody{bytes.NewReader(bytes.Clone(out))}, fail
	}
	over := false
	defer func() {
		if !over {
			fail = crashed(recover(), r.out.RequestID)
		}
	}()
	body, err := sf.InvokeStream(&r.handlerContext, r.payload)
	if err != nil {
		fail = errored(err)
	}
	over = true
	return body, fail
}

type jsonBody struct{ *bytes.Reader }

func (*jsonBody) ContentType() string { return contentJSON }

func contentType(body io.Reader) string {
	if t, ok := body.(interface{ ContentType() string }); ok {
		return t.ContentType()
	}
	return contentBinary
}

// The pace of a streamed result.
const (
	streamBurst = 6 << 20
	streamRate  = 2 << 20 // bytes a second
	streamChunk = 32 << 10
)

// maxEmptyReads is how often in a row a reader may return nothing, not even an error.
const maxEmptyReads = 100

// copyBody hands the body on, piece by piece. src is nil if nobody reads.
func (r *run) copyBody(src *stream, body io.Reader) (fail *failure) {
	over := false
	defer func() {
		if !over {
			fail = crashed(recover(), r.out.RequestID) // the reader is the function's code
		}
	}()
	if c, ok := body.(io.Closer); ok {
		defer c.Close()
	}
	if src != nil {
		src.contentType, src.version = contentType(body), r.deployment.Version
		close(src.begun)
	}
	fail = r.copyChunks(src, body)
	over = true
	return fail
}

func (r *run) copyChunks(src *stream, body io.Reader) *failure {
	began, total, idle := time.Now(), 0, 0
	buf := make([]byte, streamChunk)
	for {
		n, err := body.Read(buf)
		total += n
		if idle++; n > 0 {
			idle = 0
		}
		if idle == maxEmptyReads && err == nil {
			err = io.ErrNoProgress
		}
		if total > lambda.MaxStreamedResponse {
			return &failure{payload: lambda.StreamTooLargePayload()}
		}
		if n > 0 && !r.send(src, bytes.Clone(buf[:n]), began, total) {
			return nil // the run is over; whoever ended it has the last word
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errored(err)
		}
	}
}

// send hands one piece to the reader, no sooner than the pace allows. It returns false if the run ended meanwhile.
func (r *run) send(src *stream, chunk []byte, began time.Time, total int) bool {
	if src == nil {
		return true
	}
	if wait := time.Until(began.Add(paceOf(total))); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Done():
			return false
		}
	}
	select {
	case src.chunks <- chunk:
		return true
	case <-src.gone:
		return true
	case <-r.Done():
		return false
	}
}

// paceOf is how long the first n bytes of a result take at least.
func paceOf(n int) time.Duration {
	if n <= streamBurst {
		return 0
	}
	return time.Duration(float64(n-streamBurst) / streamRate * float64(time.Second))
}
