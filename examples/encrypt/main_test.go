package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		var timeline lambdatest.Timeline
		require.NoError(t, story(t.Context(), &out, &timeline))
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
		for _, want := range []string{
			"1. A document is encrypted into /tmp.\n   /tmp/contract.sealed, 38 bytes; there before: false; written by this process: 1\n",
			"/tmp/contract.sealed, 47 bytes; there before: true; written by this process: 2\n",
			"string: crashed behind invoice",
			"/tmp/invoice.sealed, 36 bytes; there before: true; written by this process: 1\n",
			"write /tmp/spool: no space left on device",
			"empty /tmp.\n   /tmp/contract.sealed, 38 bytes; there before: false; written by this process: 1\n",
			"fails the init.\n   failed: ",
		} {
			require.Contains(t, out.String(), want)
		}
	})
}

// TestNothingReadableIsWritten looks at the files as they lie on the disk.
func TestNothingReadableIsWritten(t *testing.T) {
	env := lambda.NewEnvironment(lambda.EnvironmentOptions{Config: lambda.Config{EphemeralStorage: 512}})
	defer env.Close()
	box, err := sealer(key)
	require.NoError(t, err)
	const text = "a text that must not be found on the disk"
	_, err = store(env.Scratch(), box, document{Name: "contract", Text: text})
	require.NoError(t, err)

	dir, err := env.Scratch().Dir()
	require.NoError(t, err)
	file := filepath.Join(dir, "contract.sealed")
	sealed, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(sealed), text[:8])

	got, err := open(env.Scratch(), box, "contract")
	require.NoError(t, err)
	require.Equal(t, text, got)

	sealed[len(sealed)-1] ^= 1
	require.NoError(t, os.WriteFile(file, sealed, 0o600))
	_, err = open(env.Scratch(), box, "contract")
	require.Error(t, err, "what was tampered with is refused")
	require.NoError(t, os.Rename(file, filepath.Join(dir, "invoice.sealed")))
	_, err = open(env.Scratch(), box, "invoice")
	require.Error(t, err, "and so is a file under another name")
	require.NoError(t, os.WriteFile(file, sealed[:4], 0o600))
	_, err = open(env.Scratch(), box, "contract")
	require.ErrorContains(t, err, "cut short")
}

// TestScratchIsGoneWithTheEnvironment waits until Lambda gives the idle environment up.
func TestScratchIsGoneWithTheEnvironment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		config := lambda.Config{Name: "encrypt", Environment: map[string]string{"DOCUMENT_KEY": key}}
		lambdatest.Deploy(t, svc, config, encrypter())
		call := func() receipt {
			r, err := lambdatest.Call[receipt](t.Context(), svc, "encrypt", document{Name: "a", Text: strings.Repeat("x", 100)})
			require.NoError(t, err)
			return r
		}
		require.False(t, call().Already)
		lambdatest.Advance(9 * time.Minute)
		require.True(t, call().Already)
		lambdatest.Advance(10 * time.Minute)
		require.False(t, call().Already)
		require.Len(t, timeline.Of(trace.InitStarted), 2)
	})
}

// TestEnvironmentsDoNotShareScratch runs two at once.
func TestEnvironmentsDoNotShareScratch(t *testing.T) {
	dirs := map[string]bool{}
	for range 2 {
		env := lambda.NewEnvironment(lambda.EnvironmentOptions{Config: lambda.Config{EphemeralStorage: 512}})
		defer env.Close()
		fn, err := encrypter()(context.Background(), lambda.NewEnvironment(lambda.EnvironmentOptions{}))
		require.Nil(t, fn)
		require.ErrorContains(t, err, "DOCUMENT_KEY")
		require.NoError(t, env.Scratch().WriteFile("a", bytes.Repeat([]byte("x"), 10)))
		dir, err := env.Scratch().Dir()
		require.NoError(t, err)
		dirs[dir] = true
	}
	require.Len(t, dirs, 2)
}
