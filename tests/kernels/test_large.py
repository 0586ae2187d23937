"""Memory of large results: where it begins, and when it is taken again."""

import gc
import threading

import numpy as np
import pytest

import mxnb as mx
from mxnb.kernels import canary, large

pytestmark = pytest.mark.skipif(canary.ON, reason="guarded arrays have memory of their own")
SHAPE, FLOAT = (512, 256), np.dtype("float32")  # half a megabyte


@pytest.fixture(autouse=True)
def fresh():
    large.forget()
    yield
    large.forget()


def address(x):
    return x.__array_interface__["data"][0]


def test_small_results_are_numpys():
    assert large.allocator((2, 3), FLOAT) is np.empty


@pytest.mark.parametrize("shape", [SHAPE, (1, 65537), (3, 5, 70001)])
def test_large_ones_begin_with_a_cache_line(shape):
    for x in (large.allocator(shape, FLOAT)(shape, FLOAT), large.aligned(shape, FLOAT), large.empty(shape, FLOAT)):
        assert x.shape == shape
        assert x.dtype == FLOAT
        assert x.flags.c_contiguous
        assert x.flags.writeable
        assert address(x) % large.LINE == 0
    assert address(mx.nd.array(np.zeros(shape))._data) % large.LINE == 0


def test_copies_are_those_of_numpy():
    x = np.random.RandomState(0).uniform(-9, 9, (700, 300))
    for dtype in ("float32", "int32", "uint8", "float16"):
        for source in (np.abs(x), np.abs(x).T, np.abs(x[:3])):
            found = large.copied(source, np.dtype(dtype))
            np.testing.assert_array_equal(found, source.astype(dtype))
            assert found.flags.c_contiguous
            assert not np.shares_memory(found, source)


def test_memory_is_taken_again_when_nobody_holds_it():
    new = large.allocator(SHAPE, FLOAT)
    x = new(SHAPE, FLOAT)
    first = address(x)
    y = new(SHAPE, FLOAT)
    assert address(y) != first
    del x
    assert address(new(SHAPE, FLOAT)) == first
    x = new(SHAPE, FLOAT)
    assert address(x) == first
    assert address(large.allocator(SHAPE, FLOAT)(SHAPE, FLOAT)) not in (first, address(y))


@pytest.mark.parametrize(
    "hold",
    [
        lambda x: x[3:5],
        lambda x: x.reshape(-1)[7:].view("int32"),
        lambda x: memoryview(x),
        lambda x: np.from_dlpack(x),
        lambda x: np.frombuffer(x, "uint8"),
        lambda x: x.T,
        lambda x: np.asarray(memoryview(x)[2:]),
        lambda x: x.__dlpack__(),
    ],
    ids=["slice", "view", "buffer", "dlpack", "frombuffer", "transposed", "part of a buffer", "capsule"],
)
def test_whatever_shows_the_memory_holds_it(hold):
    new = large.allocator(SHAPE, FLOAT)
    x = new(SHAPE, FLOAT)
    first, kept = address(x), hold(x)
    del x
    others = [new(SHAPE, FLOAT) for _ in range(3)]
    assert first not in [address(o) for o in others]
    del kept, others
    gc.collect()
    assert address(new(SHAPE, FLOAT)) == first


def test_results_of_operators_stay_what_they_are():
    x = mx.nd.array(np.arange(SHAPE[0] * SHAPE[1]).reshape(SHAPE))
    expected = x.asnumpy()
    held = [x * k for k in range(1, 6)]
    shown = [h.reshape((-1,))[5:9] for h in held] + [h[7] for h in held]
    exported = [mx.nd.from_dlpack(h.to_dlpack_for_read()) for h in held]
    numpy = [h.asnumpy() for h in held]
    del held
    for _ in range(8):
        (x + 1000).wait_to_read()
    for k in range(1, 6):
        np.testing.assert_array_equal(shown[k - 1].asnumpy(), (expected * k).reshape(-1)[5:9])
        np.testing.assert_array_equal(shown[k + 4].asnumpy(), (expected * k)[7])
        np.testing.assert_array_equal(exported[k - 1].asnumpy(), expected * k)
        np.testing.assert_array_equal(numpy[k - 1], expected * k)


def test_gradients_that_are_kept_do_not_change():
    x = mx.nd.array(np.random.RandomState(1).rand(*SHAPE))
    x.attach_grad()
    seen = []
    for k in range(1, 5):
        with mx.autograd.record():
            y = (x * k) * x
        y.backward()
        seen.append((x.grad, x.grad.copy(), x.grad.asnumpy(), 2 * k * x.asnumpy()))
        alias = x.grad.detach()  # now the gradient's memory has another holder, which sees what is written to it
        with mx.autograd.record():
            y = x * k
        y.backward()
        np.testing.assert_array_equal(alias.asnumpy(), x.grad.asnumpy())
        np.testing.assert_array_equal(x.grad.asnumpy(), np.full(SHAPE, k))
    for grad, copied, numpy, expected in seen:
        assert grad is x.grad
        np.testing.assert_allclose(copied.asnumpy(), expected, rtol=1e-6)
        np.testing.assert_allclose(numpy, expected, rtol=1e-6)


def test_a_gradient_that_is_held_is_copied(monkeypatch):
    x = mx.nd.ones(SHAPE)
    x.attach_grad()
    with mx.autograd.record():
        y = x * 1  # the gradient of y is that of x
    head = mx.nd.ones(SHAPE) * 3
    y.backward(head)
    head += 1
    np.testing.assert_array_equal(x.grad.asnumpy(), np.full(SHAPE, 3))


def test_a_gradient_is_taken_over_without_a_copy():
    x = mx.nd.ones(SHAPE)
    x.attach_grad()
    places = set()
    for _ in range(6):
        with mx.autograd.record():
            y = mx.nd.square(x)
        y.backward()
        places.add(address(x.grad._data))
        np.testing.assert_array_equal(x.grad.asnumpy(), np.full(SHAPE, 2))
    assert len(places) > 1


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(large, "KEPT", 3 << 20)
    new = large.allocator(SHAPE, FLOAT)
    arrays = [new(SHAPE, FLOAT) for _ in range(50)]
    assert len({address(x) for x in arrays}) == 50
    assert large._held <= 3 << 20
    assert sum(x.nbytes for known in large._known.values() for x in known) <= 3 << 20
    assert large.allocator((4 << 20,), FLOAT) is large.aligned


def test_many_of_one_kind_are_not_looked_through():
    new = large.allocator(SHAPE, FLOAT)
    arrays = [new(SHAPE, FLOAT) for _ in range(2 * large.MOST + 3)]
    assert len(large._known[SHAPE, FLOAT]) <= large.MOST
    assert len({address(x) for x in arrays}) == len(arrays)


def test_lists_go_with_their_plans():
    shape = (97, 1013)
    new = large.allocator(shape, FLOAT)
    new(shape, FLOAT)
    assert (shape, FLOAT) in large._known
    del new
    gc.collect()
    assert (shape, FLOAT) not in large._known


def test_threads_do_not_share_what_they_write():
    new, wrong = large.allocator(SHAPE, FLOAT), []

    def work(number):
        for _ in range(300):
            x = new(SHAPE, FLOAT)
            x[::64] = number
            y = new(SHAPE, FLOAT)
            y[::64] = -number
            if (x[::64] != number).any() or (y[::64] != -number).any():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
