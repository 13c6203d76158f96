// Package bench times named pieces of work, on this project's engines and in the same works written in other frameworks, so that the
// times can be compared.
//
//	works, err := bench.Parse([]string{"a10", "cifar16:batch=32"})
//	report, err := bench.Bench{
//		Ours: []bench.Contender{{
//			Name:    "onnx",
//			Command: []string{"ebm", "bench", "contender", "--engine", "onnx"},
//			Peak:    []string{"ebm", "bench", "peak", "--engine", "onnx"},
//		}},
//		Peers:  []bench.Contender{{Name: "torch", Command: []string{"python", "torch_peer.py"}}},
//		Rounds: 5,
//		Turn:   2 * time.Second,
//	}.Run(ctx, works)
//	fmt.Println(report)
//
// What makes the times comparable: every contender first computes, with all of float32's digits, the losses and gradients of one file of
// weights and inputs, which the pure Go engine wrote (see golden.Write), and is refused if it computes others. Each is a process of its own, and they
// take turns, in rounds, in one run on one machine, whose matrix peak is measured in it too. And they are all measured against one count of
// operations (see [Work.FLOPs]).
//
// # What a contender does
//
// It is a program that gets, as its last argument, the path of a work.json beside which a work.npz lies: a golden file (see
// golden.Setting) whose .json says under "work" what is to be timed. It answers with lines of JSON on its standard output, and with
// nothing else there. With --check before the path it computes the file's numbers, says how far, relatively, its own are from them, and ends:
//
//	{"contender": "onnx", "version": "...", "device": "cpu, 2 threads", "check": {"loss_total": 1.2e-06, ...}, "holds": true}
//
// Without it is timed:
//
//	{"compile_seconds": 3.1}
//	{"seconds": [0.41, 0.4], "peak_bytes": 512000000, "host_to_device_bytes": 1200, "device_to_host_bytes": 60}
//
// The first is how long it took to prepare the timed step and make it once. Then it reads a number of steps a line from its standard input, makes
// them, and answers each with the second: the seconds of each step, to the moment when its metrics were on the host; the most memory that the
// process had, on the host ("peak_bytes") and on a GPU ("peak_device_bytes"), if it knows; the bytes that a step moves, if it knows.
// Between two lines it is idle. It ends when its input does. [Contend] is such a contender, and [Check] its check.
package bench
