package apigateway

import (
	"strings"
)

// readRequired reads the names of parameters that must be there, in their order.
func readRequired(setting string, names []string) ([]expression, error) {
	var list []expression
	for _, name := range names {
		e, err := parseExpression(setting, name, ofRequest)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// validate is the request validator. Parameters go before the body, and a parameter that is there but empty is there.
func (x *restRequest) validate() *failure {
	var missing []string
	for _, e := range x.method.required {
		if _, ok := e.read(x, nil); !ok {
			_, rest, _ := strings.Cut(strings.TrimPrefix(e.text, "method.request."), ".")
			missing = append(missing, rest)
		}
	}
	if len(missing) > 0 {
		list := "[" + strings.Join(missing, ", ") + "]"
		f := invalidParameters
		f.validation = list
		return f.with("Missing required request parameters: " + list)
	}
	if x.method.validate == nil {
		return nil
	}
	if t := mediaType(x.r.Header.Get("Content-Type")); t != "" && t != "application/json" {
		return nil // a model is one content type's
	}
	if err := x.method.validate(x.body); err != nil {
		f := invalidBody
		f.validation = err.Error()
		return &f
	}
	return nil
}
