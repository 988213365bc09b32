package edge

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// sent is the part of a reply that is the same for all who get a response, so that a cached one need not find out again.
type sent struct {
	fields  []field // the header, in the order of names, without what a reply says itself
	values  int     // how many lines fields have
	via     string  // who passed the response on before: the beginning of Via
	untyped bool    // there is no Content-Type
	body    string  // the length of the body that is sent; "" for none
	asked   string  // the length that an answer to HEAD claims; "" for none
}

// field is all lines under one name.
type field struct {
	name   string
	values []string
}

// ownFields are the names under which a reply has lines of its own, or none.
var ownFields = nameSet("Content-Length", "Transfer-Encoding", "Via", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "X-Cache")

// indexed is the response with what is sent of it.
func (r *response) indexed() *response {
	c := *r
	s := &sent{fields: make([]field, 0, len(r.header)), untyped: r.header["Content-Type"] == nil}
	for _, name := range slices.Sorted(maps.Keys(r.header)) {
		if !ownFields[name] {
			s.fields = append(s.fields, field{name, r.header[name]})
			s.values += len(r.header[name])
		}
	}
	if before := r.header["Via"]; len(before) > 0 {
		s.via = before[len(before)-1] + ", "
	}
	if hasBody(r.status) {
		s.body = strconv.Itoa(len(r.body))
		s.asked = s.body
		if len(r.body) == 0 {
			s.asked = r.header.Get("Content-Length")
		}
	}
	c.sent = s
	return &c
}

// length is the reply's Content-Length, "" for none. What answers HEAD may have one without having the body.
func (s *sent) length(head bool) string {
	if head {
		return s.asked
	}
	return s.body
}

// hasBody says whether replies of a status have a body.
func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
