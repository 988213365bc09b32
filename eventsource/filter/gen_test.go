package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"pgregory.net/rapid"
)

// The generators draw events from few keys and values, and patterns mostly from the leaves of those events, so that about
// a third of the verdicts are matches.

// oneOf draws an element.
func oneOf[T any](t *rapid.T, from ...T) T { return from[below(t, len(from))] }

func below(t *rapid.T, n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") }

// chance is true in n of 10 cases.
func chance(t *rapid.T, n int) bool { return below(t, 10) >= 10-n }

var (
	genKeys    = []string{"a", "b", "c", "a", "b", "c", "d", "a.b", "b.c", "é", ""}
	genStrings = []string{
		"", "a", "ab", "abc", "AB", "aBc", "b", "abab", "x*z", `x\z`, "ß", "SS", "straße", "STRASSE", "İ", "ŉa", "k", "K", "σς",
		"10.0.0.1", "10.0.0.200", "010.0.0.1", "10.0.1.1", "::1", "0:0::0001", "::ffff:a00:1", "2001:db8::5", "1.2.3", "1:2",
		"\"", "\n\u0000", "日本", "😀b", "true", "1", "\ufffd",
	}
	genNumbers = []string{
		"0", "-0", "1", "1.0", "1e0", "10e-1", "-1", "2", "300", "3e2", "300.00", "100.5", "0.1", "1E-1", "0.30000000000000004",
		"9007199254740992", "9007199254740993", "9007199254740993.0", "123456789012345678", "1e22", "1e23", "10e22", "1e400", "1e-400",
		"-1.5e300", "4.35", "1152921504606846976", "0.000001",
	}
)

func genScalar(t *rapid.T) any {
	switch below(t, 8) {
	case 0:
		return nil
	case 1:
		return oneOf(t, true, false)
	case 2, 3:
		return json.Number(oneOf(t, genNumbers...))
	}
	return oneOf(t, genStrings...)
}

func genValue(t *rapid.T, depth int) any {
	kind := below(t, 10)
	switch {
	case depth > 0 && kind < 3:
		return genObject(t, depth-1)
	case depth > 0 && kind < 6:
		array := []any{}
		for range below(t, 4) {
			array = append(array, genValue(t, depth-1))
		}
		return array
	}
	return genScalar(t)
}

func genObject(t *rapid.T, depth int) jsonObject {
	object := jsonObject{}
	for range below(t, 5) {
		object = append(object, jsonMember{oneOf(t, genKeys...), genValue(t, depth)})
	}
	return object
}

// genUsers draws events in which only the elements of arrays matter.
func genUsers(t *rapid.T, depth int) jsonObject {
	object := jsonObject{}
	for _, key := range []string{"a", "b", "c"} {
		switch {
		case chance(t, 2):
		case depth == 0 || chance(t, 4):
			object = append(object, jsonMember{key, oneOf(t, "x", "y")})
		default:
			array := []any{}
			for range below(t, 4) {
				switch below(t, 8) {
				case 0:
					array = append(array, "x")
				case 1:
					array = append(array, []any{genUsers(t, depth-1), "y"})
				default:
					array = append(array, genUsers(t, depth-1))
				}
			}
			object = append(object, jsonMember{key, array})
		}
	}
	return object
}

// encode writes a value, with white space and escapes where t wants them; with no t, plainly.
func encode(t *rapid.T, v any) string {
	gap := ""
	if t != nil && chance(t, 1) {
		gap = oneOf(t, " ", "\n\t", "\r ")
	}
	var b strings.Builder
	switch v := v.(type) {
	case jsonObject:
		b.WriteString("{" + gap)
		for i, m := range v {
			if i > 0 {
				b.WriteString(gap + ",")
			}
			b.WriteString(encode(t, m.key) + gap + ":" + encode(t, m.value))
		}
		b.WriteString(gap + "}")
	case []any:
		b.WriteString("[" + gap)
		for i, x := range v {
			if i > 0 {
				b.WriteString("," + gap)
			}
			b.WriteString(encode(t, x))
		}
		b.WriteString("]")
	case string:
		return gap + encodeString(t, v) + gap
	case json.Number:
		return gap + string(v) + gap
	default:
		plain, _ := json.Marshal(v)
		b.Write(plain)
	}
	return gap + b.String()
}

func encodeString(t *rapid.T, s string) string {
	b, _ := json.Marshal(s)
	if t == nil || !chance(t, 1) {
		return string(b)
	}
	escaped := `"`
	for _, r := range s {
		if r > 0xffff {
			r -= 0x10000
			escaped += fmt.Sprintf(`\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			continue
		}
		escaped += fmt.Sprintf(`\u%04x`, r)
	}
	return escaped + `"`
}

// genPattern draws a pattern that has to do with some of the leaves.
func genPattern(t *rapid.T, leaves []modelLeaf) string {
	fields := genFields(t, leaves, 3)
	for range below(t, 5) / 3 {
		var options []string
		for range 2 + below(t, 2) {
			options = append(options, "{"+strings.Join(genFields(t, leaves, 2), ",")+"}")
		}
		or := `"$or":[` + strings.Join(options, ",") + `]`
		if chance(t, 5) {
			fields = append(fields, or)
		} else {
			fields = append([]string{or}, fields...)
		}
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// genFields draws members of a pattern: paths, with lists at their ends.
func genFields(t *rapid.T, leaves []modelLeaf, most int) []string {
	var fields []string
	for range 1 + below(t, most) {
		leaf := modelLeaf{path: strings.Join([]string{oneOf(t, genKeys...), oneOf(t, genKeys...)}[:1+below(t, 2)], "."), value: genScalar(t)}
		if len(leaves) > 0 && chance(t, 9) {
			leaf = oneOf(t, leaves...)
		}
		fields = append(fields, genPath(t, leaf.path, genList(t, leaf)))
	}
	return fields
}

// genPath nests a list, cutting the path at some of its dots.
func genPath(t *rapid.T, path, list string) string {
	steps := strings.Split(path, ".")
	text, end := "", ""
	for i := 0; i < len(steps); {
		j := i + 1
		for j < len(steps) && chance(t, 2) {
			j++
		}
		text += encodeString(t, strings.Join(steps[i:j], "."))
		if j < len(steps) {
			text, end = text+":{", end+"}"
		}
		i = j
	}
	return text + ":" + list + end
}

func genList(t *rapid.T, leaf modelLeaf) string {
	var entries []string
	for range 1 + below(t, 4)/2 {
		v := leaf.value
		if chance(t, 3) {
			v = genScalar(t)
		}
		entries = append(entries, genEntry(t, v))
	}
	return "[" + strings.Join(entries, ",") + "]"
}

// genEntry draws an entry of a list that may well accept v.
func genEntry(t *rapid.T, v any) string {
	switch below(t, 12) {
	case 0:
		return `{"exists":true}`
	case 1:
		return `{"exists":false}`
	case 2:
		return `{"anything-but":` + genAnythingBut(t, oneOf(t, v, genScalar(t))) + `}`
	case 3, 4, 5:
		return encode(t, v)
	}
	switch v := v.(type) {
	case string:
		return genTextEntry(t, v)
	case json.Number:
		if f, err := strconv.ParseFloat(string(v), 64); err == nil {
			return genNumeric(t, f)
		}
	}
	return encode(t, v)
}

func genAnythingBut(t *rapid.T, v any) string {
	switch v := v.(type) {
	case string:
		op := oneOf(t, "", "", "prefix", "suffix", "wildcard", "equals-ignore-case")
		texts := encode(t, genPart(t, op, v))
		if chance(t, 5) {
			texts = "[" + texts + "," + encode(t, genPart(t, op, oneOf(t, genStrings...))) + "]"
		}
		if op == "" {
			return texts
		}
		return `{"` + op + `":` + texts + `}`
	case json.Number:
		if f, ok := exactDouble([]byte(v)); ok {
			return oneOf(t, string(v), fmt.Sprintf("[%s,1]", v), fmt.Sprint(f+1))
		}
	}
	return `["x",""]`
}

// genPart draws an operand from the text that it shall accept.
func genPart(t *rapid.T, op, s string) string {
	runes := []rune(s)
	i := below(t, len(runes)+1)
	switch op {
	case "prefix":
		s = string(runes[:i])
	case "suffix":
		s = string(runes[i:])
	case "equals-ignore-case":
		return swapCase(t, s)
	case "wildcard":
		j := i + below(t, len(runes)-i+1)
		quote := strings.NewReplacer(`\`, `\\`, `*`, `\*`)
		return strings.ReplaceAll(quote.Replace(string(runes[:i]))+"*"+quote.Replace(string(runes[j:])), "**", `*`)
	}
	if s == "" {
		s = "~" // the empty prefix and suffix are refused inside anything-but
	}
	return s
}

func swapCase(t *rapid.T, s string) string {
	return strings.Map(func(r rune) rune {
		switch below(t, 3) {
		case 0:
			return unicode.ToUpper(r)
		case 1:
			return unicode.ToLower(r)
		}
		return r
	}, s)
}

func genTextEntry(t *rapid.T, s string) string {
	if a, ok := modelIP(s); ok && chance(t, 7) {
		return fmt.Sprintf(`{"cidr":"%s/%d"}`, s, below(t, a.BitLen()))
	}
	op := oneOf(t, "exactly", "prefix", "suffix", "wildcard", "equals-ignore-case")
	part := encode(t, genPart(t, op, s))
	if op == "prefix" || op == "suffix" {
		if chance(t, 4) {
			part = `{"equals-ignore-case":` + encode(t, swapCase(t, genPart(t, op, s))) + `}`
		}
	}
	return `{"` + op + `":` + part + `}`
}

func genNumeric(t *rapid.T, f float64) string {
	low, high := fmt.Sprint(f-oneOf(t, 0.0, 1, 0.5)), fmt.Sprint(f+oneOf(t, 0.0, 1, 0.5))
	switch below(t, 5) {
	case 0:
		return `{"numeric":["=",` + oneOf(t, low, high) + `]}`
	case 1:
		return `{"numeric":["` + oneOf(t, "<", "<=", ">", ">=") + `",` + oneOf(t, low, high) + `]}`
	}
	if low == high {
		high = fmt.Sprint(f + 1 + f*1e-3*f)
	}
	return `{"numeric":["` + oneOf(t, ">", ">=") + `",` + low + `,"` + oneOf(t, "<", "<=") + `",` + high + `]}`
}
