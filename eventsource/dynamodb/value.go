package dynamodb

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// Item is an item: values by attribute name.
type Item = map[string]events.DynamoDBAttributeValue

// maxDepth is how deep lists and maps may be nested.
const maxDepth = 32

// encoder writes values as DynamoDB's JSON in one canonical form, and counts their size. Equal items give equal bytes:
// names are in order, numbers normalised, sets sorted.
type encoder struct {
	b    []byte
	size int
}

// attributes writes an item or map.
func (e *encoder) attributes(item Item, extra, depth int) error {
	return e.members(item, sortedNames(item), extra, depth)
}

// members writes those attributes of an item or map. Each counts its name, its value and extra.
func (e *encoder) members(item Item, names []string, extra, depth int) error {
	e.b = append(e.b, '{')
	for i, name := range names {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		if name == "" {
			return emptyName()
		}
		if err := e.text(name); err != nil {
			return err
		}
		e.size += extra
		e.b = append(e.b, ':')
		if err := e.value(item[name], depth); err != nil {
			return err
		}
	}
	e.b = append(e.b, '}')
	return nil
}

func sortedNames(item Item) []string {
	names := make([]string, 0, len(item))
	for name := range item {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// emptyName refuses an attribute without a name.
func emptyName() error { return invalidParameter("An attribute name may not be empty") }

// value writes one value that stands depth lists or maps deep.
func (e *encoder) value(v events.DynamoDBAttributeValue, depth int) (err error) {
	kind := typeName(v)
	if kind == "" {
		return ErrValidation.because("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	}
	e.b = append(append(append(e.b, `{"`...), kind...), `":`...)
	switch v.DataType() {
	case events.DataTypeString:
		err = e.text(v.String())
	case events.DataTypeNumber:
		err = e.number(v.Number())
	case events.DataTypeBinary:
		e.binary(v.Binary())
	case events.DataTypeBoolean:
		e.constant(strconv.FormatBool(v.Boolean()))
	case events.DataTypeNull:
		e.constant("true")
	case events.DataTypeStringSet:
		err = e.stringSet(v.StringSet())
	case events.DataTypeNumberSet:
		err = e.numberSet(v.NumberSet())
	case events.DataTypeBinarySet:
		err = e.binarySet(v.BinarySet())
	case events.DataTypeList:
		err = e.list(v.List(), depth+1)
	default:
		err = e.document(v.Map(), depth+1)
	}
	e.b = append(e.b, '}')
	return err
}

// typeName is a value's type as DynamoDB spells it. It is "" for the zero value, which is of no type.
func typeName(v events.DynamoDBAttributeValue) string {
	if v.IsNull() && v.DataType() != events.DataTypeNull {
		return ""
	}
	return [...]string{
		events.DataTypeBinary: "B", events.DataTypeBoolean: "BOOL", events.DataTypeBinarySet: "BS", events.DataTypeList: "L",
		events.DataTypeMap: "M", events.DataTypeNumber: "N", events.DataTypeNumberSet: "NS", events.DataTypeNull: "NULL",
		events.DataTypeString: "S", events.DataTypeStringSet: "SS",
	}[v.DataType()]
}

// constant writes a value that counts one byte.
func (e *encoder) constant(text string) {
	e.b = append(e.b, text...)
	e.size++
}

func (e *encoder) text(s string) error {
	if !utf8.ValidString(s) {
		return ErrSerialization.because("%q is not valid UTF-8", s)
	}
	e.b = jsontext.AppendString(e.b, s)
	e.size += len(s)
	return nil
}

func (e *encoder) number(s string) error {
	n, err := parseNumber(s)
	if err != nil {
		return err
	}
	e.parsed(n)
	return nil
}

func (e *encoder) parsed(n number) {
	e.b = append(n.append(append(e.b, '"')), '"')
	e.size += n.size()
}

func (e *encoder) binary(data []byte) {
	e.b = append(base64.StdEncoding.AppendEncode(append(e.b, '"'), data), '"')
	e.size += len(data)
}

// each writes an array of n elements.
func (e *encoder) each(n int, element func(i int) error) error {
	e.b = append(e.b, '[')
	for i := range n {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		if err := element(i); err != nil {
			return err
		}
	}
	e.b = append(e.b, ']')
	return nil
}

func (e *encoder) stringSet(set []string) error {
	if len(set) == 0 {
		return invalidParameter("An string set  may not be empty")
	}
	sorted := slices.Clone(set)
	slices.Sort(sorted)
	for i := range sorted[1:] {
		if sorted[i] == sorted[i+1] {
			return invalidParameter("Input collection [%s] contains duplicates.", strings.Join(set, ", "))
		}
	}
	return e.each(len(sorted), func(i int) error { return e.text(sorted[i]) })
}

func (e *encoder) numberSet(set []string) error {
	if len(set) == 0 {
		return invalidParameter("An number set  may not be empty")
	}
	numbers := make([]number, len(set))
	for i, s := range set {
		var err error
		if numbers[i], err = parseNumber(s); err != nil {
			return err
		}
	}
	slices.SortFunc(numbers, number.compare)
	for i := range numbers[1:] {
		if numbers[i] == numbers[i+1] {
			return ErrValidation.because("Input collection contains duplicates")
		}
	}
	return e.each(len(numbers), func(i int) error { e.parsed(numbers[i]); return nil })
}

func (e *encoder) binarySet(set [][]byte) error {
	if len(set) == 0 {
		return invalidParameter("Binary sets should not be empty")
	}
	sorted := slices.Clone(set)
	slices.SortFunc(sorted, bytes.Compare)
	for i := range sorted[1:] {
		if bytes.Equal(sorted[i], sorted[i+1]) {
			return duplicateBinaries(set)
		}
	}
	return e.each(len(sorted), func(i int) error { e.binary(sorted[i]); return nil })
}

func duplicateBinaries(set [][]byte) error {
	texts := make([]string, len(set))
	for i, b := range set {
		texts[i] = base64.StdEncoding.EncodeToString(b)
	}
	return invalidParameter("Input collection [%s]of type BS contains duplicates.", strings.Join(texts, ", "))
}

// A list or map counts three bytes, and one for each element.
const containerSize, elementSize = 3, 1

func (e *encoder) list(list []events.DynamoDBAttributeValue, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	e.size += containerSize
	return e.each(len(list), func(i int) error {
		e.size += elementSize
		return e.value(list[i], depth)
	})
}

func (e *encoder) document(m Item, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	e.size += containerSize
	return e.attributes(m, elementSize, depth)
}

func tooDeep() error {
	return ErrValidation.because("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
}
