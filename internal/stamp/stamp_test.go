package stamp_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// Each instant is one that AWS has shown in that form, here in a zone of its own: every form is UTC.
func TestForms(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, s)
		require.NoError(t, err)
		return parsed.In(zone)
	}
	for _, row := range []struct {
		name string
		form func(time.Time) string
		at   string
		want string
	}{
		{"record", stamp.Millis, "2026-10-01T12:03:42.0859Z", "2026-10-01T12:03:42.085Z"},
		{"record, whole second", stamp.Millis, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
		{"EventBridge", stamp.Seconds, "2020-04-28T07:20:20.999Z", "2020-04-28T07:20:20Z"},
		{"function URL", stamp.Micros, "2025-11-25T02:43:11.123456789Z", "2025-11-25T02:43:11.123456Z"},
		{"LastModified", stamp.LastModified, "2025-11-25T02:26:14.123Z", "2025-11-25T02:26:14.123+0000"},
		{"provisioned", stamp.Provisioned, "2019-12-31T20:28:49.7Z", "2019-12-31T20:28:49+0000"},
		{"S3 key", stamp.ObjectKey, "2019-11-14T00:38:06.021Z", "2019/11/14/2019-11-14T00.38.06"},
		{"log stream", stamp.Day, "2024-03-04T01:00:00Z", "2024/03/04"},
		{"API Gateway", stamp.Access, "2018-02-20T22:48:57Z", "20/Feb/2018:22:48:57 +0000"},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, row.form(at(row.at))) })
	}
	require.Equal(t, "x2026-10-01T12:03:42.085Z", string(stamp.AppendMillis([]byte("x"), at("2026-10-01T12:03:42.085Z"))))
}

// Access writes what package time would, for any instant.
func TestAccess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<38, 1<<38).Draw(t, "at"), 0).In(time.FixedZone("", 3600))
		require.Equal(t, at.UTC().Format("02/Jan/2006:15:04:05 +0000"), stamp.Access(at))
	})
}

func TestEpoch(t *testing.T) {
	for want, at := range map[string]time.Time{
		"1573687896.493": time.UnixMilli(1573687896493),
		"1573687896.5":   time.UnixMilli(1573687896500),
		"1573687896.05":  time.UnixMilli(1573687896050),
		"1573687896":     time.Unix(1573687896, 999999),
		"0":              time.Unix(0, 0),
		"-1.5":           time.UnixMilli(-1500),
	} {
		require.Equal(t, want, string(stamp.AppendEpoch(nil, at)))
	}
	b, err := json.Marshal(map[string]any{"LastModified": stamp.Epoch(time.UnixMilli(1573687896493))})
	require.NoError(t, err)
	require.Equal(t, `{"LastModified":1573687896.493}`, string(b))
}

// A client that reads the number gets the instant back, to the millisecond.
func TestEpochIsANumberOfSeconds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(-1e12, 4e12).Draw(t, "ms")
		x, err := strconv.ParseFloat(string(stamp.AppendEpoch(nil, time.UnixMilli(ms))), 64)
		require.NoError(t, err)
		require.InDelta(t, float64(ms)/1000, x, 1e-4)
	})
}

func ExampleEpoch() {
	b, _ := json.Marshal(stamp.Epoch(time.UnixMilli(1573687896493)))
	fmt.Println(string(b))
	// Output: 1573687896.493
}
