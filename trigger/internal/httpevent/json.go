package httpevent

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// Value is a JSON value as it was written, without space around it; nil stands for a member that is not there. Only
// [Parse] makes the outermost one, so every Value is well-formed.
type Value []byte

// Kind is '{', '[', '"', 't' or 'f' for the two booleans, 'n' for null, '0' for a number and 0 for nothing.
func (v Value) Kind() byte {
	switch {
	case len(v) == 0:
		return 0
	case v[0] == '-' || '0' <= v[0] && v[0] <= '9':
		return '0'
	}
	return v[0]
}

// Parse reads one JSON value. The result aliases text. It accepts what package json accepts, which does not do here: to
// take a result of 1 KB apart into json.RawMessages costs it over 20 allocations more and about ten times as long, and
// with that no door stays within the 40 allocations and 6 µs that it may add to a bare handler.
func Parse(text []byte) (Value, bool) {
	start := skipSpace(text, 0)
	end := skipValue(text, start, 0)
	if end < 0 || skipSpace(text, end) != len(text) {
		return nil, false
	}
	return text[start:end], true
}

// Text is a string's content; ok is false for other kinds.
func (v Value) Text() (text string, ok bool) {
	if v.Kind() != '"' {
		return "", false
	}
	return string(content(v)), true
}

// Bytes is [Value.Text] without a copy where nothing is escaped: the result may alias v.
func (v Value) Bytes() (text []byte, ok bool) {
	if v.Kind() != '"' {
		return nil, false
	}
	return content(v), true
}

// content is a string without its quotes and escapes. It may alias v.
func content(v Value) []byte {
	inner := v[1 : len(v)-1]
	at := bytes.IndexByte(inner, '\\')
	if !utf8.Valid(inner) {
		return decoded(v)
	}
	if at < 0 {
		return inner
	}
	b := append(make([]byte, 0, len(inner)), inner[:at]...)
	for ; at < len(inner); at++ {
		c := inner[at]
		if c == '\\' {
			at++
			if c = unescaped(inner[at]); c == 0 {
				return decoded(v)
			}
		}
		b = append(b, c)
	}
	return b
}

// unescaped is the character for which the one after a backslash stands, or 0 for \u.
func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		return 0
	}
	return c
}

// decoded leaves to package json what is rare: surrogate pairs and bytes that are no UTF-8.
func decoded(v Value) []byte {
	var s string
	_ = json.Unmarshal(v, &s) // v is well-formed
	return []byte(s)
}

// Members are an object's members in order, repeated names and all; of another kind there are none. A name may alias
// v.
func (v Value) Members() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		for i := 1; v.Kind() == '{'; i++ { // over the brace or the comma
			i = skipSpace(v, i)
			if v[i] == '}' {
				return
			}
			end := endOfString(v, i)
			name := content(v[i:end])
			start := skipSpace(v, skipSpace(v, end)+1)
			end = endOfValue(v, start)
			if !yield(name, v[start:end]) {
				return
			}
			if i = skipSpace(v, end); v[i] == '}' {
				return
			}
		}
	}
}

// Elements are an array's elements; of another kind there are none.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := 1; v.Kind() == '['; i++ {
			i = skipSpace(v, i)
			if v[i] == ']' {
				return
			}
			end := endOfValue(v, i)
			if !yield(v[i:end]) {
				return
			}
			if i = skipSpace(v, end); v[i] == ']' {
				return
			}
		}
	}
}

// Strings are an array's elements if all are strings; ok is false for anything else.
func (v Value) Strings() (list []string, ok bool) {
	if v.Kind() != '[' {
		return nil, false
	}
	for e := range v.Elements() {
		s, ok := e.Text()
		if !ok {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}
