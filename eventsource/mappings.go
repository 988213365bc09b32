package eventsource

import (
	"slices"
	"sync"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// mappings are those of one Service, in the order in which they were made.
type mappings struct {
	mu   sync.Mutex
	made uint64
	list []*Mapping
}

// mappingsKey is the key of a Service's mappings.
type mappingsKey struct{}

func mappingsOf(svc *invoke.Service) *mappings {
	return svc.Layer(mappingsKey{}, func() any { return &mappings{} }).(*mappings)
}

// add gives a mapping its UUID and puts it into the list, unless it is there already: from one source to one function,
// version or alias, as the caller names it, there is one mapping.
func (l *mappings) add(m *Mapping) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.unique(m, m.set); err != nil {
		return err
	}
	l.made++
	m.number, m.uuid = l.made, uuid.V4(m.seed, l.made, "mapping")
	l.list = append(l.list, m)
	return nil
}

// unique refuses settings of m that another mapping has. The caller holds mu.
func (l *mappings) unique(m *Mapping, set *settings) error {
	for _, o := range l.list {
		if o != m && o.source.ARN() == m.source.ARN() && o.has(set.functionARN, m.checkpoints(set), m.store) {
			return alreadyExists(m.kind, m.source.ARN(), set.ref.Name, o.uuid)
		}
	}
	return nil
}

// alreadyExists is the refusal of a duplicate. AWS has blanks inside the quotes.
func alreadyExists(k kind, source, function, uuid string) error {
	text := `The event source arn (" ` + source + ` ") and function (" ` + function + ` ") provided mapping already exists.`
	if k.queue() {
		text = `An event source mapping with SQS arn (" ` + source + ` ") and function (" ` + function + ` ") already exists.`
	}
	return lambda.NewError("ResourceConflictException",
		text+" Please update or delete the existing mapping with UUID "+uuid)
}

func (l *mappings) remove(m *Mapping) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(o *Mapping) bool { return o == m })
}

// snapshot is the list as it is now.
func (l *mappings) snapshot() []*Mapping {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

func (m *Mapping) settings() *settings {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.set
}
