package data

import (
	"image"

	"golang.org/x/image/draw"
)

// centreSquare is the largest square at the middle of a rectangle. An odd pixel of the difference goes right or below.
func centreSquare(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	corner := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{corner, corner.Add(image.Pt(side, side))}
}

// resize writes the crop of an image, resized, to out as planes of bytes [channels, size, size]: red, green and blue for 3
// channels; for 1 the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B. What is transparent lies on white.
//
// The filter is bilinear with antialiasing, as PIL resizes: weights max(0, 1 - |d|) at distance d, which is measured in pixels
// of the source when enlarging and of the result when shrinking, normalised at the borders. Values are rounded once, at the end.
func resize(img image.Image, crop image.Rectangle, channels, size int, out []uint8) {
	resized := image.NewRGBA64(image.Rect(0, 0, size, size))
	draw.Draw(resized, resized.Rect, image.White, image.Point{}, draw.Src)
	draw.BiLinear.Scale(resized, resized.Rect, img, crop, draw.Over, nil)
	area := size * size
	for i := range area {
		c := resized.RGBA64At(i%size, i/size)
		if channels == 1 {
			out[i] = toByte((299*uint32(c.R) + 587*uint32(c.G) + 114*uint32(c.B) + 500) / 1000)
			continue
		}
		out[i], out[area+i], out[2*area+i] = toByte(uint32(c.R)), toByte(uint32(c.G)), toByte(uint32(c.B))
	}
}

// toByte rounds an intensity of 16 bits to 8.
func toByte(v uint32) uint8 { return uint8((v + 128) / 257) }
