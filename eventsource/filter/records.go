package filter

import (
	"slices"
	"strconv"
)

// Source is a kind of event source. It decides where in a record a mapping's patterns look for the data, and what becomes
// of a record whose data is not of the form that a pattern is written for.
type Source uint8

// The sources that Lambda filters. DocumentDB has no filters.
const (
	// SQS filters by body, which is read as JSON if it is JSON and as a string otherwise. A pattern with a list at body
	// matches no JSON object or array, and one with an object at body matches nothing else: such messages are dropped.
	SQS Source = iota + 1
	// Kinesis filters by data, which must be JSON for patterns that look at it, and by the other members of the record's
	// kinesis object, all of them at the top level of the pattern. A pattern with a list at data is refused.
	Kinesis
	// DynamoDB filters by dynamodb, which is part of the record as it is. A pattern with a list there is refused.
	DynamoDB
	// Kafka filters by value, which is read like an SQS body. For a pattern written for the other form, only the rest of
	// the record counts.
	Kafka
	// MQ filters by data, as Kafka does by value.
	MQ
)

// String is the name of the constant.
func (s Source) String() string {
	switch s {
	case SQS:
		return "SQS"
	case Kinesis:
		return "Kinesis"
	case DynamoDB:
		return "DynamoDB"
	case Kafka:
		return "Kafka"
	case MQ:
		return "MQ"
	}
	return "unknown source"
}

// dataKey is the key that patterns use for the data.
func (s Source) dataKey() string {
	switch s {
	case SQS:
		return "body"
	case DynamoDB:
		return "dynamodb"
	case Kafka:
		return "value"
	default:
		return "data"
	}
}

// objectsOnly says whether a pattern must have an object at the data key.
func (s Source) objectsOnly() bool { return s == Kinesis || s == DynamoDB }

// ignoresMismatch says whether data of the other form leaves the rest of a pattern in force.
func (s Source) ignoresMismatch() bool { return s == Kafka || s == MQ }

// Records matches the records of one kind of event source. It does not change, and its method may be called concurrently.
type Records struct {
	set  *Set
	top  *node // where a record starts
	data *node // where data that is given apart belongs; nil if no pattern looks at it or it is in the record
	// What is left of the branches for data of each form.
	text, json []branch
}

// For readies the patterns for the records of a source. The error, an [*Error], says that the source does not take one of
// the patterns.
func (s *Set) For(source Source) (*Records, error) {
	if source < SQS || source > MQ {
		return nil, &Error{Reason: "unknown source"}
	}
	r := &Records{set: s, top: s.root, text: s.branches, json: s.branches}
	key := source.dataKey()
	if source.objectsOnly() {
		if err := refuseLists(s.branches, key); err != nil {
			return nil, err
		}
	}
	if source == Kinesis {
		r.top = &node{present: none}
		r.top.add("kinesis", s.root)
	}
	if source == DynamoDB {
		return r, nil
	}
	r.data = s.root.kid([]byte(key))
	r.text = fitting(s.branches, key, atKey, source.ignoresMismatch())
	r.json = fitting(s.branches, key, belowKey, source.ignoresMismatch())
	return r, nil
}

// Match reports whether any pattern matches a record: record is the entry of the event's Records list, and data is the
// payload in it as it was sent, before base64 or quotes. Where the payload is part of the record as it is, as in
// DynamoDB, data is ignored. A [Set] without patterns matches every record, and otherwise a record that is not a JSON
// object matches nothing. Neither record nor data is kept or changed, and in the long run nothing is allocated.
func (r *Records) Match(record, data []byte) bool {
	if r.set.patterns == 0 {
		return true
	}
	w := newWalker()
	defer w.release()
	w.skipped = r.data
	if !w.event(r.top, record) {
		return false
	}
	branches := r.json
	if r.data != nil && !w.payload(r.data, data) {
		branches = r.text
	}
	return w.decide(r.set.facts, branches)
}

// payload walks data that is given apart from its record: JSON if it is JSON, a string otherwise. It reports whether the
// data has the form that patterns with an object are written for, which JSON objects and arrays have. That numbers,
// quoted strings and the like are JSON values, but for patterns with a list, is an assumption.
func (w *walker) payload(n *node, data []byte) (structured bool) {
	first := len(w.hits)
	if i := w.read(n, data, space(data, 0), 0, 0); i >= 0 && space(data, i) == len(data) {
		c := at(data, space(data, 0))
		return c == '{' || c == '['
	}
	w.hits = w.hits[:first]
	if n.leaf() {
		w.value = value{kind: stringKind, text: data}
		w.test(n, 0)
	}
	return false
}

// relation says where a requirement stands in relation to the data key.
type relation uint8

const (
	elsewhere relation = iota
	atKey              // a list at the key: written for strings
	belowKey           // an object at the key: written for JSON
)

func (r *requirement) relation(key string) relation {
	path := r.list.path
	switch {
	case path == key:
		return atKey
	case len(path) > len(key) && path[:len(key)] == key && path[len(key)] == '.':
		return belowKey
	}
	return elsewhere
}

// fitting is what is left of branches for data of the form that requirements in the given relation are written for.
// Branches with requirements for the other form are dropped, or else lose all requirements for the data.
func fitting(branches []branch, key string, form relation, ignore bool) []branch {
	var left []branch
	for _, b := range branches {
		mismatch := slices.ContainsFunc(b.requirements, func(r requirement) bool {
			p := r.relation(key)
			return p != elsewhere && p != form
		})
		if mismatch && ignore {
			b.requirements = slices.DeleteFunc(slices.Clone(b.requirements), func(r requirement) bool {
				return r.relation(key) != elsewhere
			})
		}
		if !mismatch || ignore {
			left = append(left, b)
		}
	}
	return left
}

// refuseLists refuses patterns with a list at the key.
func refuseLists(branches []branch, key string) error {
	for _, b := range branches {
		for _, r := range b.requirements {
			if r.relation(key) == atKey {
				return &Error{Pattern: b.number, Offset: r.list.offset, Reason: strconv.Quote(key) + " must be an object"}
			}
		}
	}
	return nil
}
