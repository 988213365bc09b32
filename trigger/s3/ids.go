package s3

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/lambdakit/lambdakit/internal/uuid"
)

// ids makes what S3 makes at random: functions of the seed, the bucket's name and a number, so that a run repeats.
type ids uint64

func newIDs(seed uint64, name string) ids {
	h := sha256.Sum256([]byte(name))
	return ids(seed ^ binary.BigEndian.Uint64(h[:]))
}

// request is the x-amz-request-id of the n-th request.
func (i ids) request(n uint64) string {
	hi, _ := uuid.Bits(uint64(i), n, "s3 request")
	return fmt.Sprintf("%016X", hi)
}

// host is the x-amz-id-2 of the n-th request: 57 bytes in base64.
func (i ids) host(n uint64) string {
	var b []byte
	for part := range uint64(4) {
		hi, lo := uuid.Bits(uint64(i), n<<2|part, "s3 host")
		b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, hi), lo)
	}
	return base64.StdEncoding.EncodeToString(b[:57])
}

// version is the id of the n-th version: 32 characters.
func (i ids) version(n uint64) string {
	hi, lo := uuid.Bits(uint64(i), n, "s3 version")
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, hi), lo)
	hi, _ = uuid.Bits(uint64(i), n, "s3 version end")
	b = binary.BigEndian.AppendUint64(b, hi)
	return base64.RawURLEncoding.EncodeToString(b[:24])
}

// upload is the id of the n-th multipart upload, and configuration that of a notification configuration that was given
// none.
func (i ids) upload(n uint64) string        { return uuid.V4(uint64(i), n, "s3 upload") }
func (i ids) configuration(n uint64) string { return uuid.V4(uint64(i), n, "s3 notification") }
