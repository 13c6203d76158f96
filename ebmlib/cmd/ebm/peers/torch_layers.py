"""The layers of networks.Network in PyTorch: images are [batch, channels, height, width].

Whatever meets a weight is computed in the weight's type.
"""

import torch
import torch.nn.functional as F


def cast(weight, dtype):
    return weight.to(dtype)


def standardize(weight):
    deviation, mean = torch.std_mean(weight, (1, 2, 3), keepdim=True)
    return (weight - mean) / (deviation + 1e-5)


def conv(x, weight, bias):
    return F.conv2d(x.to(weight.dtype), weight, bias, padding=weight.shape[-1] // 2)


def linear(x, weight, bias):
    return F.linear(x.to(weight.dtype), weight, bias)


def norm(x, weight, bias):
    """Instance norm up to 128 channels, group norm of 32 groups above; statistics are float32."""
    return F.group_norm(x, len(weight) if len(weight) <= 128 else 32, weight, bias)


def condition(x, gain_and_bias):
    gain, bias = gain_and_bias[:, :, None, None].chunk(2, 1)
    return gain * x + bias


def swish(x):
    return F.silu(x)


def pool(x):
    return F.avg_pool2d(x, 3, stride=2, padding=1)


def mean(x):
    """The mean over positions, in float32."""
    return x.mean((2, 3), dtype=torch.float32)


def attend(query, key, value):
    """Positions attend to positions. The softmax is float32."""
    query, key, values = query.flatten(2), key.flatten(2), value.flatten(2)
    attention = torch.softmax(query.transpose(1, 2) @ key, 2, dtype=torch.float32).to(value.dtype)
    return (values @ attention.transpose(1, 2)).view(value.shape)


def patches(x, size):
    return F.pixel_unshuffle(x, size)


def flatten(x):
    return x.flatten(1)


def columns(energies):
    return torch.cat(energies, 1)
