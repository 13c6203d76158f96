package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Contender is a program that can be timed.
type Contender struct {
	Name    string
	Command []string // the program and its arguments, before the path of a work.json, or --check and that
	// Peak is the command that prints the [Peak] of one of this project's engines as JSON, before the precision.
	Peak []string
}

// process is a contender at work.
type process struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	stdout  *bufio.Reader
	stderr  *tail
}

// environment is what all contenders find there, besides what this process does.
var environment = []string{"XLA_PYTHON_CLIENT_PREALLOCATE=false"} // They share one GPU's memory.

// strict is what a process finds there whose float32 shall be float32: NVIDIA's libraries then multiply none of it in TF32.
const strict = "NVIDIA_TF32_OVERRIDE=0"

// start starts a command, which ends at the latest when the context does. Its precision is that of what it multiplies.
func start(ctx context.Context, precision string, command []string) (*process, error) {
	p := &process{command: exec.CommandContext(ctx, command[0], command[1:]...), stderr: new(tail)}
	p.command.Env = append(os.Environ(), environment...)
	if precision == float32s {
		p.command.Env = append(p.command.Env, strict)
	}
	p.command.Stderr = p.stderr
	var err error
	if p.stdin, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewReader(stdout)
	return p, p.command.Start()
}

// started starts a command, as start does, and reads the first line of JSON that it writes.
func started(ctx context.Context, precision string, command []string, first any) (*process, error) {
	p, err := start(ctx, precision, command)
	if err != nil {
		return nil, err
	}
	return p, p.read(first)
}

// ask makes so many steps.
func (p *process) ask(steps int) (turn, error) {
	if _, err := fmt.Fprintln(p.stdin, steps); err != nil {
		return turn{}, p.failure(io.EOF)
	}
	var t turn
	if err := p.read(&t); err != nil {
		return t, err
	}
	if len(t.Seconds) != steps {
		return t, p.failure(fmt.Errorf("it was asked for %d steps and gave the seconds of %d", steps, len(t.Seconds)))
	}
	for _, seconds := range t.Seconds {
		if !(seconds > 0) {
			return t, p.failure(fmt.Errorf("it gave %g seconds for a step", seconds))
		}
	}
	return t, nil
}

// read reads a line of JSON.
func (p *process) read(into any) error {
	line, err := p.stdout.ReadBytes('\n')
	if err != nil && len(line) == 0 {
		return p.failure(err)
	}
	if err := json.Unmarshal(line, into); err != nil {
		return p.failure(fmt.Errorf("it wrote %q, which is not the line of JSON that was due: %w", bytes.TrimSpace(line), err))
	}
	return nil
}

// failure ends the process, and says what was wrong, how it ended, and what it said last.
func (p *process) failure(cause error) error {
	status := p.stop(patience / 10)
	text := "it ended before it had answered"
	if cause != io.EOF {
		text = cause.Error()
	} else if status != nil {
		text = fmt.Sprintf("it ended with %v", status)
	}
	if said := p.stderr.last(); said != "" {
		text += "; the last that it said:\n" + said
	}
	return errors.New(text)
}

// patience is how long a process may take to end once its input has ended.
const patience = 10 * time.Second

// stop ends the process's input, and the process itself if that doesn't end it within the time. It gives how it ended.
func (p *process) stop(within time.Duration) error {
	p.stdin.Close()
	timer := time.AfterFunc(within, func() { p.command.Process.Kill() })
	defer timer.Stop()
	_, _ = io.Copy(io.Discard, p.stdout) // It may be about to write.
	return p.command.Wait()
}

// tail keeps the end of what is written to it.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

const (
	keptBytes = 8192
	keptLines = 12
)

func (t *tail) Write(text []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, text...)
	if over := len(t.text) - keptBytes; over > 0 {
		t.text = t.text[over:]
	}
	return len(text), nil
}

// last is the last lines.
func (t *tail) last() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.Join(lines[max(0, len(lines)-keptLines):], "\n")
}
