package lambda

import (
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// logRecord writes one object of the JSON log format, {"time":…,"type":…,"record":{…}}, member by member.
type logRecord struct {
	b     []byte
	depth int // objects that are open
}

func openRecord(b []byte, t time.Time, kind string) logRecord {
	b = append(b, `{"time":"`...)
	b = stamp.AppendMillis(b, t)
	b = append(b, `","type":"`...)
	b = append(b, kind...)
	b = append(b, `","record":{`...)
	return logRecord{b: b, depth: 2}
}

// key begins a member.
func (r *logRecord) key(name string) {
	if r.b[len(r.b)-1] != '{' {
		r.b = append(r.b, ',')
	}
	r.b = append(r.b, '"')
	r.b = append(r.b, name...)
	r.b = append(r.b, '"', ':')
}

// text writes a member, unless it is empty.
func (r *logRecord) text(name, value string) {
	if value != "" {
		r.key(name)
		r.b = jsontext.AppendString(r.b, value)
	}
}

func (r *logRecord) number(name string, n int64) {
	r.key(name)
	r.b = strconv.AppendInt(r.b, n, 10)
}

// millis writes a duration in milliseconds with up to three decimals, and at least one.
func (r *logRecord) millis(name string, d time.Duration) {
	r.key(name)
	r.b = strconv.AppendFloat(r.b, float64(d)/float64(time.Millisecond), 'f', 3, 64)
	for range 2 {
		if last := len(r.b) - 1; r.b[last] == '0' {
			r.b = r.b[:last]
		}
	}
}

// open begins a member that is an object.
func (r *logRecord) open(name string) {
	r.key(name)
	r.b = append(r.b, '{')
	r.depth++
}

// end ends the innermost object.
func (r *logRecord) end() {
	r.b = append(r.b, '}')
	r.depth--
}

// close ends whatever is open and returns the whole.
func (r *logRecord) close() []byte {
	for r.depth > 0 {
		r.end()
	}
	return r.b
}
