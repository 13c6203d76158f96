package data

import "fmt"

// Halve makes the set at half its size: each pixel the mean of four, rounded. Labels stay. A training on a quarter of the pixels takes a quarter
// of the time.
//
// Errors: examples that are not images [channels, height, width] as bytes, or of an odd height or width.
func Halve(set *Set) (*Set, error) {
	if err := set.Check(); err != nil {
		return nil, err
	}
	if len(set.Shape) != 3 || set.Bytes == nil || set.Shape[1]%2 != 0 || set.Shape[2]%2 != 0 {
		return nil, fmt.Errorf("%s can't be halved: its examples have the shape %v; they must be images [channels, height, width] of even height and width",
			set.Name, set.Shape)
	}
	height, width := set.Shape[1], set.Shape[2]
	half := *set
	half.Name += " at half size"
	half.Shape = []int{set.Shape[0], height / 2, width / 2}
	half.Bytes = make([]uint8, 0, len(set.Bytes)/4)
	for row := 0; row < len(set.Bytes); row += 2 * width { // Two rows of pixels make one; an even height keeps them within an image.
		for at := row; at < row+width; at += 2 {
			sum := int(set.Bytes[at]) + int(set.Bytes[at+1]) + int(set.Bytes[at+width]) + int(set.Bytes[at+width+1])
			half.Bytes = append(half.Bytes, uint8((sum+2)/4))
		}
	}
	return &half, nil
}
