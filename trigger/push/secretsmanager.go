package push

import (
	"context"
	"errors"
	"fmt"

	"github.com/lambdakit/lambdakit/lambda"
)

// Secret is a secret of Secrets Manager whose rotation is a function's work. The secret's value and its versions are
// not modelled. It is safe for concurrent use.
type Secret struct {
	function string
	line     *line
}

// rotationSteps are what a rotation calls the function for, in this order.
var rotationSteps = [...]string{"createSecret", "setSecret", "testSecret", "finishSecret"}

// RotationError is a rotation that a step ended.
type RotationError struct {
	Step string
	// Err is Lambda's refusal, or the function's failure as a *[lambda.FunctionError].
	Err error
}

// Error names the step and says why.
func (e *RotationError) Error() string {
	return fmt.Sprintf("push: rotation ended at %s: %v", e.Step, e.Err)
}

// Unwrap is the cause.
func (e *RotationError) Unwrap() error { return e.Err }

// NewSecret makes a secret of that name that a function rotates. It asks Lambda whether Secrets Manager may call the
// function; if not, that is [ErrAccessDenied].
func NewSecret(ctx context.Context, name, function string, o Options) (*Secret, error) {
	l, err := newLine(secretsManager, "", &o)
	if err != nil {
		return nil, err
	}
	l.source = l.identity.ARN("secretsmanager", "secret:"+name+"-"+l.newID("secret " + name)[:6])
	s := &Secret{line: l}
	if s.function, err = l.functionARN(function); err != nil {
		return nil, err
	}
	if err := l.probe(ctx, s.function); errors.Is(err, lambda.ErrAccessDenied) {
		return nil, ErrAccessDenied.over("Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.", err)
	} else if err != nil {
		return nil, err
	}
	return s, nil
}

// ARN is the secret's ARN.
func (s *Secret) ARN() string { return s.line.source }

// RotateSecret calls the function for the four steps, one after the other, and returns the token that stands for the new
// version. token may be that of a rotation that failed, to go on with the same version; "" makes one. An error ends it,
// as a *[RotationError]. AWS would begin again in the next rotation window.
func (s *Secret) RotateSecret(ctx context.Context, token string) (string, error) {
	if token == "" {
		token = s.line.newID("client request token")
	}
	rotation := s.line.newID("rotation token")
	for _, step := range rotationSteps {
		event := (&object{}).text("Step", step).text("SecretId", s.line.source).text("ClientRequestToken", token)
		if _, err := s.line.call(ctx, s.function, event.text("RotationToken", rotation).end()); err != nil {
			return token, &RotationError{step, err}
		}
	}
	return token, nil
}
