"""Writes inception.npz beside this script: what pytorch-fid's Inception network makes of a few images, with weights by a formula, since the
trained ones are too large to lie here. inception_test.go has the same formula.

    python -m venv peers && peers/bin/pip install torch==2.15.0 torchvision==0.29.2 pytorch-fid==0.3.0
    peers/bin/python inception.py
"""

from pathlib import Path

import numpy as np
import torch
import torchvision
from pytorch_fid import inception


def uniform(name, *shape):
    """Values in [0, 1) of 24 bits by SplitMix64, whose state begins at the 64-bit FNV-1a hash of the name."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    z = np.arange(1, np.prod(shape, dtype=int) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(state)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**24).reshape(shape)


def weight(name, shape):
    """Convolutions keep the size of what they see; batch norms do something."""
    values = uniform(name, *shape)
    if name.endswith(("bn.weight", "running_var")):
        values = 0.75 + values / 2
    elif len(shape) == 1:
        values = (values - 0.5) / 4
    else:
        values = (2 * values - 1) * np.sqrt(6 / np.prod(shape[1:]))
    return torch.tensor(values, dtype=torch.float32)


def image(name, *shape):
    """Bytes over 255, as of an image file."""
    return torch.tensor(np.floor(256 * uniform(name, *shape)) / 255, dtype=torch.float32)


def main():
    shapes = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False).state_dict()
    state = {name: weight(name, value.shape) for name, value in shapes.items() if not name.endswith("num_batches_tracked")}
    inception.load_state_dict_from_url = lambda *_, **__: state  # Its own are not downloaded.
    arrays = {}
    for name, images, resize in (
        ("small", image("small", 2, 3, 32, 32), True),
        ("large", image("large", 1, 3, 310, 420), True),
        ("grey", image("grey", 1, 1, 28, 28).repeat(1, 3, 1, 1), True),
        ("unresized", image("unresized", 1, 3, 107, 139), False),
    ):
        network = inception.InceptionV3(resize_input=resize).eval()
        with torch.no_grad():
            features = network(images)[0].flatten(1)
            logits = features @ state["fc.weight"].T  # Without its bias, as the inception score has them.
        arrays[f"{name}.features"] = features.numpy()
        arrays[f"{name}.probabilities"] = logits.softmax(1).numpy()
        print(name, features.mean(), features.std(), logits.std(), logits.softmax(1).max())
    np.savez(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
