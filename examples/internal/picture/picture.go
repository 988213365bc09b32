// Package picture makes thumbnails for the examples.
package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// Thumbnail is a small PNG.
type Thumbnail struct {
	PNG           []byte
	Width, Height int
}

// Shrink makes a thumbnail of a PNG whose longer side has size pixels, or fewer.
func Shrink(picture []byte, size int) (Thumbnail, error) {
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return Thumbnail{}, err
	}
	small := shrink(decoded, size)
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		return Thumbnail{}, err
	}
	return Thumbnail{PNG: out.Bytes(), Width: small.Bounds().Dx(), Height: small.Bounds().Dy()}, nil
}

// shrink scales a picture down so that its longer side has size pixels, each the average of those it stands for.
func shrink(p image.Image, size int) image.Image {
	from := p.Bounds()
	factor := max(1, (max(from.Dx(), from.Dy())+size-1)/size)
	to := image.NewRGBA(image.Rect(0, 0, max(1, from.Dx()/factor), max(1, from.Dy()/factor)))
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			corner := from.Min.Add(image.Pt(x*factor, y*factor))
			to.Set(x, y, average(p, image.Rectangle{Min: corner, Max: corner.Add(image.Pt(factor, factor))}.Intersect(from)))
		}
	}
	return to
}

func average(p image.Image, area image.Rectangle) color.Color {
	var r, g, b, a, n uint32
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			pr, pg, pb, pa := p.At(x, y).RGBA()
			r, g, b, a, n = r+pr>>8, g+pg>>8, b+pb>>8, a+pa>>8, n+1
		}
	}
	return color.RGBA{R: uint8(r / n), G: uint8(g / n), B: uint8(b / n), A: uint8(a / n)}
}
