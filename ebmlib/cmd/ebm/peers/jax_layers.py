"""The layers of networks.Network in JAX: images are [batch, height, width, channels], kernels [height, width, in, out].

Whatever meets a weight is computed in the weight's type.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

POSITIONS = (1, 2)


def cast(weight, dtype):
    return weight.astype(dtype)


def standardize(weight):
    axes = (0, 1, 2)
    return (weight - weight.mean(axes, keepdims=True)) / (weight.std(axes, ddof=1, keepdims=True) + 1e-5)


def convolve(x, weight):
    return lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


# XLA's CPU compiler has a fast kernel for convolutions of this form, and inside a loop brings no other into it. JAX's own rule writes the
# gradient in x as one whose kernel has in and out exchanged: ten times as slow there. This is that gradient in the fast form.
@jax.custom_vjp
def convolution(x, weight):
    return convolve(x, weight)


def convolution_forward(x, weight):
    return convolve(x, weight), (x, weight)


def convolution_backward(residuals, v):
    x, weight = residuals
    in_x = convolution(v, jnp.flip(weight, (0, 1)).swapaxes(2, 3))
    _, in_weight = jax.vjp(lambda weight: convolve(x, weight), weight)
    return in_x, *in_weight(v)


convolution.defvjp(convolution_forward, convolution_backward)


def conv(x, weight, bias):
    return convolution(x.astype(weight.dtype), weight) + bias


def linear(x, weight, bias):
    return x.astype(weight.dtype) @ weight.T + bias


def norm(x, weight, bias):
    """Instance norm up to 128 channels, group norm of 32 groups above; statistics are float32."""
    channels = x.shape[-1]
    groups = channels if channels <= 128 else 32
    grouped = x.astype(jnp.float32).reshape(*x.shape[:3], groups, channels // groups)
    over = (*POSITIONS, 4)
    centred = grouped - grouped.mean(over, keepdims=True)
    normal = centred * lax.rsqrt(jnp.square(centred).mean(over, keepdims=True) + 1e-5)
    return normal.reshape(x.shape).astype(x.dtype) * weight + bias


def condition(x, gain_and_bias):
    gain, bias = jnp.split(gain_and_bias[:, None, None, :], 2, -1)
    return gain * x + bias


def swish(x):
    return jax.nn.silu(x)


def pool(x):
    """3x3 average, stride 2, padding 1 that counts; the sums are float32."""
    zero = np.float32(0)  # A constant, by which JAX knows that this is a sum.
    sums = lax.reduce_window(x.astype(jnp.float32), zero, lax.add, (1, 3, 3, 1), (1, 2, 2, 1), ((0, 0), (1, 1), (1, 1), (0, 0)))
    return (sums / 9).astype(x.dtype)


def mean(x):
    """The mean over positions, in float32."""
    return x.mean(POSITIONS, dtype=jnp.float32)


def attend(query, key, value):
    """Positions attend to positions. The softmax is float32."""
    query, key, values = (x.reshape(len(x), -1, x.shape[-1]) for x in (query, key, value))
    scores = jnp.einsum("bqc,bkc->bqk", query, key)
    attention = jax.nn.softmax(scores.astype(jnp.float32)).astype(value.dtype)
    return jnp.einsum("bqk,bkc->bqc", attention, values).reshape(value.shape)


def patches(x, size):
    batch, height, width, channels = x.shape
    blocks = x.reshape(batch, height // size, size, width // size, size, channels)
    return blocks.transpose(0, 1, 3, 5, 2, 4).reshape(batch, height // size, width // size, -1)


def flatten(x):
    """In the order of channels, height and width."""
    return x.transpose(0, 3, 1, 2).reshape(len(x), -1)


def columns(energies):
    return jnp.concatenate(energies, 1)
