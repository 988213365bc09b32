package apigateway

import (
	"strings"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// node is one place in the tree of resources or routes.
type node[T any] struct {
	path     string // as configured: /user/{id}
	literals map[string]*node[T]
	param    *node[T] // {name}
	greedy   *node[T] // {name+}
	name     string   // of the parameter that leads here
	methods  map[string]T
}

// put adds what serves a method of a path.
func (n *node[T]) put(method, path string, what T) error {
	at, err := n.add(path)
	if err != nil {
		return err
	}
	if _, twice := at.methods[method]; twice {
		return misconfigured(method+" "+path, "is there twice")
	}
	if at.methods == nil {
		at.methods = map[string]T{}
	}
	at.methods[method] = what
	return nil
}

// add makes the node for a path, or says what is wrong with the path.
func (n *node[T]) add(path string) (*node[T], error) {
	if !strings.HasPrefix(path, "/") {
		return nil, misconfigured(path, "a path begins with a slash")
	}
	if path == "/" {
		n.path = "/"
		return n, nil
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if n.name != "" && n.isGreedy() {
			return nil, misconfigured(path, "a greedy parameter must be last")
		}
		next, err := n.child(path, part)
		if err != nil {
			return nil, err
		}
		n = next
	}
	n.path = path
	return n, nil
}

func (n *node[T]) isGreedy() bool { return strings.HasSuffix(n.name, "+") }

// child is the node under n for one part of a path.
func (n *node[T]) child(path, part string) (*node[T], error) {
	inner, braced := strings.CutPrefix(part, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	name := strings.TrimSuffix(inner, "+")
	switch {
	case part == "":
		return nil, misconfigured(path, "a path has no empty part, and no slash at its end")
	case braced != closed, braced && !isPart(name, "-._$"), !braced && !isPart(asciiOnly(part), "-._~!$&'()*+,;=:@%"):
		return nil, misconfigured(path, "parts are of letters, digits and -._~!$&'()*+,;=:@ or %, or one parameter in braces")
	case !braced:
		if n.literals == nil {
			n.literals = map[string]*node[T]{}
		}
		if n.literals[part] == nil {
			n.literals[part] = &node[T]{}
		}
		return n.literals[part], nil
	}
	slot := &n.param
	if strings.HasSuffix(inner, "+") {
		slot = &n.greedy
	}
	if *slot == nil {
		*slot = &node[T]{name: inner}
	} else if (*slot).name != inner {
		return nil, misconfigured(path, "a sibling parameter is named {"+(*slot).name+"}")
	}
	return *slot, nil
}

// asciiOnly is a literal part with a letter for each rune that is not ASCII: HTTP APIs, which decode paths, can find it.
func asciiOnly(part string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return 'x'
		}
		return r
	}, part)
}

// isPart says whether s is of letters, digits and the others, and not empty.
func isPart(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if ('a' > c|0x20 || c|0x20 > 'z') && ('0' > c || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != ""
}

// match finds the node for what is left of a path, which begins with a slash or is empty: a literal part goes before a
// parameter, and that before a greedy one. A node that serves does not want is passed over, and the next best tried.
// Parameters are appended to params, which is cut back where a way leads nowhere.
func (n *node[T]) match(path string, params *pairs, serves func(*node[T]) bool) *node[T] {
	if path == "" {
		if serves(n) {
			return n
		}
		return nil
	}
	all := path[1:]
	part, rest := all, ""
	if end := strings.IndexByte(all, '/'); end >= 0 {
		part, rest = all[:end], all[end:]
	}
	mark := len(*params)
	if next := n.literals[part]; next != nil {
		if found := next.match(rest, params, serves); found != nil {
			return found
		}
	}
	if n.param != nil && part != "" {
		*params = append((*params)[:mark], httpevent.Pair{Name: n.param.name, Value: part})
		if found := n.param.match(rest, params, serves); found != nil {
			return found
		}
	}
	if n.greedy != nil && all != "" && serves(n.greedy) {
		*params = append((*params)[:mark], httpevent.Pair{Name: strings.TrimSuffix(n.greedy.name, "+"), Value: all})
		return n.greedy
	}
	*params = (*params)[:mark]
	return nil
}

// methodOf is what serves a method at a node: its own entry, or that of ANY.
func (n *node[T]) methodOf(method string) (T, bool) {
	if m, ok := n.methods[method]; ok {
		return m, true
	}
	m, ok := n.methods[anyMethod]
	return m, ok
}
