package filter

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseIP(t *testing.T) {
	for _, c := range []struct{ text, same string }{
		{"10.0.0.1", "10.0.0.1"}, {"010.000.000.001", "10.0.0.1"}, {"255.255.255.255", "255.255.255.255"}, {"00000000.1.1.1", "0.1.1.1"},
		{"::", "::"}, {"::1", "::1"}, {"1::", "1::"}, {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"}, {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
		{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"}, {"2001:0DB8::00000001", "2001:db8::1"}, {"::ffff:a00:1", "10.0.0.1"}, {"1:0:0::8", "1::8"},
	} {
		got, ok := parseIP([]byte(c.text))
		require.True(t, ok, c.text)
		require.Equal(t, fromNetip(netip.MustParseAddr(c.same)), got, c.text)
	}
	for _, text := range []string{
		"", "1", "a", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.-4", "1.2.3.4 ", "001.0002.0003.004", "1.2.3.a",
		":", ":::", "1:", ":1", "::1:", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
		"12345::", "g::", "::1%eth0", "::1.2.3.4", "::ffff:10.0.0.1", "example.com", "12:30:00",
	} {
		_, ok := parseIP([]byte(text))
		require.False(t, ok, text)
		_, ok = modelIP(text)
		require.False(t, ok, "the model: %s", text)
	}
}

func fromNetip(a netip.Addr) ip {
	var b ip
	for i, c := range a.As16() {
		if i < 8 {
			b.high = b.high<<8 | uint64(c)
		} else {
			b.low = b.low<<8 | uint64(c)
		}
	}
	if a.Is4() {
		b.low &= 0xffffffff
		b.v4 = true
	}
	return b
}

func TestParseIP_agreesWithTheModel(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("::::0012fF.")), 1, 24, -1)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		if chance(t, 5) {
			s = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))).String()
		}
		want, wantOK := modelIP(s)
		got, ok := parseIP([]byte(s))
		if ok != wantOK || ok && got != fromNetip(want) {
			t.Fatalf("%q: %v %v, the model: %v %v", s, got, ok, want, wantOK)
		}
	})
}

// Row F18, and blocks of every size: the host part of the address does not count.
func TestCIDR(t *testing.T) {
	for _, c := range []struct {
		block, address string
		match          bool
	}{
		{"192.168.4.0/22", "192.168.7.9", true}, {"192.168.4.0/22", "192.168.8.1", false}, {"192.168.5.77/22", "192.168.4.0", true},
		{"10.0.0.0/31", "10.0.0.1", true}, {"10.0.0.0/31", "10.0.0.2", false}, {"0.0.0.0/0", "255.1.2.3", true}, {"0.0.0.0/0", "::1", false},
		{"::/0", "ffff::", true}, {"::/0", "10.0.0.1", false}, {"2001:db8::/33", "2001:db8:7fff::1", true}, {"2001:db8::/33", "2001:db8:8000::", false},
		{"2001:db8::/64", "2001:db8::1:0:0:0", true}, {"2001:db8::/64", "2001:db8:0:1::", false}, {"::/127", "::1", true}, {"::/127", "::2", false},
		{"::ffff:a00:0/24", "10.0.0.9", true}, {"10.0.0.0/+24", "10.0.0.9", true}, {"10.0.0.0/24/", "10.0.0.9", true}, {"10.0.0.0/8", "ten", false},
	} {
		set, err := Compile(`{"a":[{"cidr":"` + c.block + `"}]}`)
		require.NoError(t, err, c.block)
		require.Equal(t, c.match, set.Match([]byte(`{"a":"`+c.address+`"}`)), "%s in %s", c.address, c.block)
	}
}
