package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// process is a program that answers in JSON.
type process struct {
	command *exec.Cmd
	answers *json.Decoder
	errors  bytes.Buffer
	ended   bool
}

func start(ctx context.Context, command []string) (*process, error) {
	p := &process{command: exec.CommandContext(ctx, command[0], command[1:]...)}
	p.command.Stderr = &p.errors
	p.command.WaitDelay = time.Second // Its own processes, which may outlive it, hold its output open.
	answers, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.answers = json.NewDecoder(answers)
	return p, p.command.Start()
}

// read reads an answer. A process that gives none in that time is ended.
func (p *process) read(into any, within time.Duration) error {
	limit := time.AfterFunc(within, func() { p.command.Process.Kill() })
	err := p.answers.Decode(into)
	if !limit.Stop() {
		return fmt.Errorf("no answer within %v", within)
	}
	if err == nil {
		return nil
	}
	if status := p.stop(); status != nil {
		err = fmt.Errorf("its process ended with %w", status)
	}
	if said := p.said(); said != "" {
		err = fmt.Errorf("%w; the last that it said: %s", err, said)
	}
	return err
}

// stop waits for the end of the process, which has nothing more to do, and ends it if need be. It gives how it ended.
func (p *process) stop() error {
	if p.ended {
		return nil
	}
	p.ended = true
	limit := time.AfterFunc(5*time.Second, func() { p.command.Process.Kill() })
	defer limit.Stop()
	return p.command.Wait()
}

// said is the last line of what it wrote to its standard error.
func (p *process) said() string {
	p.stop()
	lines := strings.Split(strings.TrimSpace(p.errors.String()), "\n")
	return lines[len(lines)-1]
}
