package validation

import (
	"strconv"
	"strings"
)

// NotNull is the constraint of a required member.
const NotNull = "Member must not be null"

// MaxLength is the upper bound of a text's or list's length.
func MaxLength(n int) string {
	return "Member must have length less than or equal to " + strconv.Itoa(n)
}

// MinLength is the lower bound of a text's or list's length.
func MinLength(n int) string {
	return "Member must have length greater than or equal to " + strconv.Itoa(n)
}

// MaxValue is the upper bound of a whole number.
func MaxValue(n int64) string {
	return "Member must have value less than or equal to " + strconv.FormatInt(n, 10)
}

// MinValue is the lower bound of a whole number.
func MinValue(n int64) string {
	return "Member must have value greater than or equal to " + strconv.FormatInt(n, 10)
}

// MaxDouble is the upper bound of a fraction, printed as Java prints a double.
func MaxDouble(x float64) string {
	return "Member must have value less than or equal to " + Double(x)
}

// MinDouble is the lower bound of a fraction, printed as Java prints a double.
func MinDouble(x float64) string {
	return "Member must have value greater than or equal to " + Double(x)
}

// Pattern is the constraint of a text that must match p as a whole. p is quoted as it stands.
func Pattern(p string) string {
	return "Member must satisfy regular expression pattern: " + p
}

// Enum is the constraint of a value that must be one of set, listed in the given order.
func Enum(set ...string) string {
	return "Member must satisfy enum value set: [" + strings.Join(set, ", ") + "]"
}

// Members puts constraints on every member of a list.
func Members(constraints ...string) string {
	return "Member must satisfy constraint: [" + strings.Join(constraints, ", ") + "]"
}

// MapValues puts constraints on every value of a map.
func MapValues(constraints ...string) string {
	return "Map value must satisfy constraint: [" + strings.Join(constraints, ", ") + "]"
}

// MapKeys puts constraints on every key of a map.
func MapKeys(constraints ...string) string {
	return "Map keys must satisfy constraint: [" + strings.Join(constraints, ", ") + "]"
}
