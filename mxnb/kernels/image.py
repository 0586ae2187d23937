"""Pixels become inputs of a network: (N, H, W, C) of numbers to 255 become (N, C, H, W) to 1, then standardised."""

from .kernel import foreach
from .words import cast


@foreach(flat=True)
def to_tensor(i, y, x, pixels, channels):
    """y: (N, C, pixels) = x: (N, pixels, C) / 255; a division, since a product with 1 / 255 rounds otherwise."""
    pixel, rest = i % pixels, i // pixels
    y[i] = cast(x[(rest // channels * pixels + pixel) * channels + rest % channels], y[0]) / 255.0


@foreach(flat=True)
def normalize(i, y, x, mean, std, pixels):
    """y = (x - mean[c]) / std[c] for (N, C, pixels); each table repeats its numbers as often as there are channels."""
    channel = i // pixels % len(mean)
    y[i] = (x[i] - mean[channel]) / std[channel]
