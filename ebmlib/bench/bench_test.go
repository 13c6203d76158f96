package bench

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// run runs a benchmark of two rounds.
func run(t *testing.T, ours, peers []Contender, works ...Work) Report {
	t.Helper()
	report, err := Bench{Ours: ours, Peers: peers, Rounds: 2, Turn: 10 * time.Millisecond}.Run(t.Context(), works)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// A real engine beside peers that say that a step took them 1000 s, and 1 ms.
func TestRun(t *testing.T) {
	images := tinyImages()
	images.Name = "tiny images"
	report := run(t, []Contender{as("go", "engine")}, []Contender{as("torch", "fake", "", "1000"), as("jax", "fake", "", "0.001")}, tiny(), images)
	if err := report.Err(); err != nil {
		t.Fatal(err)
	}
	if len(report.Works) != 2 {
		t.Fatalf("%d works", len(report.Works))
	}
	for _, result := range report.Works {
		for i, steps := range map[int]int{1: 1, 2: 10} { // Of the real one it is not known.
			if rounds := result.Contenders[i].Rounds; len(rounds) != 2 || len(rounds[1]) != steps {
				t.Errorf("%s made steps of %g s in turns of 10 ms, %v", result.Contenders[i].Contender, result.Contenders[i].Seconds.Median, rounds)
			}
		}
		if rounds := result.Contenders[0].Rounds; len(rounds) != 2 || len(rounds[1]) < 1 {
			t.Errorf("the engine's steps were %v", rounds)
		}
		ratio := result.Ratios[0]
		if len(result.Ratios) != 2 || ratio.Peer != "torch" || ratio.Ours != "go" || ratio.Median < 1000 || ratio.Least > ratio.Median ||
			ratio.Most < ratio.Median {
			t.Errorf("ratios %+v", result.Ratios)
		}
	}
	requireWords(t, report.String(), "tiny: points", "tiny images: ", "torch / go: ", "1.00 ks", "3.00 MB", "matrix peak of go: 1.00 GFLOP/s")
}

// A contender is checked once for all works with the same check, and its differences stand at each of them.
func TestCheckedOnce(t *testing.T) {
	longer, other := tiny(), tinyImages()
	longer.Name, longer.Config.Steps = "longer", 5
	other.Name = "other"
	var log strings.Builder
	b := Bench{Ours: []Contender{as("go", "engine")}, Peers: []Contender{as("torch", "fake", "", "1")}, Rounds: 1, Turn: time.Millisecond, Log: &log}
	report, err := b.Run(t.Context(), []Work{tiny(), longer, other})
	if err := errors.Join(err, report.Err()); err != nil {
		t.Fatal(err)
	}
	for i, contender := range report.Works[1].Contenders {
		if first := report.Works[0].Contenders[i]; contender.Version != first.Version || !reflect.DeepEqual(contender.Check, first.Check) {
			t.Errorf("%s: %+v at first, %+v then", contender.Contender, first, contender)
		}
	}
	for _, line := range []string{
		"tiny: go checks itself", "longer: go was checked before", "other: go checks itself",
		"tiny: torch checks itself", "longer: torch was checked before", "other: torch checks itself",
	} {
		if strings.Count(log.String(), line) != 1 {
			t.Errorf("it doesn't say %q:\n%s", line, &log)
		}
	}
}

// With times that are known, all that the report makes of them is.
func TestRates(t *testing.T) {
	report := run(t, []Contender{as("ours", "fake", "", "2")}, []Contender{as("slow", "fake", "", "3"), as("quick", "fake", "", "1")}, tiny())
	result := report.Works[0]
	flops, err := tiny().FLOPs()
	if err != nil {
		t.Fatal(err)
	}
	ours := result.Contenders[0]
	if ours.Seconds != (Spread{2, 2, 2}) || ours.CompileSeconds != 7 || ours.StepsPerSecond != 0.5 || ours.GradientsPerSecond != 3*8/2. ||
		ours.FLOPS != flops/2 || ours.PeakShare != flops/2/1e9 {
		t.Errorf("%+v", ours)
	}
	for i, want := range []float64{1.5, 0.5} {
		if r := result.Ratios[i]; r.Median != want || r.Least != want || r.Most != want || len(r.Rounds) != 2 {
			t.Errorf("%+v, want %g", r, want)
		}
	}
	var written Report
	var text strings.Builder
	if err := report.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text.String()), &written); err != nil {
		t.Fatal(err)
	}
	if written.Works[0].Contenders[1].Rounds[1][0] != 3 || written.Works[0].Ratios[1].Median != 0.5 {
		t.Errorf("as JSON it is %s", &text)
	}
}

// Whatever becomes of one contender, the others are timed, and the report says what it was.
func TestContendersThatFail(t *testing.T) {
	missing := as("missing", "fake", "", "1")
	missing.Command = []string{"/nowhere/python", "peer.py"}
	bad := map[string]struct {
		contender Contender
		words     []string
	}{
		"broken":  {as("broken", "fake", "broken", "1"), []string{"exit status 1", "no module named torch"}},
		"garbage": {as("garbage", "fake", "garbage", "1"), []string{`"warning: hello"`, "JSON"}},
		"differs": {as("differs", "fake", "differs", "1"), []string{"refused", "something else", "loss_total by 0.25", "and 4 in the file"}},
		"idle":    {as("idle", "fake", "idle", "1"), []string{"refused", "has not compared loss_total"}},
		"tired":   {as("tired", "fake", "tired", "1"), []string{"exit status 1", "out of memory"}},
		"fewer":   {as("fewer", "fake", "fewer", "1"), []string{"asked for 1 steps", "seconds of 0"}},
		"zero":    {as("zero", "fake", "", "0"), []string{"0 seconds for a step"}},
		"missing": {missing, []string{"/nowhere/python"}},
	}
	peers := []Contender{as("good", "fake", "", "3")}
	for _, c := range bad {
		peers = append(peers, c.contender)
	}
	report := run(t, []Contender{as("ours", "fake", "", "2")}, peers, tiny())
	result := report.Works[0]
	for _, times := range result.Contenders {
		want, isBad := bad[times.Contender]
		if !isBad {
			if times.Failure != "" || times.Seconds.Median == 0 {
				t.Errorf("%s: %+v", times.Contender, times)
			}
			continue
		}
		requireWords(t, times.Failure, want.words...)
		requireError(t, report.Err(), "work tiny: "+times.Contender+": ")
		requireWords(t, report.String(), times.Contender+" failed: ")
	}
	if len(result.Ratios) != 1 || result.Ratios[0].Peer != "good" {
		t.Errorf("ratios %+v", result.Ratios)
	}
}

// An engine that can't be opened says so, and takes part in nothing.
func TestAnEngineThatIsMissing(t *testing.T) {
	missing := as("xla", "fake", "", "1")
	missing.Peak = []string{missing.Command[0], "as", "fake", "broken", "1"}
	report := run(t, []Contender{missing, as("ours", "fake", "", "2")}, nil, tiny())
	requireError(t, report.Err(), "work tiny: xla: it ended with exit status 1", "no module named torch")
	if times := report.Works[0].Contenders[1]; times.Seconds.Median != 2 {
		t.Errorf("%+v", times)
	}
}

func TestAWorkThatCanNotBe(t *testing.T) {
	work := tiny()
	work.Example = []int{1, 8, 8}
	work.Name = "impossible"
	report := run(t, []Contender{as("ours", "fake", "", "2")}, nil, work, tiny())
	requireError(t, report.Err(), "work impossible: ", "layers.Linear")
	if report.Works[1].Failure != "" || len(report.Works[0].Contenders) != 0 {
		t.Errorf("%+v", report.Works)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	b := Bench{Ours: []Contender{as("ours", "fake", "", "2")}, Rounds: 1000, Turn: time.Second}
	began := time.Now()
	_, err := b.Run(ctx, []Work{tiny()})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	requireError(t, err, "interrupted", "tiny")
}

func TestQuantiles(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{3}, Spread{3, 3, 3}},
		{[]float64{4, 1}, Spread{2.5, 1.75, 3.25}},
		{[]float64{5, 1, 2, 4, 3}, Spread{3, 2, 4}},
	} {
		if got := spread(c.values); got != c.want {
			t.Errorf("of %v: %+v, want %+v", c.values, got, c.want)
		}
	}
}

func TestSI(t *testing.T) {
	for want, value := range map[string]float64{
		"0 s": 0, "412 ms": 0.4118, "1.00 s": 0.9999, "999 ms": 0.9992, "9.88 µs": 9.876e-6, "53.0 Gs": 5.296e10, "1.00 ks": 999.9, "10.0 s": 9.997,
	} {
		if got := si(value, "s"); got != want {
			t.Errorf("%g is %q, want %q", value, got, want)
		}
	}
	if got := rate(0.0625); got != "0.0625" {
		t.Errorf("a rate of 0.0625 is %q", got)
	}
	if got := si(math.Pow(2, 30), ""); got != "1.07 G" {
		t.Errorf("2^30 is %q", got)
	}
}
