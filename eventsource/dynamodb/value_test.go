package dynamodb

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type values = []events.DynamoDBAttributeValue

func nested(depth int) events.DynamoDBAttributeValue {
	v := str("x")
	for range depth {
		v = events.NewListAttribute(values{v})
	}
	return v
}

func TestImage(t *testing.T) {
	for _, row := range []struct {
		name string
		item Item
		json string
		size int
	}{
		{"empty", Item{}, `{}`, 0},
		{"names in order", Item{"b": str("x"), "a": str("é")}, `{"a":{"S":"é"},"b":{"S":"x"}}`, 1 + 2 + 1 + 1},
		{"escapes", Item{`"\`: str("\b\t\n\v\f\r\x00\x1f</>\u2028\x7f")}, `{"\"\\":{"S":"\b\t\n\u000B\f\r\u0000\u001F</>` + "\u2028\x7f" + `"}}`, 2 + 15},
		{"empty text", Item{"a": str("")}, `{"a":{"S":""}}`, 1},
		{"number", Item{"a": num("+1.50")}, `{"a":{"N":"1.5"}}`, 1 + 3},
		{"binary", Item{"a": events.NewBinaryAttribute([]byte("AB"))}, `{"a":{"B":"QUI="}}`, 1 + 2},
		{"no binary", Item{"a": events.NewBinaryAttribute(nil)}, `{"a":{"B":""}}`, 1},
		{"bool", Item{"a": events.NewBooleanAttribute(false), "b": events.NewBooleanAttribute(true)}, `{"a":{"BOOL":false},"b":{"BOOL":true}}`, 4},
		{"null", Item{"a": events.NewNullAttribute()}, `{"a":{"NULL":true}}`, 2},
		{"string set", Item{"a": events.NewStringSetAttribute([]string{"b", "", "ab"})}, `{"a":{"SS":["","ab","b"]}}`, 1 + 3},
		{"number set", Item{"a": events.NewNumberSetAttribute([]string{"10", "9.0", "-1"})}, `{"a":{"NS":["-1","9","10"]}}`, 1 + 3 + 2 + 2},
		{"binary set", Item{"a": events.NewBinarySetAttribute([][]byte{{2}, {1, 1}})}, `{"a":{"BS":["AQE=","Ag=="]}}`, 1 + 3},
		{"list", Item{"a": events.NewListAttribute(values{str("x"), num("1")})}, `{"a":{"L":[{"S":"x"},{"N":"1"}]}}`, 1 + 3 + 1 + 1 + 1 + 2},
		{"no list", Item{"a": events.NewListAttribute(nil)}, `{"a":{"L":[]}}`, 4},
		{"map", Item{"a": events.NewMapAttribute(Item{"k": str("xy"), "j": str("")})}, `{"a":{"M":{"j":{"S":""},"k":{"S":"xy"}}}}`, 1 + 3 + 1 + 1 + 1 + 1 + 2},
		{"no map", Item{"a": events.NewMapAttribute(nil)}, `{"a":{"M":{}}}`, 4},
		{"as deep as may be", Item{"a": nested(32)}, `{"a":` + strings.Repeat(`{"L":[`, 32) + `{"S":"x"}` + strings.Repeat(`]}`, 32) + `}`, 1 + 32*4 + 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			img, err := newImage(row.item)
			require.NoError(t, err)
			require.Equal(t, row.json, string(img.json))
			require.Equal(t, row.size, img.size)
		})
	}
}

func TestImageRefuses(t *testing.T) {
	const invalid = "One or more parameter values were invalid: "
	for _, row := range []struct {
		v    events.DynamoDBAttributeValue
		code error
		text string
	}{
		{events.DynamoDBAttributeValue{}, ErrValidation, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		{str("\xff"), ErrSerialization, `"\xff" is not valid UTF-8`},
		{num("x"), ErrValidation, "The parameter cannot be converted to a numeric value: x"},
		{events.NewStringSetAttribute(nil), ErrValidation, invalid + "An string set  may not be empty"},
		{events.NewNumberSetAttribute(nil), ErrValidation, invalid + "An number set  may not be empty"},
		{events.NewBinarySetAttribute(nil), ErrValidation, invalid + "Binary sets should not be empty"},
		{events.NewStringSetAttribute([]string{"a", "b", "a"}), ErrValidation, invalid + "Input collection [a, b, a] contains duplicates."},
		{events.NewNumberSetAttribute([]string{"1", "1.0"}), ErrValidation, "Input collection contains duplicates"},
		{events.NewNumberSetAttribute([]string{"1", "b"}), ErrValidation, "The parameter cannot be converted to a numeric value: b"},
		{events.NewBinarySetAttribute([][]byte{[]byte("b"), []byte("b")}), ErrValidation, invalid + "Input collection [Yg==, Yg==]of type BS contains duplicates."},
		{events.NewStringSetAttribute([]string{"\xff"}), ErrSerialization, `"\xff" is not valid UTF-8`},
		{nested(33), ErrValidation, "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"},
		{events.NewMapAttribute(Item{"k": events.NewMapAttribute(Item{"": str("")})}), ErrValidation, invalid + "An attribute name may not be empty"},
		{events.NewMapAttribute(Item{"\xff": str("")}), ErrSerialization, `"\xff" is not valid UTF-8`},
	} {
		_, err := newImage(Item{"a": row.v})
		requireRefusal(t, err, row.code, row.text)
	}
	deep := events.NewMapAttribute(Item{"k": nested(32)})
	_, err := newImage(Item{"a": deep})
	require.ErrorIs(t, err, ErrValidation)
}

var attributeValues = rapid.Custom(func(t *rapid.T) events.DynamoDBAttributeValue { return drawValue(t, 2) })

func drawValue(t *rapid.T, depth int) events.DynamoDBAttributeValue {
	kinds := 8
	if depth > 0 {
		kinds = 10
	}
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\"\\\n€")), 0, 3, -1)
	number := rapid.StringMatching(`-?\d{1,3}(\.\d{1,2})?`)
	element := rapid.Custom(func(t *rapid.T) events.DynamoDBAttributeValue { return drawValue(t, depth-1) })
	switch rapid.IntRange(1, kinds).Draw(t, "kind") {
	case 1:
		return str(text.Draw(t, "S"))
	case 2:
		return num(number.Draw(t, "N"))
	case 3:
		return events.NewBinaryAttribute(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "B"))
	case 4:
		return events.NewBooleanAttribute(rapid.Bool().Draw(t, "BOOL"))
	case 5:
		return events.NewNullAttribute()
	case 6:
		return events.NewStringSetAttribute(rapid.SliceOfNDistinct(text, 1, 4, rapid.ID[string]).Draw(t, "SS"))
	case 7:
		return events.NewNumberSetAttribute(rapid.SliceOfNDistinct(number, 1, 4, func(s string) string { return rat(s).String() }).Draw(t, "NS"))
	case 8:
		bytes := rapid.SliceOfN(rapid.Byte(), 0, 3)
		return events.NewBinarySetAttribute(rapid.SliceOfNDistinct(bytes, 1, 4, func(b []byte) string { return string(b) }).Draw(t, "BS"))
	case 9:
		return events.NewListAttribute(rapid.SliceOfN(element, 0, 3).Draw(t, "L"))
	default:
		return events.NewMapAttribute(rapid.MapOfN(rapid.StringMatching(`[a-c]`), element, 0, 3).Draw(t, "M"))
	}
}

// What comes out of an image makes the same image, so that an item survives any number of reads and writes.
func TestImageIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		img, err := newImage(Item{"a": attributeValues.Draw(t, "v")})
		require.NoError(t, err)
		again, err := newImage(img.item())
		require.NoError(t, err)
		require.Equal(t, string(img.json), string(again.json))
		require.Equal(t, img.size, again.size)
	})
}

// The order in which a set is given makes no difference, and it is not disturbed.
func TestSetsHaveNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfNDistinct(rapid.StringMatching(`-?[1-9]\d{0,2}`), 1, 6, rapid.ID[string]).Draw(t, "set")
		other := rapid.Permutation(set).Draw(t, "other")
		for _, make := range []func([]string) events.DynamoDBAttributeValue{events.NewStringSetAttribute, events.NewNumberSetAttribute,
			func(set []string) events.DynamoDBAttributeValue {
				var all [][]byte
				for _, s := range set {
					all = append(all, []byte(s))
				}
				return events.NewBinarySetAttribute(all)
			}} {
			before := slices.Clone(set)
			a, err := newImage(Item{"a": make(set)})
			require.NoError(t, err)
			b, err := newImage(Item{"a": make(other)})
			require.NoError(t, err)
			require.Equal(t, string(a.json), string(b.json))
			require.Equal(t, before, set)
		}
	})
}
