package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// This file makes images that are like no photograph, against which out-of-distribution detection is tried (section 4.3 of the paper).

// UniformNoise is n images of that shape whose every value is uniform in 0 to 255.
func UniformNoise(n int, shape []int, seed uint64) *Set {
	random := rand.New(rand.NewPCG(seed, 1))
	set := &Set{Name: "uniform noise", Shape: slices.Clone(shape)}
	for range n * volume(shape, 1<<31) {
		set.Bytes = append(set.Bytes, uint8(random.IntN(256)))
	}
	return set
}

// Constants is n images of that shape [channels, height, width], each of one colour, uniform in 0 to 255 in each channel.
func Constants(n int, shape []int, seed uint64) *Set {
	random := rand.New(rand.NewPCG(seed, 2))
	set := &Set{Name: "constant images", Shape: slices.Clone(shape)}
	for range n * shape[0] {
		set.Bytes = append(set.Bytes, slices.Repeat([]uint8{uint8(random.IntN(256))}, shape[1]*shape[2])...)
	}
	return set
}

// Interpolations is n images each of which is the mean of two different examples of a set, rounded down.
//
// Errors: the set has no images, or fewer than two.
func Interpolations(of *Set, n int, seed uint64) (*Set, error) {
	if of.Bytes == nil || of.Len() < 2 {
		return nil, fmt.Errorf("interpolations are between two images, and %s has %d examples, images: %t", of.Name, of.Len(), of.Bytes != nil)
	}
	random := rand.New(rand.NewPCG(seed, 3))
	set := &Set{Name: "interpolations of " + of.Name, Shape: slices.Clone(of.Shape)}
	size := len(of.Bytes) / of.Len()
	for range n {
		one := random.IntN(of.Len())
		other := (one + 1 + random.IntN(of.Len()-1)) % of.Len()
		for i := range size {
			set.Bytes = append(set.Bytes, uint8((int(of.Bytes[one*size+i])+int(of.Bytes[other*size+i]))/2))
		}
	}
	return set, nil
}
