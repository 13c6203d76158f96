package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"ebm/ebmlib/backends"
)

// engine is what is found of an engine. What fails says why.
type engine struct {
	Name string `json:"name"` // as [backends.Variable] takes it

	Details string `json:"details"` // empty unless it opens
	Version string `json:"version"`
	Missing string `json:"missing"`
	Broken  string `json:"broken"`

	Largest float64 `json:"largest"` // difference of its gradients from finite differences
	Seconds float64 `json:"seconds"` // that the self-test took; 0 if it was not made to its end
	Wrong   string  `json:"wrong"`   // in the self-test
	Cut     string  `json:"-"`       // why the self-test did not come to its end
}

// TestEngine opens the engine of that name and tests its gradients. It writes what it finds, as JSON, once the engine is opened and once
// more when it is tested, for the process that started this one.
func TestEngine(name string, w io.Writer) error {
	found, lines := engine{Name: name}, json.NewEncoder(w)
	opened, err := backends.OpenNamed(name)
	var missing backends.Missing
	switch {
	case errors.As(err, &missing):
		found.Missing = missing.Error()
		return lines.Encode(found)
	case err != nil:
		found.Broken = strings.TrimPrefix(err.Error(), fmt.Sprintf("engine %q: ", name))
		return lines.Encode(found)
	}
	found.Details, found.Version = opened.Details, opened.Version()
	if err := lines.Encode(found); err != nil {
		return err
	}
	start := time.Now()
	switch largest, err := gradients(opened); {
	case err != nil:
		found.Wrong = err.Error()
	case !(largest <= allowed): // NaN too, which JSON doesn't have.
		found.Wrong = fmt.Sprintf("its gradients differ from finite differences by %.1g of them", largest)
	default:
		found.Largest, found.Seconds = largest, time.Since(start).Seconds()
	}
	return lines.Encode(found)
}

const (
	openWithin = 30 * time.Second // to load a GPU's libraries from a cold disk, and to ask a Python where they are
	testWithin = 10 * time.Second
)

// engines are all that were examined, and the name of the one that training takes.
type engines struct {
	all    []engine
	chosen string
}

// examineEngines examines each engine by the command, all at the same time.
func examineEngines(ctx context.Context, command []string) engines {
	names := []string{"xla", "onnx", "go", "xla:cpu"}
	e := engines{chosen: os.Getenv(backends.Variable)}
	if e.chosen != "" && !slices.Contains(names, e.chosen) {
		names = append([]string{e.chosen}, names...)
	}
	e.all = make([]engine, len(names))
	var processes sync.WaitGroup
	for i, name := range names {
		processes.Go(func() { e.all[i] = examineEngine(ctx, append(slices.Clone(command), name), name) })
	}
	processes.Wait()
	e.choose()
	return e
}

// choose chooses as [backends.Open] does: the engine that was asked for, or else the first that isn't missing.
func (e *engines) choose() {
	if e.chosen == "" {
		first := slices.IndexFunc(e.all, func(found engine) bool { return found.Missing == "" })
		e.chosen = e.all[first].Name
	}
}

// examineEngine is what the command tells of an engine.
func examineEngine(ctx context.Context, command []string, name string) engine {
	found := engine{Name: name}
	p, err := start(ctx, command)
	if err != nil {
		found.Broken = err.Error()
		return found
	}
	defer p.stop()
	if err := p.read(&found, openWithin); err != nil {
		found.Broken = "opening it: " + err.Error()
		return found
	}
	if found.Broken != "" {
		if said := p.said(); said != "" {
			found.Broken += "; before that it said: " + said
		}
	}
	if found.Missing == "" && found.Broken == "" {
		if err := p.read(&found, testWithin); err != nil {
			found.Cut = err.Error()
		}
	}
	return found
}

// err is why the chosen engine can't be trained on.
func (e engines) err() error {
	i := slices.IndexFunc(e.all, func(found engine) bool { return found.Name == e.chosen })
	switch found := e.all[i]; {
	case found.Missing != "":
		return fmt.Errorf("the engine %s, which %s asks for, is not on this machine: %s", found.Name, backends.Variable, found.Missing)
	case found.Broken != "":
		return fmt.Errorf("the engine %s, which training would take, doesn't open", found.Name)
	case found.Wrong != "":
		return fmt.Errorf("the engine %s, which training would take, fails its self-test", found.Name)
	case found.Cut != "":
		return fmt.Errorf("the engine %s, which training would take, did not come to the end of its self-test", found.Name)
	}
	return nil
}

// describeEngines says of each what it is, and what to do about it.
func describeEngines(e engines, gpu bool) (Section, []string) {
	s := Section{Title: "engines"}
	var advice []string
	for _, found := range e.all {
		chosen := found.Name == e.chosen
		advise := func(format string, values ...any) {
			text := fmt.Sprintf(format, values...)
			if chosen {
				text += fmt.Sprintf("; until then %s=go chooses the pure Go engine, which is always there", backends.Variable)
			}
			advice = append(advice, text)
		}
		switch {
		case found.Missing != "":
			s.add(found.Name, "missing: %s", found.Missing)
			if chosen {
				advise("unset %s, which asks for %s, or install that engine", backends.Variable, found.Name)
			}
			if remedy := installation(found.Name, gpu); remedy != "" {
				advice = append(advice, remedy)
			}
		case found.Broken != "":
			s.add(found.Name, "BROKEN: %s", found.Broken)
			advise("the engine %s doesn't open, for the reason above: %s", found.Name, repair(found.Name))
		case found.Cut != "":
			s.add(found.Name, "found: %s", found.what())
			s.add("", "SELF-TEST NOT DONE: %s", found.Cut)
			advise("the engine %s did not come to the end of its self-test: try again when the machine is less busy, or install another version of "+
				"its library", found.Name)
		case found.Wrong != "":
			s.add(found.Name, "found: %s", found.what())
			s.add("", "SELF-TEST FAILED: %s", found.Wrong)
			advise("the engine %s computes what can't be trusted: install another version of its library", found.Name)
		default:
			s.add(found.Name, "found: %s", found.what())
			s.add("", "gradients hold (largest difference %.0e, %.1f s)", found.Largest, found.Seconds)
		}
		if chosen {
			s.add("", "chosen, because %s", e.reason())
		}
	}
	return s, advice
}

// what names what was opened, and its versions.
func (e engine) what() string {
	if strings.Contains(e.Version, e.Details) {
		return e.Version
	}
	return e.Details + "; " + e.Version
}

func (e engines) reason() string {
	if os.Getenv(backends.Variable) != "" {
		return backends.Variable + " asks for it"
	}
	return "it is the first of xla, onnx and go that this machine has"
}

// repair says what to do about an engine whose library is damaged.
func repair(name string) string {
	switch kind, _, _ := strings.Cut(name, ":"); {
	case name == "xla:cpu":
		return "remove .deps/xla, and `kernels/setup-xla` installs it anew"
	case kind == "xla":
		return "mend or remove the plugin, or name the folder of another by PJRT_PLUGIN_LIBRARY_PATH"
	case kind == "onnx":
		return "remove .deps/lib, and `make setup` installs it anew, or unset ONNXRUNTIME_SHARED_LIBRARY_PATH if that names the library"
	}
	return "name another engine by " + backends.Variable + ", or unset that"
}

// installation says how to get an engine that is missing; "" for one that would be of no use.
func installation(name string, gpu bool) string {
	switch {
	case name == "onnx":
		return "`make setup` installs ONNX Runtime; without it training on a CPU takes the pure Go engine, which is several times slower"
	case name == "xla" && gpu:
		return "to train on the GPU, install JAX with CUDA (`pip install 'jax[cuda13]'`), whose XLA plugin is found, or name the folder of another " +
			"by PJRT_PLUGIN_LIBRARY_PATH"
	case name == "xla:cpu":
		return "`kernels/setup-xla` installs XLA for the CPU, to try without a GPU what a GPU is given; training doesn't need it"
	}
	return ""
}
