"""Times notebook cells as a person waits for them, through the kernel "EBM (Go)"; called by the script `cell-time`.

    cell-time [EXECUTIONS]

A run of points is trained for 300 steps. Then each of three cells is executed some times (default 5) after a first that doesn't count: one
that does nothing, one that opens the run, and one that opens it and plots its curves. A line for each has the median of the seconds, the
extremes, and the CPU seconds, which a busy machine changes less.
"""

import os
import statistics
import sys
import tempfile
import time

import nbformat
from nbclient import NotebookClient

BEGINNING = """%noautoget

import (
	"log"

	"ebm/ebmlib/data"
	"ebm/ebmlib/plots"
	"ebm/ebmlib/train"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}"""
OPENING = """%%
run, err := train.Open("run", train.Points())
check(err)
"""
TRAINING = OPENING + "check(run.Train(data.Points(data.EightGaussians(), 1000, 1), 300))"
CELLS = {
    "nothing": "%%\n",
    "opens a run": OPENING + "_ = run",
    "opens a run and plots": OPENING + "check(plots.Show(plots.EnergyCurves(run.Metrics())))",
}


def cpu_seconds(process):
    """What the process and its children that ended have had of the processors."""
    with open(f"/proc/{process}/stat") as file:
        times = file.read().rpartition(")")[2].split()[11:15]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def main():
    executions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (BEGINNING, TRAINING, *CELLS.values())])
    client = NotebookClient(notebook, kernel_name="ebm", timeout=600)
    with tempfile.TemporaryDirectory(prefix="ebm-") as folder, client.setup_kernel(cwd=folder):
        kernel = client.km.provisioner.pid
        for index in (0, 1):
            client.execute_cell(notebook.cells[index], index)
        print(f"{'cell':24}{'median':>9}{'least':>9}{'most':>9}{'CPU':>9}")
        for index, name in enumerate(CELLS, 2):
            seconds, cpu = [], []
            for _ in range(executions + 1):
                start, before = time.perf_counter(), cpu_seconds(kernel)
                client.execute_cell(notebook.cells[index], index)
                seconds.append(time.perf_counter() - start)
                cpu.append(cpu_seconds(kernel) - before)
            figures = statistics.median(seconds[1:]), min(seconds[1:]), max(seconds[1:]), statistics.median(cpu[1:])
            print(f"{name:24}" + "".join(f"{figure:7.2f} s" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
