package lambda_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

func TestScratch_filesAndNames(t *testing.T) {
	s := environment(t, lambda.Config{}, nil).Scratch()
	_, err := s.ReadFile("a")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, s.Remove("a"), fs.ErrNotExist)
	used, err := s.Used()
	require.NoError(t, err)
	require.Zero(t, used)
	require.NoError(t, s.WriteFile("/tmp/deep/down/a", []byte("one")))
	for _, name := range []string{"/tmp/deep/down/a", "deep/down/a", "/deep/down/a"} {
		b, err := s.ReadFile(name)
		require.NoError(t, err, name)
		require.Equal(t, "one", string(b))
	}
	require.NoError(t, s.WriteFile("deep/down/a", []byte("longer")))
	used, err = s.Used()
	require.NoError(t, err)
	require.EqualValues(t, 6, used)
	require.NoError(t, s.Remove("deep/down/a"))
	_, err = s.ReadFile("deep/down/a")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestScratch_neverLeavesItsDirectory(t *testing.T) {
	s := environment(t, lambda.Config{}, nil).Scratch()
	for _, name := range []string{"../out", "/tmp/../../out", "a/../../out"} {
		require.Error(t, s.WriteFile(name, []byte("x")), name)
	}
	dir, err := s.Dir()
	require.NoError(t, err)
	require.NoError(t, os.Symlink("/etc", filepath.Join(dir, "link")))
	require.Error(t, s.WriteFile("link/x", []byte("x")))
	_, err = s.ReadFile("link/hostname")
	require.Error(t, err)
}

func TestScratch_quota(t *testing.T) {
	s := environment(t, lambda.Config{EphemeralStorage: 512}, nil).Scratch()
	half := make([]byte, 256<<20)
	require.NoError(t, s.WriteFile("a", half))
	require.NoError(t, s.WriteFile("a", half), "replacing a file does not count it twice")
	require.NoError(t, s.WriteFile("b", half), "exactly full")
	require.ErrorIs(t, s.WriteFile("c", []byte("x")), syscall.ENOSPC)
	_, err := s.ReadFile("c")
	require.ErrorIs(t, err, fs.ErrNotExist, "a refused write leaves nothing")
	require.NoError(t, s.Remove("b"))
	dir, err := s.Dir()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "around"), half, 0o600))
	require.ErrorIs(t, s.WriteFile("c", []byte("x")), syscall.ENOSPC, "what was written around counts too")
}

func TestScratch_goesWithTheEnvironment(t *testing.T) {
	env := environment(t, lambda.Config{}, nil)
	dir, err := env.Scratch().Dir()
	require.NoError(t, err)
	require.DirExists(t, dir)
	require.NoError(t, env.Close())
	require.NoDirExists(t, dir)
	require.ErrorIs(t, env.Scratch().WriteFile("late", nil), fs.ErrClosed, "nobody would remove what comes late")
	require.NoDirExists(t, dir)
}

func TestScratch_concurrentUse(t *testing.T) {
	s := environment(t, lambda.Config{}, nil).Scratch()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := string(rune('a' + i))
			for range 20 {
				if err := s.WriteFile(name, []byte(name)); err != nil {
					t.Error(err)
				}
				if b, err := s.ReadFile(name); err != nil || string(b) != name {
					t.Error(err, string(b))
				}
			}
		})
	}
	wg.Wait()
}
