"""Executes notebooks and writes them as Markdown pages; called by the script `render`, which says how.

Cells run in runs/rendered/NAME, emptied first: training starts from nothing, and its run directories can be opened
afterwards. The notebooks themselves are not changed.
"""

import datetime
import os
import pathlib
import platform
import re
import shutil
import sys
import tempfile
import time

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import MarkdownExporter
from nbconvert.writers import FilesWriter

ROOT = pathlib.Path(__file__).resolve().parent.parent
KERNEL = "ebm"
CELL_SECONDS = 4 * 3600
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# What a code host shows of a cell's output, the best first. HTML is not among it.
SHOWN = ["image/png", "image/jpeg", "text/markdown", "text/latex", "text/plain"]


class Failure(Exception):
    """A cell failed; the text is what a person needs to see of it."""


def execute(notebook, directory):
    """Runs all cells in the directory. Without a kernel there is nothing more to run: that ends the program."""
    client = NotebookClient(notebook, kernel_name=KERNEL, timeout=CELL_SECONDS, startup_timeout=60)
    try:
        with client.setup_kernel(cwd=str(directory)):
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                except CellExecutionError:
                    raise Failure(f"cell {index + 1} failed:\n{cell.source}\n----\n{printed(cell)}") from None
                except CellTimeoutError:
                    raise Failure(f"cell {index + 1} ran for more than {CELL_SECONDS} s") from None
    except DeadKernelError:
        sys.exit("the kernel died (out of memory?)")
    except (RuntimeError, NoSuchKernel) as error:
        sys.exit(f"the kernel did not start: {error}; try `make setup`")


def printed(cell):
    """What a cell printed, its error included."""
    return plain("".join(output.get("text") or "\n".join(output.get("traceback", [])) for output in cell.outputs))


def plain(text):
    """Text as it stands on the screen in the end: no colours, and of a line written over only the last state."""
    lines = ANSI.sub("", text).split("\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)


def tidy(notebook):
    """Leaves in the outputs what a Markdown page can show."""
    notebook.metadata.language_info = {"name": "go"}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                output.text = plain(output.text)
            if "data" in output:
                output.data = {kind: value for kind, value in output.data.items() if kind in SHOWN}


def machine():
    """The processor of this machine and the number of its cores."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores of {model}"


def write(notebook, name, directory, footer):
    """Writes the page and its pictures, and returns the pictures' paths."""
    pictures = directory / f"{name}_files"
    shutil.rmtree(pictures, ignore_errors=True)
    exporter = MarkdownExporter()
    exporter.config.NbConvertBase.display_data_priority = SHOWN
    body, resources = exporter.from_notebook_node(
        notebook, {"unique_key": name, "output_files_dir": pictures.name}
    )
    body = re.sub(r"\n([ \t]*\n){2,}", "\n\n", body).replace("![png](", "![figure](")
    body = re.sub(r"\]\(([\w.-]+)\.ipynb\)", r"](\1.md)", body)  # between pages as between notebooks
    body += f"\n---\n\n*{footer}*\n"
    FilesWriter(build_directory=str(directory)).write(body, resources, notebook_name=name)
    return sorted(pictures.glob("*"))


def render(path, directory, keep):
    """Renders one notebook, going on from the runs that are there if they are to be kept; without a directory, only executes it."""
    notebook = nbformat.read(path, as_version=4)
    name = path.stem
    start = time.monotonic()
    if directory is None:
        with tempfile.TemporaryDirectory(prefix="ebm-") as work:
            execute(notebook, work)
        print(f"{name}: all cells ran, {time.monotonic() - start:.0f} s", flush=True)
        return
    work = ROOT / "runs" / "rendered" / name
    keep = keep and work.exists()
    if not keep:
        shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    execute(notebook, work)
    tidy(notebook)
    footer = f"This page took {time.monotonic() - start:.0f} s to run, on {machine()}, {datetime.date.today()}"
    footer += ", with what was trained before." if keep else "."
    pictures = write(notebook, name, directory, footer)
    page = directory / f"{name}.md"
    print(f"{page}: {len(pictures)} pictures in {directory / (name + '_files')}, {time.monotonic() - start:.0f} s")
    for line in page.read_text().splitlines():
        if line.strip().startswith("result:"):
            print("  " + line.strip().removeprefix("result:").strip())
    sys.stdout.flush()


def main():
    where, *paths = sys.argv[1:]
    keep = where == "--keep"
    if keep:
        where, *paths = paths
    directory = None if where == "--check" else pathlib.Path(where)
    failed = False
    for path in map(pathlib.Path, paths):
        try:
            render(path, directory, keep)
        except (Failure, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr, flush=True)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
