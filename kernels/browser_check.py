"""Drives JupyterLab in headless Chromium through a notebook and looks at what a person would see.

    lab-check SCREENSHOTS [NOTEBOOK]

It asks that the launcher offers the kernel, that all cells run without an error and show pictures, that completion
answers, and that a training draws its live curve and is saved by the stop button. It works on a copy of the notebook, one
that imports data and train, and leaves screenshots of each step in the folder SCREENSHOTS. Chromium is the system's
(apt install chromium). EBM_SMOKE=1 shortens the notebook's own trainings.
"""

import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from playwright.sync_api import TimeoutError as PageTimeout
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
KERNEL = "EBM (Go)"
RUN_SECONDS = 900
CHROMIUM_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
LONG_TRAINING = """%%
run, err := train.Open("runs/stopped", train.Points())
check(err)
check(run.Train(data.Points(data.EightGaussians(), 1000, 1), 1_000_000))"""


class Lab:
    """A JupyterLab server of its own on a free port."""

    def __init__(self, directory):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.log = open(directory / "server.log", "w")
        self.process = subprocess.Popen(
            [
                ROOT / "kernels" / "lab", "--no-browser", "--allow-root", f"--port={self.port}",
                f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={directory}",
            ],
            stdout=self.log, stderr=self.log,
            env={**os.environ, "JUPYTERLAB_WORKSPACES_DIR": str(directory / ".workspaces")},
        )
        for _ in range(120):
            if self.process.poll() is not None:
                break
            try:
                self.get("api/status")
                return
            except OSError:
                time.sleep(0.5)
        self.close()
        sys.exit(f"JupyterLab did not start:\n{(directory / 'server.log').read_text()}")

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def get(self, path):
        with urllib.request.urlopen(self.url(path), timeout=5) as answer:
            return json.load(answer)

    def busy(self):
        return any(kernel["execution_state"] != "idle" for kernel in self.get("api/kernels"))

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


class Check:
    """One page, the screenshots taken of it, and what was found wrong."""

    def __init__(self, lab, page, screenshots):
        self.lab, self.page, self.screenshots = lab, page, screenshots
        self.failed = []
        self.shots = 0

    def expect(self, what, holds):
        print(("ok      " if holds else "FAILED  ") + what, flush=True)
        if not holds:
            self.failed.append(what)

    def shot(self, name):
        self.shots += 1
        self.page.screenshot(path=self.screenshots / f"{self.shots}-{name}.png")

    def appears(self, selector, seconds, **options):
        try:
            self.page.locator(selector, **options).first.wait_for(timeout=seconds * 1000)
            return True
        except PageTimeout:
            return False

    def menu(self, name, item):
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def wait_idle(self, seconds):
        """Waits until for two seconds nothing has run."""
        end, quiet = time.monotonic() + seconds, 0
        while quiet < 4:
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
            waiting = self.page.locator(".jp-InputArea-prompt", has_text="[*]").count()
            quiet = 0 if waiting or self.lab.busy() else quiet + 1
        return True

    def new_cell(self, text):
        """Appends a cell with this text, the cursor at its end."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+End")
        self.page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-InputArea-prompt, .jp-InputPrompt").first.click()
        self.page.keyboard.press("b")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(text)

    def launcher(self):
        self.page.goto(self.lab.url("lab"))
        self.expect("the launcher offers the kernel", self.appears(".jp-LauncherCard", 60, has_text=KERNEL))
        self.shot("launcher")

    def run_all(self, notebook):
        self.page.goto(self.lab.url(f"lab/tree/{notebook.name}"))
        self.expect("the notebook opens", self.appears(".jp-Notebook .jp-Cell", 60))
        self.expect("with the kernel selected", self.appears(".jp-KernelName", 30, has_text=KERNEL))
        self.wait_idle(60)
        self.menu("Run", "Run All Cells")
        time.sleep(8)
        self.shot("running")
        self.expect("all cells end", self.wait_idle(RUN_SECONDS))
        self.page.keyboard.press("Control+s")
        time.sleep(2)
        self.shot("end")
        cells = json.loads(notebook.read_text())["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        errors = [output["evalue"] for output in outputs if output["output_type"] == "error"]
        pictures = [output for output in outputs if "image/png" in output.get("data", {})]
        self.expect("no cell shows an error " + "; ".join(errors), not errors)
        self.expect(f"cells show pictures ({len(pictures)})", bool(pictures))
        shown = self.page.locator(".jp-OutputArea-output img")
        if shown.count():
            shown.last.scroll_into_view_if_needed()
            self.shot("picture")

    def complete(self, package):
        self.new_cell(f"%%\n{package}.")
        # The language server takes its time to load; until then Tab finds nothing.
        found = False
        for _ in range(10):
            self.page.keyboard.press("Tab")
            if found := self.appears(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item", 5):
                break
        self.shot("completion")
        self.expect(f"{package}. + Tab completes", found)
        self.page.keyboard.press("Escape")

    def interrupt(self):
        self.new_cell(LONG_TRAINING)
        self.page.keyboard.press("Control+Enter")
        last = self.page.locator(".jp-Notebook .jp-Cell").last
        try:
            last.locator(".jp-OutputArea-output img").wait_for(timeout=60_000)
            live = self.lab.busy()
        except PageTimeout:
            live = False
        self.expect("a training shows its live curve while it runs", live)
        self.shot("live")
        self.page.locator('[data-jp-item-name="interrupt"]').first.click()
        stopped = self.appears(".jp-OutputArea-output", 30, has_text="training was interrupted after step")
        self.expect("the stop button ends it, saved", stopped)
        self.wait_idle(30)
        self.shot("interrupted")


def main():
    screenshots = pathlib.Path(sys.argv[1]).resolve()
    source = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / "notebooks" / "00_quickstart.ipynb")
    package = re.search(r'\\"ebm/ebmlib/(?:\w+/)*(\w+)\\"', source.read_text())
    if not package:
        sys.exit(f"{source}: no cell imports a package of ebm/ebmlib, so there is nothing to complete")
    screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ebm-lab-") as folder, sync_playwright() as playwright:
        notebook = pathlib.Path(shutil.copy(source, folder))
        lab = Lab(pathlib.Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            check = Check(lab, page, screenshots)
            check.launcher()
            check.run_all(notebook)
            check.complete(package[1])
            check.interrupt()
            browser.close()
        finally:
            lab.close()
    print(f"screenshots: {screenshots}")
    sys.exit(bool(check.failed))


if __name__ == "__main__":
    main()
