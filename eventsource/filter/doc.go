// Package filter matches events against the patterns that AWS services filter by: the FilterCriteria of Lambda's event
// source mappings, EventBridge rules, filter policies of SNS subscriptions.
//
// A pattern is a JSON object that has the shape of the events it is for, with a list at the end of each path:
//
//	{
//	  "source": ["shop.orders"],
//	  "detail": {
//	    "state": ["PAID", {"prefix": "REFUND"}],
//	    "total": [{"numeric": [">", 100, "<=", 5000]}],
//	    "$or": [{"gift": [true]}, {"coupon": [{"exists": true}]}]
//	  }
//	}
//
// An event matches if at every path some entry of the list accepts some value. A [Set] holds several patterns, of which
// one has to match:
//
//	set, err := filter.Compile(pattern)
//	if set.Match(event) { … }
//
// Who has many Sets, as a bus has rules, asks an [Index] which of them match, in one walk over the event.
//
// Mappings look into the payload of a record, which is quoted or in base64 in the record itself, and treat payloads of
// the wrong form in their own ways: see [Set.For].
//
// # What the entries accept
//
//	"s"  1  true  null                   the same value of the same type. Numbers count by value, 300 is 3e2; those that
//	                                     need more digits than a double has, by their literal. A string that is an IP
//	                                     address accepts all ways to write it
//	{"exactly":"s"}                      the same string
//	{"prefix":"p"}  {"suffix":"s"}       strings; with {"equals-ignore-case":"p"} in place of "p", in either case
//	{"equals-ignore-case":"s"}           strings
//	{"wildcard":"a*b"}                   strings; * is any run of characters, \* and \\ are the characters
//	{"numeric":[">",1,"<=",3]}           numbers; one comparison (=, <, <=, >, >=), or a lower and an upper bound
//	{"cidr":"10.0.0.0/24"}               strings that are IP addresses in the block
//	{"anything-but":v}                   any value but v, or but those in a list of strings or of numbers; also but those
//	                                     with a prefix or suffix, of a wildcard, or equal but for the case
//	{"exists":true}                      any value that is no object, and no array without such a value
//	{"exists":false}                     that there is none
//
// Where a value is an array, its elements are the values, and theirs if they are arrays. Where objects are in arrays, all
// paths through an array have to be satisfied by the same element of it. {"exists":false} means the element that the
// paths before, in alphabetical order, were satisfied by; with none before, the whole event.
//
// A path may be nested or written with dots, in patterns and in events. If one comes twice in a pattern, the last list
// counts; in an event, of members of one name in one object the last one counts. $or takes two objects or more; a list
// that comes before it is replaced by a list for the same path in the objects, and theirs by one that comes after.
//
// # What is refused
//
// [Compile] refuses whatever EventBridge's rule engine refuses, as an [*Error] that says why; Lambda's API says
// [InvalidPattern] to all of it. That the service refuses wildcards that are too complex is not modelled: they cost no
// more than others here. Neither is encryption of filters.
//
// Events are read as they stand, without being decoded: what no pattern mentions is only checked to be JSON. Text after
// the object, invalid UTF-8, or more than 1000 levels of nesting make an event invalid, and it matches nothing.
package filter
