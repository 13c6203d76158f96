package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// imageEndings are the endings, in any case, of the files that are taken for images.
var imageEndings = []string{".jpg", ".jpeg", ".png", ".webp"}

// Folder is the images of a folder, in either of two forms:
//
//   - flat: the folder has images, and no sub-folders; there are no labels;
//   - labelled: the folder has a sub-folder for each class, and no images; a class has the sub-folder's name and the images
//     in it, at any depth.
//
// Classes and images are in the order of their names, byte by byte. Files that end in .jpg, .jpeg, .png or .webp, in any case,
// are images; other files are none of the set, and neither is what has a name that begins with a dot. Files are listed here,
// and opened when they are read.
//
// A folder that is missing or is a file, that has neither images nor sub-folders or has both, a class without images, and two
// links in a class to the same folder are errors.
func Folder(dir string, settings ImageSettings) (*ImageFiles, error) {
	listed, err := listFolder(dir)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(dir)
	if len(listed.images) == 0 && len(listed.folders) > 0 {
		return classFolders(name, joinAll(dir, listed.folders), settings)
	}
	return flat(name, listed, settings)
}

// flat is the images of a folder that has no sub-folders.
func flat(name string, listed listing, settings ImageSettings) (*ImageFiles, error) {
	dir, images, folders := listed.dir, listed.images, listed.folders
	switch {
	case len(images) == 0 && len(folders) > 0:
		return nil, fmt.Errorf("image folder %s has sub-folders (%s is one) and no images: the images must be in the folder itself", dir, folders[0])
	case len(images) == 0:
		return nil, noImages(dir)
	case len(folders) > 0:
		return nil, fmt.Errorf("image folder %s has both images (%s is one) and sub-folders (%s is one): keep images alone for a set without labels, "+
			"or sub-folders alone, each with the images of a class", dir, images[0], folders[0])
	}
	return newImageFiles(settings, joinAll(dir, images), Set{Name: name})
}

// classFolders is the images in these folders and below them, each folder a class.
func classFolders(name string, folders []string, settings ImageSettings) (*ImageFiles, error) {
	var files []string
	index := Set{Name: name}
	for class, folder := range folders {
		images, err := listTree(folder)
		if err != nil {
			return nil, err
		}
		if len(images) == 0 {
			return nil, noImages(folder)
		}
		files = append(files, images...)
		index.Labels = append(index.Labels, slices.Repeat([]int32{int32(class)}, len(images))...)
		index.Classes = append(index.Classes, filepath.Base(folder))
	}
	return newImageFiles(settings, files, index)
}

// listTree returns the paths of the images in a folder and in all below it. Two links to the same folder are an error, for by
// those a tree can go round in a circle, or double with each folder.
func listTree(dir string) ([]string, error) { return listBelow(dir, map[string]string{}) }

// listBelow is listTree with the links that were followed, by the folders that they lead to.
func listBelow(dir string, followed map[string]string) ([]string, error) {
	listed, err := listFolder(dir)
	if err != nil {
		return nil, err
	}
	images := joinAll(dir, listed.images)
	for _, folder := range joinAll(dir, listed.folders) {
		target, err := linkTarget(folder)
		if err != nil {
			return nil, fmt.Errorf("image folder: %w", err)
		}
		if first := followed[target]; target != "" && first != "" {
			return nil, fmt.Errorf("image folder: the link %s leads to %s, as %s does: remove one of them", folder, target, first)
		}
		followed[target] = folder
		below, err := listBelow(folder, followed)
		if err != nil {
			return nil, err
		}
		images = append(images, below...)
	}
	return images, nil
}

// linkTarget is the folder that a link leads to in the end, or "" if path is no link.
func linkTarget(path string) (string, error) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// listing is the names of a folder's images and of its sub-folders, each in order.
type listing struct {
	dir             string
	images, folders []string
}

// listFolder lists a folder. Links are followed.
func listFolder(dir string) (listing, error) {
	listed := listing{dir: dir}
	info, err := os.Stat(dir)
	if err != nil {
		return listed, fmt.Errorf("image folder: %w; give the path of a folder with images", err)
	}
	if !info.IsDir() {
		return listed, fmt.Errorf("image folder %s is a file: name the folder that has the images", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return listed, fmt.Errorf("image folder: %w", err)
	}
	for _, entry := range entries {
		name, isFolder := entry.Name(), entry.IsDir()
		if strings.HasPrefix(name, ".") {
			continue
		}
		if entry.Type()&os.ModeSymlink != 0 {
			target, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				return listed, fmt.Errorf("image folder %s: the link %s cannot be followed: %w", dir, name, err)
			}
			isFolder = target.IsDir()
		}
		switch {
		case isFolder:
			listed.folders = append(listed.folders, name)
		case slices.Contains(imageEndings, strings.ToLower(filepath.Ext(name))):
			listed.images = append(listed.images, name)
		}
	}
	return listed, nil
}

// joinAll puts a folder before each of the names.
func joinAll(dir string, names []string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(dir, name)
	}
	return paths
}

func noImages(dir string) error {
	return fmt.Errorf("image folder %s has no images: name one with files that end in %s", dir, strings.Join(imageEndings, ", "))
}
