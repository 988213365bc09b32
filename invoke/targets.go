package invoke

import (
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

// Target finds the destination or dead-letter target with an ARN: a function of this Service, or what Options.Targets
// finds. It is for callers that have only ARNs, such as a REST API. A target that is not found is an
// InvalidParameterValueException.
func (s *Service) Target(arn string) (destinations.Target, error) {
	if a, ok := lambda.ParseARN(arn); ok && a.Service == "lambda" {
		if _, err := s.Invoke(s.opts.BaseContext, Input{FunctionName: arn, InvocationType: DryRun}); err == nil {
			return destinations.Lambda(arn, s), nil
		}
	}
	if s.opts.Targets != nil {
		if t, err := s.opts.Targets(arn); err == nil && t != nil {
			return t, nil
		}
	}
	return nil, lambda.InvalidParameterValue("The destination ARN " + arn + " is invalid.")
}
