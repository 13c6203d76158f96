package backends

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestTheCUDAPluginOfAJAXInstallationIsFound(t *testing.T) {
	site := t.TempDir()
	plugins := filepath.Join(site, "jax_plugins")
	if plugin, cuda := cudaPlugin(plugins); plugin != "" || cuda != "" {
		t.Errorf("where nothing is, %q and %q are found", plugin, cuda)
	}
	for _, path := range []string{
		"jax_plugins/xla_cuda12/xla_cuda_plugin.so", "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
		"nvidia/cu13/bin/ptxas",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(site, path)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(site, path), nil, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	plugin, cuda := cudaPlugin(plugins)
	if want := filepath.Join(plugins, "xla_cuda13", "xla_cuda_plugin.so"); plugin != want {
		t.Errorf("the plugin is %q, want %q", plugin, want)
	}
	if want := filepath.Join(site, "nvidia", "cu13"); cuda != want {
		t.Errorf("the CUDA folder is %q, want %q", cuda, want)
	}
}

func TestFoldersOfAJAXInstallationMayHaveBlanks(t *testing.T) {
	python := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(python, []byte("#!/bin/sh\necho '/one folder/jax_plugins'\necho /another/jax_plugins\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	if found, want := jaxPackages(python), []string{"/one folder/jax_plugins", "/another/jax_plugins"}; !slices.Equal(found, want) {
		t.Errorf("the folders are %q, want %q", found, want)
	}
}

func TestAPythonWithoutJAXHasNoPlugin(t *testing.T) {
	if found := jaxPackages(filepath.Join(t.TempDir(), "python")); len(found) > 0 {
		t.Errorf("a Python that is not there has the plugins %q", found)
	}
}
