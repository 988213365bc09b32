// Package validation writes the text that AWS services answer when a request breaks the constraints of its model:
//
//	2 validation errors detected: Value 'x' at 'a' failed to satisfy constraint: …; Value '0' at 'b' failed to …
//
// A check collects what it finds in a [Findings], so that one answer names every violation, and asks for the text at
// the end. Which error carries the text is the caller's business. Values are the service's Java forms: see [String],
// [Int], [List] and [Map].
package validation

import (
	"strconv"
	"strings"
)

// Findings collects the violations of one request, in the order in which they are added. The zero value is empty and
// ready; an empty one has allocated nothing. It is not safe for concurrent use.
type Findings struct {
	found []string
}

// Add records one violation. value is what [String] and its siblings made of the offending member, path its name in
// lowerCamel, dotted for nested members, and constraint one of the texts of this package.
func (f *Findings) Add(value, path, constraint string) {
	f.found = append(f.found, "Value "+value+" at '"+path+"' failed to satisfy constraint: "+constraint)
}

// AddHidden records one violation without quoting the value, as the service does where that may be a secret.
func (f *Findings) AddHidden(path, constraint string) {
	f.found = append(f.found, "Value at '"+path+"' failed to satisfy constraint: "+constraint)
}

// Len is the number of violations found so far.
func (f *Findings) Len() int { return len(f.found) }

// Text is the whole message, or "" when nothing was found.
func (f *Findings) Text() string {
	switch len(f.found) {
	case 0:
		return ""
	case 1:
		return "1 validation error detected: " + f.found[0]
	}
	return strconv.Itoa(len(f.found)) + " validation errors detected: " + strings.Join(f.found, "; ")
}

// Required finds a member that is missing.
func (f *Findings) Required(path string, present bool) {
	if !present {
		f.Add(Null, path, NotNull)
	}
}

// Length finds a text outside minimum and maximum, which count characters as Java does, in UTF-16 units. A maximum
// below 0 means none.
func (f *Findings) Length(path, value string, minimum, maximum int) {
	switch n := javaLength(value); {
	case maximum >= 0 && n > maximum:
		f.Add(String(value), path, MaxLength(maximum))
	case n < minimum:
		f.Add(String(value), path, MinLength(minimum))
	}
}

// Items finds a list with fewer than minimum or more than maximum members. A maximum below 0 means none.
func (f *Findings) Items(path string, items []string, minimum, maximum int) {
	switch n := len(items); {
	case maximum >= 0 && n > maximum:
		f.Add(List(items), path, MaxLength(maximum))
	case n < minimum:
		f.Add(List(items), path, MinLength(minimum))
	}
}

// Range finds a number outside minimum and maximum.
func (f *Findings) Range(path string, n, minimum, maximum int64) {
	switch {
	case n > maximum:
		f.Add(Int(n), path, MaxValue(maximum))
	case n < minimum:
		f.Add(Int(n), path, MinValue(minimum))
	}
}

// Pattern finds a text that does not match: ok says whether it does, pattern is only quoted.
func (f *Findings) Pattern(path, value, pattern string, ok bool) {
	if !ok {
		f.Add(String(value), path, Pattern(pattern))
	}
}

// Enum finds a value that is none of set.
func (f *Findings) Enum(path, value string, set ...string) {
	for _, member := range set {
		if value == member {
			return
		}
	}
	f.Add(String(value), path, Enum(set...))
}

// javaLength is the length of s in UTF-16 units, which is how the service counts; it equals len for ASCII.
func javaLength(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
