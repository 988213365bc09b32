package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"

	awslambda "github.com/aws/aws-lambda-go/lambda"

	"github.com/lambdakit/lambdakit/internal/stack"
)

// StreamFunction is a [Function] that can hand on its result as it is written.
//
// InvokeStream returns as soon as the function does. The engine reads the result to its end or its error, which is a
// mid-stream failure, and closes it if it is an io.Closer. A reader with a method ContentType() string names the
// content's type.
type StreamFunction interface {
	Function
	InvokeStream(ctx context.Context, payload []byte) (io.Reader, error)
}

// Handler makes [Code] of a handler: any signature that aws-lambda-go's lambda.Start takes, with its JSON rules, or a
// value that is a [Function] itself, which then serves all environments and must allow concurrent use.
//
// Each environment gets an aws-lambda-go handler of its own: the bytes that one returns lie in a buffer that its next
// call uses again, so such handlers must not be shared. A handler value made by aws-lambda-go is therefore refused at
// init; make one per environment with [Init].
func Handler(fn any) Code {
	return func(context.Context, *Environment) (Function, error) {
		if isAWSHandler(fn) {
			return nil, errors.New("lambda: an aws-lambda-go handler value cannot be shared by environments: pass the function, or make the handler inside Init")
		}
		return functionOf(fn), nil
	}
}

// Init makes [Code] with initialisation: init runs once per environment, in the Init phase, and returns the handler,
// in any form that [Handler] takes or made by aws-lambda-go's NewHandlerWithOptions.
func Init(init func(ctx context.Context, env *Environment) (fn any, err error)) Code {
	return func(ctx context.Context, env *Environment) (Function, error) {
		fn, err := init(ctx, env)
		if err != nil {
			return nil, err
		}
		return functionOf(fn), nil
	}
}

var awsHandlerType = reflect.TypeOf(awslambda.NewHandler(func() {}))

func isAWSHandler(fn any) bool { return fn != nil && reflect.TypeOf(fn) == awsHandlerType }

func functionOf(fn any) Function {
	if f, ok := fn.(Function); ok {
		return f
	}
	if returnsReader(fn) {
		return newStreaming(fn)
	}
	return typed{awslambda.NewHandler(fn)}
}

// typed is a handler that aws-lambda-go runs by reflection, between JSON and JSON: deep calls, for which the stack is
// grown at once.
type typed struct{ awslambda.Handler }

// CallsDeeply has the engine grow the stack of the goroutine that it starts; see [stack.Deep].
func (typed) CallsDeeply() {}

func (t typed) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	stack.Grow() // which does nothing if the engine has, but others may stand between
	return t.Handler.Invoke(ctx, payload)
}

// returnsReader tells whether the handler's result may turn out to be an io.Reader.
func returnsReader(fn any) bool {
	t := reflect.TypeOf(fn)
	if t == nil || t.Kind() != reflect.Func || t.NumOut() != 2 || t.IsVariadic() {
		return false
	}
	out := t.Out(0)
	return out.Kind() == reflect.Interface || out.Implements(readerType)
}

var (
	readerType = reflect.TypeFor[io.Reader]()
	anyType    = reflect.TypeFor[any]()
)

// streaming runs a handler through aws-lambda-go, but takes a reader that it returns out of its hands before it is
// read to the end. It belongs to one environment, so one field holds the reader of the call that is running.
type streaming struct {
	handler awslambda.Handler
	result  io.Reader
}

// CallsDeeply is typed's.
func (*streaming) CallsDeeply() {}

func newStreaming(fn any) *streaming {
	s := &streaming{}
	v := reflect.ValueOf(fn)
	t := v.Type()
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = t.In(i)
	}
	wrapped := reflect.FuncOf(in, []reflect.Type{anyType, t.Out(1)}, false)
	s.handler = awslambda.NewHandler(reflect.MakeFunc(wrapped, func(args []reflect.Value) []reflect.Value {
		out := v.Call(args)
		if out[1].IsNil() && s.take(out[0].Interface()) {
			return []reflect.Value{reflect.Zero(anyType), out[1]}
		}
		boxed := reflect.New(anyType).Elem()
		if x := out[0].Interface(); x != nil {
			boxed.Set(reflect.ValueOf(x))
		}
		return []reflect.Value{boxed, out[1]}
	}).Interface())
	return s
}

// take keeps result if aws-lambda-go would stream it: a reader whose JSON is an empty object, or that has none.
func (s *streaming) take(result any) bool {
	r, ok := result.(io.Reader)
	if !ok || isNilPointer(result) {
		return false
	}
	if b, err := json.Marshal(result); err == nil && !bytes.HasPrefix(b, []byte("{}")) {
		return false
	}
	s.result = r
	return true
}

func isNilPointer(x any) bool {
	v := reflect.ValueOf(x)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func (s *streaming) InvokeStream(ctx context.Context, payload []byte) (io.Reader, error) {
	s.result = nil
	b, err := s.handler.Invoke(ctx, payload)
	if err != nil {
		return nil, err
	}
	if r := s.result; r != nil {
		s.result = nil
		return r, nil
	}
	return &buffered{bytes.NewReader(bytes.Clone(b))}, nil
}

func (s *streaming) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	r, err := s.InvokeStream(ctx, payload)
	if err != nil {
		return nil, err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// buffered is a result that was JSON after all.
type buffered struct{ *bytes.Reader }

// ContentType says what aws-lambda-go's JSON results are.
func (*buffered) ContentType() string { return "application/json" }

var _ StreamFunction = (*streaming)(nil)
