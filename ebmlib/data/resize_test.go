package data

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"
)

// row is a grey image of one line.
func row(values ...uint8) image.Image {
	return &image.Gray{Pix: values, Stride: len(values), Rect: image.Rect(0, 0, len(values), 1)}
}

// resized is all of an image, resized.
func resized(img image.Image, channels, size int) []uint8 {
	out := make([]uint8, channels*size*size)
	resize(img, img.Bounds(), channels, size, out)
	return out
}

// filled draws one colour all over an image.
func filled(img draw.Image, c color.Color) image.Image {
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

func TestResizeWeighsAsATriangle(t *testing.T) {
	for name, c := range map[string]struct {
		img  image.Image
		size int
		want []uint8 // of each line of the result
	}{
		// Half the size: weights 3/4, 3/4, 1/4 at distances 1/2, 1/2, 3/2 of source pixels; two lie beyond the border.
		"shrunk by 2": {row(0, 70, 210, 140), 2, []uint8{(3*0 + 3*70 + 210) / 7, (70 + 3*210 + 3*140) / 7}},
		// A third: weights 1, 2/3 and 1/3 at distances 0, 1 and 2.
		"shrunk by 3": {row(0, 240, 120, 80, 160, 40), 2, []uint8{(2*0 + 3*240 + 2*120 + 80) / 8, (120 + 2*80 + 3*160 + 2*40) / 8}},
		// Twice the size: weights 1/4 and 3/4, and the border's pixel alone at the border.
		"enlarged by 2": {row(0, 200), 4, []uint8{0, 50, 150, 200}},
		"as it is":      {row(9, 8, 7), 3, []uint8{9, 8, 7}},
	} {
		got := resized(c.img, 1, c.size)
		for line := range c.size {
			if got := got[line*c.size : (line+1)*c.size]; !slices.Equal(got, c.want) {
				t.Errorf("%s: line %d is %v, want %v", name, line, got, c.want)
			}
		}
	}
}

func TestResizeKeepsAConstantImage(t *testing.T) {
	for _, v := range []uint8{0, 1, 127, 128, 254, 255} {
		for _, size := range []int{1, 5, 20, 33} {
			for i, got := range resized(filled(image.NewGray(image.Rect(0, 0, 20, 13)), color.Gray{v}), 3, size) {
				if got != v {
					t.Fatalf("%d became %d at value %d of size %d", v, got, i, size)
				}
			}
		}
	}
}

func TestResizeGivesPlanesRowByRow(t *testing.T) {
	img := image.NewNRGBA(image.Rect(5, 7, 7, 9)) // that the corner is not 0 must not matter
	img.Set(5, 7, color.NRGBA{1, 2, 3, 255})
	img.Set(6, 7, color.NRGBA{4, 5, 6, 255})
	img.Set(5, 8, color.NRGBA{7, 8, 9, 255})
	img.Set(6, 8, color.NRGBA{10, 11, 12, 255})
	want := []uint8{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}
	if got := resized(img, 3, 2); !slices.Equal(got, want) {
		t.Errorf("planes %v, want %v", got, want)
	}
}

func TestResizeSeesNothingBeyondTheCrop(t *testing.T) {
	img := filled(image.NewGray(image.Rect(0, 0, 30, 30)), color.White)
	crop := image.Rect(4, 9, 20, 25)
	draw.Draw(img.(draw.Image), crop, image.NewUniform(color.Gray{50}), image.Point{}, draw.Src)
	for _, size := range []int{7, 40} {
		out := make([]uint8, size*size)
		resize(img, crop, 1, size, out)
		if slices.Min(out) != 50 || slices.Max(out) != 50 {
			t.Errorf("size %d: values from %d to %d, want 50", size, slices.Min(out), slices.Max(out))
		}
	}
}

func TestResizeReadsEveryColourModel(t *testing.T) {
	bounds := image.Rect(0, 0, 4, 4)
	orange := color.NRGBA{255, 128, 0, 255}
	veil := color.NRGBA{0, 0, 0, 102} // over white: 255 * (1 - 102/255) = 153
	for name, c := range map[string]struct {
		img  image.Image
		rgb  [3]uint8
		grey uint8
	}{
		"RGBA":          {filled(image.NewRGBA(bounds), orange), [3]uint8{255, 128, 0}, 151},
		"NRGBA":         {filled(image.NewNRGBA(bounds), orange), [3]uint8{255, 128, 0}, 151},
		"16 bits":       {filled(image.NewNRGBA64(bounds), orange), [3]uint8{255, 128, 0}, 151},
		"palette":       {filled(image.NewPaletted(bounds, color.Palette{color.Black, orange}), orange), [3]uint8{255, 128, 0}, 151},
		"CMYK":          {filled(image.NewCMYK(bounds), orange), [3]uint8{255, 128, 0}, 151},
		"grey":          {filled(image.NewGray(bounds), color.Gray{77}), [3]uint8{77, 77, 77}, 77},
		"grey, 16 bits": {filled(image.NewGray16(bounds), color.Gray16{77 * 257}), [3]uint8{77, 77, 77}, 77},
		"translucent":   {filled(image.NewNRGBA(bounds), veil), [3]uint8{153, 153, 153}, 153},
		"transparent":   {image.NewNRGBA(bounds), [3]uint8{255, 255, 255}, 255},
		"red":           {filled(image.NewRGBA(bounds), color.RGBA{255, 0, 0, 255}), [3]uint8{255, 0, 0}, 76},
		"green":         {filled(image.NewRGBA(bounds), color.RGBA{0, 255, 0, 255}), [3]uint8{0, 255, 0}, 150},
		"blue":          {filled(image.NewRGBA(bounds), color.RGBA{0, 0, 255, 255}), [3]uint8{0, 0, 255}, 29},
	} {
		if got := resized(c.img, 3, 1); !slices.Equal(got, c.rgb[:]) {
			t.Errorf("%s: red, green and blue are %v, want %v", name, got, c.rgb)
		}
		if got := resized(c.img, 1, 1); got[0] != c.grey {
			t.Errorf("%s: grey is %d, want %d", name, got[0], c.grey)
		}
	}
}

func TestCentreSquare(t *testing.T) {
	for _, c := range []struct{ of, want image.Rectangle }{
		{image.Rect(0, 0, 178, 218), image.Rect(0, 20, 178, 198)},
		{image.Rect(0, 0, 7, 4), image.Rect(1, 0, 5, 4)},
		{image.Rect(3, 3, 5, 5), image.Rect(3, 3, 5, 5)},
		{image.Rect(10, 20, 11, 29), image.Rect(10, 24, 11, 25)},
	} {
		if got := centreSquare(c.of); got != c.want {
			t.Errorf("the square in %v is %v, want %v", c.of, got, c.want)
		}
	}
}
