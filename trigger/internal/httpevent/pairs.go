package httpevent

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// Pair is a header line or a query parameter.
type Pair struct{ Name, Value string }

// Pairs are header lines or query parameters. The appenders want them sorted.
type Pairs []Pair

// Sort sorts by name. Those of one name keep their order.
func (p Pairs) Sort() Pairs {
	slices.SortStableFunc(p, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
	return p
}

// Has says whether there is a pair of that name.
func (p Pairs) Has(name string) bool {
	for i := range p {
		if p[i].Name == name {
			return true
		}
	}
	return false
}

// AddTo adds header lines to those that h has.
func (p Pairs) AddTo(h http.Header) {
	values := make([]string, len(p)) // all share one array
	for i, line := range p {
		if had := h[line.Name]; len(had) > 0 {
			h[line.Name] = append(had, line.Value)
			continue
		}
		values[i] = line.Value
		h[line.Name] = values[i : i+1 : i+1]
	}
}

// run is how many pairs at the beginning have the first one's name.
func (p Pairs) run() int {
	n := 1
	for n < len(p) && p[n].Name == p[0].Name {
		n++
	}
	return n
}

// AppendLast appends an object of strings: of each name the last value.
func (p Pairs) AppendLast(b []byte) []byte {
	return p.appendObject(b, func(b []byte, same Pairs) []byte {
		return jsontext.AppendString(b, same[len(same)-1].Value)
	})
}

// AppendLists appends an object of arrays: of each name all values, in order.
func (p Pairs) AppendLists(b []byte) []byte {
	return p.appendObject(b, func(b []byte, same Pairs) []byte {
		b = append(b, '[')
		for i, x := range same {
			if i > 0 {
				b = append(b, ',')
			}
			b = jsontext.AppendString(b, x.Value)
		}
		return append(b, ']')
	})
}

// AppendJoined appends an object of strings: of each name all values, joined by commas without a space.
func (p Pairs) AppendJoined(b []byte) []byte {
	return p.appendObject(b, func(b []byte, same Pairs) []byte {
		b = append(b, '"')
		for i, x := range same {
			if i > 0 {
				b = append(b, ',')
			}
			b = jsontext.AppendEscaped(b, x.Value)
		}
		return append(b, '"')
	})
}

// appendObject appends an object with one member for each name.
func (p Pairs) appendObject(b []byte, value func(b []byte, same Pairs) []byte) []byte {
	b = append(b, '{')
	for i := 0; i < len(p); {
		if i > 0 {
			b = append(b, ',')
		}
		n := p[i:].run()
		b = jsontext.AppendString(b, p[i].Name)
		b = append(b, ':')
		b = value(b, p[i:i+n])
		i += n
	}
	return append(b, '}')
}

// AppendStrings appends an array of strings.
func AppendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, s)
	}
	return append(b, ']')
}
