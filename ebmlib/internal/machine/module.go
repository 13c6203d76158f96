package machine

import "runtime/debug"

// Module is the version of a module that this program is made of; "" if it isn't, or the program doesn't say.
func Module(path string) string {
	info, known := debug.ReadBuildInfo()
	if !known {
		return ""
	}
	for _, module := range info.Deps {
		if module.Path == path {
			return module.Version
		}
	}
	return ""
}
