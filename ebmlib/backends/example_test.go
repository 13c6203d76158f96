package backends_test

import (
	"fmt"
	"log"

	"ebm/ebmlib/backends"
)

// The fastest engine of this machine, or the one that GOMLX_BACKEND names; what is printed depends on both.
func ExampleOpen() {
	engine, err := backends.Open()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(engine)
}
