package eventsource_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain sets how many cases the properties draw, unless -rapid.checks says so: those of whole mappings play minutes
// each, in milliseconds, and there are many of them. With LAMBDAKIT_LONG set it is three hundred.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue && os.Getenv("RAPID_CHECKS") == "" {
		n := cases
		if os.Getenv("LAMBDAKIT_LONG") != "" {
			n = "300"
		}
		_ = f.Value.Set(n)
	}
	os.Exit(m.Run())
}
