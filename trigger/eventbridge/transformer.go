package eventbridge

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// InputTransformer makes what a target gets out of the event: values are taken from it by path and put into a template.
type InputTransformer struct {
	// InputPathsMap is variables by name, each with the path of its value, such as "state": "$.detail.state". Up to 100.
	InputPathsMap map[string]string
	// InputTemplate is JSON with variables, <state>, where values may stand, or inside strings; at most 8,192
	// characters. Beside the variables of InputPathsMap there are <aws.events.rule-arn>, <aws.events.rule-name>,
	// <aws.events.event.ingestion-time>, <aws.events.event.json>, and <aws.events.event>, which is without the detail.
	//
	// A template that is one string, "state is <state>", is text: a queue or topic gets it without its quotes. Inside a
	// string an object or array loses its quotes, and a missing value is nothing; elsewhere a missing value is "".
	InputTemplate string

	_ struct{}
}

// clone is a copy with a map of its own.
func (t *InputTransformer) clone() *InputTransformer {
	if t == nil {
		return nil
	}
	return &InputTransformer{InputPathsMap: maps.Clone(t.InputPathsMap), InputTemplate: t.InputTemplate}
}

// The bounds of a transformer, as AWS documents them.
const (
	maxVariables = 100
	maxTemplate  = 8192
)

// The variables that every template has.
const (
	varRuleARN   = "aws.events.rule-arn"
	varRuleName  = "aws.events.rule-name"
	varIngestion = "aws.events.event.ingestion-time"
	varEvent     = "aws.events.event"
	varEventJSON = "aws.events.event.json"
)

// template is a transformer that was found right.
type template struct {
	parts  []part
	paths  map[string]path
	quoted bool // all of it is one string
}

// part is a piece of a template: text as it stands, or a variable.
type part struct {
	text     string
	variable string // "" for text
	inString bool
}

// parseTemplate checks a transformer; reason says what is wrong with it.
func parseTemplate(t *InputTransformer) (parsed *template, reason string) {
	if len(t.InputPathsMap) > maxVariables {
		return nil, "InputPathsMap has more than 100 variables"
	}
	if t.InputTemplate == "" || len(t.InputTemplate) > maxTemplate {
		return nil, "InputTemplate must have 1 to 8192 characters"
	}
	parsed = &template{paths: make(map[string]path, len(t.InputPathsMap))}
	for name, text := range t.InputPathsMap {
		p, ok := parsePath(text)
		if !ok || !variableName(name) || strings.HasPrefix(name, "aws.") {
			return nil, "InputPathsMap has a variable whose name or path is not valid"
		}
		parsed.paths[name] = p
	}
	parsed.parts = splitTemplate(t.InputTemplate)
	for _, p := range parsed.parts {
		if p.variable != "" && !parsed.knows(p.variable) {
			return nil, "InputTemplate has the variable <" + p.variable + ">, which InputPathsMap does not define"
		}
	}
	// With any value in the place of each variable, a template must be JSON.
	sample := bytes.TrimSpace(parsed.fill(func(string) json.RawMessage { return json.RawMessage("0") }))
	if !json.Valid(sample) {
		return nil, "InputTemplate is not valid JSON"
	}
	parsed.quoted = sample[0] == '"'
	return parsed, ""
}

func (t *template) knows(variable string) bool {
	switch variable {
	case varRuleARN, varRuleName, varIngestion, varEvent, varEventJSON:
		return true
	}
	_, ok := t.paths[variable]
	return ok
}

// splitTemplate finds the variables of a template. What only looks like one, as in "a < b", is text.
func splitTemplate(text string) []part {
	var parts []part
	start, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			inString = !inString
		case '\\':
			i++
		case '<':
			end := strings.IndexByte(text[i:], '>')
			if end < 0 || !variableName(text[i+1:i+end]) {
				continue
			}
			parts = append(parts, part{text: text[start:i]}, part{variable: text[i+1 : i+end], inString: inString})
			i += end
			start = i + 1
		}
	}
	return append(parts, part{text: text[start:]})
}

// variableName reports whether s has the form of a variable's name.
func variableName(s string) bool {
	for _, c := range s {
		if !nameCharacter(c, "") {
			return false
		}
	}
	return s != ""
}

// fill puts values into the template; value returns nil for one that the event does not have.
func (t *template) fill(value func(variable string) json.RawMessage) []byte {
	var b []byte
	for _, p := range t.parts {
		switch {
		case p.variable == "":
			b = append(b, p.text...)
		case p.inString:
			b = appendInString(b, value(p.variable))
		default:
			b = appendValue(b, value(p.variable))
		}
	}
	return b
}

// appendValue puts a value where JSON has a value.
func appendValue(b []byte, v json.RawMessage) []byte {
	if v == nil {
		return append(b, `""`...) // an assumption; recorded is only that it is nothing inside a string
	}
	return append(b, v...)
}

// appendInString puts a value inside a string: a string without its quotes, an object or array without any.
func appendInString(b []byte, v json.RawMessage) []byte {
	if len(v) == 0 || string(v) == "null" {
		return b
	}
	switch v[0] {
	case '"':
		return append(b, v[1:len(v)-1]...) // its escapes are those of the string around it
	case '{', '[':
		bare := strings.ReplaceAll(strings.ReplaceAll(string(v), `\"`, `"`), `"`, "")
		return jsontext.AppendEscaped(b, bare)
	}
	return append(b, v...)
}

// apply makes the payload of an event.
func (t *template) apply(r *rule, e *event) []byte {
	return t.fill(func(variable string) json.RawMessage {
		switch variable {
		case varRuleARN:
			return jsontext.AppendString(nil, r.arn)
		case varRuleName:
			return jsontext.AppendString(nil, r.set.Name)
		case varIngestion:
			return jsontext.AppendString(nil, stamp.Seconds(e.ingested))
		case varEvent:
			return e.withoutDetail()
		case varEventJSON:
			return e.json
		}
		value, ok := t.paths[variable].in(e.json)
		if !ok {
			return nil
		}
		return value
	})
}

// withoutDetail is the event's JSON without its last member.
func (e *event) withoutDetail() []byte {
	entry := e.entry
	entry.Detail = nil
	return append(bytes.TrimSuffix(appendEvent(nil, &entry), []byte(`,"detail":}`)), '}')
}
