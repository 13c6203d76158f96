package machine

import (
	"slices"
	"testing"
	"testing/fstest"
)

func files(contents map[string]string) fstest.MapFS {
	root := make(fstest.MapFS)
	for path, content := range contents {
		root[path] = &fstest.MapFile{Data: []byte(content)}
	}
	return root
}

const meminfo = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n"

func TestMemory(t *testing.T) {
	for name, test := range map[string]struct {
		root map[string]string
		want Memory
	}{
		"no control groups": {map[string]string{"proc/meminfo": meminfo}, Memory{1024000, 1024000, 614400}},
		"no limit": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n",
		}, Memory{1024000, 1024000, 614400}},
		"a limit, 50,000 bytes of it used of which 20,000 can be given up": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "100000\n",
			"sys/fs/cgroup/a/memory.current": "50000\n", "sys/fs/cgroup/a/memory.stat": "anon 30000\ninactive_file 20000\n",
		}, Memory{1024000, 100000, 70000}},
		"a limit around it": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/memory.max": "100000\n",
			"sys/fs/cgroup/a/memory.current": "50000\n", "sys/fs/cgroup/a/b/memory.max": "max\n",
		}, Memory{1024000, 100000, 50000}},
		"a limit above what is available": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "900000\n",
			"sys/fs/cgroup/memory.current": "0\n",
		}, Memory{1024000, 900000, 614400}},
		"version 1, the path being that outside the container": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "3:cpu:/x\n4:memory:/x\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "100000\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "120000\n",
		}, Memory{1024000, 100000, 0}},
	} {
		if got, known := memory(files(test.root)); !known || got != test.want {
			t.Errorf("%s: %+v, known %t; want %+v", name, got, known, test.want)
		}
	}
	if got, known := memory(files(nil)); known {
		t.Errorf("where the system doesn't say, it is %+v", got)
	}
}

func TestPeak(t *testing.T) {
	if peak := Peak(); peak != 0 && (peak < 1e6 || peak > 1e12) {
		t.Errorf("the peak of this process is %d bytes", peak)
	}
}

func TestGPUs(t *testing.T) {
	got := parseGPUs("NVIDIA H100 80GB HBM3, 81559, 80000, 550.54.15\nNVIDIA GB10, [N/A], [N/A], 580.1\n")
	want := []GPU{{"NVIDIA H100 80GB HBM3", 81559 << 20, 80000 << 20, "550.54.15"}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := parseGPUs(""); len(got) > 0 {
		t.Errorf("no lines are %+v", got)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 30730000: "31 MB", 999_700_000: "1.0 GB", 80e9: "80 GB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
