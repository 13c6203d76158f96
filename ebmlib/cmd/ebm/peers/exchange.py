"""What a peer and the conductor of the benchmark tell each other: Go's package bench describes it.

A peer is an object with a name, a version, a device (texts) and three methods: check(arrays) computes the arrays of a golden file from its
weights, inputs and noise; prepare() gives the timed step, a function that returns its metric as a number on the host; peak_device_bytes()
is the most memory that it had on a GPU, None without one.
"""

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy as np

# Agreement to expect in float32, as the golden files state it.
VALUE_TOLERANCE = 1e-4  # of energies and losses
GRADIENT_TOLERANCE = 1e-3  # of an array's largest entry, for gradients, and for what gradients have moved
# What is a difference of larger numbers can't agree better than this share of them.
ROUNDING = 1e-5

LOSSES = ("loss_cd", "loss_l2", "loss_kl_energy", "loss_repel", "loss_total")
FAMILIES = ("grad_total", "grad_kl_energy", "grad_kl_entropy")


def arguments(description):
    """The parser of a peer's command line, which ends with the path of a work.json."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="compute the numbers beside the work, and end")
    parser.add_argument("work", type=Path, help="a work.json, or a golden file's .json; its .npz lies beside it")
    return parser


def read(path):
    """The setting in a .json and the arrays in the .npz beside it. A golden file has no "work", and can only be checked."""
    setting = json.loads(path.read_text())
    with np.load(path.with_suffix(".npz")) as arrays:
        arrays = dict(arrays)
    expect("kl_steps", setting["kl_steps"], "last", 1)
    work = setting.get("work")
    if work is not None:
        expect("kind", work["kind"], "train", "sample")
        expect("precision", work["precision"], "float32", "tf32", "bfloat16")
        expect("device", work["device"], "cpu", "cuda")
        expect("transitions", work["transitions"], "", "cifar10")
        expect("kl_steps", work["kl_steps"], 1)
    return setting, arrays


def expect(name, value, *known):
    """Ends the program unless a setting's value is one that the peers know."""
    if value not in known:
        raise SystemExit(f"the work's {name} is {value!r}, and the peers know {' and '.join(map(repr, known))} alone")


def parameters(arrays):
    """The network's parameters in a golden file, by name."""
    return {name.removeprefix("param/"): array for name, array in arrays.items() if name.startswith("param/")}


def families(terms):
    """The weights of the terms that each family of gradients is of, the last the whole objective's."""
    alone = {family: {name: float(name == "loss_" + family.removeprefix("grad_")) for name in terms} for family in FAMILIES[1:]}
    return alone | {FAMILIES[0]: terms}


def threads(work):
    """How many threads a work is given."""
    return work.get("threads") or len(os.sched_getaffinity(0))


def compare(file, computed):
    """Compares computed arrays with a golden file's.

    Gives the relative difference of each quantity, of a family of gradients that of the worst parameter, and a line for each that doesn't
    hold. Parameters that have no part in the energy are not computed, and their gradients are 0.
    """
    differences, failures = {}, []

    def judge(quantity, name, tolerance, scale):
        ours, theirs = np.asarray(computed.get(name, 0), np.float64), file[name].astype(np.float64)
        if name in computed and ours.shape != theirs.shape:
            failures.append(f"{name} has the shape {ours.shape}, the file's {theirs.shape}")
            return
        error, largest = np.abs(ours - theirs).max(), np.abs(theirs).max()
        allowed = max(tolerance * largest, ROUNDING * scale)
        if not error <= allowed:
            failures.append(f"{name} differs by {error:.2g}, and {allowed:.2g} is allowed")
        relative = error / max(largest, scale) if error > 0 else 0.0
        if math.isfinite(relative):  # What JSON can't say, the failure does.
            differences[quantity] = max(relative, differences.get(quantity, 0.0))

    judge("energy_pos_each_scale", "energy_pos_each_scale", VALUE_TOLERANCE, 0)
    for name in ("grad_x_pos", "x_neg", "x_neg_kl"):
        judge(name, name, GRADIENT_TOLERANCE, 0)
    energy = np.abs(file["energy_pos_each_scale"]).max()
    for name in LOSSES:
        judge(name, name, VALUE_TOLERANCE, energy)
    for family in FAMILIES:
        members = [name for name in file if name.startswith(family + "/")]
        largest = max(np.abs(file[name]).max() for name in members)
        for name in members:
            judge(family, name, GRADIENT_TOLERANCE, largest)
    return differences, failures


def take_part(peer, setting, arrays, check):
    """Makes a peer a contender: checks it, or makes the steps that standard input asks for."""
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # Whatever a library prints goes to standard error.

    def say(**line):
        print(json.dumps(line), file=lines)

    if check:
        differences, failures = compare(arrays, peer.check(arrays))
        say(contender=peer.name, version=peer.version, device=peer.device, check=differences, holds=not failures)
        if failures:
            raise SystemExit("the numbers of the check don't hold:\n" + "\n".join(failures))
        return
    reset_peak_bytes()

    start = time.perf_counter()
    step = peer.prepare()
    step()
    say(compile_seconds=time.perf_counter() - start)
    for line in sys.stdin:
        seconds = []
        for _ in range(asked(line)):
            start = time.perf_counter()
            metric = step()
            seconds.append(time.perf_counter() - start)
            if not math.isfinite(metric):
                raise SystemExit(f"a step's metric is {metric}: the training diverged, and its times mean nothing")
        answer = {"seconds": seconds, "peak_bytes": peak_bytes()}
        if (device := peer.peak_device_bytes()) is not None:
            answer["peak_device_bytes"] = device
        say(**answer)


def asked(line):
    """The number of steps that a line asks for."""
    if not line.strip().isdecimal() or int(line) < 1:
        raise SystemExit(f"a contender is asked for numbers of steps, from 1, and got {line.strip()!r}")
    return int(line)


def reset_peak_bytes():
    """Makes Linux forget the most memory that this process had so far."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # Not on this system: the peak is then that of the whole process.
        pass


def peak_bytes():
    """The most memory that this process had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("/proc/self/status has no VmHWM: peers need Linux")
