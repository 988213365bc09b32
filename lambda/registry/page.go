package registry

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// Page asks for a part of a list. The zero value asks for the first 50.
//
// A list goes on behind the item that ended the page before, in a fixed order: a walk sees everything that exists from
// its start to its end exactly once, whatever comes and goes meanwhile.
type Page struct {
	// Marker is the one that the page before gave, "" for the first page. It is opaque.
	Marker string
	// MaxItems bounds the page; nil means 50. AWS allows 1 to 10,000 for functions, versions and aliases and 1 to 50
	// for other lists.
	MaxItems *int
}

// The largest MaxItems of the lists, and what stands for none.
const (
	maxItems        = 10000
	maxItemsSmall   = 50
	defaultMaxItems = 50
)

// keySeparator stands between the parts of a key. No name contains it.
const keySeparator = "\x00"

// listing collects one page of items, which must be offered in the order of their keys.
type listing[T any] struct {
	after string // the key behind which the page begins
	room  int    // how many more items fit
	items []T    // never nil: an empty list is present on the wire
	last  string // the key of the last item
	next  string // the next page's Marker, once there is more than fits
}

// newListing reads a page's bounds.
func newListing[T any](p Page, most int) (*listing[T], error) {
	n := defaultMaxItems
	if p.MaxItems != nil {
		n = *p.MaxItems
		var found validation.Findings
		found.Range("maxItems", int64(n), 1, int64(most))
		if err := lambda.ValidationError(found.Text()); err != nil {
			return nil, err
		}
	}
	after, ok := readMarker(p.Marker)
	if !ok {
		return nil, lambda.InvalidParameterValue("The Marker is not one that this list gave: " + p.Marker)
	}
	return &listing[T]{after: after, room: n, items: []T{}}, nil
}

// offer takes an item if it belongs to the page.
func (l *listing[T]) offer(key string, item func() T) {
	switch {
	case key <= l.after || l.next != "":
	case l.room == 0:
		l.next = writeMarker(l.last)
	default:
		l.room--
		l.last = key
		l.items = append(l.items, item())
	}
}

// writeMarker is the Marker of the page behind a key.
func writeMarker(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

// readMarker is the key in a Marker. It takes exactly what writeMarker gives; a decoder by itself overlooks line breaks.
func readMarker(marker string) (key string, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(marker)
	key = string(b)
	return key, err == nil && writeMarker(key) == marker
}

// nameOf is the function's name in a key.
func nameOf(key string) string {
	name, _, _ := strings.Cut(key, keySeparator)
	return name
}

// qualifierKey orders qualifiers: $LATEST, the versions by number, the aliases by name.
func qualifierKey(qualifier string) string {
	switch {
	case qualifier == lambda.Latest:
		return "0"
	case lambda.IsVersion(qualifier):
		return fmt.Sprintf("1%20s", qualifier)
	}
	return "2" + qualifier
}
