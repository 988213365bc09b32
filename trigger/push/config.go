package push

import "context"

// ConfigRule is a custom rule of AWS Config. It is safe for concurrent use.
type ConfigRule struct {
	function       string
	name, id, role string
	parameters     []byte
	line           *line
}

// NewConfigRule makes a rule of that name that a function evaluates, with the ARN of the role that Config evaluates it
// for. parameters are the rule's: anything that encodes as a JSON object, nil for none.
func NewConfigRule(name, function, role string, parameters any, o Options) (*ConfigRule, error) {
	l, err := newLine(config, "", &o)
	if err != nil {
		return nil, err
	}
	r := &ConfigRule{name: name, role: role, line: l}
	r.id = "config-rule-" + l.newID("config rule " + name)[:6]
	l.source = l.identity.ARN("config", "config-rule/"+r.id)
	if r.function, err = l.functionARN(function); err != nil {
		return nil, err
	}
	if r.parameters, err = encodeObject("The parameters of a rule", parameters); err != nil {
		return nil, err
	}
	return r, nil
}

// ARN is the rule's ARN.
func (r *ConfigRule) ARN() string { return r.line.source }

// Evaluate asks the function to evaluate: invokingEvent is what Config found, anything that encodes as JSON, which the
// function gets as text; leftScope says that the resource is none of the rule's any more. The function would answer by
// PutEvaluations with the token that Evaluate returns, which is not modelled. The error is Lambda's, after one try.
func (r *ConfigRule) Evaluate(ctx context.Context, invokingEvent any, leftScope bool) (resultToken string, err error) {
	text, err := encode(invokingEvent)
	if err != nil {
		return "", err
	}
	token := r.line.newID("result token")
	o := (&object{}).text("version", "1.0").text("invokingEvent", string(text)).text("ruleParameters", string(r.parameters))
	o.text("resultToken", token).flag("eventLeftScope", leftScope).text("executionRoleArn", r.role)
	o.text("configRuleArn", r.line.source).text("configRuleName", r.name).text("configRuleId", r.id)
	return token, r.line.send(ctx, r.function, o.text("accountId", r.line.identity.Account).end())
}
