package linearizability

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/lambdakit/lambdakit/concurrency"
)

const (
	clients   = 4
	callsEach = 30
	limit     = 6
	ready     = 2 // provisioned on version 1 of each function at the start
	minimum   = 1
)

var (
	begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now   = begin.Add(time.Hour)
)

// system is an account with the versions that the model has.
type system struct {
	account   *concurrency.Account
	functions [functions]*concurrency.Function
	versions  [functions][versions]*concurrency.Version
}

func newSystem(t testing.TB, rates bool) (*system, state) {
	s := &system{account: concurrency.NewAccount(concurrency.Options{Limit: limit, MinimumUnreserved: new(minimum), NoRequestRates: !rates})}
	start := state{limit: limit}
	for i := range functions {
		f, err := s.account.Claim(fmt.Sprintf("f%d", i), nil)
		if err != nil {
			t.Fatal(err)
		}
		s.functions[i] = f
		s.versions[i] = [versions]*concurrency.Version{f.Version(concurrency.Latest), f.Version("1")}
		if err := s.versions[i][1].PutProvisionedAt(begin, ready); err != nil {
			t.Fatal(err)
		}
		start.functions[i].reserved = none
		start.functions[i].versions[1].requested = ready
		start.functions[i].versions[1].allocated = ready
	}
	s.account.ExpireAt(now) // from here on time stands still, and what was put is ready
	return s, start
}

// client makes random calls and records them. Its clock may be a little late, which must not matter.
type client struct {
	id     int
	system *system
	rand   *rand.Rand
	next   int // the number of its next lease
	leases map[int]concurrency.Lease
	log    []porcupine.Operation
	since  time.Time
	rounds *rounds
}

// rounds lets the clients make their calls at the same time, one each a round: left alone, one would be through before
// the next has started.
type rounds struct{ arrived atomic.Int64 }

func (r *rounds) wait(round int) {
	r.arrived.Add(1)
	for r.arrived.Load() < int64(clients*(round+1)) {
		runtime.Gosched()
	}
}

func (c *client) run() {
	for round := range callsEach {
		in := c.draw()
		call := time.Since(c.since).Nanoseconds()
		c.rounds.wait(round)
		out := c.do(in)
		c.log = append(c.log, porcupine.Operation{ClientId: c.id, Input: in, Call: call, Output: out,
			Return: time.Since(c.since).Nanoseconds()})
	}
}

func (c *client) draw() input {
	in := input{function: c.rand.IntN(functions), version: c.rand.IntN(versions), keep: c.rand.IntN(4) > 0}
	held := make([]int, 0, len(c.leases))
	for number := range c.leases {
		held = append(held, number)
	}
	slices.Sort(held)
	switch n := c.rand.IntN(20); {
	case n < 9:
		in.op, in.lease = acquire, c.next
		c.next++
	case n < 13 && len(held) > 0:
		in.op, in.lease = release, held[c.rand.IntN(len(held))] // perhaps once more
	case n == 13:
		in.op, in.n = putReserved, c.rand.IntN(5)
	case n == 14:
		in.op = deleteReserved
	case n == 15:
		in.op, in.version, in.n = putProvisioned, 1, 1+c.rand.IntN(4)
	case n == 16 && c.rand.IntN(3) == 0:
		in.op = deleteProvisioned
	case n == 17:
		in.op, in.n = setLimit, 4+c.rand.IntN(4)
	case n == 18:
		in.op = renew
	default:
		in.op = look
	}
	return in
}

func (c *client) do(in input) any {
	t := now.Add(-time.Duration(c.rand.IntN(900)) * time.Millisecond)
	f, v := c.system.functions[in.function], c.system.versions[in.function][in.version]
	switch in.op {
	case acquire:
		lease, err := v.AcquireAt(t)
		if err == nil {
			c.leases[in.lease] = lease
		}
		return outcome(lease, err)
	case release:
		c.leases[in.lease].ReleaseAt(t, in.keep)
	case putReserved:
		return kind(f.PutReservedAt(t, in.n))
	case deleteReserved:
		f.DeleteReservedAt(t)
	case putProvisioned:
		return kind(v.PutProvisionedAt(t, in.n))
	case deleteProvisioned:
		v.DeleteProvisionedAt(t)
	case setLimit:
		return kind(c.system.account.SetLimitAt(t, in.n))
	case renew:
		f.RenewAt(t, v.Name())
	case look:
		return c.look(t)
	}
	return ""
}

func (c *client) look(t time.Time) seen {
	s := c.system.account.Snapshot(t)
	out := seen{inFlight: s.InFlight, claimed: s.Claimed, unreserved: s.UnreservedInUse}
	for i, f := range s.Functions {
		out.onDemand[i], out.provisioned[i] = f.OnDemand, f.Provisioned
		for j, v := range f.Versions {
			out.idle[i][j] = v.Idle
			if v.Provisioned != nil {
				out.available[i] += v.Provisioned.Available
			}
		}
	}
	return out
}

// record lets all clients loose on one account.
func record(t testing.TB, seed uint64, rates bool) ([]porcupine.Operation, state) {
	s, start := newSystem(t, rates)
	var all []*client
	var wg sync.WaitGroup
	together, since := &rounds{}, time.Now()
	for id := range clients {
		c := &client{id: id, system: s, rand: rand.New(rand.NewPCG(seed, uint64(id))), next: id * maxLeases / clients,
			leases: map[int]concurrency.Lease{}, since: since, rounds: together}
		all = append(all, c)
		wg.Go(c.run)
	}
	wg.Wait()
	var history []porcupine.Operation
	for _, c := range all {
		history = append(history, c.log...)
	}
	return history, start
}

func TestAccount_isLinearizable(t *testing.T) {
	histories := 1000
	if testing.Short() {
		histories = 100
	}
	for seed := range uint64(histories) {
		rates := seed%3 == 0
		history, start := record(t, seed, rates)
		if got := porcupine.CheckOperationsTimeout(model(start, minimum, rates), history, 20*time.Second); got != porcupine.Ok {
			t.Fatalf("seed %d: %s:\n%s", seed, got, describe(history))
		}
	}
}

// The checker would notice: one changed outcome has no explanation.
func TestChecker_noticesAWrongOutcome(t *testing.T) {
	for seed := range uint64(10) {
		history, start := record(t, seed, false)
		last := -1
		for i, op := range history {
			if op.Input.(input).op == look {
				last = i
			}
		}
		if last < 0 {
			continue
		}
		out := history[last].Output.(seen)
		out.inFlight++
		history[last].Output = out
		if got := porcupine.CheckOperationsTimeout(model(start, minimum, false), history, 20*time.Second); got != porcupine.Illegal {
			t.Errorf("seed %d: %s", seed, got)
		}
	}
}

func describe(history []porcupine.Operation) string {
	var b strings.Builder
	for _, op := range slices.SortedFunc(slices.Values(history), func(a, b porcupine.Operation) int { return int(a.Call - b.Call) }) {
		fmt.Fprintf(&b, "%d: %d..%d %+v -> %+v\n", op.ClientId, op.Call, op.Return, op.Input, op.Output)
	}
	return b.String()
}

func outcome(lease concurrency.Lease, err error) string {
	var refused *concurrency.ThrottleError
	switch {
	case err == nil && lease.Cold:
		return lease.Pool.String() + " cold"
	case err == nil:
		return lease.Pool.String()
	case !errors.As(err, &refused):
		return err.Error()
	case refused.Cause() == concurrency.CauseOff:
		return "off"
	case refused.Reason == concurrency.ReservedFunctionInvocationRateLimitExceeded:
		return "function rate"
	case refused.Reason == concurrency.CallerRateLimitExceeded:
		return "account rate"
	case refused.Reason == concurrency.ReservedFunctionConcurrentInvocationLimitExceeded:
		return "reserved pool"
	}
	return "unreserved pool"
}

func kind(err error) string {
	if err == nil {
		return ""
	}
	for part, kind := range map[string]string{
		"its minimum value of [":                                     "minimum",
		"total provisioned concurrency [":                            "below provisioned",
		"should not be greater than the reservedConcurrentExecution": "above reserved",
		"is greater than account's unreserved concurrency":           "above unreserved",
		"limit refused": "limit",
	} {
		if strings.Contains(err.Error(), part) {
			return kind
		}
	}
	return err.Error()
}
