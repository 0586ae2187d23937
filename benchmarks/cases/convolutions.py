"""Convolutions of other kinds than those of `layers.py`: dilated, grouped, of one and three axes, transposed."""

from __future__ import annotations

from .layers import each_way

KINDS = {  # see `layers.Layer`
    "WaveNet, dilation 64": ((1, 32, 4000), 64, 2, 1, 0, 1, 64),
    "words of 5 by 300": ((32, 300, 50), 100, 5),
    "text of 3 x 300": ((32, 1, 50, 300), 100, (3, 300)),
    "dilation 2, 256 at 28": ((1, 256, 28, 28), 256, 3, 1, 2, 1, 2),
    "dilation 12, 128 at 28": ((4, 128, 28, 28), 128, 3, 1, 12, 1, 12),
    "dilation 6, 512 at 33": ((1, 512, 33, 33), 256, 3, 1, 6, 1, 6),
    "ResNeXt, 32 groups at 28": ((4, 256, 28, 28), 256, 3, 1, 1, 32),
    "ResNeXt, 32 groups at 56 / 2": ((4, 256, 56, 56), 256, 3, 2, 1, 32),
    "depthwise 7 x 7": ((4, 96, 56, 56), 96, 7, 1, 3, 96),
    "first of 11 x 11 / 4": ((4, 3, 224, 224), 64, 11, 4, 2),
    "1 x 7, 192 at 17": ((4, 192, 17, 17), 192, (1, 7), 1, (0, 3)),
    "3 x 3 x 3, 64 at 16 x 28 x 28": ((1, 64, 16, 28, 28), 128, 3, 1, 1),
    "one image, 512 at 7": ((1, 512, 7, 7), 512, 3, 1, 1),
    "U-Net up 2 x 2": ((1, 1024, 16, 16), 512, 2, 2, 0, 1, 1, True),
    "DCGAN up 4 x 4": ((16, 256, 8, 8), 128, 4, 2, 1, 1, 1, True),
}


def cases():
    """Each in each direction."""
    return each_way(KINDS)
