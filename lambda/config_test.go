package lambda

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ExampleConfig_Validate() {
	fmt.Println(Config{Name: "orders", Timeout: time.Minute}.Validate())
	fmt.Println(Config{Name: "orders", Timeout: time.Hour}.Validate())
	// Output:
	// <nil>
	// lambda: ValidationException: 1 validation error detected: Value '3600' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900
}

func ExampleConfig_WithDefaults() {
	c := Config{Name: "orders", Logging: LoggingConfig{LogFormat: LogJSON}}.WithDefaults()
	fmt.Println(c.Timeout, c.MemorySize, c.EphemeralStorage, c.Architecture, c.TracingMode)
	fmt.Println(c.Logging.LogGroup, c.Logging.ApplicationLogLevel, c.Logging.SystemLogLevel)
	// Output:
	// 3s 128 512 x86_64 PassThrough
	// /aws/lambda/orders INFO INFO
}

func TestWithDefaults(t *testing.T) {
	require.Equal(t, LoggingConfig{LogFormat: "Text", LogGroup: "/aws/lambda/f"}, Config{Name: "f"}.WithDefaults().Logging)
	full := Config{
		Name: "f", Description: "d", Timeout: time.Minute, MemorySize: 256, EphemeralStorage: 600, Environment: map[string]string{"AB": "c"},
		Logging: LoggingConfig{"JSON", "WARN", "DEBUG", "g"}, Role: "r", Handler: "h", Runtime: "java25",
		Architecture: "arm64", TracingMode: "Active", Package: []byte("p"),
	}
	require.Equal(t, full, full.WithDefaults())
	copied := full.WithDefaults()
	copied.Environment["AB"] = "changed"
	require.Equal(t, "c", full.Environment["AB"])
	require.Nil(t, Config{}.WithDefaults().Environment)
	require.NotNil(t, Config{Environment: map[string]string{}}.WithDefaults().Environment)
	twice := full.WithDefaults().WithDefaults()
	require.Equal(t, full, twice)
}

// with is a valid configuration with one change.
func with(change func(*Config)) Config {
	c := Config{Name: "f", Role: "arn:aws:iam::123456789012:role/service-role/r"}
	change(&c)
	return c
}

func TestValidConfigs(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain":         func(*Config) {},
		"no role":       func(c *Config) { c.Role = "" },
		"64 characters": func(c *Config) { c.Name = strings.Repeat("x", 64) },
		"least": func(c *Config) {
			c.Timeout, c.MemorySize, c.EphemeralStorage = time.Second, 128, 512
		},
		"most": func(c *Config) {
			c.Timeout, c.MemorySize, c.EphemeralStorage = 900*time.Second, 10240, 10240
			c.Description, c.Handler = strings.Repeat("d", 256), strings.Repeat("h", 128)
		},
		"logging":      func(c *Config) { c.Logging = LoggingConfig{"JSON", "TRACE", "DEBUG", "/a/B-1_.#"} },
		"levels later": func(c *Config) { c.Logging = LoggingConfig{"JSON", "", "", strings.Repeat("g", 512)} },
		"environment":  func(c *Config) { c.Environment = map[string]string{"AB": "", "a_1": "v"} },
		"arm":          func(c *Config) { c.Architecture, c.TracingMode, c.Runtime = "arm64", "Active", "provided.al2023" },
		"defaults":     func(c *Config) { *c = c.WithDefaults() },
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, with(change).Validate()) })
	}
}

func TestInvalidConfigs(t *testing.T) {
	const validation, parameter = "ValidationException", "InvalidParameterValueException"
	value := func(v, path, constraint string) string {
		return "1 validation error detected: Value " + v + " at '" + path + "' failed to satisfy constraint: " + constraint
	}
	for _, row := range []struct {
		name   string
		change func(*Config)
		code   string
		text   string
	}{
		{"no name", func(c *Config) { c.Name = "" }, validation, value("null", "functionName", "Member must not be null")},
		{"name's characters", func(c *Config) { c.Name = "a b" }, validation, value("'a b'", "functionName", "Member must satisfy regular expression pattern: "+patternFunctionName)},
		{"65 characters", func(c *Config) { c.Name = strings.Repeat("x", 65) }, parameter, value("'"+strings.Repeat("x", 65)+"'", "functionName", "Member must have length less than or equal to 64")},
		{"141 characters", func(c *Config) { c.Name = strings.Repeat("x", 141) }, validation, value("'"+strings.Repeat("x", 141)+"'", "functionName", "Member must have length less than or equal to 140")},
		{"not bare", func(c *Config) { c.Name = "f:1" }, parameter, "The name of a function must be bare, not f:1."},
		{"role", func(c *Config) { c.Role = "r1" }, validation, value("'r1'", "role", `Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`)},
		{"handler's length", func(c *Config) { c.Handler = strings.Repeat("h", 129) }, validation, value("'"+strings.Repeat("h", 129)+"'", "handler", "Member must have length less than or equal to 128")},
		{"handler", func(c *Config) { c.Handler = "a b" }, validation, value("'a b'", "handler", `Member must satisfy regular expression pattern: [^\s]+`)},
		{"description", func(c *Config) { c.Description = strings.Repeat("d", 257) }, validation, value("'"+strings.Repeat("d", 257)+"'", "description", "Member must have length less than or equal to 256")},
		{"timeout", func(c *Config) { c.Timeout = 901 * time.Second }, validation, value("'901'", "timeout", "Member must have value less than or equal to 900")},
		{"timeout, fraction over", func(c *Config) { c.Timeout = 900*time.Second + 1 }, validation, value("'901'", "timeout", "Member must have value less than or equal to 900")},
		{"negative timeout", func(c *Config) { c.Timeout = -1 }, validation, value("'-1'", "timeout", "Member must have value greater than or equal to 1")},
		{"fraction of a second", func(c *Config) { c.Timeout = 1500 * time.Millisecond }, parameter, "Timeout must be whole seconds, not 1.5s."},
		{"little memory", func(c *Config) { c.MemorySize = 127 }, validation, value("'127'", "memorySize", "Member must have value greater than or equal to 128")},
		{"much memory", func(c *Config) { c.MemorySize = 10241 }, parameter, "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240"},
		{"most memory", func(c *Config) { c.MemorySize = 32769 }, validation, value("'32769'", "memorySize", "Member must have value less than or equal to 32768")},
		{"little storage", func(c *Config) { c.EphemeralStorage = 511 }, validation, value("'511'", "ephemeralStorage.size", "Member must have value greater than or equal to 512")},
		{"much storage", func(c *Config) { c.EphemeralStorage = 10241 }, validation, value("'10241'", "ephemeralStorage.size", "Member must have value less than or equal to 10240")},
		{"environment's key", func(c *Config) { c.Environment = map[string]string{"A": "secret"} }, validation, "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"},
		{"architecture", func(c *Config) { c.Architecture = "X86_64" }, validation, value("'[X86_64]'", "architectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]")},
		{"tracing", func(c *Config) { c.TracingMode = "On" }, validation, value("'On'", "tracingConfig.mode", "Member must satisfy enum value set: [Active, PassThrough]")},
		{"log format", func(c *Config) { c.Logging.LogFormat = "XML" }, validation, value("'XML'", "loggingConfig.logFormat", "Member must satisfy enum value set: [JSON, Text]")},
		{"application level", func(c *Config) { c.Logging = LoggingConfig{"JSON", "LOUD", "", ""} }, validation, value("'LOUD'", "loggingConfig.applicationLogLevel", "Member must satisfy enum value set: [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]")},
		{"system level", func(c *Config) { c.Logging = LoggingConfig{"JSON", "", "ERROR", ""} }, validation, value("'ERROR'", "loggingConfig.systemLogLevel", "Member must satisfy enum value set: [DEBUG, INFO, WARN]")},
		{"log group", func(c *Config) { c.Logging.LogGroup = "a b" }, validation, value("'a b'", "loggingConfig.logGroup", `Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`)},
		{"level with text", func(c *Config) { c.Logging.ApplicationLogLevel = "INFO" }, parameter, `LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.`},
		{"system level with text", func(c *Config) { c.Logging = LoggingConfig{"Text", "", "INFO", ""} }, parameter, `LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.`},
		{"reserved keys", func(c *Config) {
			c.Environment = map[string]string{"AWS_REGION": "x", "MINE": "y", "AWS_ACCESS_KEY_ID": "z"}
		}, parameter, "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_ACCESS_KEY_ID, AWS_REGION"},
		{"runtime", func(c *Config) { c.Runtime = "cobol" }, parameter, "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN"},
		{"retired runtime", func(c *Config) { c.Runtime = "go1.x" }, parameter, "The runtime parameter of go1.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."},
		{"two at once", func(c *Config) { c.Timeout, c.MemorySize = time.Hour, 1 }, validation, "2 validation errors detected: Value '3600' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := with(row.change).Validate()
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, row.code, e.Code)
			require.Equal(t, row.text, e.Message)
		})
	}
}

// 4,096 bytes of JSON pass and 4,097 fail, measured over exactly the text that the message shows.
func TestEnvironmentSize(t *testing.T) {
	const frame = `{"KEY":""}`
	c := with(func(c *Config) { c.Environment = map[string]string{"KEY": strings.Repeat("v", 4096-len(frame))} })
	require.NoError(t, c.Validate())
	c.Environment["KEY"] += "v"
	err := c.Validate()
	require.ErrorIs(t, err, ErrInvalidParameterValue)
	_, measured, found := strings.Cut(err.Error(), "exceeded the 4KB limit. String measured: ")
	require.True(t, found)
	require.Equal(t, `{"KEY":"`+strings.Repeat("v", 4097-len(frame))+`"}`, measured)

	c.Environment = map[string]string{"BB": strings.Repeat("\x01", 682), "AA": "<"} // an escape counts as it is written
	err = c.Validate()
	require.ErrorContains(t, err, `String measured: {"AA":"<","BB":"\u0001\u0001`)
}

func TestEnvironmentJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		variables := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "variables")
		var back map[string]string
		require.NoError(t, json.Unmarshal([]byte(environmentJSON(variables)), &back))
		require.Equal(t, len(variables), len(back))
		for key, value := range variables {
			require.Equal(t, value, back[key])
		}
	})
}

func TestConfigMatchersAgreeWithThePatterns(t *testing.T) {
	role := regexp.MustCompile(`^(?:` + patternRole + `)$`)
	group := regexp.MustCompile(`^(?:` + patternLogGroup + `)$`)
	key := regexp.MustCompile(`^(?:` + patternEnvironmentKey + `)$`)
	handler := regexp.MustCompile(`^(?:[^\t\n\v\f\r ]+)$`) // Java's \s
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`arn:(aws|aws-cn|)?:(iam|s3):(us-east-1)?:[0-9]{11,13}:(role|user)?/?[a-z+=,.@_/ -]{0,5}`),
			rapid.StringMatching(`[a-zA-Z0-9_/#. -]{0,4}`),
			rapid.String(),
		).Draw(t, "s")
		require.Equal(t, role.MatchString(s), isRole(s), "role %q", s)
		require.Equal(t, group.MatchString(s), isLogGroup(s), "group %q", s)
		require.Equal(t, key.MatchString(s), isEnvironmentKey(s), "key %q", s)
		require.Equal(t, handler.MatchString(s), isHandler(s), "handler %q", s)
	})
	for _, s := range []string{"arn:aws:iam::123456789012:role/a", "arn::iam::123456789012:rolea", "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role"} {
		require.Equal(t, role.MatchString(s), isRole(s), s)
	}
}

// Validation judges; it does not change, and what it accepts it accepts with its defaults filled in.
func TestValidateChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{
			Name:             rapid.StringMatching(`[a-z]{0,2}[!]?`).Draw(t, "name"),
			Timeout:          time.Duration(rapid.Int64Range(-1, 1000).Draw(t, "timeout")) * time.Second,
			MemorySize:       rapid.SampledFrom([]int{0, 1, 128, 10240, 20000, 40000}).Draw(t, "memory"),
			EphemeralStorage: rapid.SampledFrom([]int{0, 1, 512, 10240, 10241}).Draw(t, "storage"),
			Environment:      rapid.MapOfN(rapid.SampledFrom([]string{"A", "AB", "AWS_REGION"}), rapid.String(), 0, 3).Draw(t, "environment"),
			Logging:          LoggingConfig{LogFormat: rapid.SampledFrom([]string{"", "JSON", "Text", "x"}).Draw(t, "format"), SystemLogLevel: rapid.SampledFrom([]string{"", "INFO"}).Draw(t, "level")},
		}
		before := fmt.Sprintf("%#v", c)
		err := c.Validate()
		require.Equal(t, before, fmt.Sprintf("%#v", c))
		again := c.WithDefaults().Validate()
		require.Equal(t, err == nil, again == nil, "%v, with defaults %v", err, again)
	})
}
