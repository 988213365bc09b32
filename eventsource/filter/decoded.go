package filter

import (
	"encoding/json"
	"math"
)

// decodedEvent walks a whole decoded event, which must be an object.
func (w *walker) decodedEvent(n *node, event any) bool {
	if m, ok := event.(map[string]any); ok {
		return w.decodedObject(n, m, 0, 0)
	}
	b, err := json.Marshal(event)
	return err == nil && w.event(n, b)
}

// encoded is the JSON of a value that was not decoded from JSON.
type encoded []byte

// simplify encodes v, unless it is of a type that JSON is decoded into.
func simplify(v any) (any, bool) {
	switch v.(type) {
	case map[string]any, []any, nil, bool, string, float64, json.Number:
		return v, true
	}
	b, err := json.Marshal(v)
	return encoded(b), err == nil
}

// decoded walks a simplified value at a node, as read walks a text. It fails if it meets something that is not JSON.
func (w *walker) decoded(n *node, v any, within int32, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		return w.decodedObject(n, v, within, depth)
	case []any:
		return w.decodedArray(n, v, within, depth)
	case encoded:
		return w.read(n, v, 0, within, depth) >= 0
	case nil:
		w.value = value{kind: nullKind}
	case bool:
		w.value = value{kind: falseKind}
		if v {
			w.value.kind = trueKind
		}
	case string:
		w.text = append(w.text[:0], v...)
		w.value = value{kind: stringKind, text: w.text}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
		w.value = value{kind: numberKind, number: v, exact: true, parsed: true}
	case json.Number:
		w.text = append(w.text[:0], v...)
		w.value = value{kind: numberKind, text: w.text}
		if numberEnd(w.text, 0) != len(w.text) {
			return false
		}
	}
	if n.leaf() {
		w.test(n, within)
	}
	return true
}

// decodedObject does not need the members that object keeps, since a map has each key once. The order in which a map is
// walked decides nothing: which facts hold, and in which elements, does not depend on it.
func (w *walker) decodedObject(n *node, m map[string]any, within int32, depth int) bool {
	if depth >= maxDepth {
		return false
	}
	for key, v := range m {
		w.key = append(w.key[:0], key...)
		kid := n.child(w.key)
		if kid == nil {
			continue
		}
		if v, ok := simplify(v); !ok || !w.decoded(kid, v, within, depth+1) {
			return false
		}
	}
	return true
}

func (w *walker) decodedArray(n *node, a []any, within int32, depth int) bool {
	if depth >= maxDepth {
		return false
	}
	array, aside := w.beginArray()
	for _, v := range a {
		v, ok := simplify(v)
		if !ok {
			return false
		}
		if isContainer(v) {
			e := w.beginElem(within, array)
			ok = w.decoded(n, v, e, depth+1)
			w.endElem(e)
		} else {
			first := len(w.hits)
			ok = w.decoded(n, v, within, depth+1)
			w.setAside(first, aside)
		}
		if !ok {
			return false
		}
	}
	w.endArray(array, aside)
	return true
}

// isContainer says whether a simplified value is an object or an array.
func isContainer(v any) bool {
	switch v := v.(type) {
	case map[string]any, []any:
		return true
	case encoded:
		return v[0] == '{' || v[0] == '['
	}
	return false
}
