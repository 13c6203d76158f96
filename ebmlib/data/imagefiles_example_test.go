package data_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"ebm/ebmlib/data"
)

// writePets writes small black images, two cats and a dog, and returns their folder.
func writePets() string {
	dir, err := os.MkdirTemp("", "pets")
	if err != nil {
		log.Fatal(err)
	}
	var black bytes.Buffer
	if err := png.Encode(&black, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"cat/felix.png", "cat/tom.png", "dog/rex.png"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, black.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	return dir
}

// A folder with a sub-folder for each class. Only the images of the rows asked for are decoded.
func ExampleFolder() {
	dir := writePets()
	defer os.RemoveAll(dir)

	pets, err := data.Folder(dir, data.ImageSettings{Size: 32})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pets.Info().Examples, pets.Info().Shape, pets.Info().Classes)
	batch, err := pets.Read([]int{2, 0})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(batch.Len(), batch.Labels)
	// Output:
	// 3 [3 32 32] [cat dog]
	// 2 [1 0]
}

// A truncated image is replaced by the next one, and told of.
func ExampleImageFiles_Corrupt() {
	dir := writePets()
	defer os.RemoveAll(dir)
	if err := os.Truncate(filepath.Join(dir, "cat", "tom.png"), 50); err != nil {
		log.Fatal(err)
	}

	pets, err := data.Folder(dir, data.ImageSettings{Size: 32, SkipCorrupt: true})
	if err != nil {
		log.Fatal(err)
	}
	batch, err := data.Load(pets)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(batch.Labels, len(pets.Corrupt()))
	// Output: [0 1 1] 1
}

// Faces of 64 x 64 pixels, labelled by whether they smile.
func ExampleCelebA() {
	faces, err := data.CelebA("", "train", data.ImageSettings{Size: 64})
	if err != nil {
		log.Fatal(err)
	}
	smiling, err := faces.By("Smiling")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(smiling, smiling.Info().Classes)
}

// All of each image squeezed to a square, as the paper's code does it.
func ExampleLSUN() {
	rooms, err := data.LSUN("", data.ImageSettings{Size: 128, Whole: true}, "bedroom_train")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rooms)
}

// Shapes labelled by colour, among which there is no red star, so that a composition of energies may make the first.
func ExampleShapes() {
	shapes, err := data.Shapes{
		Size: 64, Examples: 50_000, Seed: 1,
		Keep: func(o data.Object) bool { return !(o.Colour == "red" && o.Shape == "star") },
	}.By("colour")
	if err != nil {
		log.Fatal(err)
	}
	batch, err := shapes.Read([]int{0, 1, 49_999})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(batch.Len(), batch.Shape, batch.Classes)
	for _, a := range batch.Attributes {
		fmt.Print(a.Name, "=", a.Classes[a.Labels[0]], " ")
	}
	// Output:
	// 3 [3 64 64] [red orange yellow green blue purple]
	// shape=heart colour=green size=medium x=left y=middle rotation=36°
}
