package invoke_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// drip is a reader that gives one piece a second, then err.
type drip struct {
	pieces []string
	err    error
	closed *bool
}

func (d *drip) Read(p []byte) (int, error) {
	if len(d.pieces) == 0 {
		return 0, d.err
	}
	time.Sleep(time.Second)
	n := copy(p, d.pieces[0])
	d.pieces = d.pieces[1:]
	return n, nil
}

func (d *drip) Close() error {
	if d.closed != nil {
		*d.closed = true
	}
	return nil
}

func dripping(err error, closed *bool, pieces ...string) lambda.Code {
	return lambda.Handler(func() (io.Reader, error) { return &drip{pieces, err, closed}, nil })
}

func (w *world) stream(in invoke.Input) *invoke.ResponseStream {
	w.t.Helper()
	in.FunctionName = "f"
	rs, err := w.svc.InvokeWithResponseStream(w.t.Context(), in)
	require.NoError(w.t, err)
	return rs
}

func TestStream_piecesComeAsTheyAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		closed := false
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 10 * time.Second}, dripping(io.EOF, &closed, "one", "two", "three"))
		rs := w.stream(invoke.Input{LogType: invoke.Tail})
		require.Equal(t, "application/octet-stream", rs.ContentType)
		require.Equal(t, "$LATEST", rs.ExecutedVersion)
		require.Len(t, rs.RequestID, 36)
		buf := make([]byte, 2)
		for _, want := range []struct {
			text string
			at   int
		}{{"on", 1}, {"e", 1}, {"tw", 2}, {"o", 2}, {"th", 3}, {"re", 3}, {"e", 3}} {
			n, err := rs.Read(buf)
			require.NoError(t, err)
			require.Equal(t, want.text, string(buf[:n]))
			require.Equal(t, want.at, int(time.Since(w.start)/time.Second))
		}
		_, err := rs.Read(buf)
		require.Equal(t, io.EOF, err)
		_, err = rs.Read(buf)
		require.Equal(t, io.EOF, err)
		require.True(t, closed)
		out, err := rs.Complete(t.Context())
		require.NoError(t, err)
		require.Empty(t, out.FunctionError)
		require.Contains(t, decode(t, out.LogResult), "REPORT")
		require.NoError(t, rs.Close())
	})
}

func TestStream_bufferedResultsComeInOnePiece(t *testing.T) {
	for name, c := range map[string]lambda.Code{
		"typed": lambda.Handler(func(s string) (string, error) { return s, nil }),
		"raw":   lambdatest.Script("S", 0),
		"any":   lambda.Handler(func(s any) (any, error) { return s, nil }),
	} {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c)
		rs := w.stream(invoke.Input{Payload: []byte(`"x"`)})
		require.Equal(t, "application/json", rs.ContentType, name)
		b, err := io.ReadAll(rs)
		require.NoError(t, err)
		require.Equal(t, `"x"`, string(b), name)
	}
}

func TestStream_readerThroughPlainInvoke(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambda.Handler(func() (io.Reader, error) { return strings.NewReader("plain"), nil }))
	require.Equal(t, "plain", string(w.invoke(invoke.Input{}).Payload))
}

func TestStream_errors(t *testing.T) {
	for _, c := range []struct {
		name, read, payload string
		code                lambda.Code
		within              time.Duration
	}{
		{"before the first byte", "", `{"errorMessage":"boom","errorType":"errorString"}`,
			lambda.Handler(func() (io.Reader, error) { return nil, errBoom }), 0},
		{"mid-stream", "half", `{"errorMessage":"torn","errorType":"errorString"}`,
			dripping(errors.New("torn"), nil, "half"), time.Second},
		{"timeout mid-stream", "12", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: <id> Error: Task timed out after 3.00 seconds"}`,
			dripping(io.EOF, nil, "1", "2", "3", "4"), 3 * time.Second},
		{"panic in the reader", "", "", lambda.Handler(func() (io.Reader, error) { return panicReader{}, nil }), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, invoke.Options{})
				lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, c.code)
				rs := w.stream(invoke.Input{})
				b, err := io.ReadAll(rs)
				var fe *lambda.FunctionError
				require.ErrorAs(t, err, &fe)
				require.True(t, strings.HasPrefix(string(b), c.read), string(b))
				require.Equal(t, c.within, time.Since(w.start))
				out, err := rs.Complete(t.Context())
				require.NoError(t, err)
				require.Equal(t, "Unhandled", out.FunctionError)
				if c.payload != "" {
					require.Equal(t, strings.ReplaceAll(c.payload, "<id>", rs.RequestID), string(out.Payload))
				}
			})
		})
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("torn") }

func TestStream_refusals(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, dripping(io.EOF, nil))
	require.NoError(t, w.svc.PutFunctionConcurrency("f", 0))
	_, err := w.svc.InvokeWithResponseStream(t.Context(), invoke.Input{FunctionName: "f"})
	require.ErrorIs(t, err, lambda.ErrTooManyRequests)
	_, err = w.svc.InvokeWithResponseStream(t.Context(), invoke.Input{FunctionName: "nobody"})
	require.ErrorIs(t, err, lambda.ErrResourceNotFound)
	_, err = w.svc.InvokeWithResponseStream(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
	require.ErrorIs(t, err, lambda.ErrValidation)
	rs, err := w.svc.InvokeWithResponseStream(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.DryRun})
	require.NoError(t, err)
	b, err := io.ReadAll(rs)
	require.NoError(t, err)
	require.Empty(t, b)
	out, err := rs.Complete(t.Context())
	require.NoError(t, err)
	require.Equal(t, 204, out.StatusCode)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.svc.InvokeWithResponseStream(ctx, invoke.Input{FunctionName: "f"})
	require.ErrorIs(t, err, context.Canceled)
}

func TestStream_clientThatLeavesStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, invoke.Options{})
		lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 10 * time.Second}, dripping(io.EOF, nil, "one", "two", "three"))
		rs := w.stream(invoke.Input{})
		_, err := rs.Read(make([]byte, 10))
		require.NoError(t, err)
		require.NoError(t, rs.Close())
		require.NoError(t, rs.Close())
		_, err = rs.Read(make([]byte, 10))
		require.Error(t, err)
		out, err := rs.Complete(t.Context())
		require.NoError(t, err)
		require.Empty(t, out.FunctionError)
		require.Equal(t, 3*time.Second, time.Since(w.start))
		require.Equal(t, "success", w.tl.Of(trace.Finished)[0].Outcome)
	})
}

// zeros is a reader of n bytes.
func zeros(n int64) lambda.Code {
	return lambda.Handler(func() (io.Reader, error) { return &zeroReader{n}, nil })
}

// zeroReader has no exported field: aws-lambda-go streams a reader only if its JSON is an empty object.
type zeroReader struct{ left int64 }

func (z *zeroReader) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

func TestStream_paceAndLimit(t *testing.T) {
	for _, c := range []struct {
		bytes int64
		takes time.Duration
		fails bool
	}{
		{6 << 20, 0, false},
		{10 << 20, 2 * time.Second, false},
		{200 << 20, 97 * time.Second, false},
		{200<<20 + 1, 97 * time.Second, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, invoke.Options{})
			lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f", Timeout: 900 * time.Second}, zeros(c.bytes))
			rs := w.stream(invoke.Input{})
			n, err := io.Copy(io.Discard, rs)
			require.Equal(t, c.fails, err != nil)
			require.LessOrEqual(t, n, int64(200<<20))
			require.Equal(t, c.takes, time.Since(w.start).Truncate(time.Millisecond))
			out, err := rs.Complete(t.Context())
			require.NoError(t, err)
			if c.fails {
				require.True(t, bytes.Contains(out.Payload, []byte("Function.ResponseSizeTooLarge")))
			}
		})
	}
}

// torrent is a result without an end.
type torrent struct{ read int }

func (s *torrent) Read(p []byte) (int, error) {
	if s.read += len(p); s.read > 16<<20 {
		panic("read on, though the result is too large already")
	}
	return len(p), nil
}

// A caller who wants the result in one piece does not have more of it read than it may be long.
func TestStream_endlessResultIsTooLargeForABufferedCall(t *testing.T) {
	w := newWorld(t, invoke.Options{})
	lambdatest.Deploy(t, w.svc, lambda.Config{Name: "f"}, lambda.Handler(func() (io.Reader, error) { return &torrent{}, nil }))
	require.Contains(t, string(w.invoke(invoke.Input{}).Payload), "Function.ResponseSizeTooLarge")
}
