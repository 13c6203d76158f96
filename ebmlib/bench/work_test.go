package bench

import (
	"reflect"
	"testing"

	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// All that a work is stands in its work.json: what is read from there is the work.
func TestAnExchangeSaysAll(t *testing.T) {
	works := append(Works(), tiny(), tinyImages())
	varied, err := Parse([]string{"cifar16:batch=3,steps=2,filters=8,size=16", "mnist:steps=4"})
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := In([]string{"bfloat16", "float32"}, varied)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range append(works, narrow...) {
		t.Run(want.Name, func(t *testing.T) {
			x, err := want.exchange("cpu")
			if err != nil {
				t.Fatal(err)
			}
			got, err := x.work()
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Config.Terms) != len(want.Config.Terms) {
				t.Fatalf("%d terms, want %d", len(got.Config.Terms), len(want.Config.Terms))
			}
			for i, term := range want.Config.Terms {
				if got.Config.Terms[i].Name != term.Name || got.Config.Terms[i].Weight != term.Weight {
					t.Errorf("term %s with weight %g, want %s with %g", got.Config.Terms[i].Name, got.Config.Terms[i].Weight, term.Name, term.Weight)
				}
			}
			got.Config.Terms, want.Config.Terms = nil, nil // Functions can't be compared.
			got.About = want.About
			if !reflect.DeepEqual(got, want) {
				t.Errorf("it came back as\n%+v, want\n%+v", got, want)
			}
		})
	}
}

// The check's images are of a size at which rounding stays small, whatever the work's, but where the weights fit one size alone.
func TestTheSizeOfTheChecksImages(t *testing.T) {
	for name, want := range map[string]int{"cifar16": 32, "cifar64:size=16": 32, "cifar64:size=64": 32, "mnist": 32, "digits": 28, "points": 0} {
		works, err := Parse([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		x, err := works[0].exchange("cpu")
		if err != nil {
			t.Fatal(err)
		}
		if x.Setting.ImageSize != want {
			t.Errorf("%s is checked by images of %d pixels a side, want %d", name, x.Setting.ImageSize, want)
		}
	}
}

func TestWorksMakeSense(t *testing.T) {
	names := make(map[string]bool)
	for _, work := range Works() {
		names[work.Name] = true
		if err := work.Config.Check(); err != nil {
			t.Errorf("%s: %v", work.Name, err)
		}
		if flops, err := work.FLOPs(); err != nil || flops <= 0 {
			t.Errorf("%s: %g operations a step, %v", work.Name, flops, err)
		}
	}
	for _, name := range Default {
		if !names[name] {
			t.Errorf("%s is timed by default, and is no work", name)
		}
	}
}

func TestWorksVary(t *testing.T) {
	works, err := Parse([]string{"cifar64", "cifar64:batch=256,steps=20,filters=128,size=64", "mnist:filters=8", "a10:filters=4"})
	if err != nil {
		t.Fatal(err)
	}
	base, varied := works[0], works[1]
	if base.Config.Batch != 128 || base.Config.Steps != 40 || base.Example[1] != 32 {
		t.Errorf("the work itself changed: %+v", base)
	}
	if varied.Config.Batch != 256 || varied.Config.Steps != 20 || !reflect.DeepEqual(varied.Example, []int{3, 64, 64}) ||
		varied.Config.Model.(models.CIFAR10).Filters != 128 || varied.Config.Model.(models.CIFAR10).Scales != 3 {
		t.Errorf("varied: %+v", varied)
	}
	if works[2].Config.Model.(models.MNIST).Filters != 8 || works[3].Config.Model.(models.Levels).Filters != 4 {
		t.Errorf("filters of %v and %v", works[2].Config.Model, works[3].Config.Model)
	}
}

func TestWorksThatThereAreNot(t *testing.T) {
	for name, words := range map[string][]string{
		"b10":              {`no work "b10"`, "a10", "sample-cifar16"},
		"a10:width=3":      {"a10:width=3", `"width"`, "batch, steps, filters and size"},
		"a10:batch":        {`"batch"`, "batch=256"},
		"a10:batch=many":   {`"batch=many"`},
		"a10:steps=0":      {`"steps=0"`, "from 1"},
		"points:filters=3": {"points", "models.MLP", "filters"},
		"points:size=3":    {"points", "no images"},
		"mnist:batch=8":    {"mnist:batch=8", "KLSamples is 32"},
	} {
		_, err := Parse([]string{name})
		requireError(t, err, words...)
	}
	_, err := Parse([]string{"a10", "points", "a10"})
	requireError(t, err, "a10", "twice")
}

func TestWorksThatContendersDoNotKnow(t *testing.T) {
	work := tiny()
	work.Config.Model = models.Ensemble{Members: 2, Member: models.MLP{Hidden: []int{2}}}
	_, err := work.exchange("cpu")
	requireError(t, err, "tiny", "models.Ensemble")
	work = tiny()
	work.Config.Transitions = samplers.Transitions{samplers.Grey{Probability: 0.5}}
	_, err = work.exchange("cpu")
	requireError(t, err, "tiny", "transitions", "samplers.Grey{Probability:0.5}")
	work = tiny()
	work.Config.Chain = samplers.MALA{StepSize: 0.1}
	_, err = work.exchange("cpu")
	requireError(t, err, "tiny", "samplers.MALA")
	work = tiny()
	work.Config.Augmentation = samplers.Transitions{samplers.HorizontalFlip{Probability: 0.5}}
	_, err = work.exchange("cpu")
	requireError(t, err, "tiny", "augmented")
}

func TestPrecisions(t *testing.T) {
	works, err := In([]string{"float32", "tf32", "bfloat16"}, []Work{tiny()})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"tiny", "tiny in tf32", "tiny in bfloat16"} {
		if works[i].Name != name || works[i].Config.BFloat16 != (i == 2) {
			t.Errorf("%+v, want %s", works[i], name)
		}
	}
	_, err = In([]string{"float64"}, works)
	requireError(t, err, `"float64"`, "float32, tf32 and bfloat16")
}

func TestExchangesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(x *exchange)
		words  []string
	}{
		"kind":        {func(x *exchange) { x.Work.Kind = "evaluate" }, []string{`"evaluate"`, "train and sample"}},
		"precision":   {func(x *exchange) { x.Work.Precision = "float8" }, []string{`"float8"`, "float32, tf32 and bfloat16"}},
		"threads":     {func(x *exchange) { x.Work.Threads = 1 }, []string{"1 threads", "taskset"}},
		"network":     {func(x *exchange) { x.Model = "lenet" }, []string{`"lenet"`}},
		"transitions": {func(x *exchange) { x.Work.Transitions = "turns" }, []string{`"turns"`}},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := tiny().exchange("cpu")
			if err != nil {
				t.Fatal(err)
			}
			c.change(&x)
			_, err = x.work()
			requireError(t, err, c.words...)
		})
	}
}
