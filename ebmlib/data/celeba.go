package data

import (
	"fmt"
	"slices"
)

var celebaOfficial = official{
	set:    "CelebA",
	folder: "celeba",
	source: "the aligned images and the lists from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
}

// CelebA is the split "train" (officially 162,770 images), "valid" (19,867), "test" (19,962) or "all" of the faces of CelebA,
// with their 40 attributes (see [ImageFiles.By]), each of the classes "no NAME" and "NAME". In the data directory dir (see
// [Dir]) and in its folder celeba these are looked for:
//
//   - img_align_celeba, the folder of aligned images of 178 x 218 pixels, of whose middle 178 x 178 are taken by default;
//   - list_attr_celeba.txt, the attributes;
//   - list_eval_partition.txt, the splits, which "all" does without.
//
// Images are in the order of their names. The lists must tell of every image in the folder and of no other. Whatever is wrong
// with them is an error that names the file and the line.
func CelebA(dir, split string, settings ImageSettings) (*ImageFiles, error) {
	splits := []string{"train", "valid", "test"} // by their numbers in the list
	number := slices.Index(splits, split)
	if number < 0 && split != "all" {
		return nil, celebaOfficial.splitErr(split, append(splits, "all")...)
	}
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	folder, err := celebaOfficial.need(dir, "img_align_celeba")
	if err != nil {
		return nil, err
	}
	attributes, err := celebaOfficial.need(dir, "list_attr_celeba.txt")
	if err != nil {
		return nil, err
	}
	all, err := faces("CelebA "+split, folder, attributes, settings)
	if err != nil || split == "all" {
		return all, err
	}
	partition, err := celebaOfficial.need(dir, "list_eval_partition.txt")
	if err != nil {
		return nil, fmt.Errorf("%w; or take the split \"all\", which does without", err)
	}
	rows, err := readSplit(partition, all.files, number)
	if err != nil {
		return nil, err
	}
	return all.only(rows)
}

var celebaHQOfficial = official{
	set:    "CelebA-HQ",
	folder: "CelebAMask-HQ",
	source: "CelebAMask-HQ from https://github.com/switchablenorms/CelebAMask-HQ (other folders of images are read by Folder)",
}

// CelebAHQ is the faces of CelebA-HQ (officially 30,000, of 1024 x 1024 pixels), as CelebAMask-HQ has them: the folder
// CelebA-HQ-img, looked for in the data directory dir (see [Dir]) and in its folder CelebAMask-HQ. If the file
// CelebAMask-HQ-attribute-anno.txt is there as well, the images have its attributes, as those of [CelebA] have theirs.
func CelebAHQ(dir string, settings ImageSettings) (*ImageFiles, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	folder, err := celebaHQOfficial.need(dir, "CelebA-HQ-img")
	if err != nil {
		return nil, err
	}
	return faces("CelebA-HQ", folder, celebaHQOfficial.find(dir, "CelebAMask-HQ-attribute-anno.txt"), settings)
}

// faces is the images of a flat folder, with the attributes of a list unless its path is "".
func faces(name, folder, list string, settings ImageSettings) (*ImageFiles, error) {
	listed, err := listFolder(folder)
	if err != nil {
		return nil, err
	}
	images, err := flat(name, listed, settings)
	if err != nil || list == "" {
		return images, err
	}
	images.index.Attributes, err = readAttributes(list, images.files)
	return images, err
}
