package backends

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/go-xla/pjrt"
	. "github.com/gomlx/gomlx/core/graph"
)

// The tests of this file are of the plugin in pjrtcpu, as kernels/setup-xla installs it.

// newClient starts a client of the plugin, and with it a Python process, for the test alone.
func newClient(t *testing.T) *pjrt.Client {
	t.Helper()
	path, err := findPlugin("cpu")
	if err != nil {
		t.Skip(err)
	}
	plugin, err := pjrt.GetPlugin(path)
	if err != nil {
		t.Fatal(err)
	}
	client, err := plugin.NewClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Destroy(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// compiled is a StableHLO program of the given function.
func compiled(t *testing.T, client *pjrt.Client, function string) *pjrt.LoadedExecutable {
	t.Helper()
	program, err := client.Compile().WithStableHLO([]byte("module @test {\n" + function + "\n}")).Done()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

const double = `func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
	%y = stablehlo.add %x, %x : tensor<2xf32>
	return %y : tensor<2xf32>
}`

// doubleInPlace writes its result where its argument was, if it may.
var doubleInPlace = strings.Replace(double, "tensor<2xf32>)", "tensor<2xf32> {tf.aliasing_output = 0 : i32})", 1)

// within fails the test if the work takes longer than anything here should.
func within(t *testing.T, work func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("no answer for 20 s")
		return nil
	}
}

// pythons are the ids of the plugin's Python processes that a process has.
func pythons(t *testing.T, parent int) []int {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(folders) == 0 {
		t.Skip("processes are looked up in /proc, which isn't here")
	}
	var ids []int
	for _, folder := range folders {
		command, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		status, _ := os.ReadFile(filepath.Join(folder, "status"))
		if strings.Contains(string(command), "xla/cpu.py") && strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			id, _ := strconv.Atoi(filepath.Base(folder))
			ids = append(ids, id)
		}
	}
	return ids
}

func requireError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

// openOrSkip is the engine of that name; where it is missing the test is skipped. It is backendtest.Open, which tests within this package can't import.
func openOrSkip(t *testing.T, name string) *Engine {
	t.Helper()
	engine, err := OpenNamed(name)
	var missing Missing
	if errors.As(err, &missing) {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func TestXLAForTheCPU(t *testing.T) {
	engine := openOrSkip(t, "xla:cpu")
	if line := engine.String(); !strings.HasPrefix(line, "engine: xla (XLA of jaxlib ") || !strings.Contains(line, "CPU") {
		t.Errorf("%q doesn't say that it is jaxlib's XLA for the CPU", line)
	}
	// Every type that energies, images, labels and random states have.
	for _, values := range []any{
		[]float32{1, -2.5, 3}, []float64{1, -2.5, 3}, []bfloat16.BFloat16{bfloat16.FromFloat32(1), bfloat16.FromFloat32(-2.5)},
		[]int32{1, -2}, []int64{1, -2}, []uint8{1, 200}, []uint32{1, 1 << 31}, []uint64{1, 1 << 63}, []bool{true, false},
		[][]float32{{1, 2, 3}, {4, 5, 6}}, float32(7),
	} {
		output, err := CallOnce(engine.Backend, func(x *Node) *Node { return Where(Equal(x, x), x, ZerosLike(x)) }, values)
		if err != nil {
			t.Errorf("%T: %v", values, err)
			continue
		}
		if got := output.Value(); fmt.Sprint(got) != fmt.Sprint(values) {
			t.Errorf("%T %v came back as %v", values, values, got)
		}
	}
}

// Whoever doesn't name it doesn't get it.
func TestXLAForTheCPUIsForThoseWhoNameIt(t *testing.T) {
	cpu, err := OpenNamed("xla:cpu")
	if err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"", "xla"} {
		if engine, err := OpenNamed(name); err == nil && engine.Details == cpu.Details {
			t.Errorf("%q opened %s", name, engine)
		}
	}
}

func TestLargeArrays(t *testing.T) {
	client := newClient(t)
	values := make([]float32, 5_000_000)
	for i := range values {
		values[i] = rand.Float32()
	}
	buffer, err := pjrt.ArrayToBuffer(client, values, 1000, 5000)
	if err != nil {
		t.Fatal(err)
	}
	got, dims, err := pjrt.BufferToArray[float32](buffer)
	if err != nil || !slices.Equal(got, values) || !slices.Equal(dims, []int{1000, 5000}) {
		t.Errorf("20 MB came back changed, with dimensions %v, error %v", dims, err)
	}
}

func TestTheCompilersErrorComesThrough(t *testing.T) {
	client := newClient(t)
	for program, parts := range map[string][]string{
		`module { func.func @main() -> tensor<2xf32> { %0 = stablehlo.abacus : tensor<2xf32> } }`: {"stablehlo.abacus"},
		`module { func.func @main(%x: tensor<2xf32>) -> tensor<f32> {
			%0 = stablehlo.custom_call @no_such_target(%x) : (tensor<2xf32>) -> tensor<f32>
			return %0 : tensor<f32> } }`: {"no_such_target"},
	} {
		_, err := client.Compile().WithStableHLO([]byte(program)).Done()
		requireError(t, err, parts...)
	}
	// It goes on after that.
	compiled(t, client, double)
}

func TestDonation(t *testing.T) {
	client := newClient(t)
	program := compiled(t, client, doubleInPlace)
	x, err := pjrt.ArrayToBuffer(client, []float32{1, 3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, buffer *pjrt.Buffer, want ...float32) {
		t.Helper()
		if got, _, err := pjrt.BufferToArray[float32](buffer); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %v, error %v; want %v", what, got, err, want)
		}
	}
	kept, err := program.Execute(x).DonateNone().Done()
	if err != nil {
		t.Fatal(err)
	}
	check("the result without donation", kept[0], 2, 6)
	check("the argument that was not donated", x, 1, 3)

	donated, err := program.Execute(x).DonateAll().Done()
	if err != nil {
		t.Fatal(err)
	}
	check("the result with donation", donated[0], 2, 6)
	_, err = program.Execute(x).DonateNone().Done()
	requireError(t, err, "argument 0", "donated")
}

func TestWrongArguments(t *testing.T) {
	client := newClient(t)
	program := compiled(t, client, double)
	x, err := pjrt.ArrayToBuffer(client, []float32{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	_, err = program.Execute().Done()
	requireError(t, err, "0 arguments")
	_, err = program.Execute(x).Done()
	requireError(t, err, "parameter 0")
}

func TestAKilledProcessIsAnError(t *testing.T) {
	before := pythons(t, os.Getpid())
	client := newClient(t)
	program := compiled(t, client, double)
	x, err := pjrt.ArrayToBuffer(client, []float32{1, 2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	started := slices.DeleteFunc(pythons(t, os.Getpid()), func(id int) bool { return slices.Contains(before, id) })
	if len(started) != 1 {
		t.Fatalf("a client started the processes %v", started)
	}
	if err := syscall.Kill(started[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		requireError(t, within(t, func() error {
			_, err := program.Execute(x).Done()
			return err
		}), "Python process", strconv.Itoa(started[0]), "signal 9")
	}
	requireError(t, within(t, func() error { return x.ToHost(make([]byte, 8)) }), "signal 9")
	if err := within(t, func() error { return errors.Join(x.Destroy(), program.Destroy()) }); err != nil {
		t.Error(err)
	}
}

// killedVariable has the test below, in a process of its own, start a client and be killed.
const killedVariable = "BACKENDS_TEST_KILLED"

func TestTheProcessEndsWithTheProgram(t *testing.T) {
	if os.Getenv(killedVariable) != "" {
		newClient(t)
		fmt.Println("python", pythons(t, os.Getpid())[0])
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	newClient(t) // Or skip.
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), killedVariable+"=1")
	output, _ := command.Output()
	var python int
	if _, err := fmt.Sscanf(string(output), "python %d", &python); err != nil {
		t.Fatalf("it printed %q: %v", output, err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		// One that ended may be listed until somebody asks for its status.
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", python))
		if err != nil || strings.Contains(string(status), "\nState:\tZ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there 20 s after the program was killed", python)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	client := newClient(t)
	program := compiled(t, client, double)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			want := []float32{float32(i), float32(-i)}
			buffer, err := pjrt.ArrayToBuffer(client, want, 2)
			for range 20 {
				if err != nil {
					t.Error(err)
					return
				}
				var outputs []*pjrt.Buffer
				if outputs, err = program.Execute(buffer).DonateAll().Done(); err == nil {
					buffer = outputs[0]
					want[0], want[1] = 2*want[0], 2*want[1]
				}
			}
			if got, _, err := pjrt.BufferToArray[float32](buffer); err != nil || !slices.Equal(got, want) {
				t.Errorf("%d doubled 20 times is %v, error %v; want %v", i, got, err, want)
			}
		})
	}
	all.Wait()
}

func TestSeveralDevices(t *testing.T) {
	t.Setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
	client := newClient(t)
	if client.NumDevices() != 2 {
		t.Fatalf("%d devices", client.NumDevices())
	}
	program, err := client.Compile().WithSPMD(2).WithDeviceAssignment([]int{1, 0}).WithStableHLO([]byte(`module @sums {
		func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
			%sum = "stablehlo.all_reduce"(%x) ({
				^bb0(%a: tensor<f32>, %b: tensor<f32>):
				%c = stablehlo.add %a, %b : tensor<f32>
				stablehlo.return %c : tensor<f32>
			}) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2xf32>) -> tensor<2xf32>
			return %x, %sum : tensor<2xf32>, tensor<2xf32>
		}
	}`)).Done()
	if err != nil {
		t.Fatal(err)
	}
	var inputs []*pjrt.Buffer
	for i, device := range []int{1, 0} {
		input, err := client.BufferFromHost().FromFlatDataWithDimensions([]float32{float32(i), 1}, []int{2}).ToDeviceNum(device).Done()
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, input)
	}
	outputs, err := program.Execute(inputs...).Done()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]float32{{0, 1}, {1, 2}, {1, 1}, {1, 2}} {
		got, _, err := pjrt.BufferToArray[float32](outputs[i])
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("output %d of replica %d is %v, error %v; want %v", i%2, i/2, got, err, want)
		}
		device, err := outputs[i].Device()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := client.NumForDevice(device), []int{1, 0}[i/2]; got != want {
			t.Errorf("the outputs of replica %d lie on device %d, want %d", i/2, got, want)
		}
	}

	// A program that isn't made for certain devices runs on each, and an array can be brought to another.
	there, err := compiled(t, client, double).Execute(outputs[0]).OnDeviceByNum(1).Done()
	if err != nil {
		t.Fatal(err)
	}
	here, err := there[0].CopyToDevice(client.AddressableDevices()[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := pjrt.BufferToArray[float32](here); err != nil || !slices.Equal(got, []float32{0, 2}) {
		t.Errorf("twice [0 1] is %v, error %v", got, err)
	}
}

func TestAPluginWithoutItsPython(t *testing.T) {
	path, err := findPlugin("cpu")
	if err != nil {
		t.Skip(err)
	}
	library, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "plugin.so"), library, 0o755); err != nil {
		t.Fatal(err)
	}
	plugin, err := pjrt.GetPlugin(filepath.Join(folder, "plugin.so"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = plugin.NewClient(nil)
	requireError(t, err, filepath.Join(folder, "venv", "bin", "python"), "kernels/setup-xla")
}
