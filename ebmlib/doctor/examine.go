package doctor

import (
	"context"
	"path/filepath"
	"runtime"
)

// Options are what an examination is told.
type Options struct {
	EngineCommand []string // the program and its arguments that examine an engine, before its name
	Data          string   // the data directory; "" for the default
}

// Examine examines the machine, in at most a minute: see [Report].
func Examine(ctx context.Context, o Options) Report {
	found := make(chan sets, 1)
	go func() { found <- findSets(ctx, o.Data) }()

	var report Report
	add := func(section Section, advice []string) {
		report.Sections = append(report.Sections, section)
		report.Advice = append(report.Advice, advice...)
	}
	hardware, gpus := thisMachine(ctx)
	add(hardware, nil)
	engines := examineEngines(ctx, o.EngineCommand)
	add(describeEngines(engines, len(gpus) > 0))
	report.Err = engines.err()
	add(jupyter(ctx, projectRoot()))
	add((<-found).describe())
	return report
}

// projectRoot is where this project's source lies, with kernels/ and .deps/, if it is on this machine.
func projectRoot() string {
	_, source, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(source), "..", "..")
}
