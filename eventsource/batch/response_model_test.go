package batch

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
)

// node is JSON as it is written, repeated keys and their order included.
type node struct {
	kind    byte // { [ " or 0 for everything else
	null    bool
	text    string
	members []member
	items   []node
}

type member struct {
	key   string
	value node
}

// read parses a whole JSON text, slowly.
func read(text []byte) (node, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		return node{}, false
	}
	_, err = d.Token()
	return n, err == io.EOF
}

func readNode(d *json.Decoder) (n node, err error) {
	t, err := d.Token()
	if err != nil {
		return n, err
	}
	switch t := t.(type) {
	case nil:
		n.null = true
	case string:
		n.kind, n.text = '"', t
	case json.Delim:
		n.kind = byte(t)
		for d.More() {
			var m member
			if t == '{' {
				k, err := d.Token()
				if err != nil {
					return n, err
				}
				m.key = k.(string)
			}
			if m.value, err = readNode(d); err != nil {
				return n, err
			}
			if t == '{' {
				n.members = append(n.members, m)
			} else {
				n.items = append(n.items, m.value)
			}
		}
		_, err = d.Token()
	}
	return n, err
}

// modelFailures reads a response by the table: which items failed, or that all did.
func modelFailures(payload []byte, emptyEntryAcks bool) (failed []string, all bool) {
	if len(payload) == 0 {
		return nil, false
	}
	root, ok := read(payload)
	switch {
	case !ok:
		return nil, true
	case root.null, root.kind == '"' && root.text == "", root.kind == '[' && len(root.items) == 0:
		return nil, false
	case root.kind != '{':
		return nil, true
	}
	for _, m := range root.members {
		if m.key != "batchItemFailures" {
			continue
		}
		failed = nil
		if m.value.null {
			continue
		}
		if m.value.kind != '[' {
			all = true
		}
		for _, e := range m.value.items {
			if emptyEntryAcks && e.kind == '{' && len(e.members) == 0 {
				continue
			}
			ids, bad := modelEntry(e)
			failed, all = append(failed, ids...), all || bad
		}
	}
	return failed, all
}

func modelEntry(e node) (ids []string, bad bool) {
	for _, m := range e.members {
		if m.key == "itemIdentifier" {
			ids = []string{m.value.text}
			bad = bad || m.value.kind != '"' || m.value.text == ""
		}
	}
	return ids, bad || len(ids) == 0
}

// modelVerdict is the set of positions of a batch that failed.
func modelVerdict(payload []byte, ids []string, emptyEntryAcks bool) (Result, []int) {
	failed, all := modelFailures(payload, emptyEntryAcks)
	var at []int
	for _, f := range failed {
		if !slices.Contains(ids, f) {
			all = true
		}
	}
	for i, id := range ids {
		if slices.Contains(failed, id) {
			at = append(at, i)
		}
	}
	switch {
	case all:
		return AllFailed, nil
	case len(failed) == 0:
		return Succeeded, nil
	}
	return PartlyFailed, at
}
