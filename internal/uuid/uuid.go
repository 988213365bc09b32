// Package uuid makes identifiers that look random and are not: each is a function of a seed, a number and a purpose,
// so that the same run gives the same identifiers whatever the order in which they are asked for.
package uuid

import "encoding/binary"

// V4 is a UUID in its text form, 36 lower-case characters with the version and variant of a random one.
//
// seed is the run's, number counts the things named (events, functions, messages) and purpose says what is named, so
// that an event's request id and the same-numbered function's revision id differ. It allocates the string only and is
// safe for concurrent use.
func V4(seed, number uint64, purpose string) string {
	hi, lo := Bits(seed, number, purpose)
	return Format(hi, lo)
}

// Format is the text of the UUID with these 128 bits, of which the version and variant bits are overwritten.
func Format(hi, lo uint64) string {
	hi = hi&^0xF000 | 0x4000 // version 4
	lo = lo&^(3<<62) | 1<<63 // variant 10
	a, b, c, d := hex(hi>>32), hex(hi&0xFFFFFFFF), hex(lo>>32), hex(lo&0xFFFFFFFF)
	var text [36]byte
	binary.BigEndian.PutUint64(text[0:], a)
	text[8] = '-'
	binary.BigEndian.PutUint32(text[9:], uint32(b>>32))
	text[13] = '-'
	binary.BigEndian.PutUint32(text[14:], uint32(b))
	text[18] = '-'
	binary.BigEndian.PutUint32(text[19:], uint32(c>>32))
	text[23] = '-'
	binary.BigEndian.PutUint32(text[24:], uint32(c))
	binary.BigEndian.PutUint64(text[28:], d)
	return string(text[:])
}

// Bits is 128 bits that depend on every bit of seed, number and purpose: the randomness behind [V4], for everything
// else that must be random and repeatable (jitter, weighted choices, hexadecimal names).
func Bits(seed, number uint64, purpose string) (hi, lo uint64) {
	// Two multiplications fold the inputs into each half; the finalizer then spreads them over all the bits. Seed and
	// number are mixed one after the other, so that (1, 2) and (2, 1) have nothing in common.
	h := hash(purpose)
	state := mix(mix(seed+golden)+number+golden) ^ h
	return mix(state), mix(state + golden)
}

const golden = 0x9E3779B97F4A7C15 // 2⁶⁴ divided by the golden ratio: an odd step that visits every value

// mix is a bijection of 64 bits in which every input bit flips about half of the output's (the finalizer of
// splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// hash spreads a short word over 64 bits.
func hash(s string) uint64 {
	h := uint64(len(s))
	for len(s) >= 8 {
		word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		h, s = mix(h^word), s[8:]
	}
	tail := uint64(0)
	for i := range len(s) {
		tail = tail<<8 | uint64(s[i])
	}
	return mix(h ^ tail)
}

// hex is the eight digits of a 32-bit number as the bytes of a word, the first digit highest: all at once, because a
// loop over digits would be most of what an id costs.
func hex(x uint64) uint64 {
	const each = 0x0101010101010101
	x = (x<<16 | x) & 0x0000FFFF0000FFFF // two digits apart, then one, then each in its own byte
	x = (x<<8 | x) & 0x00FF00FF00FF00FF
	x = (x<<4 | x) & 0x0F0F0F0F0F0F0F0F
	letters := (x + 6*each) >> 4 & each // 1 where the digit is over 9
	return x + '0'*each + ('a'-'0'-10)*letters
}
