package lambda

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// The patterns and sets that AWS's messages quote.
const (
	patternRole           = `arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`
	patternHandler        = `[^\s]+`
	patternLogGroup       = `[\.\-_/#A-Za-z0-9]+`
	patternEnvironmentKey = `[a-zA-Z]([a-zA-Z0-9_])+`

	maxHandler  = 128
	maxLogGroup = 512
	// maxManagedMemory is the bound that AWS's model states; functions that are not on managed instances get another
	// message between [MaxMemory] and it.
	maxManagedMemory = 32768
)

// Validate refuses what CreateFunction refuses, with AWS's text: fields of a wrong form all at once in one
// ValidationException, and then what a right form may not mean, as an InvalidParameterValueException for the first
// such thing. It changes nothing, and zero values, being defaults, are valid; only Name is required.
//
// Not looked into are the package, and the dead-letter target, which is a value and no name to resolve.
func (c Config) Validate() error {
	var found validation.Findings
	c.checkForm(&found)
	if err := ValidationError(found.Text()); err != nil {
		return err
	}
	for _, check := range []func(*Config) error{
		checkName, checkWholeSeconds, checkMemory, checkRuntime, checkReservedVariables, checkEnvironmentSize,
		checkLogLevels,
	} {
		if err := check(&c); err != nil {
			return err
		}
	}
	return nil
}

// checkForm finds fields that break the constraints of AWS's model.
func (c *Config) checkForm(found *validation.Findings) {
	if found.Required("functionName", c.Name != ""); c.Name != "" {
		_, ok := functionName.match(c.Name)
		found.Length("functionName", c.Name, 1, maxFunctionName)
		found.Pattern("functionName", c.Name, patternFunctionName, ok)
	}
	if c.Role != "" {
		found.Pattern("role", c.Role, patternRole, isRole(c.Role))
	}
	if c.Handler != "" {
		found.Length("handler", c.Handler, 0, maxHandler)
		found.Pattern("handler", c.Handler, patternHandler, isHandler(c.Handler))
	}
	found.Length("description", c.Description, 0, MaxDescription)
	if c.Timeout != 0 {
		found.Range("timeout", wholeSeconds(c.Timeout), int64(MinTimeout/time.Second), int64(MaxTimeout/time.Second))
	}
	if c.MemorySize != 0 {
		found.Range("memorySize", int64(c.MemorySize), MinMemory, maxManagedMemory)
	}
	if c.EphemeralStorage != 0 {
		found.Range("ephemeralStorage.size", int64(c.EphemeralStorage), MinEphemeralStorage, MaxEphemeralStorage)
	}
	for key := range c.Environment {
		if !isEnvironmentKey(key) {
			// The variables may be secrets: this message alone does not quote its value.
			found.AddHidden("environment.variables", validation.MapKeys(validation.Pattern(patternEnvironmentKey)))
			break
		}
	}
	if a := c.Architecture; a != "" && a != ArchitectureX86 && a != ArchitectureARM {
		found.Add(validation.List([]string{a}), "architectures",
			validation.Members(validation.Enum(ArchitectureX86, ArchitectureARM), validation.NotNull))
	}
	if c.TracingMode != "" {
		found.Enum("tracingConfig.mode", c.TracingMode, TracingActive, TracingPassThrough)
	}
	c.Logging.checkForm(found)
}

func (l *LoggingConfig) checkForm(found *validation.Findings) {
	if l.LogFormat != "" {
		found.Enum("loggingConfig.logFormat", l.LogFormat, LogJSON, LogText)
	}
	if l.ApplicationLogLevel != "" {
		found.Enum("loggingConfig.applicationLogLevel", l.ApplicationLogLevel,
			"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
	}
	if l.SystemLogLevel != "" {
		found.Enum("loggingConfig.systemLogLevel", l.SystemLogLevel, "DEBUG", "INFO", "WARN")
	}
	if l.LogGroup != "" {
		found.Length("loggingConfig.logGroup", l.LogGroup, 1, maxLogGroup)
		found.Pattern("loggingConfig.logGroup", l.LogGroup, patternLogGroup, isLogGroup(l.LogGroup))
	}
}

// checkName refuses a bare name that is too long: worded as the other constraints are, but another exception. What is
// more than a bare name, right as it may be in a request, is no name to keep; that text is this library's.
func checkName(c *Config) error {
	if !functionName.isName(c.Name) {
		return InvalidParameterValue("The name of a function must be bare, not " + c.Name + ".")
	}
	var found validation.Findings
	if found.Length("functionName", c.Name, 1, MaxName); found.Len() > 0 {
		return InvalidParameterValue(found.Text())
	}
	return nil
}

// checkWholeSeconds refuses what AWS's wire form, a whole number of seconds, cannot say. The text is this library's.
func checkWholeSeconds(c *Config) error {
	if c.Timeout%time.Second == 0 {
		return nil
	}
	return InvalidParameterValue("Timeout must be whole seconds, not " + c.Timeout.String() + ".")
}

// checkMemory refuses memory that only functions on managed instances can have.
func checkMemory(c *Config) error {
	if c.MemorySize <= MaxMemory {
		return nil
	}
	return InvalidParameterValue("'MemorySize' value failed to satisfy constraint: " +
		validation.MaxValue(MaxMemory))
}

func checkLogLevels(c *Config) error {
	l := &c.Logging
	if l.LogFormat == LogJSON || l.ApplicationLogLevel == "" && l.SystemLogLevel == "" {
		return nil
	}
	return InvalidParameterValue(`LogLevel is not supported when LogFormat is set to "Text". ` +
		`Remove LogLevel from your request or change the LogFormat to "JSON" and try again.`)
}

// wholeSeconds is d as the wire says it. A fraction rounds away from zero, so that half a second is not taken for a
// timeout that was not given, nor 900.5 s for 900.
func wholeSeconds(d time.Duration) int64 {
	n := int64(d / time.Second)
	switch rest := d % time.Second; {
	case rest > 0:
		n++
	case rest < 0:
		n--
	}
	return n
}

// isRole matches arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+.
func isRole(s string) bool {
	s, isARN := strings.CutPrefix(s, "arn:")
	partition, s, _ := strings.Cut(s, ":")
	s, isIAM := strings.CutPrefix(s, "iam::")
	account, s, _ := strings.Cut(s, ":")
	path, isRole := strings.CutPrefix(s, "role")
	if !isARN || partition != "" && !isPartition(partition) || !isIAM || !isAccount(account) || !isRole {
		return false
	}
	return isAllOr(path, word|dot, "+=,@/")
}

// isHandler matches [^\s]+, where \s is Java's: ASCII space only.
func isHandler(s string) bool {
	for _, r := range s {
		if r < utf8.RuneSelf && unicode.IsSpace(r) {
			return false
		}
	}
	return s != ""
}

// isLogGroup matches [\.\-_/#A-Za-z0-9]+.
func isLogGroup(s string) bool { return isAllOr(s, word|dot, "/#") }

// isAllOr reports whether s is one or more characters of the classes in mask or of others.
func isAllOr(s string, mask class, others string) bool {
	for _, c := range []byte(s) {
		if classes[c]&mask == 0 && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != ""
}

// isEnvironmentKey matches [a-zA-Z]([a-zA-Z0-9_])+.
func isEnvironmentKey(s string) bool {
	return len(s) >= 2 && classes[s[0]]&(lower|upper) != 0 && isAll(s[1:], lower|upper|digit|under)
}
