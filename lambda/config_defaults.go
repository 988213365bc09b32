package lambda

import "maps"

// Values of [Config] fields that are words.
const (
	ArchitectureX86 = "x86_64"
	ArchitectureARM = "arm64"

	TracingPassThrough = "PassThrough"
	TracingActive      = "Active"

	LogText = "Text"
	LogJSON = "JSON"
)

// WithDefaults is c with AWS's defaults in place of zero values, and with a map of its own.
func (c Config) WithDefaults() Config {
	fill(&c.Timeout, DefaultTimeout)
	fill(&c.MemorySize, DefaultMemory)
	fill(&c.EphemeralStorage, DefaultEphemeralStorage)
	fill(&c.Architecture, ArchitectureX86)
	fill(&c.TracingMode, TracingPassThrough)
	fill(&c.Logging.LogFormat, LogText)
	fill(&c.Logging.LogGroup, "/aws/lambda/"+c.Name)
	if c.Logging.LogFormat == LogJSON {
		fill(&c.Logging.ApplicationLogLevel, "INFO")
		fill(&c.Logging.SystemLogLevel, "INFO")
	}
	c.Environment = maps.Clone(c.Environment)
	return c
}

// fill sets a value that is zero.
func fill[T comparable](value *T, def T) {
	var zero T
	if *value == zero {
		*value = def
	}
}
