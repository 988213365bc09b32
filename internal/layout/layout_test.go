// Package layout guards the house: which package may import which.
package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/lambdakit/lambdakit/"

// door is what the HTTP doors may import, and producer what the services that push may.
var (
	door     = []string{"invoke", "lambda", "lambda/iam", "lambda/registry"}
	producer = []string{"invoke", "lambda", "lambda/trace", "lambda/iam", "destinations", "eventsource/filter"}
)

// floors says what each package of the library may import of the library, its own sub-packages and internal ones
// aside. Arrows run downwards only: a package that is not listed here has no place in the house yet.
var floors = map[string][]string{
	"lambda/trace":                  {},
	"lambda/trace/metrics":          {"lambda/trace"},
	"lambda/iam":                    {},
	"destinations":                  {},
	"concurrency":                   {},
	"lambda":                        {"lambda/trace", "lambda/iam", "destinations", "concurrency"},
	"lambda/logs":                   {"lambda", "lambda/trace", "concurrency"},
	"lambda/registry":               {"lambda", "lambda/iam", "destinations", "concurrency"},
	"invoke":                        {"lambda", "lambda/trace", "lambda/iam", "lambda/registry", "destinations", "concurrency"},
	"eventsource/filter":            {},
	"eventsource/batch":             {},
	"eventsource":                   {"invoke", "lambda", "lambda/trace", "lambda/iam", "lambda/registry", "destinations", "concurrency"},
	"eventsource/sqs":               {"eventsource", "lambda"},
	"eventsource/kinesis":           {"eventsource", "lambda"},
	"eventsource/dynamodb":          {"eventsource", "lambda"},
	"eventsource/sourcetest":        {"eventsource", "invoke", "lambda", "lambdatest"},
	"edge":                          {"invoke", "lambda", "lambda/trace", "lambda/iam", "lambda/registry"},
	"trigger/alb":                   door,
	"trigger/apigateway":            door,
	"trigger/functionurl":           door,
	"trigger/s3":                    producer,
	"trigger/sns":                   producer,
	"trigger/eventbridge":           producer,
	"trigger/eventbridge/schedule":  {},
	"trigger/push":                  producer,
	"lambdatest":                    {"invoke", "lambda", "lambda/trace", "lambda/trace/metrics", "lambda/registry", "destinations", "concurrency", "eventsource"},
	"lambdatest/properties":         {"lambdatest", "invoke", "lambda", "lambda/trace", "lambda/registry", "destinations", "concurrency"},
	"invoke/storetest":              {"invoke"},
	"destinations/destinationstest": {"destinations"},
}

// leaves may use nothing of the library but what is internal to it.
var leaves = []string{"lambda/trace", "lambda/iam", "destinations", "concurrency", "eventsource/filter", "eventsource/batch"}

// foreign are the modules that non-test code may use, and by whom if not by everybody.
var foreign = []struct{ path, only string }{
	{"github.com/aws/aws-lambda-go/lambda/messages", "lambda"},
	{"github.com/aws/aws-lambda-go/lambda", "lambda"},
	{"github.com/aws/aws-lambda-go/", ""},
	{"golang.org/x/sync/", ""},
	{"pgregory.net/rapid", "lambdatest/properties"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module) }

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	var list []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		list = append(list, p)
	}
	require.NotEmpty(t, list)
	return list
}

// isLibrary tells whether a package is one that users import.
func isLibrary(name string) bool {
	return !strings.HasPrefix(name, "examples/") && !strings.Contains("/"+name, "/internal/") && !strings.HasPrefix(name, "cmd/")
}

func TestArrowsRunDownwards(t *testing.T) {
	for _, p := range packages(t) {
		if !isLibrary(p.name()) {
			continue
		}
		allowed, known := floors[p.name()]
		require.True(t, known, "%s has no place in the house: add it to floors", p.name())
		for _, imp := range p.Imports {
			ours, ok := strings.CutPrefix(imp, module)
			if !ok || strings.Contains("/"+ours, "/internal/") || strings.HasPrefix(ours, p.name()+"/") {
				continue
			}
			require.Contains(t, allowed, ours, "%s imports %s", p.name(), ours)
		}
	}
}

func TestLeavesAreLeaves(t *testing.T) {
	for _, name := range leaves {
		require.Empty(t, floors[name], name)
	}
	for _, p := range packages(t) {
		if strings.HasPrefix(p.name(), "internal/") {
			for _, imp := range p.Imports {
				require.False(t, strings.HasPrefix(imp, module) && !strings.Contains(imp, "/internal/"),
					"%s is internal to all floors, and imports %s", p.name(), imp)
			}
		}
	}
}

func TestForeignImports(t *testing.T) {
	for _, p := range packages(t) {
		if !isLibrary(p.name()) {
			continue
		}
		for _, imp := range p.Imports {
			if !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") || strings.HasPrefix(imp, module) {
				continue
			}
			i := slices.IndexFunc(foreign, func(f struct{ path, only string }) bool {
				return imp == f.path || strings.HasSuffix(f.path, "/") && strings.HasPrefix(imp, f.path)
			})
			require.GreaterOrEqual(t, i, 0, "%s imports %s: a new dependency needs a reason", p.name(), imp)
			if only := foreign[i].only; only != "" {
				require.Equal(t, only, p.name(), "%s imports %s", p.name(), imp)
			}
		}
	}
}

func TestNothingImportsHTTPTest(t *testing.T) {
	for _, p := range packages(t) {
		require.NotContains(t, p.Imports, "net/http/httptest", p.name())
	}
}
