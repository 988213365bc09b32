package invoke_test

import (
	"testing"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/invoke/storetest"
)

func TestMemoryStoreConforms(t *testing.T) {
	storetest.Run(t, func(*testing.T) invoke.Store { return invoke.NewMemoryStore() })
}
