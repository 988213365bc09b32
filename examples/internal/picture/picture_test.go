package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func encoded(t require.TestingT, p image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, p))
	return b.Bytes()
}

// A picture of one colour stays so, keeps its shape as far as pixels can, and fits.
func TestShrink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 90).Draw(t, "width"), rapid.IntRange(1, 90).Draw(t, "height")
		c := color.RGBA{R: rapid.Byte().Draw(t, "red"), G: 7, B: 200, A: 255}
		p := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				p.Set(x, y, c)
			}
		}
		small, err := Shrink(encoded(t, p), 32)
		require.NoError(t, err)
		require.LessOrEqual(t, max(small.Width, small.Height), 32)
		require.Equal(t, width > height && small.Width < small.Height, false)
		decoded, err := png.Decode(bytes.NewReader(small.PNG))
		require.NoError(t, err)
		require.Equal(t, image.Pt(small.Width, small.Height), decoded.Bounds().Size())
		require.Equal(t, c, color.RGBAModel.Convert(decoded.At(small.Width-1, small.Height-1)))
	})
}

func TestShrinkRefusesWhatIsNoPNG(t *testing.T) {
	_, err := Shrink([]byte("not a picture"), 32)
	require.EqualError(t, err, "png: invalid format: not a PNG file")
}
