package backends

import (
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
)

// openXLA opens a PJRT plugin: the one named in the options, or the first that GoMLX's search finds.
func openXLA(options string) (compute.Backend, string, error) {
	xla.EnableAutoInstall(false)
	if !filepath.IsAbs(options) && len(xla.GetAvailablePlugins()) == 0 {
		return nil, "", Missing("XLA has no plugin on this machine (PJRT_PLUGIN_LIBRARY_PATH names a folder of them)")
	}
	backend, err := xla.New(options)
	if err != nil {
		return nil, "", err
	}
	return backend, backend.Description(), nil
}
