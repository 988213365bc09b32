package push

import (
	"context"
	"encoding/json"
	"slices"
)

// TopicRule is an IoT rule with a Lambda action. It is safe for concurrent use.
type TopicRule struct {
	function string
	line     *line
}

// NewTopicRule makes a rule of that name that invokes a function.
func NewTopicRule(name, function string, o Options) (*TopicRule, error) {
	l, err := newLine(iot, o.Identity.ARN("iot", "rule/"+name), &o)
	if err != nil {
		return nil, err
	}
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &TopicRule{function: arn, line: l}, nil
}

// ARN is the rule's ARN.
func (r *TopicRule) ARN() string { return r.line.source }

// Publish hands the function what the rule's SQL made of a message: that and nothing around it. The rule's SQL is not
// modelled. result must be JSON; it is not kept. The error is Lambda's, after one try.
func (r *TopicRule) Publish(ctx context.Context, result []byte) error {
	if !json.Valid(result) {
		return ErrInvalidParameter.because("The result of the rule's SQL is not JSON.")
	}
	return r.line.send(ctx, r.function, slices.Clone(result))
}
