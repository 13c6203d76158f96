package machine

import "fmt"

// Bytes is a number of bytes as people write it, in powers of 1000 as the rest of the project has it.
func Bytes(n int64) string {
	value, units := float64(n), []string{"bytes", "kB", "MB", "GB", "TB", "PB", "EB"}
	unit := 0
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	switch {
	case unit == 0:
		return fmt.Sprintf("%d bytes", n)
	case value < 10:
		return fmt.Sprintf("%.1f %s", value, units[unit])
	}
	return fmt.Sprintf("%.0f %s", value, units[unit])
}
