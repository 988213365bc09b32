package lambda

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// expectedTokens is how the parser lists what a value may be.
const expectedTokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// source is how the parser names an offset of the text it read, whose content it keeps to itself. Lines and columns,
// which are bytes, count from 1.
func (p *jsonParser) source(offset int) string {
	line, start := 1, 0
	for i, c := range p.text[:offset] {
		if c == '\n' || c == '\r' && (i+1 == len(p.text) || p.text[i+1] != '\n') {
			line, start = line+1, i+1
		}
	}
	return place(line, offset-start+1)
}

func place(line, column int) string {
	return fmt.Sprintf("[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]",
		line, column)
}

// failHere reports a fault at the byte that would be read next.
func (p *jsonParser) failHere(text string) { p.fault = text + "\n at " + p.source(p.at) }

// failBefore reports a fault at the byte that was read last.
func (p *jsonParser) failBefore(text string) { p.fault = text + "\n at " + p.source(p.at-1) }

// unexpected reports the character that was read last.
func (p *jsonParser) unexpected(c rune, comment string) {
	p.failBefore("Unexpected character (" + charName(c) + "): " + comment)
}

// unexpectedInNumber reports the byte that should have been a digit.
func (p *jsonParser) unexpectedInNumber(comment string) {
	if p.at == len(p.text) {
		p.failHere("Unexpected end-of-input in a Number value")
		return
	}
	p.at++
	p.failNumberChar(p.text[p.at-1], comment)
}

func (p *jsonParser) failNumberChar(c byte, comment string) {
	p.failBefore("Unexpected character (" + charName(rune(c)) + ") in numeric value: " + comment)
}

// failFraction reports a decimal point without digits: at the end of the text the point itself is to blame.
func (p *jsonParser) failFraction() {
	if p.at < len(p.text) {
		p.at++
	}
	p.failNumberChar(p.text[p.at-1], "Decimal point not followed by a digit")
}

// unexpectedValue reports a value that begins with c, which no value does.
func (p *jsonParser) unexpectedValue(c byte) {
	inArray := p.depth > 0 && !p.inObject()
	switch {
	case c == ',' || c == '}' || c == ']' && inArray:
		p.unexpected(rune(c), "expected a value")
	case c == 'N':
		p.failNonStandard("NaN")
	case c == 'I':
		p.failNonStandard("Infinity")
	case c == '+':
		p.failPlus()
	case isJavaStart(rune(c)):
		p.failToken(string(rune(c)))
	default:
		p.unexpected(rune(c), "expected a valid value "+expectedTokens)
	}
}

// failNonStandard reports a number of JavaScript's, or the token that only begins like one.
func (p *jsonParser) failNonStandard(w string) {
	if p.word(w); p.fault == "" {
		p.failHere("Non-standard token '" + w + "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")
	}
}

// failPlus reports a plus sign before a number. The parser has read one byte more when it does.
func (p *jsonParser) failPlus() {
	if p.at == len(p.text) {
		p.failHere("Unexpected end-of-input in a Number value")
		return
	}
	p.at++
	p.failNumberChar('+', "JSON spec does not allow numbers to have plus signs: "+
		"enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow")
}

// failToken reports a word that is no token: its beginning and what follows of it, with the byte after it read too.
func (p *jsonParser) failToken(beginning string) {
	const maxShown = 256
	token := []rune(beginning)
	for p.at < len(p.text) {
		r, ok := p.char()
		if !ok {
			return
		}
		if !isJavaPart(r) {
			break
		}
		if token = append(token, r); len(token) >= maxShown {
			token = append(token, '.', '.', '.')
			break
		}
	}
	p.failHere("Unrecognized token '" + string(token) + "': was expecting " + expectedTokens)
}

// failUTF8 reports the bytes at the next one, which are no character: the first of them, if no character begins so,
// or else the one that breaks it off.
func (p *jsonParser) failUTF8() {
	rest := p.text[p.at:]
	valid := 1 // bytes that could still become a character
	for valid < len(rest) && valid < utf8.UTFMax && !utf8.FullRune(rest[:valid]) {
		valid++
	}
	switch {
	case !utf8.FullRune(rest):
		p.at = len(p.text)
		p.failHere("Unexpected end-of-input in VALUE_STRING")
	case valid == 1:
		p.at++
		p.failHere(fmt.Sprintf("Invalid UTF-8 start byte 0x%x", rest[0]))
	default:
		p.at += valid
		p.failHere(fmt.Sprintf("Invalid UTF-8 middle byte 0x%x", rest[valid-1]))
	}
}

// failUnescaped reports a control character that a string must not have as it is.
func (p *jsonParser) failUnescaped(c rune, isName bool) {
	where := "string value"
	if isName {
		where = "name"
	}
	p.failBefore("Illegal unquoted character (" + charName(c) +
		"): has to be escaped using backslash to be included in " + where)
}

// failInText reports a string that does not end.
func (p *jsonParser) failInText(isName, empty bool) {
	switch {
	case !isName:
		p.failHere("Unexpected end-of-input in VALUE_STRING")
	case empty:
		p.failHere(`Unexpected end-of-input: was expecting closing '"' for name`)
	default:
		p.failHere("Unexpected end-of-input in field name")
	}
}

// failUnclosed reports an object or array that does not end, unless something else is wrong already.
func (p *jsonParser) failUnclosed() {
	if p.fault == "" {
		p.failHere("Unexpected end-of-input: expected close marker for " + p.container() +
			" (start marker at " + p.containerStart(p.at) + ")")
	}
}

// failMismatched reports a closing bracket of the wrong kind, or with nothing to close.
func (p *jsonParser) failMismatched(c byte) {
	other := map[byte]string{']': "}", '}': "]"}[c]
	p.failHere("Unexpected close marker '" + string(c) + "': expected '" + other + "' (for " + p.container() +
		" starting at " + p.containerStart(p.at-1) + ")")
}

// failTooDeep reports an opening bracket too many.
func (p *jsonParser) failTooDeep() {
	p.failHere(fmt.Sprintf("Document nesting depth (%d) exceeds the maximum allowed (%d, "+
		"from `StreamReadConstraints.getMaxNestingDepth()`)", maxJSONDepth+1, maxJSONDepth))
}

// failTrailing reports a second value, which begins with c.
func (p *jsonParser) failTrailing(c byte) {
	kind := "VALUE_NUMBER_INT"
	switch c {
	case '{':
		kind = "START_OBJECT"
	case '[':
		kind = "START_ARRAY"
	case '"':
		kind = "VALUE_STRING"
	case 't':
		kind = "VALUE_TRUE"
	case 'f':
		kind = "VALUE_FALSE"
	case 'n':
		kind = "VALUE_NULL"
	}
	p.failHere("Trailing token (of type " + kind + ") found after value (bound as " +
		"`com.fasterxml.jackson.databind.JsonNode`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`")
}

// container is what the parser calls the innermost container.
func (p *jsonParser) container() string {
	switch {
	case p.depth == 0:
		return "root"
	case p.inObject():
		return "Object"
	}
	return "Array"
}

// containerStart is where the container opens that is innermost at offset end, up to which the text is faultless. The
// text as a whole opens before its first column.
func (p *jsonParser) containerStart(end int) string {
	var open []int
	inText := false
	for i := 0; i < end; i++ {
		switch c := p.text[i]; {
		case c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			open = append(open, i)
		case c == '}' || c == ']':
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return place(1, 0)
	}
	return p.source(open[len(open)-1])
}

// charName is what the parser calls a character. A byte that it has not decoded counts as the Latin-1 character.
func charName(c rune) string {
	switch {
	case c < ' ' || c >= 0x7F && c <= 0x9F:
		return fmt.Sprintf("(CTRL-CHAR, code %d)", c)
	case c > 0xFF:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", c, c, c)
	}
	return fmt.Sprintf("'%c' (code %d)", c, c)
}

// isJavaStart says that a Java identifier may begin with c.
func isJavaStart(c rune) bool {
	return unicode.IsLetter(c) || c == '$' || c == '_' || unicode.In(c, unicode.Nl, unicode.Sc, unicode.Pc)
}

// isJavaPart says that c may go on with one. Some control characters may.
func isJavaPart(c rune) bool {
	switch {
	case isJavaStart(c), unicode.In(c, unicode.Nd, unicode.Mc, unicode.Mn, unicode.Cf):
		return true
	case c <= 0x08, c >= 0x0E && c <= 0x1B, c >= 0x7F && c <= 0x9F:
		return true
	}
	return false
}
