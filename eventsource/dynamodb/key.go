package dynamodb

import (
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// AttributeType is the type of a key attribute.
type AttributeType string

// The types of a key attribute. "" means S.
const (
	S AttributeType = "S"
	N AttributeType = "N"
	B AttributeType = "B"
)

// KeySchema says which attributes identify an item.
type KeySchema struct {
	// Hash is the partition key's name, 1 to 255 characters, and HashType its type, S unless it is set.
	Hash     string
	HashType AttributeType
	// Range is the sort key's name, "" for none, and RangeType its type.
	Range     string
	RangeType AttributeType
}

// The bounds of a key, in bytes.
const (
	maxHashSize  = 2048
	maxRangeSize = 1024
	maxKeyName   = 255
)

// attribute is one of the key's attributes.
type attribute struct {
	name    string
	kind    AttributeType
	isRange bool
}

// attributes is the key's attributes, the partition key first.
func (k KeySchema) attributes() []attribute {
	list := []attribute{{k.Hash, k.HashType, false}}
	if k.Range != "" {
		list = append(list, attribute{k.Range, k.RangeType, true})
	}
	for i := range list {
		if list[i].kind == "" {
			list[i].kind = S
		}
	}
	return list
}

// check refuses a schema that DynamoDB would refuse.
func (k KeySchema) check() error {
	var f validation.Findings
	for i, a := range k.attributes() {
		at := string(rune('1' + i))
		f.Length("keySchema."+at+".member.attributeName", a.name, 1, maxKeyName)
		f.Enum("attributeDefinitions."+at+".member.attributeType", string(a.kind), "B", "N", "S")
	}
	if err := invalid(&f); err != nil {
		return err
	}
	if k.Range == "" && k.RangeType != "" {
		return ErrValidation.because("One or more parameter values are not valid. RangeType %s without Range", k.RangeType)
	}
	if k.Hash == k.Range {
		return ErrValidation.because("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	}
	return nil
}

// keyPart is one key attribute's value, to order items by.
type keyPart struct {
	text   string // of a string or binary
	number number
}

func (p keyPart) compare(o keyPart) int {
	if c := strings.Compare(p.text, o.text); c != 0 {
		return c
	}
	return p.number.compare(o.number)
}

// key is an item's primary key.
type key struct {
	json  string // the record's Keys: equal keys have equal ones
	size  int    // names and values, in bytes
	parts [2]keyPart
}

func (k *key) compare(o *key) int {
	if c := k.parts[0].compare(o.parts[0]); c != 0 {
		return c
	}
	return k.parts[1].compare(o.parts[1])
}

// keyOf takes the key out of an item that is to be put and whose values are in order.
func (t *Table) keyOf(item Item) (key, error) {
	for _, a := range t.keys {
		v, ok := item[a.name]
		if !ok {
			return key{}, invalidParameter("Missing the key %s in the item", a.name)
		}
		if actual := typeName(v); actual != string(a.kind) {
			return key{}, invalidParameter("Type mismatch for key %s expected: %s actual: %s", a.name, a.kind, actual)
		}
	}
	return t.newKey(item)
}

// onlyKey takes a key that was given to find an item.
func (t *Table) onlyKey(item Item) (key, error) {
	if _, err := newImage(item); err != nil {
		return key{}, err
	}
	for _, a := range t.keys {
		v, ok := item[a.name]
		if !ok || typeName(v) != string(a.kind) || len(item) != len(t.keys) {
			return key{}, ErrValidation.because("The provided key element does not match the schema")
		}
	}
	return t.newKey(item)
}

// newKey makes the key of an item that has it, in the right types.
func (t *Table) newKey(item Item) (k key, err error) {
	for i, a := range t.keys {
		if k.parts[i], err = a.part(item[a.name]); err != nil {
			return key{}, err
		}
	}
	e := encoder{b: make([]byte, 0, 64)}
	err = e.members(item, t.keyNames, 0, 0)
	k.json, k.size = string(e.b), e.size
	return k, err
}

// part reads and checks the value of a key attribute.
func (a attribute) part(v events.DynamoDBAttributeValue) (p keyPart, err error) {
	switch a.kind {
	case N:
		p.number, err = parseNumber(v.Number())
		return p, err
	case B:
		p.text = string(v.Binary())
	default:
		p.text = v.String()
	}
	switch n := len(p.text); {
	case n == 0:
		return p, a.empty()
	case !a.isRange && n > maxHashSize:
		return p, invalidParameter("Size of hashkey has exceeded the maximum size limit of%d bytes", maxHashSize) // AWS has no blank there
	case a.isRange && n > maxRangeSize:
		return p, invalidParameter("Aggregated size of all range keys has exceeded the size limit of %d bytes", maxRangeSize)
	}
	return p, nil
}

// empty refuses an empty key. DynamoDB has two ways to begin that.
func (a attribute) empty() error {
	if a.kind == B {
		return invalidParameter("The AttributeValue for a key attribute cannot contain an empty binary value. Key: %s", a.name)
	}
	return ErrValidation.because("One or more parameter values are not valid."+
		" The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", a.name)
}
