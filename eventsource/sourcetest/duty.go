package sourcetest

// duty is one thing that a suite looks at, in a test that gets a T.
type duty[T any] struct {
	name string
	test func(T)
}
