package batch

import (
	"encoding/json"
	"unicode/utf8"
)

// response is what a poller reads in a function's result: the items that it reports as failed, and the state of a
// tumbling window.
type response struct {
	invalid bool     // nothing in it can be trusted
	failed  []string // the item identifiers, as listed
	state   []byte   // the state's JSON object, within the result; nil if there is none
}

// entryRule says what an entry of batchItemFailures without any key, {}, means.
type entryRule bool

const (
	// emptyEntryAcks takes {} for no entry at all: a queue was once recorded to acknowledge the whole batch on [{}].
	emptyEntryAcks entryRule = true
	// emptyEntryFails takes it for an entry without an identifier. It is not known what a stream does; this way no
	// record is passed over.
	emptyEntryFails entryRule = false
)

// quietResponse reports whether payload is one of the usual forms of a result without failures, which need no parsing.
func quietResponse(payload []byte) bool {
	switch string(payload) {
	case "", "null", "{}", "[]", `""`,
		`{"batchItemFailures":[]}`, `{"batchItemFailures":null}`, `{"batchItemFailures": []}`:
		return true
	}
	return false
}

// parseResponse reads a result. No payload, "", null, [], an object without the key and an explicit null all mean that
// nothing failed; any other JSON that is not an object, broken JSON and any defect inside the list make the response
// invalid, which fails the whole batch as if the handler had.
//
// Keys are matched exactly. Of repeated keys the last counts, as in the service's JSON, but a defect in an earlier one
// is a defect still.
func parseResponse(payload []byte, rule entryRule) response {
	if len(payload) == 0 {
		return response{}
	}
	if !json.Valid(payload) {
		return response{invalid: true}
	}
	c := cursor{b: payload}
	switch c.peek() {
	case '{':
		return parseObject(&c, rule)
	case '[':
		return response{invalid: c.open()}
	case '"':
		return response{invalid: len(c.value()) > len(`""`)}
	case 'n':
		return response{}
	}
	return response{invalid: true}
}

func parseObject(c *cursor, rule entryRule) (r response) {
	for more := c.open(); more; more = c.more() {
		switch string(c.key()) {
		case "batchItemFailures":
			ids, ok := parseFailures(c, rule)
			r.failed, r.invalid = ids, r.invalid || !ok
		case "state":
			r.state = objectOnly(c.value())
		default:
			c.value()
		}
	}
	return r
}

// objectOnly drops a state that is no JSON object. That null, too, counts as a missing state follows from the service's
// typed decoding, which cannot tell the two apart.
func objectOnly(state []byte) []byte {
	if state[0] != '{' || !utf8.Valid(state) { // no event could carry what package json lets pass
		return nil
	}
	return state
}

// parseFailures reads the list at hand. It reports false if that is no list, or if an entry does not name an item.
func parseFailures(c *cursor, rule entryRule) (ids []string, ok bool) {
	switch c.peek() {
	case '[':
	case 'n':
		c.value()
		return nil, true
	default:
		c.value()
		return nil, false
	}
	ok = true
	for more := c.open(); more; more = c.more() {
		id, verdict := parseEntry(c)
		switch {
		case verdict == entryNames:
			ids = append(ids, id)
		case verdict == entryEmpty && rule == emptyEntryAcks:
		default:
			ok = false
		}
	}
	return ids, ok
}

type entryVerdict uint8

const (
	entryInvalid entryVerdict = iota
	entryEmpty
	entryNames
)

// parseEntry reads one entry of the list: an object whose itemIdentifier is a string with something in it.
func parseEntry(c *cursor) (id string, verdict entryVerdict) {
	if c.peek() != '{' {
		c.value()
		return "", entryInvalid
	}
	verdict = entryEmpty
	for more := c.open(); more; more = c.more() {
		if verdict == entryEmpty {
			verdict = entryInvalid // until a good identifier is found
		}
		if string(c.key()) != "itemIdentifier" {
			c.value()
			continue
		}
		v := c.value()
		if v[0] != '"' || len(v) == len(`""`) {
			return "", badEntry(c)
		}
		id, verdict = string(unquote(v)), entryNames
	}
	return id, verdict
}

// badEntry steps behind the rest of an object whose entry is already known to be invalid.
func badEntry(c *cursor) entryVerdict {
	for c.more() {
		c.key()
		c.value()
	}
	return entryInvalid
}
