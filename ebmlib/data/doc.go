// Package data brings the examples that an energy is trained on into memory, and offers densities on the plane whose
// logarithm is known, against which a trained energy can be checked.
//
// Each data set has its function, and each function the official files of its set; [ByName] opens a set by its name:
//
//	digits, err := data.MNIST("", "train")                                       // MNIST, CIFAR10, CIFAR100, SVHN: a Set
//	rooms, err := data.LSUN("", data.ImageSettings{Size: 128}, "bedroom_train")  // larger ones: a Source
//	source, err := data.ByName("cifar10", "", "train")                           // any of them, as a Source
//	points := data.Points(data.EightGaussians(), 10_000, 1)                      // points of a density, fixed by the seed
//
// A [Set] is all in memory: plain slices with a shape, which [Set.Check] verifies before they are used. A [Source] reads the
// examples asked for, so that it may be larger than memory; a Set is one, and [Load] makes one of any other:
//
//	batch, err := source.Read([]int{4, 8, 15})
//
// What there is, by format:
//
//   - binary records: [CIFAR10], [CIFAR100], [STL10]; IDX files: [MNIST], [Digits] and, for any, [IDX];
//   - MATLAB 5 files: [SVHN]; NumPy archives: [ImageNet] at 32 and 64 pixels, [DSprites];
//   - JPEG, PNG and WebP files, cropped and resized as they are read: [CelebA], [CelebAHQ], [LSUN] and, for any, [Folder];
//   - none: [Shapes] renders objects with attributes, and a [Density2D] both samples and evaluates.
//
// Labels count classes, which have names. Some sets have several labellings, the attributes of faces, sprites and shapes; By makes
// one of them the labels, as in
//
//	faces, err := data.CelebA("", "train", data.ImageSettings{Size: 64})
//	smiles, err := faces.By("Smiling")
//
// The data directory is what the caller names, else the variable EBM_DATA, else ~/.ebm/data (see [Dir]). Files are looked for in
// it and in the folder of it into which their archive unpacks. What is missing is an error that says which files to get from
// where and where to put them; MNIST's alone, which are small, are downloaded where there is a network. A damaged file is an error that
// names it, and no header is believed before it has been held against the file's size.
package data
