package uuid_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/internal/uuid"
)

func ExampleV4() {
	fmt.Println(uuid.V4(1, 7, "request"))
	fmt.Println(uuid.V4(1, 7, "request"))
	fmt.Println(uuid.V4(1, 7, "revision"))
	// Output:
	// a77c0080-4007-47bb-91c2-e4e7dfa53619
	// a77c0080-4007-47bb-91c2-e4e7dfa53619
	// f8801625-eb34-4464-80cc-d493b251f861
}

var form = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, number := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "number")
		id := uuid.V4(seed, number, rapid.String().Draw(t, "purpose"))
		require.Regexp(t, form, id)
	})
	require.Equal(t, "00000000-0000-4000-8000-000000000000", uuid.Format(0, 0))
	require.Equal(t, "ffffffff-ffff-4fff-bfff-ffffffffffff", uuid.Format(math.MaxUint64, math.MaxUint64))
	require.Equal(t, "01234567-89ab-4def-bedc-ba9876543210", uuid.Format(0x0123456789abcdef, 0xfedcba9876543210))
}

// Format keeps all 122 bits that are not version or variant.
func TestFormatLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hi, lo := rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")
		id := uuid.Format(hi, lo)
		raw, err := hex.DecodeString(id[:8] + id[9:13] + id[14:18] + id[19:23] + id[24:])
		require.NoError(t, err)
		want := fmt.Sprintf("%016x%016x", hi&^0xF000|0x4000, lo&^(3<<62)|1<<63)
		require.Equal(t, want, hex.EncodeToString(raw))
	})
}

// Ids are asked for by counters, so small neighbouring inputs must not collide, and no input may be ignored.
func TestNoCollisions(t *testing.T) {
	seen := map[string]string{}
	for seed := range uint64(20) {
		for number := range uint64(500) {
			for _, purpose := range []string{"", "a", "b", "ab", "ba", "request", "revision"} {
				id := uuid.V4(seed, number, purpose)
				input := fmt.Sprint(seed, " ", number, " ", purpose)
				require.Empty(t, seen[id], "%s has the id of %s", input, seen[id])
				seen[id] = input
			}
		}
	}
}

// Changing any one bit of the input changes about half of the output.
func TestAvalanche(t *testing.T) {
	const rounds = 200
	for bit := range 128 {
		flipped := 0
		for i := range uint64(rounds) {
			hi, lo := uuid.Bits(i, i*3, "p")
			var hi2, lo2 uint64
			if bit < 64 {
				hi2, lo2 = uuid.Bits(i^1<<bit, i*3, "p")
			} else {
				hi2, lo2 = uuid.Bits(i, i*3^1<<(bit-64), "p")
			}
			flipped += bits.OnesCount64(hi^hi2) + bits.OnesCount64(lo^lo2)
		}
		require.InDelta(t, 64, float64(flipped)/rounds, 4, "input bit %d", bit)
	}
}

// Each output bit is set about half of the time over a run of numbers, which is what weighted choices rest on.
func TestBitsAreBalanced(t *testing.T) {
	const n = 20000
	var ones [128]int
	for i := range uint64(n) {
		hi, lo := uuid.Bits(42, i, "alias")
		for b := range 64 {
			ones[b] += int(hi >> b & 1)
			ones[64+b] += int(lo >> b & 1)
		}
	}
	for b, count := range ones {
		require.InDelta(t, n/2, count, 5*math.Sqrt(n)/2, "output bit %d", b)
	}
}

func TestAllocations(t *testing.T) {
	n := uint64(0)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { n++; _ = uuid.V4(1, n, "request") }), 1.0)
	require.Zero(t, testing.AllocsPerRun(100, func() { n++; _, _ = uuid.Bits(1, n, "request") }))
}

var sink string

func BenchmarkV4(b *testing.B) {
	b.Run("deterministic", func(b *testing.B) {
		b.ReportAllocs()
		for i := uint64(0); b.Loop(); i++ {
			sink = uuid.V4(1, i, "request")
		}
	})
	b.Run("baseline/string", func(b *testing.B) { // what no id can do without
		b.ReportAllocs()
		var raw [36]byte
		for i := 0; b.Loop(); i++ {
			raw[i%36]++
			sink = string(raw[:])
		}
	})
	b.Run("baseline/random", func(b *testing.B) { // the usual way: 16 bytes of crypto/rand, formatted
		b.ReportAllocs()
		for b.Loop() {
			var raw [16]byte
			_, _ = rand.Read(raw[:])
			_ = fmt.Sprintf("%x-%x-%x-%x-%x", raw[0:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
		}
	})
}
