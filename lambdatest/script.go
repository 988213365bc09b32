package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// ErrScripted is what a scripted run fails with.
var ErrScripted = errors.New("scripted failure")

// Script makes a function whose runs follow a script, one letter each, counted over all its environments:
//
//	S  succeeds and returns its event
//	F  fails with [ErrScripted]
//	P  panics
//	H  hangs until its deadline has passed
//	X  exits the process with status 1
//
// Each run takes work first. When the script is at its end, its last letter is repeated; an empty script is S. Another
// letter fails the run, naming it. Throttles and system errors are not the function's: see [Nth] and [Outcomes].
func Script(steps string, work time.Duration) lambda.Code {
	var runs atomic.Int64
	return func(_ context.Context, env *lambda.Environment) (lambda.Function, error) {
		return scripted(func(ctx context.Context, event []byte) ([]byte, error) {
			n := int(runs.Add(1)) - 1
			time.Sleep(work)
			return play(ctx, env, letter(steps, n), event)
		}), nil
	}
}

func letter(steps string, n int) byte {
	switch {
	case steps == "":
		return 'S'
	case n >= len(steps):
		return steps[len(steps)-1]
	}
	return steps[n]
}

func play(ctx context.Context, env *lambda.Environment, step byte, event []byte) ([]byte, error) {
	switch step {
	case 'S':
		return event, nil
	case 'F':
		return nil, ErrScripted
	case 'P':
		panic("scripted panic")
	case 'H':
		<-ctx.Done()
		return nil, ctx.Err()
	case 'X':
		env.Exit(1)
	}
	return nil, fmt.Errorf("lambdatest: %q is no step of a script", step)
}

type scripted func(ctx context.Context, event []byte) ([]byte, error)

// Invoke calls f.
func (f scripted) Invoke(ctx context.Context, event []byte) ([]byte, error) { return f(ctx, event) }
