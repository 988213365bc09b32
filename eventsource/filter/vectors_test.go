package filter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// expectation is an event and whether the patterns match it.
type expectation struct {
	event string
	match bool
}

// The rows are those of the project's table of behaviour; what they say was seen at the service or in its own rule engine.
var vectors = []struct {
	row      string
	patterns []string
	events   []expectation
}{
	{"F1", []string{`{"a":[1]}`}, []expectation{{`{"a":1.0}`, true}, {`{"a":"1"}`, false}}},
	{"F2", []string{`{"a":[null]}`}, []expectation{{`{"a":null}`, true}, {`{}`, false}, {`{"a":[]}`, false}}},
	{"F3", []string{`{"a":[{"exists":true}]}`}, []expectation{{`{"a":{"b":1}}`, false}, {`{"a":[]}`, false}, {`{"a":null}`, true}}},
	{"F4", []string{`{"a":[{"exists":false}]}`}, []expectation{{`{"a":{"b":1}}`, true}, {`{"a":0}`, false}}},
	{"F5", []string{`{"a":[{"anything-but":["x"]}]}`}, []expectation{
		{`{"a":"y"}`, true}, {`{"a":null}`, true}, {`{}`, false}, {`{"a":["x","y"]}`, true}, {`{"a":["x"]}`, false},
	}},
	{"F6", []string{`{"a":[{"anything-but":[7]}]}`}, []expectation{{`{"a":7.0}`, false}, {`{"a":"7"}`, true}}},
	{"F7", []string{`{"a":[{"prefix":""}]}`}, []expectation{{`{"a":"z"}`, true}, {`{"a":5}`, false}}},
	{"F8", []string{`{"a":[{"numeric":[">",1,"<=",3]}]}`}, []expectation{{`{"a":1}`, false}, {`{"a":3}`, true}, {`{"a":"2"}`, false}}},
	{"F10", []string{`{"a":[{"wildcard":"x*z"}]}`}, []expectation{{`{"a":"xz"}`, true}, {`{"a":"xyyz"}`, true}, {`{"a":"xyz1"}`, false}}},
	{"F11", []string{`{"a":[{"wildcard":"x\\*z"}]}`}, []expectation{{`{"a":"x*z"}`, true}, {`{"a":"xyz"}`, false}}},
	{"F13", []string{`{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}`}, []expectation{{`{"b":2,"c":3}`, true}, {`{"a":1}`, false}}},
	{"F15", []string{`{"u":{"n":["A"],"r":["X"]}}`}, []expectation{{`{"u":[{"n":"A","r":"Y"},{"n":"B","r":"X"}]}`, false}}},
	{"F16", []string{`{"u":{"n":["A"],"r":["X"]}}`}, []expectation{{`{"u":[{"n":"B","r":"X"},{"n":"A","r":"X"}]}`, true}}},
	{"F17", []string{`{"a":[{"equals-ignore-case":"AbC"}]}`}, []expectation{{`{"a":"aBc"}`, true}, {`{"a":"abcd"}`, false}}},
	{"F18", []string{`{"ip":[{"cidr":"192.168.4.0/22"}]}`}, []expectation{{`{"ip":"192.168.7.9"}`, true}, {`{"ip":"192.168.8.1"}`, false}}},
	{"F19", []string{`{"a":["x"],"a":["y"]}`}, []expectation{{`{"a":"x"}`, false}, {`{"a":"y"}`, true}}},
	{"F20", []string{`{"d":{"n":["1"]},"d":{"o":["2"]}}`}, []expectation{{`{"d":{"n":"1","o":"2"}}`, true}, {`{"d":{"o":"2"}}`, false}}},
	{"F21", []string{`{"a.b":["x"]}`}, []expectation{{`{"a":{"b":"x"}}`, true}}},
	{"F23", []string{`{"d":{"N":[{"numeric":[">",1]}]}}`}, []expectation{{`{"d":{"N":"42"}}`, false}}},
	{"F23 text", []string{`{"d":{"N":["42"]}}`}, []expectation{{`{"d":{"N":"42"}}`, true}}},
	{"F26", []string{`{"a":[1]}`, `{"b":[2]}`}, []expectation{{`{"b":2}`, true}, {`{"b":1}`, false}}},

	{"words are typed", []string{`{"a":[true]}`}, []expectation{{`{"a":true}`, true}, {`{"a":false}`, false}, {`{"a":"true"}`, false}}},
	{"300 is 3e2", []string{`{"a":[300]}`}, []expectation{{`{"a":3e2}`, true}, {`{"a":300.0}`, true}, {`{"a":-300}`, false}}},
	{"strings are exact", []string{`{"a":["Ab"]}`}, []expectation{{`{"a":"Ab"}`, true}, {`{"a":"ab"}`, false}, {`{"a":"\u0041b"}`, true}}},
	{"empty wildcard", []string{`{"a":[{"wildcard":""}]}`}, []expectation{{`{"a":""}`, true}, {`{"a":"x"}`, false}}},
	{"lone star", []string{`{"a":[{"wildcard":"*"}]}`}, []expectation{{`{"a":""}`, true}, {`{"a":"x"}`, true}, {`{"a":5}`, false}}},
	{"empty ignore-case", []string{`{"a":[{"equals-ignore-case":""}]}`}, []expectation{{`{"a":""}`, true}, {`{"a":"x"}`, false}}},
	{"ignore-case prefix", []string{`{"a":[{"prefix":{"equals-ignore-case":"aB"}}]}`}, []expectation{{`{"a":"Abc"}`, true}, {`{"a":"a"}`, false}}},
	{"ignore-case suffix", []string{`{"a":[{"suffix":{"equals-ignore-case":"bC"}}]}`}, []expectation{{`{"a":"aBc"}`, true}, {`{"a":"c"}`, false}}},
	{"anything-but prefix", []string{`{"a":[{"anything-but":{"prefix":["x","y"]}}]}`}, []expectation{
		{`{"a":"z"}`, true}, {`{"a":"xz"}`, false}, {`{"a":"y"}`, false}, {`{"a":1}`, true}, {`{"a":null}`, true}, {`{}`, false},
	}},
	{"anything-but suffix", []string{`{"a":[{"anything-but":{"suffix":"x"}}]}`}, []expectation{{`{"a":"x"}`, false}, {`{"a":"xy"}`, true}}},
	{"anything-but wildcard", []string{`{"a":[{"anything-but":{"wildcard":"x*z"}}]}`}, []expectation{{`{"a":"xyz"}`, false}, {`{"a":"xy"}`, true}}},
	{"anything-but empty wildcard", []string{`{"a":[{"anything-but":{"wildcard":""}}]}`}, []expectation{{`{"a":""}`, false}, {`{"a":"x"}`, true}}},
	{"anything-but ignore-case", []string{`{"a":[{"anything-but":{"equals-ignore-case":["ab"]}}]}`}, []expectation{{`{"a":"AB"}`, false}, {`{"a":"x"}`, true}}},
	{"anything-but string takes numbers", []string{`{"a":[{"anything-but":"1"}]}`}, []expectation{{`{"a":1}`, true}, {`{"a":"1"}`, false}}},
	{"nested arrays flatten", []string{`{"a":["x"]}`}, []expectation{{`{"a":[[["x"]],"y"]}`, true}, {`{"a":[["z"]]}`, false}}},
	{"objects nested in arrays", []string{`{"u":{"n":["A"],"r":["X"]}}`}, []expectation{
		{`{"u":[[{"n":"A"}],[{"r":"X"}]]}`, false}, {`{"u":[[{"n":"A","r":"X"}]]}`, true}, {`{"u":{"n":"A","r":["Y","X"]}}`, true},
	}},
	{"plain beside objects", []string{`{"a":["x"],"a.b":[1]}`}, []expectation{{`{"a":["x",{"b":1}]}`, true}, {`{"a":["y",{"b":1}]}`, false}}},
	{"arrays apart are independent", []string{`{"u":{"n":["A"]},"v":{"n":["B"]}}`}, []expectation{{`{"u":[{},{"n":"A"}],"v":[{"n":"B"}]}`, true}}},
	{"dotted keys in events", []string{`{"a":{"b":{"c":[1]}}}`}, []expectation{{`{"a.b":{"c":1}}`, true}, {`{"a":{"b.c":1}}`, true}, {`{"a.b.c":1}`, true}, {`{"a.b":1}`, false}}},
	{"absent in the same element", []string{`{"u":{"n":["A"],"r":[{"exists":false}]}}`}, []expectation{
		{`{"u":[{"n":"A"},{"n":"B","r":"X"}]}`, true}, {`{"u":[{"n":"A","r":"X"}]}`, false},
	}},
	{"absent before any element is chosen", []string{`{"u":{"a":[{"exists":false}],"n":["A"]}}`}, []expectation{
		{`{"u":[{"n":"A"},{"n":"B","a":"X"}]}`, false}, {`{"u":[{"n":"A"}]}`, true},
	}},
	{"absent or a value", []string{`{"a":[{"exists":false},"x"]}`}, []expectation{{`{}`, true}, {`{"a":"x"}`, true}, {`{"a":"y"}`, false}}},
	{"last key of an event counts", []string{`{"a":{"b":[1]}}`}, []expectation{
		{`{"a":{"b":2},"a":{"b":1}}`, true}, {`{"a":{"b":1},"a":{"b":2}}`, false}, {`{"a":{"b":1},"a":{"c":1}}`, false}, {`{"a":{"b":1},"\u0061":0}`, false},
	}},
	{"$or overrides what stands before", []string{`{"a":[3],"$or":[{"a":[1]},{"b":[2]}]}`}, []expectation{{`{"a":1}`, true}, {`{"a":3}`, false}, {`{"a":3,"b":2}`, true}}},
	{"$or is overridden by what follows", []string{`{"$or":[{"a":[1]},{"b":[2]}],"a":[3]}`}, []expectation{{`{"a":1}`, false}, {`{"a":3}`, true}}},
	{"$or nests", []string{`{"d":{"$or":[{"a":[1]},{"b":[2],"$or":[{"c":[3]},{"e":[4]}]}]}}`}, []expectation{
		{`{"d":{"a":1}}`, true}, {`{"d":{"b":2}}`, false}, {`{"d":{"b":2,"e":4}}`, true}, {`{"a":1}`, false},
	}},
	{"two $or", []string{`{"$or":[{"a":[1]},{"b":[1]}],"x":{"$or":[{"c":[1]},{"d":[1]}]}}`}, []expectation{{`{"a":1}`, false}, {`{"b":1,"x":{"c":1}}`, true}}},
	{"addresses by value", []string{`{"a":["10.0.0.1"]}`}, []expectation{{`{"a":"010.0.00.1"}`, true}, {`{"a":"::ffff:a00:1"}`, true}, {`{"a":"10.0.0.2"}`, false}}},
	{"IPv6 by value", []string{`{"a":["2001:DB8::1"]}`}, []expectation{{`{"a":"2001:0db8:0:0:0:0:0:1"}`, true}, {`{"a":"2001:db8::2"}`, false}}},
	{"exactly is no address", []string{`{"a":[{"exactly":"10.0.0.1"}]}`}, []expectation{{`{"a":"10.0.0.1"}`, true}, {`{"a":"010.0.0.1"}`, false}}},
	{"no address", []string{`{"a":["300.0.0.1"]}`}, []expectation{{`{"a":"300.0.0.1"}`, true}, {`{"a":"0300.0.0.1"}`, false}}},
	{"numbers beyond doubles", []string{`{"a":[9007199254740993]}`}, []expectation{
		{`{"a":9007199254740993}`, true}, {`{"a":9007199254740992}`, false}, {`{"a":9007199254740993.0}`, false},
	}},
	{"no range for numbers beyond doubles", []string{`{"a":[{"numeric":[">",0]}]}`}, []expectation{{`{"a":9007199254740993}`, false}, {`{"a":9007199254740992}`, true}}},
	{"zero has no sign", []string{`{"a":[0]}`}, []expectation{{`{"a":-0.0e7}`, true}, {`{"a":1e-400}`, false}}},
	{"not an object", []string{`{"a":[{"exists":false}]}`}, []expectation{
		{`{}`, true}, {``, false}, {`[]`, false}, {`[{}]`, false}, {`1`, false}, {`"a"`, false}, {`null`, false}, {`{"b":1} 2`, false}, {`{"b":01}`, false},
	}},
	{"no patterns", nil, []expectation{{`{}`, true}, {`what`, true}}},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.row, func(t *testing.T) {
			set, err := Compile(v.patterns...)
			require.NoError(t, err)
			for _, want := range v.events {
				require.Equal(t, want.match, set.Match([]byte(want.event)), want.event)
				require.Equal(t, want.match, len(v.patterns) == 0 || modelMatches(t, v.patterns, want.event), "the model on %s", want.event)
			}
		})
	}
}

func modelMatches(t require.TestingT, patterns []string, event string) bool {
	match := false
	for _, p := range patterns {
		rules, err := modelCompile(p)
		require.NoError(t, err, p)
		match = match || modelMatch(rules, []byte(event))
	}
	return match
}

// Rows F9, F12, F14 and F22, the recorded refusals, and every other one, with place and reason.
var refusals = []struct {
	row, pattern string
	offset       int
	reason       string
}{
	{"recorded null", `null`, 0, `a pattern must be a JSON object`},
	{"recorded word", `blah`, 0, `not valid JSON`},
	{"recorded no list", `{"k":"v"}`, 5, `"k" must be an object or an array`},
	{"recorded empty list", `{"k":[]}`, 5, `empty array`},
	{"recorded broken", `{"k":[1}`, 7, `not valid JSON`},
	{"recorded array", ` ["k"]`, 1, `a pattern must be a JSON object`},
	{"F9 upper first", `{"a":[{"numeric":["<=",3,">",1]}]}`, 25, `in numeric only an upper bound can follow, and only a lower one`},
	{"F9 empty range", `{"a":[{"numeric":[">",3,"<",3]}]}`, 17, `the lower bound of a numeric range must be less than the upper one`},
	{"F9 one number", `{"a":[{"numeric":[">=",3,"<=",3]}]}`, 17, `the lower bound of a numeric range must be less than the upper one`},
	{"F12 stars", `{"a":[{"wildcard":"a**b"}]}`, 18, `wildcard has consecutive stars`},
	{"F12 case", `{"a":[{"Prefix":"b"}]}`, 7, `unknown operator "Prefix"`},
	{"F12 two", `{"a":[{"prefix":"b","suffix":"c"}]}`, 20, `only one operator may stand in an object`},
	{"F14", `{"$or":[{"a":[1]}]}`, 7, `$or needs at least two objects`},
	{"F18", `{"ip":[{"cidr":"192.168.4.0/32"}]}`, 15, `the mask of CIDR block "192.168.4.0/32" must be a number below 32`},
	{"F22 empty prefix", `{"a":[{"anything-but":{"prefix":""}}]}`, 32, `anything-but needs prefixes and suffixes that are strings and not empty`},
	{"F22 mixed", `{"a":[{"anything-but":[1,"x"]}]}`, 22, `anything-but has strings and numbers in one list`},
	{"F22 empty object", `{"a":{}}`, 5, `empty object`},

	{"empty text", ``, 0, `not valid JSON`},
	{"empty root", `{}`, 0, `empty object`},
	{"trailing text", `{"a":[1]} x`, 10, `not valid JSON`},
	{"invalid UTF-8", "{\"a\":[\"\xff\"]}", 7, `not valid JSON`},
	{"array in array", `{"a":[[1]]}`, 6, `an array cannot stand in an array`},
	{"no operator", `{"a":[{}]}`, 6, `an operator is missing`},
	{"same operator twice", `{"a":[{"prefix":"b","prefix":"b"}]}`, 20, `only one operator may stand in an object`},
	{"prefix of a number", `{"a":[{"prefix":1}]}`, 16, `must be a string`},
	{"prefix list", `{"a":[{"prefix":["b"]}]}`, 16, `must be a string`},
	{"prefix operator", `{"a":[{"prefix":{"suffix":"b"}}]}`, 17, `unsupported operator "suffix" inside prefix or suffix`},
	{"prefix no operator", `{"a":[{"prefix":{}}]}`, 16, `an operator is missing`},
	{"ignore-case prefix list", `{"a":[{"prefix":{"equals-ignore-case":["b"]}}]}`, 38, `must be a string`},
	{"suffix null", `{"a":[{"suffix":null}]}`, 16, `must be a string`},
	{"ignore-case list", `{"a":[{"equals-ignore-case":["b"]}]}`, 28, `must be a string`},
	{"wildcard list", `{"a":[{"wildcard":["b"]}]}`, 18, `must be a string`},
	{"wildcard escape", `{"a":[{"wildcard":"a\\b"}]}`, 18, `wildcard has a backslash that escapes neither * nor \`},
	{"wildcard last escape", `{"a":[{"wildcard":"a\\"}]}`, 18, `wildcard has a backslash that escapes neither * nor \`},
	{"exists text", `{"a":[{"exists":"true"}]}`, 16, `exists needs true or false`},
	{"exists null", `{"a":[{"exists":null}]}`, 16, `exists needs true or false`},
	{"exactly number", `{"a":[{"exactly":1}]}`, 17, `must be a string`},
	{"numeric number", `{"a":[{"numeric":1}]}`, 17, `numeric needs an array`},
	{"numeric empty", `{"a":[{"numeric":[]}]}`, 17, `empty array`},
	{"numeric operator", `{"a":[{"numeric":["<>",1]}]}`, 18, `unknown numeric operator "<>"`},
	{"numeric no number", `{"a":[{"numeric":[">"]}]}`, 18, `numeric operator ">" needs a number`},
	{"numeric text", `{"a":[{"numeric":[">","1"]}]}`, 22, `must be a number`},
	{"numeric three", `{"a":[{"numeric":[">",1,"<"]}]}`, 24, `numeric operator "<" needs a number`},
	{"numeric two lower", `{"a":[{"numeric":[">",1,">",2]}]}`, 24, `in numeric only an upper bound can follow, and only a lower one`},
	{"numeric equals and", `{"a":[{"numeric":["=",1,"<",2]}]}`, 24, `in numeric only an upper bound can follow, and only a lower one`},
	{"numeric five", `{"a":[{"numeric":[">",1,"<",2,3]}]}`, 30, `must be a string`},
	{"numeric six", `{"a":[{"numeric":[">",1,"<",2,"<",3]}]}`, 30, `in numeric only an upper bound can follow, and only a lower one`},
	{"numeric too long", `{"a":[{"numeric":["=",9007199254740993]}]}`, 22, `9007199254740993 has more digits or is larger than can be compared`},
	{"numeric too large", `{"a":[{"numeric":["<",1e400]}]}`, 22, `1e400 has more digits or is larger than can be compared`},
	{"numeric nothing below", `{"a":[{"numeric":["<",-1.7976931348623157e308]}]}`, 17, `the lower bound of a numeric range must be less than the upper one`},
	{"anything-but null", `{"a":[{"anything-but":null}]}`, 22, `must be a number`},
	{"anything-but empty", `{"a":[{"anything-but":[]}]}`, 22, `empty list`},
	{"anything-but bool", `{"a":[{"anything-but":["x",true]}]}`, 27, `must be a number`},
	{"anything-but nested list", `{"a":[{"anything-but":[["x"]]}]}`, 23, `must be a number`},
	{"anything-but too long", `{"a":[{"anything-but":9007199254740993}]}`, 22, `9007199254740993 has more digits or is larger than can be compared`},
	{"anything-but operator", `{"a":[{"anything-but":{"numeric":["=",1]}}]}`, 23, `unsupported operator "numeric" inside anything-but`},
	{"anything-but two operators", `{"a":[{"anything-but":{"prefix":"a","suffix":"b"}}]}`, 36, `only one operator may stand in an object`},
	{"anything-but no operator", `{"a":[{"anything-but":{}}]}`, 22, `an operator is missing`},
	{"anything-but prefix ignore-case", `{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}`, 32, `anything-but needs prefixes and suffixes that are strings and not empty`},
	{"anything-but empty suffixes", `{"a":[{"anything-but":{"suffix":["x",""]}}]}`, 37, `anything-but needs prefixes and suffixes that are strings and not empty`},
	{"anything-but no prefixes", `{"a":[{"anything-but":{"prefix":[]}}]}`, 32, `empty list`},
	{"anything-but ignore-case number", `{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}`, 45, `must be a string`},
	{"anything-but wildcard stars", `{"a":[{"anything-but":{"wildcard":"**"}}]}`, 34, `wildcard has consecutive stars`},
	{"cidr number", `{"a":[{"cidr":1}]}`, 14, `must be a string`},
	{"cidr no mask", `{"a":[{"cidr":"10.0.0.1"}]}`, 14, `CIDR block "10.0.0.1" has no mask`},
	{"cidr no address", `{"a":[{"cidr":"10.0.0/8"}]}`, 14, `CIDR block "10.0.0/8" does not start with an IP address`},
	{"cidr mask", `{"a":[{"cidr":"10.0.0.0/x"}]}`, 14, `the mask of CIDR block "10.0.0.0/x" must be a number below 32`},
	{"cidr negative", `{"a":[{"cidr":"10.0.0.0/-1"}]}`, 14, `the mask of CIDR block "10.0.0.0/-1" must be a number below 32`},
	{"cidr IPv6 address", `{"a":[{"cidr":"::1/128"}]}`, 14, `the mask of CIDR block "::1/128" must be a number below 128`},
	{"$or object", `{"$or":{"a":[1],"b":[2]}}`, 7, `$or needs an array`},
	{"$or empty", `{"$or":[]}`, 7, `$or needs at least two objects`},
	{"$or values", `{"$or":[1,2]}`, 8, `only objects can stand in $or`},
	{"$or empty objects", `{"$or":[{},{}]}`, 8, `empty object`},
	{"$or operator", `{"$or":[{"a":[1]},{"b":{"numeric":[1]}}]}`, 24, `"numeric" cannot be a field inside $or`},
	{"$or fault inside", `{"$or":[{"a":[1]},{"b":[]}]}`, 23, `empty array`},
}

func TestRefusals(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.row, func(t *testing.T) {
			set, err := Compile(`{"fine":[1]}`, r.pattern)
			require.Nil(t, set)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, 1, e.Pattern)
			require.Equal(t, r.reason, e.Reason)
			require.Equal(t, r.offset, e.Offset)
			_, err = modelCompile(r.pattern)
			require.Error(t, err, "the model")
		})
	}
	require.Equal(t, "Invalid filter pattern definition.", InvalidPattern)
}

func TestOperatorNamesAreFieldsOutsideOr(t *testing.T) {
	set, err := Compile(`{"numeric":[1],"prefix":{"exists":["x"]}}`)
	require.NoError(t, err)
	require.True(t, set.Match([]byte(`{"numeric":1,"prefix":{"exists":"x"}}`)))
}
