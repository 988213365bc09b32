// Package linearizability checks that an account used by many goroutines at once behaves as if its methods had been
// called one after the other: histories of concurrent calls are recorded and compared with a sequential model by
// Porcupine. It holds nothing but that test, in a module of its own, so that users of the library do not depend on
// the checker.
package linearizability
