package linearizability

import "github.com/anishathalye/porcupine"

// The model is the rules at one instant: nothing expires, nothing is refilled, and nothing that is put becomes ready.
// States are compared with ==.

const (
	functions = 2
	versions  = 2 // $LATEST, and version 1, which has provisioned concurrency at the start
	maxLeases = 160
	none      = -1
)

type state struct {
	limit     int8
	requests  int16 // taken of the account's 10 × limit
	functions [functions]function
	leases    [maxLeases]lease
}

type function struct {
	reserved int8 // or none
	requests int16
	versions [versions]version
}

type version struct {
	requested, allocated        int8 // provisioned concurrency
	provisioned, onDemand, idle int8
	requests                    int16 // taken of 10 × allocated
	deployment                  uint8
}

type lease struct {
	held        bool
	provisioned bool
	function    int8
	version     int8
	deployment  uint8
}

type operation uint8

const (
	acquire operation = iota
	release
	putReserved
	deleteReserved
	putProvisioned
	deleteProvisioned
	setLimit
	renew
	look
)

type input struct {
	op                operation
	function, version int
	lease             int // the caller's number for the lease to take or give back
	n                 int
	keep              bool
}

// seen is what look returns.
type seen struct {
	inFlight, claimed, unreserved    int
	onDemand, provisioned, available [functions]int
	idle                             [functions][versions]int
}

// model is the sequential account. Rates says whether the request rates are on.
func model(start state, minimum int, rates bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return start },
		Step: func(before, in, out any) (bool, any) {
			s := before.(state)
			want := s.step(in.(input), minimum, rates)
			return want == out, s
		},
	}
}

func (f *function) requested() (n int8) {
	for _, v := range f.versions {
		n += v.requested
	}
	return n
}

func (f *function) claim() (n int8) {
	if f.reserved != none {
		return f.reserved
	}
	return f.taken()
}

// taken is what provisioned concurrency takes, draining included.
func (f *function) taken() (n int8) {
	for _, v := range f.versions {
		n += max(v.requested, v.provisioned)
	}
	return n
}

func (f *function) onDemand() (n int8) {
	for _, v := range f.versions {
		n += v.onDemand
	}
	return n
}

func (s *state) claimed() (n int8) {
	for i := range s.functions {
		n += s.functions[i].claim()
	}
	return n
}

func (s *state) configured() (n int) {
	for i := range s.functions {
		if f := &s.functions[i]; f.reserved != none {
			n += int(f.reserved)
		} else {
			n += int(f.requested())
		}
	}
	return n
}

func (s *state) unreserved() (n int8) {
	for i := range s.functions {
		if f := &s.functions[i]; f.reserved == none {
			n += f.onDemand()
		}
	}
	return n
}

// step makes a call and returns its outcome.
func (s *state) step(in input, minimum int, rates bool) any {
	f := &s.functions[in.function]
	v := &f.versions[in.version]
	switch in.op {
	case acquire:
		return s.acquire(f, v, in, rates)
	case release:
		s.release(in)
	case putReserved:
		return s.putReserved(f, in.n, minimum)
	case deleteReserved:
		f.reserved = none
	case putProvisioned:
		return s.putProvisioned(f, v, in.n, minimum)
	case deleteProvisioned:
		v.requested, v.allocated = 0, 0
	case setLimit:
		if s.configured() > 0 && in.n-s.configured() < minimum {
			return "limit"
		}
		s.limit = int8(in.n)
	case renew:
		v.idle = 0
		v.deployment++
	case look:
		return s.look()
	}
	return ""
}

func (s *state) acquire(f *function, v *version, in input, rates bool) string {
	reserved := f.reserved != none
	switch {
	case f.reserved == 0:
		return "off"
	case rates && reserved && f.requests >= 10*int16(f.reserved):
		return "function rate"
	case rates && s.requests >= 10*int16(s.limit):
		return "account rate"
	}
	l := lease{held: true, function: int8(in.function), version: int8(in.version), deployment: v.deployment}
	outcome := "Provisioned"
	if v.provisioned < v.allocated && (!rates || v.requests < 10*int16(v.allocated)) {
		l.provisioned = true
		v.provisioned++
		v.requests++
	} else {
		outcome = "Unreserved"
		if reserved {
			outcome = "Reserved"
			if f.onDemand() >= f.reserved-f.taken() {
				return "reserved pool"
			}
		} else if s.unreserved() >= s.limit-s.claimed() {
			return "unreserved pool"
		}
		if v.idle > 0 {
			v.idle--
		} else {
			outcome += " cold"
		}
		v.onDemand++
	}
	s.requests++
	if reserved {
		f.requests++
	}
	s.leases[in.lease] = l
	return outcome
}

func (s *state) release(in input) {
	l := s.leases[in.lease]
	if !l.held {
		return
	}
	s.leases[in.lease] = lease{}
	v := &s.functions[l.function].versions[l.version]
	if l.provisioned {
		v.provisioned--
		return
	}
	v.onDemand--
	if in.keep && l.deployment == v.deployment {
		v.idle++
	}
}

func (s *state) putReserved(f *function, n, minimum int) string {
	others := s.configured() - int(f.requested())
	if f.reserved != none {
		others = s.configured() - int(f.reserved)
	}
	switch {
	case n > 0 && int(s.limit)-others-n < minimum:
		return "minimum"
	case n < int(f.requested()):
		return "below provisioned"
	}
	f.reserved = int8(n)
	return ""
}

func (s *state) putProvisioned(f *function, v *version, n, minimum int) string {
	own := int(v.requested)
	if f.reserved != none {
		if int(f.requested())-own+n > int(f.reserved) {
			return "above reserved"
		}
	} else if left := int(s.limit) - (s.configured() - own) - n; left < 0 {
		return "above unreserved"
	} else if left < minimum {
		return "minimum"
	}
	v.requested = int8(n)
	v.allocated = min(v.allocated, int8(n))
	return ""
}

func (s *state) look() seen {
	out := seen{claimed: int(s.claimed()), unreserved: int(s.unreserved())}
	for i := range s.functions {
		f := &s.functions[i]
		out.onDemand[i] = int(f.onDemand())
		for j, v := range f.versions {
			out.provisioned[i] += int(v.provisioned)
			out.available[i] += int(v.allocated)
			out.idle[i][j] = int(v.idle)
		}
		out.inFlight += out.onDemand[i] + out.provisioned[i]
	}
	return out
}
