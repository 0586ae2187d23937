"""Operators with indices, and those about order."""

import itertools

import numpy as np

from .table import FLOATS, NUMBERS, Given, S, Whole, X, case

EXACT = {"kind": "exact"}


def within(index, n, mode):
    index = np.trunc(index).astype(int)
    return index % n if mode == "wrap" else np.clip(index, 0, n - 1)


def naive_take(a, indices, axis=0, mode="clip"):
    return np.take(a, within(indices, a.shape[axis], mode), axis)


case(
    "take",
    naive_take,
    S(X(4, 3), Whole(2, 2, high=4)).but(dtypes=NUMBERS),
    S(X(4, 3), Whole(5, low=-6, high=9, dtype="int32"), axis=1, mode="wrap"),
    S(X(4, 3), Whole(5, low=-6, high=9, dtype="int32")),
    S(X(4, 3), Whole(2, high=3, dtype="int64"), axis=-1, mode="raise").but(gpu="the indices are checked on the host"),
    wrt=(0,),
    loose=True,
    **EXACT,
)
case(
    "Embedding",
    lambda data, weight, input_dim, output_dim, **_: weight[within(data, input_dim, "clip")],
    S(Whole(2, 2, high=5), X(4, 3), input_dim=4, output_dim=3),
    S(Whole(3, high=4, dtype="int32"), X(4, 3), input_dim=4, output_dim=3).but(result="float32", dtypes=("float32",)),
    wrt=(1,),
    follows=("weight",),
    free=("data",),
    **EXACT,
)


def naive_pick(data, index, axis=-1, keepdims=False, mode="clip"):
    if axis is None:
        return data.ravel()[within(index, data.size, mode)].reshape(1)
    index = within(index, data.shape[axis], mode)
    index = index.reshape(np.expand_dims(data.sum(axis), axis).shape)
    y = np.take_along_axis(data, index, axis)
    return y if keepdims else y.squeeze(axis)


case(
    "pick",
    naive_pick,
    S(X(3, 4), Whole(3, high=4)),
    S(X(3, 4), Whole(1, 4, low=-5, high=8), axis=0, keepdims=True, mode="wrap"),
    S(X(2, 3, 4), Whole(2, 4, low=-5, high=8), axis=1),
    S(X(2, 3), Given([4]), axis=None).but(free=("data",)),
    wrt=(0,),
    **EXACT,
)
case(
    "batch_take",
    lambda a, indices: a[np.arange(len(a)), np.clip(indices, 0, a.shape[1] - 1)],
    S(X(3, 4), Whole(3, low=-1, high=6, dtype="int32")),
    wrt=(0,),
    **EXACT,
)


def naive_one_hot(indices, depth, on_value=1.0, off_value=0.0, dtype="float32"):
    y = np.full((*indices.shape, depth), off_value)
    for place in np.ndindex(*indices.shape):
        if 0 <= indices[place] < depth:
            y[(*place, int(indices[place]))] = on_value
    return y


case(
    "one_hot",
    naive_one_hot,
    S(Whole(2, 3, low=-1, high=6), depth=4),
    S(Whole(3, high=4), depth=4, on_value=5, off_value=-1, dtype="int32").but(result="int32"),
    S(Whole(3, high=4), depth=4, dtype="float16").but(result="float16"),
    result="float32",
    gradient="indices have none",
    **EXACT,
)


def naive_gather(data, indices):
    y = np.empty((*indices.shape[1:], *data.shape[indices.shape[0] :]))
    for place in np.ndindex(*indices.shape[1:]):
        y[place] = data[tuple(int(i) for i in indices[(slice(None), *place)])]
    return y


def naive_scatter(data, indices, shape):
    y = np.zeros(shape)
    for place in np.ndindex(*indices.shape[1:]):
        y[tuple(int(i) for i in indices[(slice(None), *place)])] = data[place]
    return y


PLACES = [[0, 2, 1], [1, 3, 0]]
case(
    "gather_nd",
    naive_gather,
    S(X(3, 4), Given(PLACES)),
    S(X(3, 4, 2), Given([*PLACES[:1]])),
    S(X(3, 4), Given([[[0, 2], [2, 1]], [[3, 3], [0, 1]]], dtype="int32")),
    wrt=(0,),
    free=("data",),
    **EXACT,
)
case(
    "scatter_nd",
    naive_scatter,
    S(X(3), Given(PLACES), shape=(3, 4)),
    S(X(3, 2), Given(PLACES[:1], dtype="int64"), shape=(3, 2)),
    wrt=(0,),
    **EXACT,
)
case(
    "_take_flat",
    lambda data, index: data.ravel()[index],
    S(X(3, 4), Given([[0, 5], [11, 5]], dtype="int64")),
    wrt=(0,),
    loose=True,
    **EXACT,
)

# --- Order -----------------------------------------------------------------------------------------------------------


def order(x, axis, is_ascend):
    return np.argsort(x if is_ascend else -x, axis=axis, kind="stable")


def naive_sort(x, axis=-1, is_ascend=True):
    return np.take_along_axis(
        x if axis is not None else x.ravel(), order(x, axis, is_ascend), axis if axis is not None else 0
    )


def naive_topk(x, axis=-1, k=1, ret_typ="indices", is_ascend=False, dtype="float32"):
    if axis is None:
        x, axis = x.ravel(), 0
    places = np.take(order(x, axis, is_ascend), range(k), axis)
    values = np.take_along_axis(x, places, axis)
    mask = np.zeros(x.shape)
    np.put_along_axis(mask, places, 1, axis)
    return {"indices": places, "value": values, "both": (values, places), "mask": mask}[ret_typ]


PLACES_HAVE_NONE = "places have none"
case("sort", naive_sort, S(X(3, 4)), S(X(3, 4), axis=0, is_ascend=False), S(X(2, 3), axis=None), **EXACT)
case(
    "argsort",
    lambda x, axis=-1, is_ascend=True, dtype="float32": order(x, axis, is_ascend),
    S(X(3, 4)),
    S(X(2, 3, 4), axis=1, is_ascend=False, dtype="int32").but(result="int32"),
    S(Given([2, 1, 2, 1, 0]), dtype="float64").but(result="float64"),
    result="float32",
    gradient=PLACES_HAVE_NONE,
    **EXACT,
)
case(
    "topk",
    naive_topk,
    S(X(3, 4), k=2).but(result="float32", gradient=PLACES_HAVE_NONE),
    S(X(3, 4), k=2, ret_typ="value", axis=0),
    S(X(3, 4), k=3, ret_typ="both", is_ascend=True, dtype="int32").but(
        result=("float32", "int32"), dtypes=("float32",), heads=(0,)
    ),
    S(X(3, 4), k=3, ret_typ="both", dtype="float64").but(result="float64", dtypes=("float64",), heads=(0,)),
    S(X(3, 4), k=2, ret_typ="mask").but(gradient=PLACES_HAVE_NONE),
    S(X(2, 3), k=4, ret_typ="value", axis=None),
    **EXACT,
)
case(
    "cumsum",
    lambda a, axis=None, dtype=None: np.cumsum(a, axis),
    S(X(3, 4)).but(dtypes=NUMBERS),
    S(X(3, 4), axis=0),
    S(X(2, 3, 4), axis=-1, dtype="float64").but(result="float64", dtypes=("float32",)),
    kind="long",
    dtypes=FLOATS,
)


def naive_histogram(data, bins=None, bin_cnt=None, range=None):
    if bins is None:
        bins = np.linspace(*range, bin_cnt + 1)
        bins = np.trunc(bins) if data.dtype.kind == "i" else bins
    inside = [(data >= low) & (data < high) for low, high in itertools.pairwise(bins)]
    inside[-1] |= data == bins[-1]
    return [each.sum() for each in inside], bins


case(
    "_histogram",
    naive_histogram,
    S(X(5, 8), bin_cnt=7, range=(-1.5, 1.75)),
    S(Given([0, 1, 1, 2, 3, 3, 5]), bin_cnt=3, range=(0, 3)).but(dtypes=NUMBERS),
    S(Given([0, 1, 1, 2, 3, 3, 5]), Given([0, 1, 1, 3, 4])).but(dtypes=NUMBERS),
    S(X(90), Given([-1.5, -1, 0.25, 1, 0, 3])),
    result=("int64", None),
    gradient="counts have none",
    loose=True,
)
