package lambda_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// run makes a function of code and calls it once.
func run(t *testing.T, code lambda.Code, payload string) (string, error) {
	t.Helper()
	f, err := code(context.Background(), environment(t, lambda.Config{}, nil))
	require.NoError(t, err)
	b, err := f.Invoke(context.Background(), []byte(payload))
	return string(b), err
}

type raw struct{}

func (raw) Invoke(_ context.Context, p []byte) ([]byte, error) {
	return append([]byte("raw "), p...), nil
}

func TestHandler_signatures(t *testing.T) {
	for name, c := range map[string]struct {
		fn   any
		want string
	}{
		"nothing":            {func() {}, "null"},
		"error":              {func() error { return nil }, "null"},
		"result":             {func() (string, error) { return "a<b>", nil }, `"a<b>"`},
		"event":              {func(n int) (int, error) { return n + 1, nil }, "8"},
		"context":            {func(context.Context) error { return nil }, "null"},
		"context and event":  {func(_ context.Context, n int) (int, error) { return n * 2, nil }, "14"},
		"bytes":              {func() ([]byte, error) { return []byte("hi"), nil }, `"aGk="`},
		"any":                {func(x any) (any, error) { return x, nil }, "7"},
		"nil any":            {func() (any, error) { return nil, nil }, "null"},
		"a Function":         {raw{}, "raw 7"},
		"reader":             {func() (io.Reader, error) { return strings.NewReader("plain"), nil }, "plain"},
		"concrete reader":    {func() (*strings.Reader, error) { return strings.NewReader("plain"), nil }, "plain"},
		"reader behind any":  {func() (any, error) { return strings.NewReader("plain"), nil }, "plain"},
		"reader with fields": {func() (*fielded, error) { return &fielded{N: 7}, nil }, `{"N":7}`},
		"nil reader":         {func() (*fielded, error) { return nil, nil }, "null"},
	} {
		got, err := run(t, lambda.Handler(c.fn), "7")
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

// fielded is a reader whose JSON is not empty, so that it is its JSON that is returned.
type fielded struct{ N int }

func (*fielded) Read([]byte) (int, error) { return 0, io.EOF }

func TestHandler_errors(t *testing.T) {
	boom := errors.New("boom")
	for name, fn := range map[string]any{
		"plain":  func() error { return boom },
		"typed":  func() (int, error) { return 1, boom },
		"reader": func() (io.Reader, error) { return strings.NewReader("x"), boom },
	} {
		_, err := run(t, lambda.Handler(fn), "{}")
		require.ErrorIs(t, err, boom, name)
	}
	_, err := run(t, lambda.Handler(func(int) {}), `"x"`)
	require.ErrorContains(t, err, "cannot unmarshal string")
	_, err = run(t, lambda.Handler(func() (io.Reader, error) { return torn{}, nil }), "{}")
	require.ErrorIs(t, err, errTorn)
}

var errTorn = errors.New("torn")

type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, errTorn }

func TestHandler_refusesSharedHandlerValues(t *testing.T) {
	code := lambda.Handler(awslambda.NewHandler(func() {}))
	_, err := code(context.Background(), nil)
	require.ErrorContains(t, err, "cannot be shared")
	got, err := run(t, lambda.Init(func(context.Context, *lambda.Environment) (any, error) {
		return awslambda.NewHandlerWithOptions(func() (string, error) { return "<", nil }, awslambda.WithSetEscapeHTML(true)), nil
	}), "{}")
	require.NoError(t, err)
	require.Equal(t, `"\u003c"`, got, "one per environment is fine")
}

func TestInit_runsOncePerEnvironment(t *testing.T) {
	inits := 0
	code := lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
		inits++
		n := 0
		return func() (int, error) { n++; return n, nil }, nil
	})
	for range 2 {
		f, err := code(context.Background(), environment(t, lambda.Config{}, nil))
		require.NoError(t, err)
		for want := range 3 {
			b, err := f.Invoke(context.Background(), []byte("{}"))
			require.NoError(t, err)
			require.Equal(t, string(rune('1'+want)), string(b))
		}
	}
	require.Equal(t, 2, inits)
	boom := errors.New("boom")
	_, err := lambda.Init(func(context.Context, *lambda.Environment) (any, error) { return nil, boom })(context.Background(), nil)
	require.ErrorIs(t, err, boom)
}

// Two environments of one typed function run side by side, which one aws-lambda-go handler value could not.
func TestHandler_environmentsShareNothing(t *testing.T) {
	code := lambda.Handler(func(s string) (string, error) { return s + s, nil })
	var wg sync.WaitGroup
	for _, s := range []string{"a", "b", "c", "d"} {
		f, err := code(context.Background(), nil)
		require.NoError(t, err)
		wg.Go(func() {
			for range 500 {
				b, err := f.Invoke(context.Background(), []byte(`"`+s+`"`))
				if err != nil || string(b) != `"`+s+s+`"` {
					t.Errorf("%s: %s, %v", s, b, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestStreamFunction_handsOnTheReader(t *testing.T) {
	f, err := lambda.Handler(func(s string) (io.Reader, error) { return strings.NewReader(s), nil })(context.Background(), nil)
	require.NoError(t, err)
	sf, ok := f.(lambda.StreamFunction)
	require.True(t, ok)
	for _, s := range []string{"one", "two"} {
		r, err := sf.InvokeStream(context.Background(), []byte(`"`+s+`"`))
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, s, string(b))
	}
	f, err = lambda.Handler(func() (string, error) { return "", nil })(context.Background(), nil)
	require.NoError(t, err)
	_, ok = f.(lambda.StreamFunction)
	require.False(t, ok, "a plain result needs no wrapper")
}
