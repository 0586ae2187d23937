"""Operators that sample images at given places."""

import numpy as np

from .table import S, X, case


def naive_grid(data, transform_type, target_shape=(0, 0)):
    if transform_type == "affine":
        height, width = target_shape
        row, col = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
        places = np.stack([col, row, np.ones_like(row)])
        return np.einsum("nrk,khw->nrhw", data.reshape(-1, 2, 3), places)
    height, width = data.shape[2:]
    row, col = np.indices((height, width))
    pixels = data + np.stack([col, row])
    return pixels * 2 / np.array([width - 1, height - 1]).reshape(2, 1, 1) - 1


def naive_sampler(data, grid):
    n, c, height, width = data.shape
    out = np.zeros((n, c, *grid.shape[2:]))
    for index in np.ndindex(n, *grid.shape[2:]):
        i, p = index[0], index[1:]
        u, v = (grid[i, 0][p] + 1) * (width - 1) / 2, (grid[i, 1][p] + 1) * (height - 1) / 2
        for row in range(height):
            for col in range(width):
                weight = max(0, 1 - abs(u - col)) * max(0, 1 - abs(v - row))
                out[(i, slice(None), *p)] += weight * data[i, :, row, col]
    return out


case(
    "GridGenerator",
    naive_grid,
    S(X(2, 6), transform_type="affine", target_shape=(2, 3)),
    S(X(2, 2, 3, 4), transform_type="warp"),
    kind="long",
)
case("BilinearSampler", naive_sampler, S(X(2, 3, 4, 5), X(2, 2, 3, 2, low=-1.2, high=1.2)), kind="long")
case(
    "SpatialTransformer",
    lambda data, loc, target_shape=(0, 0), **_: naive_sampler(
        data, naive_grid(loc, "affine", target_shape if any(target_shape) else data.shape[2:])
    ),
    S(
        X(2, 2, 4, 5),
        X(2, 6, low=-0.93, high=0.71),
        target_shape=(2, 3),
        transform_type="affine",
        sampler_type="bilinear",
    ),
    S(X(1, 2, 3, 4), X(1, 6, low=-0.93, high=0.71), transform_type="affine", sampler_type="bilinear"),
    kind="long",
)
