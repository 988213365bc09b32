package apigateway

import (
	"cmp"
	"slices"
	"strings"
)

// textTemplate is a gateway response's body. Unlike mapping templates it is no Velocity: AWS puts variables in, and
// does nothing else.
type textTemplate struct {
	contentType string
	parts       []part
}

// part is a text, then a variable unless its read is nil.
type part struct {
	text     string
	variable expression
}

// readTextTemplates reads bodies by content type, application/json first.
func readTextTemplates(setting string, templates map[string]string) ([]textTemplate, error) {
	var list []textTemplate
	for _, p := range sortedPairs(templates) {
		if !strings.Contains(p.Name, "/") {
			return nil, misconfigured(setting, "has a template for what is no content type: "+p.Name)
		}
		parts, err := readParts(setting, p.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, textTemplate{mediaType(p.Name), parts})
	}
	slices.SortStableFunc(list, func(a, b textTemplate) int {
		return cmp.Compare(isNotJSON(a.contentType), isNotJSON(b.contentType))
	})
	return list, nil
}

func isNotJSON(contentType string) int {
	if contentType == "application/json" {
		return 0
	}
	return 1
}

// readParts takes a template apart at its variables: $context.a.b, ${context.a.b}, $stageVariables.a. A dollar sign
// before anything else is Velocity and refused.
func readParts(setting, template string) ([]part, error) {
	var parts []part
	for {
		text, rest, found := strings.Cut(template, "$")
		if !found {
			return append(parts, part{text: text}), nil
		}
		name, after := variable(rest)
		e, err := parseExpression(setting, name, ofContext)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{text, e})
		template = after
	}
}

// variable reads a variable's name from what follows a dollar sign.
func variable(s string) (name, rest string) {
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		name, rest, closed := strings.Cut(inner, "}")
		if !closed {
			return "", "" // which is no variable
		}
		return name, rest
	}
	end := strings.IndexFunc(s, func(c rune) bool {
		return c != '.' && c != '_' && ('0' > c || c > '9') && ('A' > c || c > 'Z') && ('a' > c || c > 'z')
	})
	if end < 0 {
		end = len(s)
	}
	name = strings.TrimRight(s[:end], ".") // a full stop after a variable is the text's
	return name, s[len(name):]
}

// fill is the body for a request.
func (t *textTemplate) fill(x *restRequest) []byte {
	var b []byte
	for _, p := range t.parts {
		b = append(b, p.text...)
		if p.variable.read != nil {
			value, _ := p.variable.read(x, nil)
			b = append(b, value...)
		}
	}
	return b
}
