"""Context: identity, printing, nesting, threads, errors."""

import copy
import pickle
import threading

import numpy as np
import pytest

from mxnb import context
from mxnb.base import MXNetError
from mxnb.context import Context, cpu, cpu_pinned, cpu_shared, current_context, gpu


def test_printing_and_attributes():
    assert [str(c) for c in (cpu(), gpu(1), cpu_pinned(), cpu_shared(2))] == [
        "cpu(0)",
        "gpu(1)",
        "cpu_pinned(0)",
        "cpu_shared(2)",
    ]
    assert (gpu(3).device_type, gpu(3).device_id, gpu(3).device_typeid) == ("gpu", 3, 2)
    assert cpu(-1).device_id == -1


def test_one_object_per_device():
    assert cpu() is cpu(0) is Context("cpu") is Context(cpu(0)) is cpu(np.int64(0))
    assert pickle.loads(pickle.dumps(gpu(2))) is copy.deepcopy(gpu(2)) is copy.copy(gpu(2)) is gpu(2)
    assert cpu(0) != cpu(1)
    assert cpu(0) != gpu(0)
    assert cpu(0) != "cpu(0)"
    assert len({cpu(0), cpu(0), gpu(0)}) == 2
    with pytest.raises(AttributeError, match="cannot be changed"):
        cpu(0).device_id = 1


def test_with_nests_and_survives_exceptions():
    assert current_context() is cpu(0)
    with cpu(1) as outer:
        assert outer is current_context() is cpu(1)
        with pytest.raises(ZeroDivisionError), cpu(1), cpu(2):
            assert current_context() is cpu(2)
            1 / 0  # noqa: B018
        assert current_context() is cpu(1)
    assert current_context() is cpu(0)


def test_current_context_is_per_thread():
    seen = []
    with cpu(1):
        thread = threading.Thread(target=lambda: seen.append(current_context()))
        thread.start()
        thread.join()
    assert seen == [cpu(0)]


def test_default_ctx():
    Context.default_ctx = cpu(4)
    try:
        assert current_context() is Context.default_ctx is cpu(4)
        with cpu(1):
            pass
        assert current_context() is cpu(4)
    finally:
        Context.default_ctx = cpu(0)
    with pytest.raises(MXNetError, match="needs a Context"):
        Context.default_ctx = "cpu"


@pytest.mark.parametrize("arguments", [("tpu",), (1,), (None,), ([],), ("cpu", "0"), ("cpu", 1.5), ("gpu", None)])
def test_bad_arguments(arguments):
    with pytest.raises(MXNetError, match="Context: device_"):
        Context(*arguments)


def test_cpu_has_no_cache_to_empty():
    assert cpu().empty_cache() is None


def test_num_gpus_is_a_count():
    assert context.num_gpus() >= 0


def test_parse():
    for ctx in (cpu(0), gpu(12), cpu_pinned(), cpu_shared(1), cpu(-1)):
        assert Context.parse(str(ctx)) is ctx
    assert Context.parse("gpu") is gpu(0)
    for text in ("", "tpu(0)", "cpu(", "cpu()", "cpu(x)", "cpu(0) ,", "(0)"):
        with pytest.raises(MXNetError, match="needs a text such as"):
            Context.parse(text)
