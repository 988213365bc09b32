package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The model says what patterns mean, slowly and plainly: it decodes an event, lists its leaves with their paths and with
// the elements of arrays they lie in, and tries everything. It shares nothing with the package but the case of letters.

// jsonObject is a decoded object in its order, repeated keys and all.
type jsonObject []jsonMember

type jsonMember struct {
	key   string
	value any
}

// decodeOrdered decodes JSON into jsonObject, []any, string, json.Number, bool and nil.
func decodeOrdered(text []byte) (any, bool) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := decodeNext(d, 0)
	return v, err == nil
}

func decodeNext(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == 1000 {
		return nil, errors.New("too deep")
	}
	object, array := jsonObject{}, []any{}
	for d.More() {
		key := ""
		if delim == '{' {
			token, err := d.Token()
			if err != nil {
				return nil, err
			}
			key = token.(string)
		}
		v, err := decodeNext(d, depth+1)
		if err != nil {
			return nil, err
		}
		object, array = append(object, jsonMember{key, v}), append(array, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if delim == '{' {
		return object, nil
	}
	return array, nil
}

// A modelRule gives the lists by path; a modelList is what its entries accept.
type modelRule map[string]modelList

type modelList struct {
	accept []func(v any) bool
	absent bool
}

var errModel = errors.New("refused")

// modelCompile reads a pattern.
func modelCompile(text string) ([]modelRule, error) {
	v, ok := decodeOrdered([]byte(text))
	object, isObject := v.(jsonObject)
	if !ok || !isObject {
		return nil, errModel
	}
	rules, err := modelFields([]modelRule{{}}, object, nil, false)
	for _, r := range rules {
		if len(r) > 256 {
			return nil, errModel
		}
	}
	return rules, err
}

func modelFields(rules []modelRule, object jsonObject, path []string, inOr bool) ([]modelRule, error) {
	if len(object) == 0 {
		return nil, errModel
	}
	for _, m := range object {
		here := append(slices.Clone(path), m.key)
		value, isArray := m.value.([]any)
		inner, isObject := m.value.(jsonObject)
		var err error
		switch {
		case m.key == "$or":
			rules, err = modelOr(rules, m.value, path)
		case inOr && slices.Contains(modelReserved, m.key):
			err = errModel
		case isObject:
			rules, err = modelFields(rules, inner, here, inOr)
		case isArray:
			var l modelList
			l, err = modelEntries(value)
			for _, r := range rules {
				r[strings.Join(here, ".")] = l
			}
		default:
			err = errModel
		}
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}

var modelReserved = strings.Fields(`exactly prefix suffix equals-ignore-case wildcard anything-but numeric exists cidr
	= < <= > >= regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before
	in-date-range ip-address-in-range ip-address-not-in-range`)

func modelOr(rules []modelRule, v any, path []string) ([]modelRule, error) {
	options, _ := v.([]any)
	if len(options) < 2 {
		return nil, errModel
	}
	var all []modelRule
	for _, o := range options {
		object, ok := o.(jsonObject)
		if !ok {
			return nil, errModel
		}
		var copies []modelRule
		for _, r := range rules {
			copies = append(copies, maps.Clone(r))
		}
		found, err := modelFields(copies, object, path, true)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(all) > 1000 {
			return nil, errModel
		}
	}
	return all, nil
}

func modelEntries(values []any) (l modelList, err error) {
	for _, v := range values {
		var accept func(any) bool
		switch v := v.(type) {
		case jsonObject:
			if len(v) != 1 {
				return l, errModel
			}
			if v[0].key == "exists" && v[0].value == false {
				l.absent = true
				continue
			}
			if accept = modelOperator(v[0].key, v[0].value); accept == nil {
				return l, errModel
			}
		case []any:
			return l, errModel
		case string:
			accept = func(x any) bool { return x == v }
			if a, ok := modelIP(v); ok {
				accept = func(x any) bool {
					s, _ := x.(string)
					b, ok := modelIP(s)
					return ok && a == b
				}
			}
		case json.Number:
			accept = func(x any) bool { return modelNumberEqual(v, x) }
		default:
			accept = func(x any) bool { return x == v }
		}
		l.accept = append(l.accept, accept)
	}
	if len(values) == 0 {
		return l, errModel
	}
	return l, nil
}

// onStrings is a test that strings may pass.
func onStrings(f func(string) bool) func(any) bool {
	return func(x any) bool {
		s, ok := x.(string)
		return ok && f(s)
	}
}

// modelOperator is what an operator accepts, or nil if it is refused.
func modelOperator(name string, operand any) func(any) bool {
	s, isString := operand.(string)
	switch name {
	case "prefix", "suffix":
		if o, ok := operand.(jsonObject); ok && len(o) == 1 && o[0].key == "equals-ignore-case" {
			if s, ok := o[0].value.(string); ok {
				return onStrings(func(x string) bool { return modelFold([]rune(s), x, name == "prefix", name == "suffix") })
			}
		}
	case "numeric":
		list, _ := operand.([]any)
		return modelNumeric(list)
	case "anything-but":
		return modelAnythingBut(operand)
	}
	if name == "exists" && operand == true {
		return func(any) bool { return true }
	}
	if !isString {
		return nil
	}
	return modelStringOperator(name, s)
}

func modelStringOperator(name, s string) func(any) bool {
	switch name {
	case "exactly":
		return onStrings(func(x string) bool { return x == s })
	case "prefix":
		return onStrings(func(x string) bool { return strings.HasPrefix(x, s) })
	case "suffix":
		return onStrings(func(x string) bool { return strings.HasSuffix(x, s) })
	case "equals-ignore-case":
		return onStrings(func(x string) bool { return modelFold([]rune(s), x, false, false) })
	case "wildcard":
		if re := modelWildcard(s); re != nil {
			return onStrings(re.MatchString)
		}
	case "cidr":
		if low, high, ok := modelCIDR(s); ok {
			return onStrings(func(x string) bool {
				a, ok := modelIP(x)
				return ok && a.BitLen() == low.BitLen() && a.Compare(low) >= 0 && a.Compare(high) <= 0
			})
		}
	}
	return nil
}

// modelFold matches each character of the pattern with its lower or upper case form, from any or to any place.
func modelFold(pattern []rune, s string, openEnd, openStart bool) bool {
	if openStart {
		for i := range len(s) + 1 {
			if modelFold(pattern, s[i:], false, false) {
				return true
			}
		}
		return false
	}
	if len(pattern) == 0 {
		return s == "" || openEnd
	}
	for _, form := range []string{lowerCase(pattern[0]), upperCase(pattern[0])} {
		if rest, ok := strings.CutPrefix(s, form); ok && modelFold(pattern[1:], rest, openEnd, false) {
			return true
		}
	}
	return false
}

func modelWildcard(s string) *regexp.Regexp {
	re := "(?s)^"
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '*' && strings.HasPrefix(s[i+1:], "*"):
			return nil
		case s[i] == '*':
			re += ".*"
		case s[i] == '\\' && (strings.HasPrefix(s[i+1:], "*") || strings.HasPrefix(s[i+1:], `\`)):
			i++
			re += regexp.QuoteMeta(s[i : i+1])
		case s[i] == '\\':
			return nil
		default:
			_, size := utf8.DecodeRuneInString(s[i:])
			re += regexp.QuoteMeta(s[i : i+size])
			i += size - 1
		}
	}
	return regexp.MustCompile(re + "$")
}

func modelAnythingBut(operand any) func(any) bool {
	values, isList := operand.([]any)
	if !isList {
		values = []any{operand}
	}
	name := ""
	if o, ok := operand.(jsonObject); ok {
		if len(o) != 1 || !slices.Contains([]string{"prefix", "suffix", "wildcard", "equals-ignore-case"}, o[0].key) {
			return nil
		}
		name = o[0].key
		if values, isList = o[0].value.([]any); !isList {
			values = []any{o[0].value}
		}
	}
	var excluded []func(any) bool
	kinds := map[bool]bool{}
	for _, v := range values {
		s, isString := v.(string)
		n, isNumber := v.(json.Number)
		kinds[isString] = true
		var f func(any) bool
		switch {
		case name != "" && (!isString || s == "" && (name == "prefix" || name == "suffix")):
		case name != "":
			f = modelStringOperator(name, s)
		case isString:
			f = modelStringOperator("exactly", s)
		case isNumber && modelComparable(n) != nil:
			f = func(x any) bool { return modelNumberEqual(n, x) }
		}
		if f == nil {
			return nil
		}
		excluded = append(excluded, f)
	}
	if len(kinds) != 1 {
		return nil
	}
	return func(x any) bool {
		return !slices.ContainsFunc(excluded, func(f func(any) bool) bool { return f(x) })
	}
}

// modelNumeric accepts the numbers that satisfy each of one or two comparisons.
func modelNumeric(list []any) func(any) bool {
	if len(list) != 2 && len(list) != 4 {
		return nil
	}
	limit, _ := new(big.Rat).SetString("1.7976931348623157e308")
	low, high := new(big.Rat).Neg(limit), limit
	var tests []func(sign int) bool
	var bounds []*big.Rat
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		n, _ := list[i+1].(json.Number)
		bound := modelComparable(n)
		allowed := []string{"=", "<", "<=", ">", ">="}
		if len(list) == 4 {
			allowed = [][]string{{">", ">="}, {"<", "<="}}[i/2]
		}
		if bound == nil || !slices.Contains(allowed, op) {
			return nil
		}
		switch op[0] {
		case '<':
			high = bound
		case '>':
			low = bound
		}
		bounds = append(bounds, bound)
		tests = append(tests, func(sign int) bool {
			return strings.Contains(op, "=") && sign == 0 || op[0] == '<' && sign < 0 || op[0] == '>' && sign > 0
		})
	}
	if low.Cmp(high) >= 0 {
		return nil
	}
	return func(x any) bool {
		n, ok := x.(json.Number)
		if !ok || modelComparable(n) == nil {
			return false
		}
		for i, test := range tests {
			if !test(modelComparable(n).Cmp(bounds[i])) {
				return false
			}
		}
		return true
	}
}

// modelComparable is the exact value of a number whose nearest double, in its shortest form, is that value again.
func modelComparable(n json.Number) *big.Rat {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return nil
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(n)), "e")
	if strings.Trim(mantissa, "-0.") == "" {
		return new(big.Rat)
	}
	if e, _ := strconv.Atoi("0" + strings.TrimLeft(exponent, "+-")); e > 2000 {
		return nil // with the few digits that tests have, far from any double
	}
	exact, ok := new(big.Rat).SetString(string(n))
	shortest, ok2 := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', -1, 64))
	if !ok || !ok2 || exact.Cmp(shortest) != 0 {
		return nil
	}
	return exact
}

func modelNumberEqual(n json.Number, x any) bool {
	m, ok := x.(json.Number)
	if !ok {
		return false
	}
	a, b := modelComparable(n), modelComparable(m)
	if a == nil || b == nil {
		return n == m
	}
	return a.Cmp(b) == 0
}

var (
	modelIPv4  = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$`)
	modelIPv6  = regexp.MustCompile(`^[0-9a-fA-F:]*:[0-9a-fA-F:]*$`)
	modelZeros = regexp.MustCompile(`\b0+([0-9a-fA-F])`)
)

func modelIP(s string) (netip.Addr, bool) {
	if !(modelIPv4.MatchString(s) && len(s) <= 15) && !modelIPv6.MatchString(s) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(modelZeros.ReplaceAllString(s, "$1"))
	return a.Unmap(), err == nil
}

func modelCIDR(s string) (low, high netip.Addr, ok bool) {
	parts := strings.Split(strings.TrimRight(s, "/"), "/")
	if len(parts) != 2 {
		return low, high, false
	}
	a, ok := modelIP(parts[0])
	mask, err := strconv.Atoi(parts[1])
	if !ok || err != nil || mask < 0 || mask >= a.BitLen() {
		return low, high, false
	}
	low = netip.PrefixFrom(a, mask).Masked().Addr()
	top := low.AsSlice()
	for bit := mask; bit < a.BitLen(); bit++ {
		top[bit/8] |= 0x80 >> (bit % 8)
	}
	high, _ = netip.AddrFromSlice(top)
	return low, high, true
}

// modelLeaf is a leaf of an event: its path, and for each array around it the element that it lies in. A plain value in
// an array lies in no element of that array.
type modelLeaf struct {
	path  string
	value any
	in    map[int]int
}

type modelEvent struct {
	leaves []modelLeaf
	arrays int
}

func (e *modelEvent) flatten(path []string, v any, in map[int]int) {
	switch v := v.(type) {
	case jsonObject:
		for i, m := range v {
			if !slices.ContainsFunc(v[i+1:], func(later jsonMember) bool { return later.key == m.key }) {
				e.flatten(append(slices.Clone(path), m.key), m.value, in)
			}
		}
	case []any:
		e.arrays++
		array := e.arrays
		for i, x := range v {
			inside := in
			switch x.(type) {
			case jsonObject, []any:
				inside = maps.Clone(in)
				inside[array] = i
			}
			e.flatten(path, x, inside)
		}
	default:
		e.leaves = append(e.leaves, modelLeaf{strings.Join(path, "."), v, in})
	}
}

// together joins two sets of elements, unless they have different elements of one array.
func together(a, b map[int]int) (map[int]int, bool) {
	joined := maps.Clone(a)
	for array, i := range b {
		if j, ok := joined[array]; ok && i != j {
			return nil, false
		}
		joined[array] = i
	}
	return joined, true
}

func (e *modelEvent) satisfies(rule modelRule, paths []string, chosen map[int]int) bool {
	if len(paths) == 0 {
		return true
	}
	l, inSight := rule[paths[0]], false
	for _, leaf := range e.leaves {
		joined, ok := together(chosen, leaf.in)
		if leaf.path != paths[0] || !ok {
			continue
		}
		inSight = true
		if slices.ContainsFunc(l.accept, func(f func(any) bool) bool { return f(leaf.value) }) && e.satisfies(rule, paths[1:], joined) {
			return true
		}
	}
	return l.absent && !inSight && e.satisfies(rule, paths[1:], chosen)
}

// modelMatch is the verdict on a text.
func modelMatch(rules []modelRule, text []byte) bool {
	v, ok := decodeOrdered(text)
	object, isObject := v.(jsonObject)
	if !ok || !isObject {
		return false
	}
	var e modelEvent
	e.flatten(nil, object, map[int]int{})
	return slices.ContainsFunc(rules, func(r modelRule) bool {
		return e.satisfies(r, slices.Sorted(maps.Keys(r)), map[int]int{})
	})
}
