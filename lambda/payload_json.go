package lambda

import "unicode/utf8"

// jsonFault is what the service's JSON parser says of text that is not one JSON value in UTF-8; "" if it is one.
//
// The service's parser is a Java one that works on bytes. Its words for the frequent faults, and some columns, are
// recorded; the rest follows from its way of reading, which jsonParser therefore imitates.
func jsonFault(text []byte) string {
	p := jsonParser{text: text}
	p.document()
	return p.fault
}

// maxJSONDepth is how deep objects and arrays may be nested: as deep as encoding/json reads them. What the service's
// parser allows is not recorded.
const maxJSONDepth = 10000

// jsonParser reads one JSON text. Its methods go on from at, the offset of the next byte, and return false once there
// is a fault.
type jsonParser struct {
	text  []byte
	at    int
	fault string // what is wrong, with its place

	// What is open: how many objects and arrays, and of the innermost 64 or fewer which are objects, the innermost in
	// the lowest bit. The others wait in outer by 64, so that no event of usual depth costs an allocation.
	depth   int
	objects uint64
	outer   []uint64
}

// document reads the whole text: values and closing brackets in turn, until the outermost value is complete.
func (p *jsonParser) document() {
	c, ok := p.skipSpace()
	if !ok {
		if p.fault == "" {
			p.failHere("No content to map due to end-of-input")
		}
		return
	}
	if c == ']' || c == '}' {
		p.closeBracket(c)
		return
	}
	for first := p.openValue(c); p.fault == "" && p.depth > 0; {
		if c, ok = p.skipSpace(); !ok {
			p.failUnclosed()
			return
		}
		if c == ']' || c == '}' {
			p.closeBracket(c)
			first = false
			continue
		}
		first = p.member(c, first)
	}
	p.nothingFollows()
}

// member reads what stands between two members, an object's name, and the value, or the bracket that opens it. first
// says that the container has had no member yet; member returns the same for the container that is innermost then.
func (p *jsonParser) member(c byte, first bool) bool {
	ok := true
	if !first {
		if c != ',' {
			p.unexpected(rune(c), "was expecting comma to separate "+p.container()+" entries")
			return false
		}
		if c, ok = p.skipSpaceInside(); !ok {
			return false
		}
	}
	if p.inObject() {
		if c, ok = p.name(c); !ok {
			return false
		}
	}
	return p.openValue(c)
}

// openValue reads a value that begins with c, which is read already; of an object or array only the bracket, for
// which it returns true.
func (p *jsonParser) openValue(c byte) bool {
	switch c {
	case '"':
		p.textValue(false)
	case '{', '[':
		return p.openBracket(c)
	case 't':
		p.word("true")
	case 'f':
		p.word("false")
	case 'n':
		p.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.number(c)
	default:
		p.unexpectedValue(c)
	}
	return false
}

// openBracket begins an object or array. It returns false if there are too many.
func (p *jsonParser) openBracket(c byte) bool {
	if p.depth == maxJSONDepth {
		p.failTooDeep()
		return false
	}
	if p.depth > 0 && p.depth%64 == 0 {
		p.outer = append(p.outer, p.objects)
	}
	p.depth++
	p.objects <<= 1
	if c == '{' {
		p.objects |= 1
	}
	return true
}

// closeBracket ends the innermost object or array, if it is the bracket's kind.
func (p *jsonParser) closeBracket(c byte) {
	if p.depth == 0 || p.inObject() != (c == '}') {
		p.failMismatched(c)
		return
	}
	p.depth--
	p.objects >>= 1
	if p.depth > 0 && p.depth%64 == 0 {
		last := len(p.outer) - 1
		p.objects, p.outer = p.outer[last], p.outer[:last]
	}
}

// inObject says that the innermost container is an object.
func (p *jsonParser) inObject() bool { return p.depth > 0 && p.objects&1 != 0 }

// nothingFollows reads to the end of the text, where only space may be left.
func (p *jsonParser) nothingFollows() {
	if p.fault != "" {
		return
	}
	c, ok := p.skipSpace()
	switch {
	case !ok:
	case c == ']' || c == '}':
		p.closeBracket(c)
	default:
		before := p.at
		if p.openValue(c); p.fault == "" {
			p.at = before
			p.failTrailing(c)
		}
	}
}

// skipSpace returns the next byte that is not space and goes past it, or false at the end.
func (p *jsonParser) skipSpace() (byte, bool) {
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c > ' ' && c != '/':
			return c, true
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		case c == '/':
			p.unexpected('/', "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)")
			return 0, false
		default:
			p.failBefore("Illegal character (" + charName(rune(c)) + `): only regular white space (\r, \n, \t) is allowed between tokens`)
			return 0, false
		}
	}
	return 0, false
}

// skipSpaceInside is skipSpace where the text must not end.
func (p *jsonParser) skipSpaceInside() (byte, bool) {
	c, ok := p.skipSpace()
	if !ok && p.fault == "" {
		p.failHere("Unexpected end-of-input within/between " + p.container() + " entries")
	}
	return c, ok
}

// name reads an object's key, which begins with c, and the colon, and returns the first byte of the value.
func (p *jsonParser) name(c byte) (byte, bool) {
	if c != '"' {
		p.at--
		if r, ok := p.char(); ok {
			p.unexpected(r, "was expecting double-quote to start field name")
		}
		return 0, false
	}
	if !p.textValue(true) {
		return 0, false
	}
	c, ok := p.skipSpaceInside()
	if ok && c != ':' {
		p.unexpected(rune(c), "was expecting a colon to separate field name and value")
		return 0, false
	}
	if !ok {
		return 0, false
	}
	return p.skipSpaceInside()
}

// plainText says which bytes stand for themselves in a string: ASCII without controls, quote and backslash.
var plainText = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// textValue reads a string, whose quote is read already, to its closing quote. isName says that it is a key.
func (p *jsonParser) textValue(isName bool) bool {
	start := p.at
	for {
		p.skipPlain()
		if p.at == len(p.text) {
			break
		}
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return true
		case c == '\\':
			p.at++
			if !p.escape() {
				return false
			}
		case c < ' ':
			p.at++
			p.failUnescaped(rune(c), isName)
			return false
		default:
			if _, ok := p.char(); !ok {
				return false
			}
		}
	}
	p.failInText(isName, p.at == start)
	return false
}

// skipPlain goes past bytes that stand for themselves.
func (p *jsonParser) skipPlain() {
	text, at := p.text, p.at // in registers
	for at < len(text) && plainText[text[at]] {
		at++
	}
	p.at = at
}

// escape reads an escape after its backslash.
func (p *jsonParser) escape() bool {
	c, ok := p.escapedByte()
	if !ok {
		return false
	}
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			if c, ok = p.escapedByte(); !ok {
				return false
			}
			if !isHex(c) {
				p.unexpected(rune(c), "expected a hex-digit for character escape sequence")
				return false
			}
		}
		return true
	}
	p.at--
	if r, ok := p.char(); ok {
		p.failBefore("Unrecognized character escape " + charName(r))
	}
	return false
}

// escapedByte is the next byte of an escape.
func (p *jsonParser) escapedByte() (byte, bool) {
	if p.at == len(p.text) {
		p.failHere("Unexpected end-of-input in character escape sequence")
		return 0, false
	}
	p.at++
	return p.text[p.at-1], true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// char reads one character, which must be UTF-8.
func (p *jsonParser) char() (rune, bool) {
	r, size := utf8.DecodeRune(p.text[p.at:])
	if r == utf8.RuneError && size <= 1 {
		p.failUTF8()
		return 0, false
	}
	p.at += size
	return r, true
}

// word reads true, false or null after the first letter.
func (p *jsonParser) word(w string) {
	for i := 1; i < len(w); i++ {
		if p.at == len(p.text) || p.text[p.at] != w[i] {
			p.failToken(w[:i])
			return
		}
		p.at++
	}
	if p.at == len(p.text) || p.text[p.at] < '0' || p.text[p.at] == ']' || p.text[p.at] == '}' {
		return
	}
	before := p.at
	if r, ok := p.char(); ok {
		if p.at = before; isJavaPart(r) {
			p.failToken(w)
		}
	}
}

// number reads a number after its first byte.
func (p *jsonParser) number(c byte) {
	if c == '-' && !p.digitAfterMinus(&c) {
		return
	}
	if c == '0' {
		if isDigit(p.peek()) {
			p.failHere("Invalid numeric value: Leading zeroes not allowed")
			return
		}
	} else {
		p.digits()
	}
	if p.peek() == '.' {
		p.at++
		if !p.digits() {
			p.failFraction()
			return
		}
	}
	if next := p.peek(); next == 'e' || next == 'E' {
		if p.at++; p.peek() == '+' || p.peek() == '-' {
			p.at++
		}
		if !p.digits() {
			p.unexpectedInNumber("Exponent indicator not followed by a digit")
			return
		}
	}
	if p.depth == 0 && p.at < len(p.text) && !isSpace(p.peek()) {
		p.at++
		p.unexpected(rune(p.text[p.at-1]), "Expected space separating root-level values")
	}
}

// digitAfterMinus reads the digit that must follow a minus sign into c.
func (p *jsonParser) digitAfterMinus(c *byte) bool {
	if *c = p.peek(); !isDigit(*c) {
		p.unexpectedInNumber("expected digit (0-9) to follow minus sign, for valid numeric value")
		return false
	}
	p.at++
	return true
}

// digits goes past digits and reports whether there was one.
func (p *jsonParser) digits() bool {
	start := p.at
	for p.at < len(p.text) && isDigit(p.text[p.at]) {
		p.at++
	}
	return p.at > start
}

// peek is the next byte, or 0 at the end.
func (p *jsonParser) peek() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
