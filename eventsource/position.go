package eventsource

import (
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// startingPositions are those of the wire, in the order of AWS's message.
var startingPositions = []string{"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"}

var positionNames = [...]string{"", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "AFTER_SEQUENCE_NUMBER"}

// String is the position's name on the wire, or "" for a value that is none.
func (p PositionType) String() string {
	if int(p) < len(positionNames) {
		return positionNames[p]
	}
	return ""
}

// ParseStartingPosition reads a stream's StartingPosition from the wire. A missing one ("") is an
// InvalidParameterValueException and an unknown one a ValidationException, with AWS's texts.
func ParseStartingPosition(name string) (PositionType, error) {
	for p := TrimHorizon; p <= AtTimestamp; p++ {
		if positionNames[p] == name {
			return p, nil
		}
	}
	var f validation.Findings
	if name == "" {
		f.Required("startingPosition", false)
		return 0, lambda.InvalidParameterValue(f.Text() + ".")
	}
	f.Enum("startingPosition", name, startingPositions...)
	return 0, lambda.ValidationError(f.Text())
}
