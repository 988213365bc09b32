package eventbridge

import (
	"encoding/json"
	"strconv"
	"strings"
)

// path is where in an event a value is: $.detail.items[0].name. Of JSONPath it is the part that names one value: members
// by .name or ['name'], elements by [n]. Wildcards, slices and filters are refused.
type path []step

// step goes to a member by name or to an element by index.
type step struct {
	name   string
	index  int
	member bool
}

// parsePath reads a path; ok is false for what is none.
func parsePath(text string) (p path, ok bool) {
	rest, ok := strings.CutPrefix(text, "$")
	for ok && rest != "" {
		var s step
		switch {
		case strings.HasPrefix(rest, "['"), strings.HasPrefix(rest, `["`):
			s, rest, ok = quotedMember(rest)
		case rest[0] == '[':
			s, rest, ok = element(rest)
		case rest[0] == '.':
			s, rest, ok = member(rest)
		default:
			ok = false
		}
		p = append(p, s)
	}
	return p, ok
}

func member(text string) (step, string, bool) {
	end := 1
	for end < len(text) && nameCharacter(rune(text[end]), "") && text[end] != '.' {
		end++
	}
	return step{name: text[1:end], member: true}, text[end:], end > 1
}

func quotedMember(text string) (step, string, bool) {
	name, rest, ok := strings.Cut(text[2:], text[1:2]+"]")
	return step{name: name, member: true}, rest, ok && name != "" && !strings.ContainsAny(name, `'"`)
}

func element(text string) (step, string, bool) {
	number, rest, ok := strings.Cut(text[1:], "]")
	n, err := strconv.ParseUint(number, 10, 31)
	return step{index: int(n)}, rest, ok && err == nil
}

// in is the value at the path as it stands in the event; ok is false if there is none.
func (p path) in(event []byte) (value json.RawMessage, ok bool) {
	value = event
	for _, s := range p {
		if value, ok = s.in(value); !ok {
			return nil, false
		}
	}
	return value, true
}

func (s step) in(value json.RawMessage) (json.RawMessage, bool) {
	if s.member {
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil {
			return nil, false
		}
		v, ok := members[s.name]
		return v, ok
	}
	var elements []json.RawMessage
	if json.Unmarshal(value, &elements) != nil || s.index >= len(elements) {
		return nil, false
	}
	return elements[s.index], true
}
