package registry

import "github.com/lambdakit/lambdakit/lambda"

// formName is a name that breaks no rule, for a configuration whose own has been judged in the form in which it was
// given.
const formName = "f"

// checkConfig checks a configuration, which it returns with AWS's defaults in place of what is unset. nameErr is what
// was found wrong with the name.
func checkConfig(cfg lambda.Config, nameErr error) (lambda.Config, error) {
	if nameErr != nil {
		cfg.Name = formName
	}
	if err := joinValidation(nameErr, cfg.Validate()); err != nil {
		return cfg, err
	}
	return cfg.WithDefaults(), nil
}
