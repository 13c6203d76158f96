package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/train"
)

// TestMain lets a test start this program as a contender: "as engine WORK.json" is a real one on the pure Go engine, and "as fake MODE
// SECONDS WORK.json" one that makes no steps and says that each took so many seconds.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != "as" {
		os.Exit(m.Run())
	}
	var err error
	switch arguments := os.Args[3:]; os.Args[2] {
	case "engine":
		var engine *backends.Engine
		if engine, err = backends.OpenNamed("go"); err == nil && arguments[0] == "--check" {
			err = Check(engine, arguments[1], os.Stdout)
		} else if err == nil {
			err = Contend(engine, arguments[0], os.Stdin, os.Stdout)
		}
	case "peak":
		fmt.Printf(`{"engine":"fake","size":512,"flop_per_second":%s}`+"\n", arguments[0])
	case "fake":
		err = fake(arguments[0], arguments[1], arguments[2] == "--check")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func fake(mode, seconds string, check bool) error {
	switch mode {
	case "broken":
		return fmt.Errorf("no module named torch")
	case "garbage":
		fmt.Println("warning: hello")
		select {}
	case "differs":
		fmt.Println(`{"contender":"fake","check":{"energy_pos_each_scale":1e-6,"loss_total":0.25,"grad_total":1e-6},"holds":false}`)
		return fmt.Errorf("loss_total is 3, and 4 in the file")
	case "idle":
		fmt.Println(`{"contender":"fake","check":{"energy_pos_each_scale":0},"holds":true}`)
	}
	if check {
		fmt.Println(`{"contender":"fake","version":"1.0","device":"none",` +
			`"check":{"energy_pos_each_scale":0,"loss_total":2e-7,"grad_total":0},"holds":true}`)
		return nil
	}
	fmt.Println(`{"compile_seconds":7}`)
	turns := 0
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); turns++ {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		if turns == 2 && mode == "tired" {
			return fmt.Errorf("out of memory")
		}
		if mode == "fewer" {
			n--
		}
		fmt.Printf(`{"seconds":[%s],"peak_bytes":3000000}`+"\n", strings.TrimSuffix(strings.Repeat(seconds+",", n), ","))
	}
	return nil
}

func as(name string, arguments ...string) Contender {
	return Contender{
		Name:    name,
		Command: append([]string{os.Args[0], "as"}, arguments...),
		Peak:    []string{os.Args[0], "as", "peak", "1e9"},
	}
}

// tiny is work of points whose steps take no time.
func tiny() Work {
	c := train.Points()
	c.Model = models.MLP{Hidden: []int{4}}
	c.Steps, c.Batch, c.References, c.EntropyAfter = 3, 8, 5, 0
	c.Replay = samplers.Replay{Capacity: 20, Restart: 0.1}
	return Work{Name: "tiny", About: "points", Config: c, Example: []int{2}}
}

// tinyImages is work of images of 8x8 pixels.
func tinyImages() Work {
	w := tiny()
	w.Config.Model = models.ConvNet{Side: 4, Filters: []int{3, 2}}
	w.Config.Chain = samplers.Langevin{StepSize: 10, Noise: 0.005, Max: 1}
	w.Config.Start = train.Range{Min: 0, Max: 1}
	w.Example = []int{1, 8, 8}
	return w
}

// written writes the files of a work and gives the path of its work.json.
func written(t *testing.T, work Work) string {
	t.Helper()
	x, err := work.exchange("cpu")
	if err != nil {
		t.Fatal(err)
	}
	files := exchanges{t.TempDir(), make(map[string]string)}
	path, _, err := files.write(x)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func decode(t *testing.T, line string, into any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

func requireWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q doesn't say %q", text, word)
		}
	}
}

func requireError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", words)
	}
	requireWords(t, err.Error(), words...)
}
