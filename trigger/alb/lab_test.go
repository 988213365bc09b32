package alb_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// TG is the target group of the vectors.
const TG = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda-target/abcdefg"

// lab is a target group before a function that the test plays itself.
type lab struct {
	*alb.TargetGroup
	mu      sync.Mutex
	inputs  []invoke.Input
	entries []alb.Entry
	answer  func(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

func newLab(t require.TestingT, o alb.Options) *lab {
	l := &lab{}
	l.returns(`{"statusCode":200}`)
	o.Invoker = l
	o.AccessLog = func(e alb.Entry) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.entries = append(l.entries, e)
	}
	if o.TargetGroupARN == "" {
		o.TargetGroupARN = TG
	}
	if o.FunctionName == "" {
		o.FunctionName = "f"
	}
	var err error
	l.TargetGroup, err = alb.New(o)
	require.NoError(t, err)
	return l
}

func (l *lab) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	in.Payload = bytes.Clone(in.Payload) // it is the door's
	l.mu.Lock()
	l.inputs = append(l.inputs, in)
	answer := l.answer
	l.mu.Unlock()
	return answer(ctx, in)
}

func (l *lab) returns(payload string) {
	l.answer = func(context.Context, invoke.Input) (*invoke.Output, error) {
		return &invoke.Output{StatusCode: 200, Payload: []byte(payload)}, nil
	}
}

func (l *lab) fails(err error) {
	l.answer = func(context.Context, invoke.Input) (*invoke.Output, error) { return nil, err }
}

func (l *lab) functionFails() {
	l.answer = func(context.Context, invoke.Input) (*invoke.Output, error) {
		return &invoke.Output{StatusCode: 200, FunctionError: lambda.Unhandled, Payload: []byte(`{"errorMessage":"secret"}`)}, nil
	}
}

// do sends a request, and gives the answer with its body read.
func (l *lab) do(r *http.Request) (*http.Response, string) {
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

func (l *lab) get(target string) (*http.Response, string) {
	return l.do(request("GET", target, ""))
}

// event is the last event that the function got.
func (l *lab) event() string { return string(l.inputs[len(l.inputs)-1].Payload) }

// entry is the last line of the access log.
func (l *lab) entry() alb.Entry { return l.entries[len(l.entries)-1] }

// request makes a request of a method, a target, a body and header lines.
var request = doortest.Request

// page502 is the load balancer's page.
const page502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

func require502(t require.TestingT, res *http.Response, body string) {
	require.Equal(t, 502, res.StatusCode)
	require.Equal(t, page502, body)
	require.Equal(t, "text/html", res.Header.Get("Content-Type"))
	require.Equal(t, "122", res.Header.Get("Content-Length"))
	require.Equal(t, "awselb/2.0", res.Header.Get("Server"))
}
