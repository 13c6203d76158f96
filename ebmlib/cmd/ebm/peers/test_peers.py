"""Run by `python -m unittest` in this folder. What needs PyTorch or JAX is skipped where that is not installed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from importlib.util import find_spec
from pathlib import Path

import exchange
import numpy as np

HERE = Path(__file__).parent
GOLDEN = HERE.parents[2] / "golden" / "testdata"

PEERS = {"torch": ["torch_peer.py"], "torch-compile": ["torch_peer.py", "--compile"], "jax": ["jax_peer.py"]}
INSTALLED = {name: script for name, script in PEERS.items() if find_spec(name.split("-")[0])}

WORK = {
    "name": "small", "kind": "train", "batch": 4, "steps": 3, "example": [3, 32, 32], "examples": 20,
    "step_size": 100, "noise": 0.001, "clamp": True, "start": [0, 1], "replay": {"capacity": 30, "restart": 0.5},
    "transitions": "cifar10", "kl_steps": 1, "kl_samples": 3, "references": 5, "neighbours": 2,
    "adam": {"learning_rate": 2e-4, "beta1": 0, "beta2": 0.9, "epsilon": 1e-8}, "clip_norm": 0.5, "ema": 0.99,
    "precision": "float32", "device": "cpu", "threads": 1,
}


def run(name, *arguments, asked=""):
    """What a peer writes, line by line, how it ends, and what it says to a person."""
    peer = subprocess.run([sys.executable, *INSTALLED[name], *arguments], cwd=HERE, input=asked, capture_output=True, text=True)
    return [json.loads(line) for line in peer.stdout.splitlines()], peer.returncode, peer.stderr


class Golden(unittest.TestCase):
    """The reference's own numbers."""

    def test_hold(self):
        for file in ("mnist_uncond", "cifar_multiscale_attn", "cifar_cond"):
            for name in INSTALLED:
                with self.subTest(file=file, peer=name):
                    lines, status, said = run(name, "--check", GOLDEN / f"{file}.json")
                    self.assertEqual((status, len(lines)), (0, 1), said)
                    self.assertEqual((lines[0]["contender"], lines[0]["holds"]), (name, True))
                    differences = lines[0]["check"]
                    self.assertLess(max(differences["energy_pos_each_scale"], differences["loss_total"]), 1e-4)
                    self.assertLess(max(differences[family] for family in exchange.FAMILIES), 1e-3)


class Protocol(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, golden, work=None, change=lambda arrays: None):
        """A work of a golden file's network and numbers."""
        path = Path(self.folder.name) / "work.json"
        setting = json.loads((GOLDEN / f"{golden}.json").read_text())
        path.write_text(json.dumps(setting | ({"work": work} if work else {})))
        with np.load(GOLDEN / f"{golden}.npz") as file:
            arrays = dict(file)
        change(arrays)
        np.savez(path.with_suffix(".npz"), **arrays)
        return path

    def test_steps(self):
        digits = WORK | {"example": [1, 28, 28], "transitions": ""}
        works = {
            "training": ("cifar_multiscale_attn", WORK),
            "bfloat16": ("mnist_uncond", digits | {"precision": "bfloat16"}),
            "sampling": ("mnist_uncond", digits | {"kind": "sample"}),
        }
        for name in INSTALLED.keys() - {"torch-compile"}:  # Which takes minutes; class Torch tests its steps.
            for kind, work in works.items():
                with self.subTest(peer=name, kind=kind):
                    lines, status, said = run(name, self.write(*work), asked="2\n3\n")
                    self.assertEqual((status, len(lines)), (0, 3), said)
                    self.assertGreater(lines[0]["compile_seconds"], 0)
                    for line, asked in zip(lines[1:], (2, 3)):
                        self.assertEqual(len(line["seconds"]), asked)
                        self.assertGreater(min(line["seconds"]), 0)
                        self.assertGreater(line["peak_bytes"], 1e6)

    def test_other_numbers_are_refused(self):
        def spoil(arrays):
            arrays["grad_total/res2.conv1.weight"] *= 1.1

        for name in INSTALLED:
            with self.subTest(peer=name):
                lines, status, said = run(name, "--check", self.write("mnist_uncond", change=spoil))
                self.assertNotEqual(status, 0)
                self.assertFalse(lines[0]["holds"])
                self.assertGreater(lines[0]["check"]["grad_total"], 1e-3)
                self.assertIn("grad_total/res2.conv1.weight", said)

    def test_unknown_settings_are_refused(self):
        for change, word in (({"precision": "float64"}, "float64"), ({"transitions": "celeba"}, "celeba"), ({"kl_steps": 2}, "2")):
            with self.assertRaisesRegex(SystemExit, word):
                exchange.read(self.write("mnist_uncond", WORK | change))

    def test_asked(self):
        self.assertEqual(exchange.asked("12\n"), 12)
        for line in ("0\n", "-1\n", "many\n", "\n"):
            with self.assertRaisesRegex(SystemExit, "from 1"):
                exchange.asked(line)


class Compare(unittest.TestCase):
    def file(self):
        arrays = {name: np.float32(2) for name in exchange.LOSSES}
        arrays |= {name: np.float32([1, -4]) for name in ("energy_pos_each_scale", "grad_x_pos", "x_neg", "x_neg_kl")}
        return arrays | {f"{family}/{name}": np.float32([3, 1]) for family in exchange.FAMILIES for name in ("a", "b")}

    def test_the_same_holds(self):
        differences, failures = exchange.compare(self.file(), self.file())
        self.assertEqual((set(differences.values()), failures), ({0.0}, []))

    def test_tolerances(self):
        for name, error, holds in (
            ("loss_cd", 1e-4, True), ("loss_cd", 4e-4, False), ("x_neg", 3e-3, True), ("x_neg", 5e-3, False),
            ("grad_total/b", 2e-3, True), ("grad_total/b", 4e-3, False), ("loss_cd", np.nan, False),
        ):
            with self.subTest(name=name, error=error):
                computed = self.file()
                computed[name] = computed[name] + np.float32(error)
                differences, failures = exchange.compare(self.file(), computed)
                self.assertEqual([name in failure for failure in failures], [] if holds else [True])
                json.dumps(differences, allow_nan=False)

    def test_the_worst_parameter_counts(self):
        computed = self.file()
        computed["grad_total/a"] = np.float32([3, 2.5])
        differences, _ = exchange.compare(self.file(), computed)
        self.assertAlmostEqual(differences["grad_total"], 0.5)

    def test_parameters_of_no_use_have_gradients_of_zero(self):
        file, computed = self.file(), self.file()
        file["grad_total/unused"] = np.zeros(3, np.float32)
        self.assertEqual(exchange.compare(file, computed)[1], [])
        del computed["grad_total/b"]
        self.assertIn("grad_total/b", exchange.compare(file, computed)[1][0])

    def test_shapes(self):
        computed = self.file() | {"x_neg": np.zeros((1, 2))}
        self.assertRegex(exchange.compare(self.file(), computed)[1][0], r"x_neg .*\(1, 2\).*\(2,\)")


class Images:
    """What holds of the images of both frameworks; self has them as functions of numpy arrays, channels first."""

    def noise(self, n):
        return np.random.default_rng(1).random((n, 3, 16, 16), np.float32)

    def test_transitions_stay_images(self):
        y = self.transitions(self.noise(64))
        self.assertEqual(y.shape, (64, 3, 16, 16))
        self.assertTrue(0 <= y.min() and y.max() <= 1 + 1e-6)
        self.assertGreater(len({image.tobytes() for image in y}), 60)

    def test_crops_enlarge(self):
        """Of a ramp from left to right a crop is a ramp of at most that slope, rising or, flipped, falling."""
        x = np.broadcast_to(np.linspace(0, 1, 16, dtype=np.float32), (200, 3, 16, 16))
        slopes = np.diff(self.crop(x)[:, 0, 8, 2:-2]).mean(1) * 15
        self.assertTrue(np.abs(slopes).max() <= 1.01 and np.abs(slopes).min() >= 0.2)
        self.assertTrue(60 < (slopes < 0).sum() < 140)

    def test_grey(self):
        y = self.grey(self.noise(1000))
        self.assertTrue(150 < sum(np.ptp(image, 0).max() < 1e-6 for image in y) < 250)

    def test_a_third_of_the_circle_exchanges_colours(self):
        x = self.noise(2)
        np.testing.assert_allclose(self.turn_hue(x, 1 / 3), np.roll(x, 1, 1), atol=1e-5)
        np.testing.assert_allclose(self.turn_hue(x, 0), x, atol=1e-5)

    def test_jitter(self):
        x = self.noise(500)
        self.assertTrue(60 < (self.jitter(x) == x).all((1, 2, 3)).sum() < 140)
        black = np.zeros((50, 3, 16, 16), np.float32)
        np.testing.assert_array_equal(self.jitter(black), black)

    def test_bytes_come_back(self):
        rows = np.random.default_rng(1).integers(0, 256, (8, 3, 16, 16), np.uint8)
        x, back = self.through_bytes(rows)
        np.testing.assert_array_equal(np.floor(x * 256), rows)
        np.testing.assert_array_equal(back, rows)


@unittest.skipUnless("torch" in INSTALLED, "PyTorch is not installed")
class TorchImages(Images, unittest.TestCase):
    def setUp(self):
        import torch
        import torch_images as images

        torch.manual_seed(1)
        on_arrays = lambda change: lambda x: change(torch.from_numpy(np.array(x))).numpy()
        self.transitions, self.grey = map(on_arrays, (images.transitions, images.grey))
        self.crop, self.jitter = map(on_arrays, (images.cropped_and_flipped, images.colour_jitter))
        self.turn_hue = lambda x, turns: on_arrays(lambda x: images.turn_hue(x, turns))(x)
        self.through_bytes = lambda rows: [
            value.numpy() for x in [images.from_bytes(torch.from_numpy(rows))] for value in (x, images.to_bytes(x))
        ]


@unittest.skipUnless("jax" in INSTALLED, "JAX is not installed")
class JaxImages(Images, unittest.TestCase):
    def setUp(self):
        import jax
        import jax_images as images

        key = jax.random.key(1)
        last, first = (lambda x: np.moveaxis(x, 1, -1)), (lambda x: np.moveaxis(np.asarray(x), -1, 1))
        on_arrays = lambda change: lambda x: first(jax.jit(change)(key, last(x)))
        self.transitions, self.grey = map(on_arrays, (images.transitions, images.grey))
        self.crop, self.jitter = map(on_arrays, (images.cropped_and_flipped, images.colour_jitter))
        self.turn_hue = lambda x, turns: on_arrays(lambda _, x: images.turn_hue(x, turns))(x)
        self.through_bytes = lambda rows: [
            first(value) for x in [images.from_bytes(key, last(rows))] for value in (x, images.to_bytes(x))
        ]


@unittest.skipUnless("torch" in INSTALLED, "PyTorch is not installed")
class Torch(unittest.TestCase):
    """The timed step."""

    def training(self, gradients, compile=lambda f: f, dtype=None):
        import torch
        import torch_layers
        from networks import Network
        from torch_method import Method
        from torch_peer import Training

        torch.manual_seed(1)
        work = WORK | {"example": [2], "batch": 8, "clamp": False, "transitions": "", "step_size": 0.1}
        setting = {"model": "mlp", "hidden": [16], "l2_weight": 0.5, "kl_weight": 1, "entropy_weight": 0.3}
        parameters = {"hidden1.weight": torch.randn(16, 2), "hidden1.bias": torch.randn(16),
                      "energy.weight": torch.randn(1, 16), "energy.bias": torch.zeros(1)}
        method = Method(Network(torch_layers, setting), gradients, dtype or torch.float32, work, setting | work)
        return Training(work, method, parameters, torch.device("cpu"), torch.contiguous_format, compile)

    def test_a_step(self):
        from torch_method import Autograd

        training = self.training(Autograd)
        before = [value.clone() for value in training.parameters.values()]
        buffer = training.buffer.clone()
        training.step()
        for old, new, average in zip(before, training.parameters.values(), training.average):
            self.assertTrue((old != new).any() or not old.any())
            np.testing.assert_allclose(average, 0.99 * old + 0.01 * new, rtol=1e-5)
        self.assertEqual((training.buffer != buffer).any(1).sum(), 8)  # In it, or among the rows of dropped ones.
        self.assertEqual(training.seen, 38)

    def test_compiled_steps_are_the_same(self):
        import torch
        from torch_method import Autograd, Functional

        eager, compiled = self.training(Autograd), self.training(Functional, torch.compile)
        x, noise, reference = (torch.randn(rows, 2) for rows in (8, 8, 5))
        weights = eager.method.prepare(eager.parameters)
        np.testing.assert_allclose(compiled.move(weights, x, noise), eager.move(weights, x, noise), rtol=1e-5, atol=1e-6)
        inputs = eager.parameters, eager.method.terms, x, x, noise, reference
        (ours, (losses, _)), (theirs, (expected, _)) = compiled.gradient(*inputs), eager.gradient(*inputs)
        for name, gradient in theirs.items():
            np.testing.assert_allclose(ours[name], gradient, rtol=1e-4, atol=1e-6)
        for name, loss in expected.items():
            np.testing.assert_allclose(losses[name], loss, rtol=1e-4, atol=1e-6)

    def test_bfloat16(self):
        import torch
        from torch_method import Autograd

        exact, rough = self.training(Autograd), self.training(Autograd, dtype=torch.bfloat16)
        x = torch.randn(8, 2)
        energies, slope = exact.method.slope(exact.method.prepare(exact.parameters), x)
        rough_energies, rough_slope = rough.method.slope(rough.method.prepare(rough.parameters), x)
        self.assertEqual((rough_energies.dtype, rough_slope.dtype), (torch.float32, torch.float32))
        error = (rough_energies - energies).abs().max() / energies.abs().max()
        self.assertTrue(1e-6 < error < 0.03, error)


if __name__ == "__main__":
    unittest.main()
