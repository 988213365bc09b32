// Package stamp writes instants in the forms that Lambda and its neighbours use. Every form is UTC.
package stamp

import (
	"strconv"
	"time"
)

// The layouts, for package time.
const (
	millisZ  = "2006-01-02T15:04:05.000Z"
	secondsZ = "2006-01-02T15:04:05Z"
	microsZ  = "2006-01-02T15:04:05.000000Z"
	offset   = "2006-01-02T15:04:05.000+0000"
	offsetS  = "2006-01-02T15:04:05+0000"
	objectIn = "2006/01/02/2006-01-02T15.04.05"
	day      = "2006/01/02"
	clf      = "02/Jan/2006:15:04:05 +0000"
)

// Millis is 2026-10-01T12:03:42.085Z: invocation and batch records, log lines, S3 and SNS events.
func Millis(t time.Time) string { return t.UTC().Format(millisZ) }

// AppendMillis appends the form of [Millis].
func AppendMillis(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, millisZ) }

// Seconds is 2020-04-28T07:20:20Z: EventBridge events, DynamoDB batch records, tumbling windows.
func Seconds(t time.Time) string { return t.UTC().Format(secondsZ) }

// Micros is 2025-11-25T02:43:11.123456Z: CreationTime and LastModifiedTime of a function URL.
func Micros(t time.Time) string { return t.UTC().Format(microsZ) }

// LastModified is 2025-11-25T02:26:14.123+0000, without a colon: LastModified of a function, CreatedDate of a layer.
func LastModified(t time.Time) string { return t.UTC().Format(offset) }

// Provisioned is 2019-12-31T20:28:49+0000: LastModified of a provisioned concurrency config.
func Provisioned(t time.Time) string { return t.UTC().Format(offsetS) }

// ObjectKey is 2019/11/14/2019-11-14T00.38.06, the dated part of the key under which a destination puts a record in S3.
func ObjectKey(t time.Time) string { return t.UTC().Format(objectIn) }

// Day is 2024/03/04, the start of a log stream's name.
func Day(t time.Time) string { return t.UTC().Format(day) }

// Access is 20/Feb/2018:22:48:57 +0000: requestTime in API Gateway's events.
func Access(t time.Time) string {
	u := t.UTC()
	year, month, day := u.Date()
	if year < 0 || year > 9999 {
		return u.Format(clf)
	}
	// Package time takes three times as long for this layout, and every event of API Gateway and function URLs has it.
	hour, minute, second := u.Clock()
	b := []byte("00/Jan/0000:00:00:00 +0000")
	twoDigits(b[0:], day)
	copy(b[3:], month.String()[:3])
	twoDigits(b[7:], year/100)
	twoDigits(b[9:], year%100)
	twoDigits(b[12:], hour)
	twoDigits(b[15:], minute)
	twoDigits(b[18:], second)
	return string(b)
}

func twoDigits(b []byte, n int) { b[0], b[1] = byte('0'+n/10), byte('0'+n%10) }

// Epoch is an instant that marshals as a JSON number of seconds since 1970 with milliseconds as its fraction, without
// trailing zeros: LastModified of event source mappings and event-invoke configs.
type Epoch time.Time

// MarshalJSON gives the number.
func (e Epoch) MarshalJSON() ([]byte, error) { return AppendEpoch(nil, time.Time(e)), nil }

// AppendEpoch appends the form of [Epoch]: 1573687896.493, 1573687896.5, 1573687896. What is finer than a millisecond
// is cut off.
func AppendEpoch(b []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		b = append(b, '-')
		ms = -ms
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	fraction := ms % 1000
	if fraction == 0 {
		return b
	}
	digits := [4]byte{'.', byte('0' + fraction/100), byte('0' + fraction/10%10), byte('0' + fraction%10)}
	n := len(digits)
	for digits[n-1] == '0' {
		n--
	}
	return append(b, digits[:n]...)
}
