package backends

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// openGo opens the pure Go engine. By default it runs one operation at a time, each on all cores: with several large
// matrix products ready at once its worker pool can deadlock.
func openGo(options string) (compute.Backend, string, error) {
	if options == "" {
		options = "ops_sequential"
	}
	backend, err := gobackend.New(options)
	return backend, "pure Go, the slow engine", err
}
