"""``x[key]`` along one axis is a take; against NumPy, with its gradient."""

import numpy as np
import pytest

import mxnb as mx

KEYS = [
    [1, -2, 3],
    (slice(None), [0, 5, -6]),
    (Ellipsis, [[1, 2], [3, -7]]),
    ([1, 2], Ellipsis),
    (slice(1, 3), [0, 1]),
    (None, [1, 2]),
    ([0, 1], [2, 3]),
]


@pytest.mark.parametrize("key", KEYS)
def test_any_key(key):
    x = np.random.RandomState(0).rand(5, 6, 7).astype("float32")
    array = mx.nd.array(x)
    array.attach_grad()
    with mx.autograd.record():
        y = array[key]
        total = (y * y).sum()
    np.testing.assert_array_equal(y.asnumpy(), x[key])
    total.backward()
    expected = np.zeros_like(x)
    np.add.at(expected, key, 2 * x[key])
    np.testing.assert_allclose(array.grad.asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(("key", "message"), [([0, 5], "index 5 .* axis 0 with size 5"),
                                              ((slice(None), [-7]), "index -7 .* axis 1 with size 6")])  # fmt: skip
def test_out_of_range(key, message):
    with pytest.raises(IndexError, match=message):
        mx.nd.zeros((5, 6, 7))[key]


def test_padding_has_a_second_gradient():
    """What `Pad` repeats counts as often in the gradient of the gradient."""
    x = mx.nd.array(np.arange(1.0, 7).reshape(1, 1, 2, 3))
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.pad(x, mode="edge", pad_width=(0, 0, 0, 0, 1, 1, 0, 2))
        (dx,) = mx.autograd.grad((y * y * y).sum(), [x], create_graph=True)
        total = dx.sum()
    total.backward()
    times = np.array([[2, 2, 6], [2, 2, 6]]).reshape(x.shape)
    np.testing.assert_allclose(x.grad.asnumpy(), 6 * x.asnumpy() * times, rtol=1e-6)
