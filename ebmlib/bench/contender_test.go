package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/weights"
)

// contend asks a contender on an engine, and gives the lines that it writes.
func contend(engine *backends.Engine, path, asked string) ([]string, error) {
	var out strings.Builder
	err := Contend(engine, path, strings.NewReader(asked), &out)
	return strings.Split(strings.TrimSpace(out.String()), "\n"), err
}

// checks has it check itself, and gives the line that it writes.
func checks(engine *backends.Engine, path string) (string, error) {
	var out strings.Builder
	err := Check(engine, path, &out)
	return strings.TrimSpace(out.String()), err
}

// A contender checks itself, prepares, and makes the steps that it is asked for, on every engine.
func TestContend(t *testing.T) {
	sampling := tiny()
	sampling.Sampling = true
	paths := map[string]string{"points": written(t, tiny()), "sampling": written(t, sampling)}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, path := range paths {
			t.Run(name, func(t *testing.T) {
				line, err := checks(engine, path)
				if err != nil {
					t.Fatal(err)
				}
				var first checked
				decode(t, line, &first)
				if problem := first.problem(); problem != "" {
					t.Error(problem)
				}
				if first.Check["loss_total"] > 1e-4 || first.Check["grad_kl_energy"] > 1e-3 {
					t.Errorf("relative differences %v", first.Check)
				}
				if first.Contender != engine.Kind || first.Version == "" || !strings.HasPrefix(first.Device, "cpu, ") {
					t.Errorf("it says that it is %+v", first)
				}
				lines, err := contend(engine, path, "2\n3\n")
				if err != nil || len(lines) != 3 {
					t.Fatalf("%d lines, %v, want 3:\n%s", len(lines), err, strings.Join(lines, "\n"))
				}
				var second prepared
				decode(t, lines[0], &second)
				var all float64
				for i, want := range []int{2, 3} {
					var line turn
					decode(t, lines[1+i], &line)
					if len(line.Seconds) != want {
						t.Errorf("%d steps, want %d", len(line.Seconds), want)
					}
					for _, seconds := range line.Seconds {
						if seconds <= 0 {
							t.Errorf("a step of %g s", seconds)
						}
						all += seconds
					}
					if line.PeakBytes < 1e6 {
						t.Errorf("%d bytes of memory", line.PeakBytes)
					}
				}
				if second.CompileSeconds <= 0 || all > 60 {
					t.Errorf("%g s to compile, %g s for 5 tiny steps", second.CompileSeconds, all)
				}
			})
		}
	})
}

func TestContendRefusesOtherNumbers(t *testing.T) {
	for name, factor := range map[string]float32{"loss_total": 2, "grad_total/hidden1.bias": 1.01, "grad_kl_energy/hidden1.weight": 0.99} {
		t.Run(name, func(t *testing.T) {
			path := written(t, tiny())
			numbers := filepath.Join(filepath.Dir(path), "work.npz")
			arrays, err := weights.Read(numbers)
			if err != nil {
				t.Fatal(err)
			}
			values := tensors.MustCopyFlatData[float32](arrays[name])
			for i := range values {
				values[i] *= factor
			}
			arrays[name] = tensors.FromFlatDataAndDimensions(values, arrays[name].Shape().Dimensions...)
			if err := weights.Write(numbers, arrays); err != nil {
				t.Fatal(err)
			}
			text, err := checks(backendtest.Go(t), path)
			requireError(t, err, "don't hold", name, "FAILS")
			var line checked
			decode(t, text, &line)
			family, _, _ := strings.Cut(name, "/")
			if line.Holds || line.Check[family] < 0.005 || line.Check["loss_cd"] > 1e-4 {
				t.Errorf("it says %+v", line)
			}
		})
	}
}

func TestContendErrors(t *testing.T) {
	engine, path := backendtest.Go(t), written(t, tiny())
	for _, asked := range []string{"many\n", "0\n"} {
		lines, err := contend(engine, path, asked)
		requireError(t, err, strings.TrimSpace(asked), "from 1")
		if len(lines) != 1 {
			t.Errorf("asked %q it wrote\n%s", asked, strings.Join(lines, "\n"))
		}
	}
	nowhere := filepath.Join(t.TempDir(), "work.json")
	_, err := contend(engine, nowhere, "1\n")
	requireError(t, err, nowhere)
	if err := os.WriteFile(nowhere, []byte(`{"work": `), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = contend(engine, nowhere, "1\n")
	requireError(t, err, nowhere)
	if err := os.Remove(filepath.Join(filepath.Dir(path), "work.npz")); err != nil {
		t.Fatal(err)
	}
	_, err = checks(engine, path)
	requireError(t, err, "work.npz", "no such file")
}
