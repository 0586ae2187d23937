"""Operators that move numbers: reshaping, transposing, slicing, joining, splitting, repeating, padding."""

import numpy as np

from .table import NUMBERS, S, X, case

FLAGS = {"kind": "exact"}


def moves(name, reference, *samples, **flags):
    """A case whose numbers are only copied."""
    case(name, reference, *samples, **{**FLAGS, **flags})


def naive_reshape(x, shape=(), reverse=False, target_shape=(), keep_highest=False):
    if target_shape:
        wanted = list(target_shape)
        if keep_highest:
            wanted[0] = x.shape[0]
        return x.reshape([-1 if n == 0 else n for n in wanted])
    given = list(x.shape)[::-1] if reverse else list(x.shape)
    codes, out, at = list(shape)[::-1] if reverse else list(shape), [], 0
    while codes:
        code = codes.pop(0)
        if code == 0:
            out.append(given[at])
            at += 1
        elif code == -2:
            out += given[at:]
            at = len(given)
        elif code == -3:
            out.append(given[at] * given[at + 1])
            at += 2
        elif code == -4:
            a, b = codes.pop(0), codes.pop(0)
            a = given[at] // b if a == -1 else a
            out += [a, given[at] // a]
            at += 1
        else:
            out.append(code)
            at += 1
    return x.reshape(out[::-1] if reverse else out)


moves(
    "Reshape",
    naive_reshape,
    S(X(2, 3, 4), shape=(4, -1)).but(dtypes=NUMBERS),
    S(X(2, 3, 4), shape=(0, -3)),
    S(X(2, 3, 4), shape=(-4, 1, 2, -2)),
    S(X(2, 3, 4), shape=(-1, 0), reverse=True),
    S(X(2, 3, 4), target_shape=(0, 4)),
)
moves("_reshape_to", lambda x, shape: x.reshape(shape), S(X(2, 3), shape=(3, 2)))
moves(
    "_run_slice",
    lambda x, start, end, shape: x.ravel()[start:end].reshape(shape),
    S(X(3, 2), start=2, end=6, shape=(2, 2)),
)
moves(
    "_slice_to",
    lambda x, begin, end, step, shape: x[tuple(slice(*b) for b in zip(begin, end, step))].reshape(shape),
    S(X(3, 4), begin=(0, 1), end=(3, 2), step=(1, 1), shape=(3,)),
)
moves("Flatten", lambda x: x.reshape(x.shape[0], -1), S(X(2, 3, 4)), S(X(3)))
moves("expand_dims", lambda x, axis: np.expand_dims(x, axis), S(X(2, 3), axis=1), S(X(2, 3), axis=-1))
moves("squeeze", np.squeeze, S(X(1, 3, 1)), S(X(1, 3, 1), axis=0), S(X(1, 3, 1), axis=(0, 2)))


def naive_reshape_like(a, b, lhs_begin=None, lhs_end=None, rhs_begin=None, rhs_end=None):
    return a.reshape(
        *a.shape[: lhs_begin or 0], *b.shape[rhs_begin:rhs_end], *a.shape[a.ndim if lhs_end is None else lhs_end :]
    )


moves(
    "reshape_like",
    naive_reshape_like,
    S(X(2, 3), X(3, 2)),
    S(X(2, 3, 4), X(6, 5), lhs_begin=0, lhs_end=2, rhs_begin=0, rhs_end=1),
    wrt=(0,),
)

# --- Order of axes and numbers ---------------------------------------------------------------------------------------

moves(
    "transpose",
    lambda x, axes=None: x.transpose(axes),
    S(X(2, 3, 4)).but(dtypes=NUMBERS),
    S(X(2, 3, 4), axes=(1, 0, 2)),
)
moves("SwapAxis", lambda x, dim1=0, dim2=0: x.swapaxes(dim1, dim2), S(X(2, 3, 4), dim1=0, dim2=2))
moves("reverse", lambda x, axis: np.flip(x, axis), S(X(2, 3, 4), axis=1), S(X(2, 3, 4), axis=(0, 2)))


def naive_depth_to_space(x, block_size):
    n, c, h, w = x.shape
    b = block_size
    y = np.empty((n, c // (b * b), h * b, w * b))
    for channel in range(c // (b * b)):
        for i in range(h * b):
            for j in range(w * b):
                y[:, channel, i, j] = x[:, ((i % b) * b + j % b) * (c // (b * b)) + channel, i // b, j // b]
    return y


def naive_space_to_depth(x, block_size):
    n, c, h, w = x.shape
    b = block_size
    y = np.empty((n, c * b * b, h // b, w // b))
    for channel in range(c):
        for i in range(h):
            for j in range(w):
                y[:, ((i % b) * b + j % b) * c + channel, i // b, j // b] = x[:, channel, i, j]
    return y


moves("depth_to_space", naive_depth_to_space, S(X(1, 8, 2, 3), block_size=2))
moves("space_to_depth", naive_space_to_depth, S(X(1, 2, 4, 6), block_size=2))
moves(
    "diag",
    lambda x, k=0, axis1=0, axis2=1: np.diag(x, k) if x.ndim < 3 else np.diagonal(x, k, axis1, axis2),
    S(X(3)),
    S(X(3), k=-1),
    S(X(3, 4), k=1),
    S(X(2, 3, 4), axis1=0, axis2=2),
)


def naive_pad(x, mode, pad_width, constant_value=0):
    width = list(zip(pad_width[::2], pad_width[1::2]))
    return np.pad(x, width, constant_values=constant_value) if mode == "constant" else np.pad(x, width, mode)


PAD = (0, 0, 0, 0, 1, 0, 2, 1)
moves(
    "Pad",
    naive_pad,
    S(X(1, 2, 2, 3), mode="constant", pad_width=PAD, constant_value=1.5),
    S(X(1, 2, 2, 3), mode="edge", pad_width=PAD),
    S(X(1, 2, 2, 3), mode="reflect", pad_width=PAD),
    S(X(1, 1, 2, 2, 3), mode="edge", pad_width=(0, 0, 0, 0, 1, 0, 0, 1, 1, 1)),
)


def naive_unpad(x, mode, pad_width):
    """Each element where the padding of their places says that it comes from."""
    inside = [n - a - b for n, a, b in zip(x.shape, pad_width[::2], pad_width[1::2])]
    y = np.zeros(inside)
    np.add.at(y.reshape(-1), naive_pad(np.arange(y.size).reshape(inside), mode, pad_width), x)
    return y


case(
    "_unpad",
    naive_unpad,
    S(X(1, 2, 3, 6), mode="edge", pad_width=PAD),
    S(X(1, 2, 3, 6), mode="reflect", pad_width=PAD),
    S(X(1, 1, 3, 3, 5), mode="edge", pad_width=(0, 0, 0, 0, 1, 0, 0, 1, 1, 1)),
)

# --- Parts -----------------------------------------------------------------------------------------------------------


def naive_slice(x, begin, end, step=()):
    step = step or (None,) * len(begin)
    return x[tuple(slice(*s) for s in zip(begin, end, step))]


def naive_slice_axis(x, axis, begin, end=None):
    return np.take(x, range(x.shape[axis])[begin:end], axis)


def naive_slice_like(x, like, axes=()):
    for axis in axes or range(like.ndim):
        x = np.take(x, range(like.shape[axis]), axis)
    return x


def naive_place(x, shape, first, step):
    y = np.zeros(shape)
    for place in np.ndindex(*x.shape):
        y[tuple(f + s * i for f, s, i in zip(first, step, place))] = x[place]
    return y


moves(
    "slice",
    naive_slice,
    S(X(4, 5), begin=(1, None), end=(3, 4)).but(dtypes=NUMBERS),
    S(X(4, 5), begin=(None, -1), end=(None, None), step=(2, -2)),
    S(X(4, 5), begin=(1,), end=(2,)),
)
moves("slice_axis", naive_slice_axis, S(X(4, 5), axis=1, begin=1, end=-1), S(X(4, 5), axis=-2, begin=-2, end=None))
moves("slice_like", naive_slice_like, S(X(4, 5), X(2, 3)), S(X(4, 5), X(1, 3), axes=(1,)), wrt=(0,), free=("data",))
moves("_place", naive_place, S(X(2, 2), shape=(4, 5), first=(1, 4), step=(2, -3)))

# --- Several arrays --------------------------------------------------------------------------------------------------

moves(
    "Concat",
    lambda *xs, dim=1: np.concatenate(xs, dim),
    S(X(2, 3), X(2, 1), X(2, 2)).but(dtypes=NUMBERS),
    S(X(2, 3), X(1, 3), dim=0),
    S(X(2, 3, 2), X(2, 3, 1), dim=-1),
)
moves("stack", lambda *xs, axis=0: np.stack(xs, axis), S(X(2, 3), X(2, 3)), S(X(2, 3), X(2, 3), X(2, 3), axis=-1))
case("add_n", lambda *xs: sum(xs), S(X(2, 3), X(2, 3), X(2, 3)), S(X(2, 3)), dtypes=NUMBERS)


def naive_split(x, num_outputs, axis=1, squeeze_axis=False):
    parts = np.split(x, num_outputs, axis)
    return tuple(p.squeeze(axis) for p in parts) if squeeze_axis else tuple(parts)


def naive_split_v2(x, indices, axis=1, squeeze_axis=False, sections=0):
    parts = np.split(x, sections, axis) if sections else np.split(x, list(indices)[1:], axis)
    return tuple(p.squeeze(axis) for p in parts) if squeeze_axis else tuple(parts)


moves(
    "SliceChannel",
    naive_split,
    S(X(2, 4), num_outputs=2),
    S(X(3, 4), num_outputs=3, axis=0, squeeze_axis=True),
)
moves(
    "_split_v2",
    naive_split_v2,
    S(X(2, 5), indices=(0, 1, 3)),
    S(X(4, 3), indices=(), sections=2, axis=0),
    S(X(2, 3), indices=(), sections=3, squeeze_axis=True),
)

# --- Copies ----------------------------------------------------------------------------------------------------------


def naive_broadcast_to(x, shape):
    return np.broadcast_to(x, [n or given for n, given in zip(shape, x.shape)])


def naive_broadcast_axis(x, axis, size):
    for a, n in zip(*[(v,) if isinstance(v, int) else v for v in (axis, size)]):
        x = np.repeat(x, n, a)
    return x


def naive_broadcast_like(a, b, lhs_axes=None, rhs_axes=None):
    for i, j in zip(lhs_axes or range(a.ndim), rhs_axes or range(b.ndim)):
        a = np.repeat(a, b.shape[j] // a.shape[i], i)
    return a


def naive_tile(x, reps):
    return np.tile(x, reps)


moves("broadcast_to", naive_broadcast_to, S(X(1, 3), shape=(2, 3)), S(X(2, 1, 3), shape=(0, 4, 0)))
moves("broadcast_axis", naive_broadcast_axis, S(X(1, 3, 1), axis=(0, 2), size=(2, 4)), S(X(1, 3), axis=0, size=2))
moves(
    "broadcast_like",
    naive_broadcast_like,
    S(X(1, 3), X(2, 3)),
    S(X(1, 3), X(5, 4), lhs_axes=(0,), rhs_axes=(1,)).but(free=("rhs",)),
    wrt=(0,),
)
moves("tile", naive_tile, S(X(2, 3), reps=(2, 2)), S(X(2, 3), reps=(2, 1, 2)), S(X(2, 3), reps=(2,)))
moves(
    "repeat",
    lambda x, repeats, axis=None: np.repeat(x, repeats, axis),
    S(X(2, 3), repeats=2),
    S(X(2, 3), repeats=2, axis=1),
)
