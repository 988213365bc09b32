package eventbridge

import (
	"encoding/json"
)

// message is what a target gets for an event: JSON, and the same as a queue or topic shows it.
type message struct {
	payload []byte
	text    string
}

// input makes messages of events. The zero input passes the event.
type input struct {
	constant []byte
	path     path
	byPath   bool
	template *template
}

// maxInput bounds a constant input and a path, in characters.
const (
	maxInput     = 8192
	maxInputPath = 256
)

// parseInput checks the three ways to say what a target gets, of which at most one may be used.
func parseInput(t *Target) (in input, err error) {
	given := 0
	for _, is := range []bool{t.Input != "", t.InputPath != "", t.InputTransformer != nil} {
		if is {
			given++
		}
	}
	if given > 1 {
		return in, ErrValidation.because("Only one of Input, InputPath, or InputTransformer must be provided for target " + t.ID + ".")
	}
	switch {
	case t.Input != "":
		if !json.Valid([]byte(t.Input)) || len(t.Input) > maxInput {
			return in, ErrValidation.because("JSON syntax error in input for target " + t.ID)
		}
		in.constant = []byte(t.Input)
	case t.InputPath != "":
		var ok bool
		if in.path, ok = parsePath(t.InputPath); !ok || len(t.InputPath) > maxInputPath {
			return in, ErrValidation.because("Invalid InputPath for target " + t.ID + ".")
		}
		in.byPath = true
	case t.InputTransformer != nil:
		var reason string
		if in.template, reason = parseTemplate(t.InputTransformer); reason != "" {
			return in, ErrValidation.because("Invalid InputTransformer for target " + t.ID + ": " + reason + ".")
		}
	}
	return in, nil
}

// apply makes the message of an event.
func (in *input) apply(r *rule, e *event) message {
	switch {
	case in.constant != nil:
		return asMessage(in.constant)
	case in.byPath:
		value, ok := in.path.in(e.json)
		if !ok {
			value = json.RawMessage("null") // an assumption
		}
		return asMessage(value)
	case in.template != nil:
		m := asMessage(in.template.apply(r, e))
		if in.template.quoted {
			m.text = unquoted(m.payload)
		}
		return m
	}
	return asMessage(e.json)
}

func asMessage(payload []byte) message { return message{payload: payload, text: string(payload)} }

// unquoted is the text that a JSON string stands for.
func unquoted(payload []byte) string {
	var s string
	if json.Unmarshal(payload, &s) != nil {
		return string(payload)
	}
	return s
}
