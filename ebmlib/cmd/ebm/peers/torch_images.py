"""Images of a data set or replay buffer in PyTorch: dequantisation and transitions, a batch at a time on the device.

Their strengths and probabilities are those of Go's samplers.CIFAR10Transitions.
"""

import math

import torch
import torch.nn.functional as F

def from_bytes(rows):
    """Rows of a set as the energy takes them: bytes as images in [0, 1), dequantised; points as they are."""
    return (rows + torch.rand(rows.shape, device=rows.device)) / 256 if rows.dtype == torch.uint8 else rows


def to_bytes(x):
    """Undoes the dequantisation; points stay points."""
    return (x * 256).floor().clamp(max=255).to(torch.uint8) if x.dim() == 4 else x


def transitions(x):
    return grey(colour_jitter(cropped_and_flipped(x)))


def cropped_and_flipped(x):
    """A random box of each image, enlarged, and flipped with probability 1/2."""
    n = len(x)
    u = torch.rand(4, n, device=x.device)
    area = 0.08 + 0.92 * u[0]
    low, high = area.log().clamp(min=math.log(3 / 4)), (-area.log()).clamp(max=math.log(4 / 3))
    ratio = (low + (high - low) * u[1]).exp()
    width, height = (area * ratio).sqrt(), (area / ratio).sqrt()
    right, down = (2 * u[2] - 1) * (1 - width), (2 * u[3] - 1) * (1 - height)
    return resample(x, flips(n, x.device) * width, height, right, down)


def flips(n, device):
    """-1 or 1 for each of n images."""
    return torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0)


def resample(x, width, height, right, down):
    """Reads each image in a box of these sides about this centre, all [batch], the image being [-1, 1]."""
    zero = torch.zeros_like(width)
    theta = torch.stack((width, zero, right, zero, height, down), 1).view(-1, 2, 3)
    return F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), "bilinear", "border", align_corners=False)


def colour_jitter(x):
    """Brightness, contrast, saturation and hue changed in an order of each image's own, with probability 0.8.

    At each place of the order every image goes through the same operations, by factors that leave out those which are not its turn.
    """
    n, device = len(x), x.device
    factors = torch.cat((torch.rand(3, n, device=device) * 1.6 - 0.8, torch.zeros(1, n, device=device)))
    hue = torch.rand(n, device=device) * 0.8 - 0.4
    y = x
    for operation in torch.rand(4, n, device=device).argsort(0):
        change = per_image(factors.gather(0, operation[None])[0])
        luminance = luma(y)
        other = torch.where(per_image(operation == 1), luminance.mean((2, 3), keepdim=True), luminance)
        other = torch.where(per_image(operation == 0), 0, other)
        y = torch.lerp(y, other, -change).clamp(0, 1)
        y = turn_hue(y, per_image(torch.where(operation == 3, hue, 0)))
    return torch.where(per_image(torch.rand(n, device=device) < 0.8), y, x)


def turn_hue(x, turns):
    """Turns the hue by fractions of the circle: the channels are value - chroma clamp(min(k, 4-k), 0, 1), k = (n + hue) mod 6."""
    red, green, blue = x.split(1, 1)
    value = x.amax(1, keepdim=True)
    chroma = value - x.amin(1, keepdim=True)
    hue = torch.where(value == red, green - blue, torch.where(value == green, 2 * chroma + blue - red, 4 * chroma + red - green))
    hue = hue / chroma.clamp(min=1e-12) + 6 * turns
    k = (hue + torch.arange(5, 0, -2, device=x.device).view(3, 1, 1)) % 6
    return value - chroma * torch.minimum(k, 4 - k).clamp(0, 1)


def grey(x):
    """Each image's luma in all channels, with probability 0.2."""
    return torch.where(per_image(torch.rand(len(x), device=x.device) < 0.2), luma(x), x)


def luma(x):
    red, green, blue = x.split(1, 1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def per_image(values):
    return values[:, None, None, None]


def unchanged(x):
    return x


# By the names that a work has for them.
TRANSITIONS = {"": unchanged, "cifar10": transitions}
