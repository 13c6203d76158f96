package golden

import (
	"strings"
	"testing"

	"ebm/ebmlib/internal/untrusted/untrustedtest"
)

// FuzzSetting: whatever the .json beside a golden file, it is refused by name, or it is a setting within its limits, of a network or
// of none.
func FuzzSetting(f *testing.F) {
	f.Add([]byte(`{"model":"mnist","filters":4,"image_size":28,"channels":1,"steps":2,"kl_steps":"all","clamp":false,"norm":"none"}`))
	f.Add([]byte(`{"model":"mlp","hidden":[8,8],"channels":2,"kl_steps":3,"norm":"layer"}`))
	f.Add([]byte(`{"kl_steps":0}`))
	f.Add([]byte(`{"kl_steps":null,"scales":1000000}`))
	f.Add([]byte(`{"hidden":[` + strings.Repeat("1,", 300) + `1]}`))
	write := untrustedtest.File(f, "some.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		path := write(t, text)
		untrustedtest.Allocates(t, 1<<20+200*int64(len(text)), func() {
			s, err := readSetting(path)
			untrustedtest.Names(t, err, path)
			if err != nil {
				return
			}
			if s.Scales > maxScales || len(s.Hidden) > maxHidden {
				t.Errorf("%d scales, %d hidden", s.Scales, len(s.Hidden))
			}
			if network, err := s.Network(); (network == nil) == (err == nil) {
				t.Errorf("network %v and error %v", network, err)
			}
		})
	})
}
