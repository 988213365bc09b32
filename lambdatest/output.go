package lambdatest

import (
	"strings"
	"sync"
)

// Output is a writer for what functions print: a strings.Builder that several goroutines may use at once, as handlers
// and the test that waits for them do. The zero Output is empty.
type Output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends p. It never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is all that was written so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
