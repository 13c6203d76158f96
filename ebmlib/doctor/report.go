package doctor

import (
	"fmt"
	"strings"
)

// Report is what an examination found.
type Report struct {
	Sections []Section
	Advice   []string // what to do, each by itself, in the order in which it matters
	Err      error    // why training can't run, nil if it can
}

// Section is about one part of the machine.
type Section struct {
	Title string
	Lines []Line
}

// Line is one finding; a line without a name belongs to the one before it.
type Line struct{ Name, Text string }

func (s *Section) add(name, format string, values ...any) {
	s.Lines = append(s.Lines, Line{name, fmt.Sprintf(format, values...)})
}

const (
	columns    = 100
	nameColumn = 16 // where a section's texts begin
)

// String is the report as text of at most 100 columns, but for words that are longer.
func (r Report) String() string {
	var text strings.Builder
	for _, section := range r.Sections {
		fmt.Fprintln(&text, section.Title)
		for _, line := range section.Lines {
			indented := wrap(line.Text, columns-nameColumn, strings.Repeat(" ", nameColumn))
			fmt.Fprintf(&text, "  %-*s%s\n", nameColumn-2, line.Name, indented)
		}
		fmt.Fprintln(&text)
	}
	if len(r.Advice) == 0 {
		fmt.Fprintln(&text, "nothing that is needed is missing")
		return text.String()
	}
	fmt.Fprintln(&text, "advice")
	for _, advice := range r.Advice {
		fmt.Fprintf(&text, "  - %s\n", wrap(advice, columns-4, "    "))
	}
	return text.String()
}

// wrap breaks a text into lines of that many characters, those after the first indented. Line breaks of its own are spaces to it.
func wrap(text string, width int, indent string) string {
	var wrapped strings.Builder
	length := 0
	for _, word := range strings.Fields(text) {
		size := len([]rune(word))
		switch {
		case length == 0:
		case length+1+size > width:
			wrapped.WriteString("\n" + indent)
			length = 0
		default:
			wrapped.WriteString(" ")
			length++
		}
		wrapped.WriteString(word)
		length += size
	}
	return wrapped.String()
}
