"""One LeNet, 20 SGD steps: Gluon imperative, hybridised and Module agree with each other and with MXNet 1.9.1."""

import functools
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import lenet  # noqa: E402
import pack  # noqa: E402

RECORDED = pack.load(GOLDEN / "lenet.npz")
APIS = ("gluon", "hybrid", "module")


@functools.cache
def trained(api):
    weights = {name: RECORDED["initial " + name] for name in (*lenet.SHAPES, *lenet.AUX)}
    data = RECORDED["images"], RECORDED["labels"]
    if api == "module":
        return lenet.train_module(mx, weights, *data)
    return lenet.train_gluon(mx, weights, *data, hybridize=api == "hybrid")


@pytest.mark.parametrize("api", APIS)
def test_losses_equal_mxnet(api):
    np.testing.assert_allclose(trained(api)[0], RECORDED["losses " + api], atol=1e-4, rtol=0)


@pytest.mark.parametrize("api", APIS)
def test_final_weights_equal_mxnet(api):
    final = trained(api)[1]
    for name in (*lenet.SHAPES, *lenet.AUX):
        np.testing.assert_allclose(final[name], RECORDED["final " + name], atol=5e-4, rtol=1e-3, err_msg=name)


def test_the_three_apis_agree():
    first, *others = (trained(api)[0] for api in APIS)
    for losses in others:
        np.testing.assert_allclose(losses, first, atol=2e-5, rtol=0)
