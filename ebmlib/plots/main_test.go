package plots

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// TestMain runs the tests in a folder of their own, where Show may write.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "plots")
	if err == nil {
		err = os.Chdir(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// render draws the figure and decodes its PNG.
func render(t *testing.T, f Figure) image.Image {
	t.Helper()
	encoded, err := f.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// wantError checks that the figure's error holds each of the words.
func wantError(t *testing.T, f Figure, words ...string) {
	t.Helper()
	_, err := f.PNG()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not mention %q", err, word)
		}
	}
}

// rgb returns the colour of a pixel.
func rgb(img image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// count returns how many pixels within the bounds have exactly the colour.
func count(img image.Image, bounds image.Rectangle, want color.NRGBA) (n int) {
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if rgb(img, x, y) == want {
				n++
			}
		}
	}
	return n
}

// falling returns the metrics of a short run in which energies fall.
func falling(rows int) map[string][]float64 {
	metrics := map[string][]float64{}
	for i := range rows {
		data, samples := -float64(i), -float64(i)+1/float64(i+1)
		for name, v := range map[string]float64{
			"step": float64(i), "energy_data": data, "energy_samples": samples, "energy_difference": data - samples,
		} {
			metrics[name] = append(metrics[name], v)
		}
	}
	return metrics
}

// ramp returns images whose values all differ, as far as 256 levels allow.
func ramp(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32(i*37%256) / 255
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

var nan, inf = math.NaN(), math.Inf(1)
