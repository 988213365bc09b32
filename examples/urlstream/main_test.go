package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambdatest"
)

// speaker is what one of the two says.
func speaker(out, name string) (lines []string) {
	for line := range strings.Lines(out) {
		if said, ok := strings.CutPrefix(line, "   "+name+":"); ok {
			lines = append(lines, strings.TrimSpace(said))
		}
	}
	return lines
}

func TestStory(t *testing.T) {
	var out lambdatest.Output
	require.NoError(t, story(t.Context(), &out))
	require.Equal(t, []string{
		"200 text/plain; charset=utf-8 report=1",
		`read "January: 3 guests"`, `read "February: 5 guests"`, `read "March: 12 guests"`, "that was all",
		"200 text/plain; charset=utf-8 report=1",
		`read "January: 3 guests"`, "the connection was cut",
		"502 application/json", `read "Internal Server Error"`, "that was all",
	}, speaker(out.String(), "client"))
	require.Equal(t, []string{
		`writes "January: 3 guests"`, `writes "February: 5 guests"`, `writes "March: 12 guests"`, `writes "January: 3 guests"`,
	}, speaker(out.String(), "function"))

	// A line is read before the next is written.
	require.Less(t, strings.Index(out.String(), `read "January`), strings.Index(out.String(), `writes "February`))
	require.Less(t, strings.Index(out.String(), `read "February`), strings.Index(out.String(), `writes "March`))
}
