package layers

import . "github.com/gomlx/gomlx/core/graph"

// fewPositions is up to how many [convolutionByPositions] is the faster: images of 4x4, in half of the time (ONNX Runtime, two cores).
const fewPositions = 16

// convolutionByPositions is a [Convolution] as one product for all positions of all images, of their neighbourhoods by the kernels. The
// neighbourhoods are picked by a product too, with a matrix of ones and zeros: it has as many columns as an image has positions, so it pays for few.
func convolutionByPositions(x, weight *Node) *Node {
	batch, in, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	out, size := weight.Shape().Dim(0), weight.Shape().Dim(2)
	positions := height * width

	picks := ConvertDType(Const(x.Graph(), neighbours(height, width, size)), x.DType())
	picks = BroadcastToDims(Reshape(picks, 1, positions*size*size, positions), batch, positions*size*size, positions)
	images := TransposeAllDims(Reshape(x, batch, in, positions), 0, 2, 1)
	neighbourhoods := Reshape(matMul(picks, images), batch*positions, size*size*in)
	kernels := Reshape(TransposeAllDims(weight, 2, 3, 1, 0), size*size*in, out)
	y := Reshape(matMul(neighbourhoods, kernels), batch, positions, out)
	return Reshape(TransposeAllDims(y, 0, 2, 1), batch, out, height, width)
}

// neighbours has a row for each position and each entry of a kernel of size x size there, position by position, with a 1 in the column of
// the position that this entry meets; with none where it is outside the image.
func neighbours(height, width, size int) [][]float32 {
	var rows [][]float32
	for i := range height {
		for j := range width {
			for k := range size {
				for l := range size {
					row := make([]float32, height*width)
					if y, x := i+k-size/2, j+l-size/2; y >= 0 && y < height && x >= 0 && x < width {
						row[y*width+x] = 1
					}
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}
