package data

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDirTakesTheFirstThatIsNamed(t *testing.T) {
	given, variable, home := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("EBM_DATA", variable)
	expectDir := func(argument, want string) {
		t.Helper()
		got, err := Dir(argument)
		ok(t, err)
		if got != want {
			t.Errorf("Dir(%q) is %s, want %s", argument, got, want)
		}
	}
	expectDir(given, given)
	expectDir("", variable)
	t.Setenv("EBM_DATA", "")
	byDefault := filepath.Join(home, ".ebm", "data")
	expectDir("", byDefault)
	if info, err := os.Stat(byDefault); err != nil || !info.IsDir() {
		t.Errorf("the default directory was not made: %v", err)
	}
}

func TestDirSaysWhereABadNameCameFrom(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	file := writeFile(t, nil, t.TempDir(), "file")

	_, err := Dir(missing)
	expectError(t, err, missing, "given by the caller", "does not exist", "create it")
	_, err = Dir(file)
	expectError(t, err, file, "given by the caller", "is a file")
	t.Setenv("EBM_DATA", missing)
	_, err = Dir("")
	expectError(t, err, missing, "from the variable EBM_DATA", "does not exist")
	t.Setenv("EBM_DATA", file)
	_, err = Dir("")
	expectError(t, err, file, "from the variable EBM_DATA", "is a file")
}

func TestDirSaysWhenTheDefaultCannotBeMade(t *testing.T) {
	home := writeFile(t, nil, t.TempDir(), "home")
	t.Setenv("EBM_DATA", "")
	t.Setenv("HOME", home)
	_, err := Dir("")
	expectError(t, err, home, "set EBM_DATA")
}
