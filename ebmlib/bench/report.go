package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Report is what a benchmark found. As JSON it has the numbers; [Report.String] is a table of them.
type Report struct {
	Date        time.Time `json:"date"`
	Machine     Machine   `json:"machine"`
	Peaks       []Peak    `json:"peaks"` // of the engines, the higher of those before and after the works
	Rounds      int       `json:"rounds"`
	TurnSeconds float64   `json:"turn_seconds"`
	Works       []Result  `json:"works"`
}

// Result is a work's times.
type Result struct {
	Work       string  `json:"work"`
	About      string  `json:"about"`
	FLOPs      float64 `json:"flop_per_step"`      // see Work.FLOPs
	Gradients  int     `json:"gradients_per_step"` // see Work.Gradients
	Contenders []Times `json:"contenders,omitempty"`
	Ratios     []Ratio `json:"ratios,omitempty"`
	Failure    string  `json:"failure,omitempty"` // why nobody was timed
}

// Times are those of a contender in a work.
type Times struct {
	Contender string             `json:"contender"`
	Version   string             `json:"version,omitempty"`
	Device    string             `json:"device,omitempty"`
	Check     map[string]float64 `json:"check,omitempty"`   // the relative differences of what it computes
	Failure   string             `json:"failure,omitempty"` // why it is out

	CompileSeconds float64     `json:"compile_seconds,omitempty"`
	Rounds         [][]float64 `json:"rounds,omitempty"` // the seconds of each step of each round
	Seconds        Spread      `json:"seconds"`          // of all of them

	StepsPerSecond     float64 `json:"steps_per_second"`     // by the median
	GradientsPerSecond float64 `json:"gradients_per_second"` // of the energy, in x
	FLOPS              float64 `json:"flop_per_second"`
	PeakShare          float64 `json:"share_of_peak"` // of the highest of the matrix peaks

	PeakBytes       int64 `json:"peak_bytes"`
	PeakDeviceBytes int64 `json:"peak_device_bytes,omitempty"`
	ToDevice        *int  `json:"host_to_device_bytes,omitempty"` // a step
	ToHost          *int  `json:"device_to_host_bytes,omitempty"` // a step
}

// Spread is a median with its quartiles.
type Spread struct {
	Median float64 `json:"median"`
	Lower  float64 `json:"lower_quartile"`
	Upper  float64 `json:"upper_quartile"`
}

// Ratio is a peer's seconds a step over those of one of ours: above 1 ours is the faster. Rounds are the ratios of the medians within
// each round, of which it has the median and the extremes.
type Ratio struct {
	Peer   string    `json:"peer"`
	Ours   string    `json:"ours"`
	Median float64   `json:"median"`
	Least  float64   `json:"least"`
	Most   float64   `json:"most"`
	Rounds []float64 `json:"rounds"`
}

// add adds a turn's times.
func (t *Times) add(made turn) {
	t.Rounds = append(t.Rounds, made.Seconds)
	t.PeakBytes, t.PeakDeviceBytes = made.PeakBytes, made.PeakDeviceBytes
	t.ToDevice, t.ToHost = made.ToDevice, made.ToHost
}

// compute computes from the rounds what the report has besides, for a machine of that peak.
func (r *Result) compute(work Work, peak float64, b Bench) {
	if r.Failure != "" {
		return
	}
	var err error
	if r.FLOPs, err = work.FLOPs(); err != nil {
		r.Failure = err.Error()
		return
	}
	r.Gradients = work.Gradients()
	by := make(map[string]Times)
	for i := range r.Contenders {
		t := &r.Contenders[i]
		if t.Failure != "" {
			continue
		}
		t.Seconds = spread(slices.Concat(t.Rounds...))
		t.StepsPerSecond = 1 / t.Seconds.Median
		t.GradientsPerSecond = float64(r.Gradients) / t.Seconds.Median
		t.FLOPS = r.FLOPs / t.Seconds.Median
		if peak > 0 {
			t.PeakShare = t.FLOPS / peak
		}
		by[t.Contender] = *t
	}
	for _, peer := range b.Peers {
		for _, ours := range b.Ours {
			theirs, timed := by[peer.Name]
			own, timed2 := by[ours.Name]
			if timed && timed2 {
				r.Ratios = append(r.Ratios, ratio(theirs, own))
			}
		}
	}
}

func ratio(peer, ours Times) Ratio {
	r := Ratio{Peer: peer.Contender, Ours: ours.Contender}
	for i := range peer.Rounds {
		r.Rounds = append(r.Rounds, median(peer.Rounds[i])/median(ours.Rounds[i]))
	}
	r.Median, r.Least, r.Most = median(r.Rounds), slices.Min(r.Rounds), slices.Max(r.Rounds)
	return r
}

func spread(values []float64) Spread {
	return Spread{quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75)}
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile is that of the values, linear between two of them.
func quantile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	place := share * float64(len(sorted)-1)
	below := math.Floor(place)
	above := min(int(below)+1, len(sorted)-1)
	return sorted[int(below)] + (place-below)*(sorted[above]-sorted[int(below)])
}

// Err names what failed or was refused; nil if nothing was.
func (r Report) Err() error {
	var problems []error
	for _, result := range r.Works {
		if result.Failure != "" {
			problems = append(problems, fmt.Errorf("work %s: %s", result.Work, result.Failure))
		}
		for _, t := range result.Contenders {
			if t.Failure != "" {
				problems = append(problems, fmt.Errorf("work %s: %s: %s", result.Work, t.Contender, t.Failure))
			}
		}
	}
	return errors.Join(problems...)
}
