package schedule

import (
	"strings"
	"time"
)

// Kind is one of the three forms of an expression.
type Kind string

// The kinds.
const (
	Rate Kind = "rate"
	Cron Kind = "cron"
	At   Kind = "at" // Scheduler only
)

// Expression is a schedule expression that was found right. It does not change and may be shared. The zero Expression
// never fires.
type Expression struct {
	text   string
	kind   Kind
	period time.Duration // of a rate
	civil  civil         // of an at
	second int           // of an at
	cron   *cron
}

// Parse reads an expression. The error is an [*Error]. Whether the service in question has expressions of that kind is
// the caller's to check.
func Parse(text string) (Expression, error) {
	e := Expression{text: text}
	name, rest, _ := strings.Cut(text, "(")
	body, closed := strings.CutSuffix(rest, ")")
	if !closed {
		return Expression{}, refuse(text, "must be rate(…), cron(…) or at(…)")
	}
	var reason string
	switch e.kind = Kind(name); e.kind {
	case Rate:
		e.period, reason = parseRate(body)
	case Cron:
		e.cron, reason = parseCron(body)
	case At:
		e.civil, e.second, reason = parseAt(body)
	default:
		reason = "must be rate(…), cron(…) or at(…)"
	}
	if reason != "" {
		return Expression{}, refuse(text, reason)
	}
	return e, nil
}

func refuse(text, reason string) error { return &Error{Expression: text, Reason: reason} }

// MustParse is [Parse] for expressions that stand in a program: it panics where Parse returns an error.
func MustParse(text string) Expression {
	e, err := Parse(text)
	if err != nil {
		panic(err.Error())
	}
	return e
}

// String is the expression as it was written.
func (e Expression) String() string { return e.text }

// Kind says which form the expression has; "" for the zero Expression.
func (e Expression) Kind() Kind { return e.kind }

// Period is the time between the firings of a rate, 0 for the other kinds.
func (e Expression) Period() time.Duration { return e.period }

// Next is the first firing after an instant, in UTC and with a rate that counts from that instant: see [Plan.Next].
func (e Expression) Next(after time.Time) (time.Time, bool) {
	return Plan{Expression: e, Start: after}.Next(after)
}
