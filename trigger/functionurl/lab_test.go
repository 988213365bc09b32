package functionurl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// TB is what testing.TB and rapid's have in common.
type TB interface {
	require.TestingT
	Cleanup(func())
}

// lab is a function URL of a Service, before a function that the test plays itself.
type lab struct {
	*functionurl.Handler
	svc  *invoke.Service
	host string

	mu     sync.Mutex
	inputs []invoke.Input
	answer func(ctx context.Context, payload []byte) ([]byte, error)
	stream func(ctx context.Context) (io.Reader, error) // if set, instead
	deny   error                                        // if set, what Lambda says
}

// newLab makes one. in needs no AuthType.
func newLab(t TB, in registry.FunctionURLInput, o functionurl.Options) *lab {
	l := &lab{svc: invoke.New(invoke.Options{})}
	t.Cleanup(l.svc.Close)
	l.returns(`"ok"`)
	require.NoError(t, l.svc.Deploy(lambda.Config{Name: "f"}, lambda.Handler(l.function())))
	if in.AuthType == "" {
		in.AuthType = registry.AuthNone
	}
	c, err := l.svc.Registry().CreateFunctionURLConfig(time.Now(), "f", "", in)
	require.NoError(t, err)
	l.host = strings.TrimSuffix(strings.TrimPrefix(c.FunctionURL, "https://"), "/")
	o.Invoker, o.URLs, o.Identity = l, l.svc.Registry(), l.svc.Identity()
	l.Handler, err = functionurl.New(o)
	require.NoError(t, err)
	return l
}

// function is buffered or streaming as the test will have it.
func (l *lab) function() lambda.Function { return &played{l} }

type played struct{ l *lab }

func (p *played) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return p.l.answer(ctx, payload)
}

func (p *played) InvokeStream(ctx context.Context, payload []byte) (io.Reader, error) {
	if p.l.stream != nil {
		return p.l.stream(ctx)
	}
	b, err := p.l.answer(ctx, payload)
	return jsonReader{bytes.NewReader(b)}, err
}

type jsonReader struct{ *bytes.Reader }

func (jsonReader) ContentType() string { return "application/json" }

// integration is a stream that begins with a prelude.
type integration struct{ io.Reader }

func (integration) ContentType() string { return "application/vnd.awslambda.http-integration-response" }

func (l *lab) note(in invoke.Input) error {
	in.Payload = bytes.Clone(in.Payload) // it is the door's
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inputs = append(l.inputs, in)
	return l.deny
}

func (l *lab) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	if err := l.note(in); err != nil {
		return nil, err
	}
	return l.svc.Invoke(ctx, in)
}

func (l *lab) InvokeWithResponseStream(ctx context.Context, in invoke.Input) (*invoke.ResponseStream, error) {
	if err := l.note(in); err != nil {
		return nil, err
	}
	return l.svc.InvokeWithResponseStream(ctx, in)
}

func (l *lab) returns(payload string) {
	l.answer = func(context.Context, []byte) ([]byte, error) { return []byte(payload), nil }
}

// streams makes the function write the pieces, and then fail unless err is nil.
func (l *lab) streams(prelude bool, err error, pieces ...string) {
	l.stream = func(context.Context) (io.Reader, error) {
		r, w := io.Pipe()
		go func() {
			for _, p := range pieces {
				io.WriteString(w, p)
			}
			w.CloseWithError(err)
		}()
		if prelude {
			return integration{r}, nil
		}
		return r, nil
	}
}

// do sends a request to the URL, and gives the answer with its body read.
func (l *lab) do(r *http.Request) (*http.Response, string) {
	if r.Host == "example.com" {
		r.Host = l.host
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

func (l *lab) get(target string) (*http.Response, string) {
	return l.do(request("GET", target, ""))
}

// event is the last event that the function got.
func (l *lab) event(t require.TestingT) map[string]any {
	var e map[string]any
	require.NoError(t, json.Unmarshal(l.inputs[len(l.inputs)-1].Payload, &e))
	return e
}

// request makes a request of a method, a target, a body and header lines.
var request = doortest.Request
