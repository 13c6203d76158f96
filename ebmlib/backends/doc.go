// Package backends opens the compute engine that runs the graphs.
//
//	engine, err := backends.Open()
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(engine) // engine: onnx (ONNX Runtime, cpu), because XLA has no plugin on this machine
//
// Three engines run the same graphs. In the order in which they are tried:
//
//   - xla: XLA through a PJRT plugin, on a GPU, or on a CPU where such a plugin is installed;
//   - onnx: ONNX Runtime, the fast engine on a CPU;
//   - go: GoMLX's pure Go engine, which is always there and is the slowest.
//
// The environment variable GOMLX_BACKEND names one of them instead, with its options after a colon
// ("onnx:cpu", "xla:cuda", "xla:/absolute/path/plugin.so", "go"). "xla:cpu" is XLA's CPU compiler through the project's own plugin,
// which kernels/setup-xla builds from pjrtcpu; only who names it gets it. Nothing here waits on a network: an engine whose library
// is not on this machine counts as missing, and is never downloaded.
package backends
