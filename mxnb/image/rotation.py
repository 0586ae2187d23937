"""Images turned around their middle; (channels, height, width) or batches of them, unlike the rest of `mx.image`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..ndarray import NDArray

__all__ = ["imrotate", "random_rotate"]


def imrotate(src: NDArray, rotation_degrees: Any, zoom_in: bool = False, zoom_out: bool = False) -> NDArray:
    """Images turned against the clock; what comes from outside is 0.

    Parameters
    ----------
    src : NDArray of float32, shape (channels, height, width) or (batch, channels, height, width)
    rotation_degrees : float, or for a batch also NDArray or array of shape (batch,)
    zoom_in : bool
        Enlarge, so that nothing from outside is seen.
    zoom_out : bool
        Shrink, so that all is seen.

    Returns
    -------
    NDArray, shape of `src`

    Raises
    ------
    TypeError
        If `src` is not float32, or several angles are given for one image.
    ValueError
        If `src` has another number of axes, angles do not match images, or both zooms are asked for.

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.imrotate(mx.nd.array([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]), 90)
    <BLANKLINE>
    [[[3. 6. 9.]
      [2. 5. 8.]
      [1. 4. 7.]]]
    <NDArray 1x3x3 @cpu(0)>
    """
    if zoom_in and zoom_out:
        raise ValueError("imrotate: zoom_in and zoom_out cannot both be True")
    if src.dtype != np.float32:
        raise TypeError(f"imrotate: src is {np.dtype(src.dtype).name}, needs float32")
    if src.ndim not in (3, 4):
        raise ValueError(f"imrotate: src has shape {src.shape}, needs 3 or 4 axes")
    angles = rotation_degrees.asnumpy() if isinstance(rotation_degrees, NDArray) else np.asarray(rotation_degrees)
    if src.ndim == 3 and angles.ndim:
        raise TypeError("imrotate: rotation_degrees needs one number for one image")
    batch = src if src.ndim == 4 else src.expand_dims(0)
    if angles.ndim and angles.shape != (len(batch),):
        raise ValueError(f"imrotate: {angles.size} angles for {len(batch)} images")
    angle = np.radians(np.broadcast_to(angles, len(batch)).astype(np.float64))
    cos, sin = np.cos(angle), np.sin(angle)
    height, width = batch.shape[2:]
    # how large the rectangle around the turned image is, in sizes of the image
    around = np.maximum((width * abs(cos) + height * abs(sin)) / width, (width * abs(sin) + height * abs(cos)) / height)
    scale = 1 / around if zoom_in else around if zoom_out else np.ones_like(around)
    high, wide = max(height - 1, 1), max(width - 1, 1)  # a grid counts from the first to the last pixel's centre
    zero = np.zeros_like(cos)
    rows = [cos, -sin * high / wide, zero, sin * wide / high, cos, zero]
    theta = nd.array((np.stack(rows, 1) * scale[:, None]), ctx=src.context)
    grid = nd.GridGenerator(theta, transform_type="affine", target_shape=(height, width))
    out = nd.BilinearSampler(batch, grid)
    return out if src.ndim == 4 else out[0]


def random_rotate(
    src: NDArray, angle_limits: tuple[float, float], zoom_in: bool = False, zoom_out: bool = False
) -> NDArray:
    """Images turned by random angles, one for each image of a batch.

    Parameters
    ----------
    src, zoom_in, zoom_out :
        As of `imrotate`.
    angle_limits : (float, float)
        Smallest and largest, in degrees.

    Returns
    -------
    NDArray, shape of `src`

    Examples
    --------
    >>> import mxnb as mx
    >>> mx.image.random_rotate(mx.nd.ones((3, 4, 4)), (-10, 10)).shape
    (3, 4, 4)
    """
    count = len(src) if src.ndim == 4 else 0
    angles: Any = np.array([random.uniform(*angle_limits) for _ in range(max(count, 1))])
    return imrotate(src, angles if count else angles[0], zoom_in, zoom_out)
