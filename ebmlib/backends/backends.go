package backends

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Variable is the environment variable that names the engine, as GoMLX has it.
const Variable = compute.ConfigEnvVar

// Engine is an opened compute engine.
type Engine struct {
	compute.Backend

	// Kind is "xla", "onnx" or "go".
	Kind string
	// Details names the library or device behind it.
	Details string
	// Reason says in a few words why this engine was taken.
	Reason string
}

// String is the one line that says which engine runs and why.
func (e *Engine) String() string {
	return fmt.Sprintf("engine: %s (%s), because %s", e.Kind, e.Details, e.Reason)
}

// opener opens one kind of engine with the options that follow the colon in [Variable].
// It returns an error that is a [Missing] where this machine lacks the engine's library.
type opener struct {
	kind string
	open func(options string) (backend compute.Backend, details string, err error)
}

var openers = []opener{{"xla", openXLA}, {"onnx", openONNX}, {"go", openGo}}

// Missing is the error of an engine whose library is not on this machine: what was looked for, and how to get it.
type Missing string

func (m Missing) Error() string { return string(m) }

var opened struct {
	sync.Mutex
	engines map[string]*Engine
}

// Open opens the engine that [Variable] names or, where it is unset, the first of xla, onnx and go that this machine has.
// An engine is opened once in a process; later calls return the same one.
//
// Errors: the variable names an engine that doesn't exist, or one that is not on this machine or doesn't open.
// Without the variable an engine that is there but fails is an error too, and is not passed over in silence.
func Open() (*Engine, error) {
	return OpenNamed(os.Getenv(Variable))
}

// OpenNamed is [Open] with the name, and options after a colon, given by the caller; "" chooses.
func OpenNamed(name string) (*Engine, error) {
	opened.Lock()
	defer opened.Unlock()
	if engine, found := opened.engines[name]; found {
		return engine, nil
	}
	engine, err := open(name)
	if err != nil {
		return nil, err
	}
	if opened.engines == nil {
		opened.engines = make(map[string]*Engine)
	}
	opened.engines[name] = engine
	return engine, nil
}

func open(name string) (*Engine, error) {
	if name != "" {
		kind, options, _ := strings.Cut(name, ":")
		if kind == "onnxruntime" { // GoMLX's longer name for it.
			kind = "onnx"
		}
		for _, o := range openers {
			if o.kind == kind {
				backend, details, err := tryOpen(o, options)
				if err != nil {
					return nil, fmt.Errorf("engine %q: %w", name, err)
				}
				return &Engine{backend, kind, details, fmt.Sprintf("%q was asked for", name)}, nil
			}
		}
		return nil, fmt.Errorf("there is no engine named %q: set %s to xla, onnx or go (options after a colon), "+
			"or unset it to have the fastest one chosen", name, Variable)
	}

	var passedOver []string
	for _, o := range openers {
		backend, details, err := tryOpen(o, "")
		if err == nil {
			reason := "it is the fastest engine there is"
			if len(passedOver) > 0 {
				reason = strings.Join(passedOver, "; ")
			}
			return &Engine{backend, o.kind, details, reason}, nil
		}
		var m Missing
		if !errors.As(err, &m) {
			return nil, fmt.Errorf("engine %q is installed but doesn't open: %w; mend it, or set %s to another engine "+
				"(xla, onnx, go)", o.kind, err, Variable)
		}
		passedOver = append(passedOver, err.Error())
	}
	panic("unreachable: the go engine always opens")
}

// tryOpen turns an engine's panics, of a broken plugin for example, into errors.
func tryOpen(o opener, options string) (backend compute.Backend, details string, err error) {
	if panicked := exceptions.Try(func() { backend, details, err = o.open(options) }); panicked != nil {
		return nil, "", fmt.Errorf("its library is damaged or not made for this machine: loading it failed with %q (a warning before this "+
			"names the file)", fmt.Sprint(panicked))
	}
	return backend, details, err
}
