package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/bench"
	"ebm/ebmlib/internal/files"
	"ebm/ebmlib/plots"
)

// peerScripts are the peers' programs, which the command carries with it.
//
//go:embed peers
var peerScripts embed.FS

// peers are the scripts of the peers by name, with their arguments.
var peers = map[string][]string{
	"torch":         {"torch_peer.py"},
	"torch-compile": {"torch_peer.py", "--compile"},
	"jax":           {"jax_peer.py"},
}

type benchOptions struct {
	engines, against, precisions []string
	python, json, curves         string
	rounds                       int
	seconds                      float64
	list                         bool
}

func benchCommand() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:   "bench [WORK...]",
		Short: "Time training steps and sampling on engines, and against PyTorch and JAX",
		Long: `Time named pieces of work, by default ` + strings.Join(bench.Default, ", ") + `, on this machine's engines. With --against the same
works written in PyTorch or JAX take turns with them in one run. Whatever takes part is first checked to compute the same losses and
gradients from the same weights, and is refused if it doesn't.

A work can be varied: cifar64:batch=256,steps=20,filters=128,size=64 has another batch, number of chain steps, number of filters and size of
images.`,
		RunE: func(_ *cobra.Command, works []string) error { return o.run(works) },
	}
	c.Flags().StringSliceVar(&o.engines, "engines", nil, "engines to time, as in go,onnx,xla (default: the one that is chosen for training)")
	c.Flags().StringSliceVar(&o.against, "against", nil, "peers to compare them with: torch, torch-compile, jax (default: none)")
	c.Flags().StringSliceVar(&o.precisions, "precision", []string{"float32"}, "precisions to time each work in: float32; on a GPU also tf32 (the default of training), bfloat16")
	c.Flags().StringVar(&o.python, "python", "", "Python that has the peers' libraries (default: .deps/peers/bin/python of this project)")
	c.Flags().IntVar(&o.rounds, "rounds", 5, "rounds, in each of which every contender has a turn")
	c.Flags().Float64Var(&o.seconds, "seconds", 2, "length of a turn: as many steps as fill it, at least one")
	c.Flags().StringVar(&o.json, "json", "", "also write the report, with the time of every step, to this file")
	c.Flags().StringVar(&o.curves, "curves", "", "also draw the cost against the settings that works are varied in, to this file (.png)")
	c.Flags().BoolVar(&o.list, "list", false, "list the works there are")
	c.AddCommand(contenderCommand(), peakCommand())
	return c
}

func (o benchOptions) run(names []string) error {
	if o.list {
		for _, work := range bench.Works() {
			fmt.Printf("%-15s %s\n", work.Name, work.About)
		}
		return nil
	}
	if o.rounds < 1 || !(o.seconds > 0) {
		return fmt.Errorf("--rounds is %d and --seconds %g: take at least 1 round, and turns of more than 0 seconds", o.rounds, o.seconds)
	}
	if len(names) == 0 {
		names = bench.Default
	}
	works, err := bench.Parse(names)
	if err != nil {
		return err
	}
	if works, err = bench.In(o.precisions, works); err != nil {
		return err
	}
	b := bench.Bench{Rounds: o.rounds, Turn: time.Duration(o.seconds * float64(time.Second)), Log: os.Stderr}
	if b.Ours, err = o.ours(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "ebm-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if b.Peers, err = o.peers(folder); err != nil {
		return err
	}

	if o.json != "" {
		if err := files.Prepare(o.json); err != nil {
			return err
		}
	}

	running, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := b.Run(running, works)
	if len(report.Works) > 0 {
		fmt.Print(report)
	}
	if o.json != "" {
		err = errors.Join(err, files.Replace(o.json, report.WriteJSON))
	}
	if o.curves != "" {
		err = errors.Join(err, drawCurves(report, o.curves))
	}
	return errors.Join(err, report.Err())
}

// drawCurves draws a report's curves into a file.
func drawCurves(report bench.Report, path string) error {
	curves := report.Curves()
	if len(curves) == 0 {
		return fmt.Errorf("--curves: no work was timed at two values of a setting, as a10 and a10:steps=40 are: there is nothing to draw")
	}
	return plots.Save(path, plots.Column(curves...))
}

// ours are the engines that are timed, each this program in a process of its own.
func (o benchOptions) ours() ([]bench.Contender, error) {
	engines := o.engines
	if len(engines) == 0 {
		chosen, err := backends.Open()
		if err != nil {
			return nil, err
		}
		engines = []string{chosen.Kind}
		if named := os.Getenv(backends.Variable); named != "" {
			engines[0] = named
		}
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var contenders []bench.Contender
	for _, engine := range engines {
		contenders = append(contenders, bench.Contender{
			Name:    engine,
			Command: []string{program, "bench", "contender", "--engine", engine},
			Peak:    []string{program, "bench", "peak", "--engine", engine},
		})
	}
	return contenders, nil
}

// peers unpacks the peers' scripts into the folder.
func (o benchOptions) peers(folder string) ([]bench.Contender, error) {
	if len(o.against) == 0 {
		return nil, nil
	}
	python, err := o.findPython()
	if err != nil {
		return nil, err
	}
	scripts, err := fs.Sub(peerScripts, "peers")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(folder, scripts); err != nil {
		return nil, err
	}
	var contenders []bench.Contender
	for _, name := range o.against {
		script, found := peers[name]
		if !found {
			return nil, fmt.Errorf("there is no peer %q: there are torch, torch-compile and jax", name)
		}
		command := slices.Concat([]string{python, filepath.Join(folder, script[0])}, script[1:])
		contenders = append(contenders, bench.Contender{Name: name, Command: command})
	}
	return contenders, nil
}

// findPython is the Python of the peers: the one that is named, or the one that is installed for them in the project.
func (o benchOptions) findPython() (string, error) {
	if o.python != "" {
		return o.python, nil
	}
	roots := []string{"."}
	if _, source, _, ok := runtime.Caller(0); ok {
		roots = append(roots, filepath.Join(filepath.Dir(source), "..", "..", ".."))
	}
	for _, root := range roots {
		python := filepath.Join(root, ".deps", "peers", "bin", "python")
		if _, err := os.Stat(python); err == nil {
			return filepath.Abs(python)
		}
	}
	return "", errors.New("no Python with PyTorch and JAX was found in .deps/peers: install one there, or name another by --python")
}

// contenderCommand is an engine as a contender: see package bench.
func contenderCommand() *cobra.Command {
	var check bool
	c := onEngine("contender WORK.json", "Take part in a benchmark", func(engine *backends.Engine, work string) error {
		if check {
			return bench.Check(engine, work, os.Stdout)
		}
		return bench.Contend(engine, work, os.Stdin, os.Stdout)
	})
	c.Flags().BoolVar(&check, "check", false, "compute the numbers beside the work, and end")
	return c
}

// peakCommand prints an engine's matrix peak as JSON.
func peakCommand() *cobra.Command {
	return onEngine("peak PRECISION", "Measure how fast an engine multiplies matrices", func(engine *backends.Engine, precision string) error {
		peak, err := bench.MatrixPeak(engine, precision)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(peak)
	})
}

// onEngine is a hidden command of one argument that runs on the engine of a flag: the benchmark starts it as a process of its own.
func onEngine(use, short string, run func(engine *backends.Engine, argument string) error) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:    use,
		Short:  short,
		Hidden: true,
		Args:   exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			engine, err := backends.OpenNamed(name)
			if err != nil {
				return err
			}
			return run(engine, args[0])
		},
	}
	c.Flags().StringVar(&name, "engine", "", "engine")
	return c
}
