package registry

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckCode_unzippedSize(t *testing.T) {
	// A directory entry may claim any size: nothing is unpacked.
	claim := func(sizes ...uint64) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, n := range sizes {
			_, err := w.CreateRaw(&zip.FileHeader{Name: "f", UncompressedSize64: n})
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	require.NoError(t, checkCode(code, claim(262144000)))
	require.NoError(t, checkCode(code, claim(262144000-1, 1)))
	const text = "Unzipped size must be smaller than 262144000 bytes"
	requireRefused(t, checkCode(code, claim(262144001)), ipv, text)
	requireRefused(t, checkCode(code, claim(262144000, 1)), ipv, text)
	requireRefused(t, checkCode(code, claim(1<<63, 1<<63)), ipv, text)
}

func TestCodeHash(t *testing.T) {
	require.Equal(t, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", packageHash([]byte{}), "standard Base64 of SHA-256")
	r := New(Options{})
	require.NotEqual(t, r.codeHash("f", nil), r.codeHash("f", nil))
	require.Equal(t, r.codeHash("f", []byte("x")), r.codeHash("g", []byte("x")))
}

func FuzzCheckCode(f *testing.F) {
	f.Add([]byte("PK\x05\x06"))
	f.Add(archive(f, "x"))
	f.Fuzz(func(t *testing.T, pkg []byte) {
		if err := checkCode(code, pkg); err != nil {
			requireRefusedKind(t, err)
		}
	})
}
