package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// paint makes a picture: the sky above, darker to the top, and a kite in it.
func paint(width, height int) []byte {
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.Set(x, y, color.RGBA{R: 90, G: 150, B: uint8(255 - 100*(height-y)/height), A: 255})
			if dx, dy := x-width/2, y-height/3; max(dx, -dx)+max(dy, -dy) < height/6 {
				p.Set(x, y, color.RGBA{R: 200, G: 30, B: 30, A: 255})
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, p) // a Buffer takes everything
	return b.Bytes()
}
