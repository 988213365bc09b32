// Package concurrency is the accountant of AWS Lambda's concurrency: it decides which calls may start, in which
// pool, in a warm or a new execution environment, and why a call is throttled.
//
// An [Account] holds the concurrency quota of one account in one Region. A [Function] is claimed in it by name, and
// each [Version] of a function has books of its own. [Version.AcquireAt] asks for an execution environment and
// answers with a [Lease] or a [*ThrottleError]; [Lease.ReleaseAt] gives it back:
//
//	account := concurrency.NewAccount(concurrency.Options{})
//	orders, err := account.Claim("orders", nil)
//	...
//	latest := orders.Version("$LATEST")
//	lease, err := latest.AcquireAt(now)
//	...
//	lease.ReleaseAt(now.Add(200*time.Millisecond), true)
//
// # Rules
//
// A call passes these gates in order, and a refused call changes nothing:
//
//  1. a function with a reserved concurrency of 0 is off;
//  2. requests of a function with reserved concurrency R are limited to 10·R a second;
//  3. requests of the account are limited to 10·L a second, L being its concurrency quota;
//  4. a version with provisioned concurrency P serves the call from it while an allocated environment is free and
//     its own 10·P a second are not used up; beyond either the call spills over;
//  5. a reserved function takes the rest of its reservation, any other function the unreserved pool;
//  6. an idle environment of the same version is reused; a new one costs a token of the function's scaling rate,
//     1,000 at once and 100 a second more.
//
// # Time
//
// Nothing here reads a clock, starts a goroutine or owns a timer (save for [Version.Acquire], which is AcquireAt at
// the current time): every rule takes its instant as an argument, so a live engine, a test in virtual time and a
// discrete-event simulation share the same books. Idle environments expire, and provisioned concurrency becomes
// ready, when somebody next asks. Methods that only read may be asked about any instant and change nothing.
//
// Callers race for the books, so an instant may arrive a little late: one before the latest instant booked counts as
// that latest instant. A step back of a minute or more is taken for a clock that was set: the time since every
// earlier event is kept and time goes on from there.
//
// # Environments
//
// A caller hangs its execution environment on the lease with [Lease.Attach] and finds it again, with
// [Lease.Attached], on the next lease of the same environment. An owner that is a [Retirer] is told of every
// attachment that leaves the books.
//
// # Planning
//
// [Concurrency], [ErlangB], [PoissonQuantile], [ColdStartProbability], [ProvisionedFor] and [TargetTracking] answer
// the usual questions about sizing in closed form.
//
// # Limits
//
// Not modelled: availability zones, the background recycling of ready provisioned environments, the limit on
// creating SnapStart snapshots, and Lambda Managed Instances. Where AWS publishes no rule (which idle environment is
// reused, how long it lives, the shape of the request-rate limiter) [Options] names the assumption.
//
// All types are safe for concurrent use. The package imports nothing but the standard library.
package concurrency
