package machine

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// Memory is that of the processor, in bytes.
type Memory struct {
	Total int64
	// Limit is what the control groups of this process leave of it, such as a container's; Total where they set no lower limit.
	Limit int64
	// Available is what can be had without swapping, within the limit: what is free or can be freed.
	Available int64
}

// ThisMemory is the memory of this machine. It is not known where the system has no /proc/meminfo.
func ThisMemory() (m Memory, known bool) { return memory(os.DirFS("/")) }

func memory(root fs.FS) (m Memory, known bool) {
	m.Total, m.Available = bytesOf(root, "proc/meminfo", "MemTotal:"), bytesOf(root, "proc/meminfo", "MemAvailable:")
	if m.Total == 0 || m.Available == 0 {
		return Memory{}, false
	}
	m.Limit = m.Total
	for _, group := range groups(root) {
		limit, found := number(root, path.Join(group.folder, group.limit))
		if !found || limit >= m.Total { // "max", or version 1's largest number.
			continue
		}
		m.Limit = min(m.Limit, limit)
		if used, found := number(root, path.Join(group.folder, group.used)); found {
			// What was read from files counts as used, and is given up when memory is short.
			files, _ := field(root, path.Join(group.folder, "memory.stat"), group.files)
			m.Available = min(m.Available, max(limit-used+files, 0))
		}
	}
	return m, true
}

// group is a control group that may limit memory, with the names of the files that tell.
type group struct{ folder, limit, used, files string }

// groups are those of this process, of either version of control groups: its own and those around it.
func groups(root fs.FS) []group {
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	var all []group
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(parts) != 3 {
			continue
		}
		top, own := "", group{}
		switch {
		case parts[1] == "":
			top, own = "sys/fs/cgroup", group{limit: "memory.max", used: "memory.current", files: "inactive_file"}
		case parts[1] == "memory":
			top, own = "sys/fs/cgroup/memory", group{limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", files: "total_inactive_file"}
		default:
			continue
		}
		// In a container the path may be the one outside, of which nothing is there but the top.
		for inner := path.Clean("/" + parts[2]); ; inner = path.Dir(inner) {
			own.folder = path.Join(top, inner)
			all = append(all, own)
			if inner == "/" {
				break
			}
		}
	}
	return all
}

// Peak is the most memory that this process has had at once, in bytes; 0 where the system doesn't say.
func Peak() int64 { return bytesOf(os.DirFS("/"), "proc/self/status", "VmHWM:") }

// bytesOf is the value of a line such as "MemTotal:  24684096 kB", 0 if there is none.
func bytesOf(root fs.FS, file, name string) int64 {
	kilobytes, _ := field(root, file, name)
	return kilobytes * 1024
}

// field is the number that follows a name at the beginning of a line.
func field(root fs.FS, file, name string) (value int64, found bool) {
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, false
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == name {
			value, err := strconv.ParseInt(fields[1], 10, 64)
			return value, err == nil
		}
	}
	return 0, false
}

// number is a file's only content.
func number(root fs.FS, file string) (value int64, found bool) {
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, false
	}
	value, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return value, err == nil
}
