package data

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	pointsByName = 20_000 // in a set of a density
	shapesByName = 50_000 // as many as CIFAR-10 has
	sizeByName   = 128    // pixels, as the paper has faces and rooms
)

// namedSet is a data set that has a name for people to type.
type namedSet struct {
	sized  bool     // whether images are made in the size asked for
	drawn  bool     // whether it is made by the program, of no files
	splits []string // those it may be opened with; nil where open knows them
	open   func(dir, split string, size int) (Source, error)
}

// namedSets is the table of all but folders, by their names.
func namedSets() map[string]namedSet {
	all, drawn := []string{"train"}, []string{"train", "test"}
	sets := map[string]namedSet{
		"mnist":      {open: func(dir, split string, _ int) (Source, error) { return asSource(MNIST(dir, split)) }},
		"cifar10":    {open: func(dir, split string, _ int) (Source, error) { return asSource(CIFAR10(dir, split)) }},
		"cifar100":   {open: func(dir, split string, _ int) (Source, error) { return asSource(CIFAR100(dir, split)) }},
		"svhn":       {open: func(dir, split string, _ int) (Source, error) { return asSource(SVHN(dir, split)) }},
		"stl10":      {open: func(dir, split string, _ int) (Source, error) { return STL10(dir, split) }},
		"imagenet32": {open: func(dir, split string, _ int) (Source, error) { return ImageNet(dir, 32, split) }},
		"imagenet64": {open: func(dir, split string, _ int) (Source, error) { return ImageNet(dir, 64, split) }},
		"digits":     {splits: all, open: func(dir, _ string, _ int) (Source, error) { return asSource(Digits(dir)) }},
		"dsprites":   {splits: all, open: func(dir, _ string, _ int) (Source, error) { return asSource(DSprites(dir)) }},
		"celeba": {sized: true, open: func(dir, split string, size int) (Source, error) {
			return asSource(CelebA(dir, split, ImageSettings{Size: size, Whole: true}))
		}},
		"celebahq": {sized: true, splits: all, open: func(dir, _ string, size int) (Source, error) {
			return asSource(CelebAHQ(dir, ImageSettings{Size: size}))
		}},
		"lsun": {sized: true, splits: []string{"train", "val"}, open: func(dir, split string, size int) (Source, error) {
			return asSource(LSUN(dir, ImageSettings{Size: size, Whole: true}, "bedroom_"+split))
		}},
		"shapes": {sized: true, drawn: true, splits: drawn, open: func(_, split string, size int) (Source, error) {
			return Shapes{Size: size, Examples: shapesByName, Seed: uint64(slices.Index(drawn, split))}, nil
		}},
	}
	for _, density := range Densities2D() {
		sets[density.Name] = namedSet{drawn: true, splits: drawn, open: func(_, split string, _ int) (Source, error) {
			return Points(density, pointsByName, uint64(slices.Index(drawn, split))), nil
		}}
	}
	return sets
}

// folderNamed is the set of the images in a folder.
func folderNamed(path string) namedSet {
	return namedSet{sized: true, splits: []string{"train"}, open: func(_, _ string, size int) (Source, error) {
		return asSource(Folder(path, ImageSettings{Size: size}))
	}}
}

// fileNamed is the set of the images in a file.
func fileNamed(path string) namedSet {
	return namedSet{splits: []string{"train"}, open: func(_, _ string, _ int) (Source, error) { return asSource(File(path)) }}
}

// ByName opens a split of a data set by its name, as a command is given it. The data directory is dir (see [Dir]). The names,
// which the error for another one lists, and their splits:
//
//   - mnist ([MNIST]), cifar10 ([CIFAR10]), cifar100 ([CIFAR100]), svhn ([SVHN]), stl10 ([STL10]), imagenet32 and imagenet64
//     ([ImageNet]) and celeba ([CelebA]), with the splits of each;
//   - lsun, the bedrooms of [LSUN], with "train" and "val";
//   - digits ([Digits]), dsprites ([DSprites]), celebahq ([CelebAHQ]) and folder:PATH ([Folder]), all of which is "train";
//   - shapes (50,000 [Shapes]) and each of [Densities2D] (20,000 [Points]), with "train" and "test", drawn by the seeds 0 and 1;
//   - and the path of a file with images, which [File] reads, all of which is "train".
//
// The images of celeba, celebahq, lsun, shapes and folder:PATH are made 128 x 128 pixels, unless another size follows, as in
// "celeba@64". Those of celeba and lsun are squeezed whole, as the paper's reference implementation does; of a folder's images the
// largest square at the middle is taken.
func ByName(name, dir, split string) (Source, error) {
	base, size, err := cutSize(name)
	if err != nil {
		return nil, err
	}
	set, found := namedSets()[base]
	if path, isFolder := strings.CutPrefix(base, "folder:"); isFolder {
		set, found = folderNamed(path), true
	}
	if info, err := os.Stat(name); !found && err == nil {
		if info.IsDir() {
			return nil, fmt.Errorf("data set %q: that is a folder; its images are named folder:%s, and those of SIZE pixels folder:%s@SIZE", name, name, name)
		}
		base, set, found = name, fileNamed(name), true
	}
	switch {
	case !found:
		return nil, fmt.Errorf("no data set is named %q, nor is it a file: there are %s, and the paths of files of images",
			name, strings.Join(Names(), ", "))
	case !set.sized && base != name:
		return nil, fmt.Errorf("data set %q: %s comes in one size: leave the @ away", name, base)
	case set.splits != nil && !slices.Contains(set.splits, split):
		return nil, official{set: base}.splitErr(split, set.splits...)
	}
	return set.open(dir, split, size)
}

// HeldOut is [ByName] of the split that a training leaves out: the one that follows a colon, as in "cifar100:train"; else "test", or the last
// split of a set that has none of that name: "val", or "train" of one that has no other.
func HeldOut(name, dir string) (Source, error) {
	if path, isFolder := strings.CutPrefix(name, "folder:"); isFolder { // Its path may have colons.
		return ByName("folder:"+strings.TrimSuffix(path, ":train"), dir, "train")
	}
	if at := strings.LastIndex(name, ":"); at >= 0 {
		if _, err := os.Stat(name); err != nil { // A file's name may have a colon.
			return ByName(name[:at], dir, name[at+1:])
		}
	}
	source, err := ByName(name, dir, "test")
	var unknown *splitError
	if errors.As(err, &unknown) {
		return ByName(name, dir, unknown.has[len(unknown.has)-1])
	}
	return source, err
}

// Names are the names that [ByName] knows, with [@SIZE] after those that a size in pixels may follow.
func Names() []string {
	names := []string{"folder:PATH[@SIZE]"}
	for name, set := range namedSets() {
		if set.sized {
			name += "[@SIZE]"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// cutSize splits a name at an @ with digits after it. A name without has the customary size.
func cutSize(name string) (base string, size int, err error) {
	at := strings.LastIndex(name, "@")
	if at < 0 || strings.Trim(name[at+1:], "0123456789") != "" {
		return name, sizeByName, nil
	}
	if size, err = strconv.Atoi(name[at+1:]); err != nil || size == 0 {
		return "", 0, fmt.Errorf("data set %q: after the @ a number of pixels is needed, as in celeba@64", name)
	}
	return name[:at], size, nil
}

// asSource keeps a set that could not be opened from becoming a source that is not nil.
func asSource[S Source](set S, err error) (Source, error) {
	if err != nil {
		return nil, err
	}
	return set, nil
}
