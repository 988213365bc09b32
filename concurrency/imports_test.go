package concurrency

import (
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The accountant is a leaf: it imports the standard library only, and of it nothing that does I/O.
func TestImports(t *testing.T) {
	notTests := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	packages, err := parser.ParseDir(token2(), ".", notTests, parser.ImportsOnly)
	require.NoError(t, err)
	allowed := "cmp errors fmt hash/fnv math math/bits reflect slices strings sync time"
	for name, file := range packages["concurrency"].Files {
		for _, imported := range file.Imports {
			path, _ := strconv.Unquote(imported.Path.Value)
			require.Contains(t, strings.Fields(allowed), path, name)
		}
	}
}

func token2() *token.FileSet { return token.NewFileSet() }
