package dynamodb

import (
	"bytes"
	"encoding/json"
)

// maxItemSize is the largest item, in bytes by DynamoDB's count.
const maxItemSize = 400 << 10

// image is an item at one moment, as stream records show it. It is never changed, and images of equal items have equal
// bytes.
type image struct {
	json []byte
	size int // names and values, in bytes
}

// newImage checks an item's values and takes a copy.
func newImage(item Item) (image, error) {
	e := encoder{b: make([]byte, 0, 256)}
	if err := e.attributes(item, 0, 0); err != nil {
		return image{}, err
	}
	return image{bytes.Clone(e.b), e.size}, nil // at its true length: it may be kept for a day
}

// item is a copy of the item for a caller.
func (m *image) item() Item {
	var item Item
	if err := json.Unmarshal(m.json, &item); err != nil {
		panic("dynamodb: an image that is no item: " + err.Error()) // newImage wrote it
	}
	return item
}
