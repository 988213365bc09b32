package lambda_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

func environment(t *testing.T, cfg lambda.Config, log func(string)) *lambda.Environment {
	t.Helper()
	cfg.Name = "f"
	env := lambda.NewEnvironment(lambda.EnvironmentOptions{
		Config: cfg.WithDefaults(), Version: "3", Type: lambda.OnDemand, LogStream: "2026/11/23/[3]abc",
		Identity: lambda.Identity{Region: "eu-west-1"}, Log: log,
	})
	t.Cleanup(func() { env.Close() })
	return env
}

func TestEnvironment_variables(t *testing.T) {
	env := environment(t, lambda.Config{
		Environment: map[string]string{"TABLE": "orders", "TZ": "mine", "AWS_REGION": "mine"}, MemorySize: 512, Handler: "main",
	}, nil)
	for key, want := range map[string]string{
		"TABLE": "orders", "NONE": "",
		"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "3", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
		"AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[3]abc", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
		"TZ": ":UTC", "LANG": "en_US.UTF-8", "_HANDLER": "main", "LAMBDA_TASK_ROOT": "/var/task",
		"AWS_LAMBDA_LOG_FORMAT": "", "AWS_EXECUTION_ENV": "",
	} {
		require.Equal(t, want, env.Getenv(key), key)
	}
	all := env.Environ()
	require.True(t, slices.IsSorted(all))
	require.Contains(t, all, "TABLE=orders")
	require.Contains(t, all, "TZ=:UTC", "the platform's variables win")
	require.NotContains(t, strings.Join(all, " "), "AWS_LAMBDA_LOG_FORMAT")
	for _, kv := range all {
		key, value, _ := strings.Cut(kv, "=")
		require.Equal(t, value, env.Getenv(key), key)
	}
}

func TestEnvironment_jsonLogging(t *testing.T) {
	env := environment(t, lambda.Config{Logging: lambda.LoggingConfig{LogFormat: "JSON", LogGroup: "mine"}}, nil)
	require.Equal(t, "JSON", env.Getenv("AWS_LAMBDA_LOG_FORMAT"))
	require.Equal(t, "INFO", env.Getenv("AWS_LAMBDA_LOG_LEVEL"))
	require.Equal(t, "mine", env.LogGroup())
	require.Equal(t, "mine", env.Getenv("AWS_LAMBDA_LOG_GROUP_NAME"))
}

func TestEnvironment_writesLines(t *testing.T) {
	var lines []string
	env := environment(t, lambda.Config{}, func(line string) { lines = append(lines, line) })
	n, err := fmt.Fprint(env, "one\ntwo\r\n\nthree")
	require.NoError(t, err)
	require.Equal(t, 15, n)
	require.Equal(t, []string{"one", "two\r", "", "three"}, lines, "split at newlines only")
	n, err = fmt.Fprint(environment(t, lambda.Config{}, nil), "nowhere")
	require.NoError(t, err)
	require.Equal(t, 7, n)
}

func TestEnvironment_memory(t *testing.T) {
	env := environment(t, lambda.Config{}, nil)
	require.Zero(t, env.MaxMemoryUsed())
	env.SetMemoryUsed(100)
	env.SetMemoryUsed(50)
	require.Equal(t, 100, env.MaxMemoryUsed())
	env.SetMemoryUsed(128)
	require.Equal(t, 128, env.MaxMemoryUsed())
	func() {
		defer func() {
			_, outOfMemory, ok := lambda.Exited(recover())
			require.True(t, ok && outOfMemory)
		}()
		env.SetMemoryUsed(129)
	}()
	require.Equal(t, 128, env.MaxMemoryUsed(), "no process uses more than there is")
	next := env.Restarted(nil)
	require.Zero(t, next.MaxMemoryUsed())
	require.Same(t, env.Scratch(), next.Scratch())
	require.Equal(t, env.Environ(), next.Environ())
}

func TestEnvironment_exit(t *testing.T) {
	defer func() {
		code, outOfMemory, ok := lambda.Exited(recover())
		require.True(t, ok)
		require.False(t, outOfMemory)
		require.Equal(t, 7, code)
		_, _, ok = lambda.Exited("another panic")
		require.False(t, ok)
	}()
	environment(t, lambda.Config{}, nil).Exit(7)
}

func TestEnvironmentFromContext(t *testing.T) {
	_, ok := lambda.EnvironmentFromContext(context.Background())
	require.False(t, ok)
	env := environment(t, lambda.Config{}, nil)
	got, ok := lambda.EnvironmentFromContext(lambda.WithEnvironment(context.Background(), env))
	require.True(t, ok)
	require.Same(t, env, got)
}
