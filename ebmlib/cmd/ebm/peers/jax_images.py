"""Images of a data set or replay buffer in JAX: dequantisation and transitions, a batch at a time on the device.

Their strengths and probabilities are those of Go's samplers.CIFAR10Transitions.
"""

import math

import jax
import jax.numpy as jnp
from jax import random


def from_bytes(key, rows):
    """Rows of a set as the energy takes them: bytes as images in [0, 1), dequantised; points as they are."""
    return (rows + random.uniform(key, rows.shape)) / 256 if rows.dtype == jnp.uint8 else rows


def to_bytes(x):
    """Undoes the dequantisation; points stay points."""
    return jnp.minimum(jnp.floor(x * 256), 255).astype(jnp.uint8) if x.ndim == 4 else x


def transitions(key, x):
    crop, jitter, colourless = random.split(key, 3)
    return grey(colourless, colour_jitter(jitter, cropped_and_flipped(crop, x)))


def cropped_and_flipped(key, x):
    """A random box of each image, enlarged, and flipped with probability 1/2."""
    box, flip = random.split(key)
    size = x.shape[1]
    u = random.uniform(box, (4, len(x), 1))
    area = 0.08 + 0.92 * u[0]
    low, high = jnp.maximum(jnp.log(area), math.log(3 / 4)), jnp.minimum(-jnp.log(area), math.log(4 / 3))
    ratio = jnp.exp(low + (high - low) * u[1])
    width, height = jnp.sqrt(area * ratio), jnp.sqrt(area / ratio)

    def positions(length, place):
        middles = (1 - length) * place * size + length * (jnp.arange(size) + 0.5)
        return jnp.clip(middles - 0.5, 0, size - 1)

    rows, columns = positions(height, u[2]), positions(width, u[3])
    return resample(x, interpolation(rows, size), interpolation(flipped(flip, columns), size))


def flipped(key, positions):
    return jnp.where(random.bernoulli(key, shape=(len(positions), 1)), positions[:, ::-1], positions)


def interpolation(positions, size):
    """The matrices [batch, outputs, size] that read an axis at positions, in pixels, with zeros beyond its ends."""
    return jnp.maximum(1 - jnp.abs(positions[:, :, None] - jnp.arange(size)), 0)


def resample(x, rows, columns):
    return jnp.einsum("bih,bhwc,bjw->bijc", rows, x, columns)


def colour_jitter(key, x):
    """Brightness, contrast, saturation and hue changed in an order of each image's own, with probability 0.8.

    At each place of the order every image goes through the same operations, by factors that leave out those which are not its turn.
    """
    strength, turn, order, which = random.split(key, 4)
    n = len(x)
    factors = jnp.concatenate((random.uniform(strength, (3, n), minval=-0.8, maxval=0.8), jnp.zeros((1, n))))
    hue = random.uniform(turn, (n,), minval=-0.4, maxval=0.4)
    y = x
    for operation in random.uniform(order, (4, n)).argsort(0):
        change = per_image(jnp.take_along_axis(factors, operation[None], 0)[0])
        luminance = luma(y)
        other = jnp.where(per_image(operation == 1), luminance.mean((1, 2), keepdims=True), luminance)
        other = jnp.where(per_image(operation == 0), 0, other)
        y = jnp.clip((1 + change) * y - change * other, 0, 1)
        y = turn_hue(y, per_image(jnp.where(operation == 3, hue, 0)))
    return jnp.where(per_image(random.bernoulli(which, 0.8, (n,))), y, x)


def turn_hue(x, turns):
    """Turns the hue by fractions of the circle: the channels are value - chroma clamp(min(k, 4-k), 0, 1), k = (n + hue) mod 6."""
    red, green, blue = jnp.split(x, 3, -1)
    value = x.max(-1, keepdims=True)
    chroma = value - x.min(-1, keepdims=True)
    hue = jnp.where(value == red, green - blue, jnp.where(value == green, 2 * chroma + blue - red, 4 * chroma + red - green))
    hue = hue / jnp.maximum(chroma, 1e-12) + 6 * turns
    k = (hue + jnp.array([5, 3, 1])) % 6
    return value - chroma * jnp.clip(jnp.minimum(k, 4 - k), 0, 1)


def grey(key, x):
    """Each image's luma in all channels, with probability 0.2."""
    return jnp.where(per_image(random.bernoulli(key, 0.2, (len(x),))), luma(x), x)


def luma(x):
    return (x * jnp.array([0.299, 0.587, 0.114])).sum(-1, keepdims=True)


def per_image(values):
    return values[:, None, None, None]


def unchanged(key, x):
    return x


# By the names that a work has for them.
TRANSITIONS = {"": unchanged, "cifar10": transitions}
