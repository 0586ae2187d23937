"""FeedForward, the interface from before Module: what 1.9.1 computes from the same weights, and its errors."""

import pickle

import numpy as np
import pytest

import mxnb as mx
from mxnb.base import MXNetError

pytestmark = pytest.mark.filterwarnings("ignore:FeedForward is deprecated:DeprecationWarning")

rng = np.random.RandomState(0)
X = rng.normal(size=(50, 6)).astype("f")
Y = (X[:, 0] > 0).astype("f")
WEIGHT = rng.normal(size=(2, 6)).astype("f") * 0.1
NET = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc"), name="softmax")


def batches():
    return mx.io.NDArrayIter(X, Y, 10)


def made(**kwargs):
    start = {"fc_weight": mx.nd.array(WEIGHT), "fc_bias": mx.nd.zeros(2)}
    return mx.model.FeedForward(NET, arg_params=start, **kwargs)


@pytest.fixture(scope="module")
def trained():
    with pytest.warns(DeprecationWarning, match="FeedForward is deprecated"):
        model = made(num_epoch=3, learning_rate=0.5, momentum=0.9)
    model.fit(batches())
    return model


def test_fit(trained):
    recorded = [-4.7738, 0.2152, 0.3649, -0.2377, -0.4874, 0.3729]  # by 1.9.1
    np.testing.assert_allclose(trained.arg_params["fc_weight"].asnumpy()[0], recorded, atol=1e-4)
    assert trained.score(batches()) == pytest.approx(0.98)


def test_several_contexts():
    model = made(num_epoch=1, ctx=[mx.cpu(0), mx.cpu(1)], learning_rate=0.5)
    model.fit(batches())
    np.testing.assert_allclose(model.arg_params["fc_weight"].asnumpy()[0, :2], [-0.839, 0.2288], atol=1e-4)


def test_predict(trained):
    out = trained.predict(X)
    assert type(out) is np.ndarray
    np.testing.assert_allclose(out.sum(1), 1, rtol=1e-6)
    assert ((out[:, 1] > 0.5) == Y).mean() == 0.98
    assert trained.predict(batches(), num_batch=2).shape == (20, 2)
    np.testing.assert_array_equal(
        trained.predict(mx.io.NDArrayIter(X[:7], Y[:7], 5)), trained.predict(mx.nd.array(X[:7]))
    )
    got, data, label = trained.predict(batches(), return_data=True)
    np.testing.assert_allclose(got, out, rtol=1e-5, atol=1e-7)
    assert (data == X).all()
    assert (label == Y).all()


def test_save_and_load(trained, tmp_path):
    prefix = str(tmp_path / "m")
    trained.save(prefix)
    trained.save(prefix, 7)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["m-0003.params", "m-0007.params", "m-symbol.json"]
    loaded = mx.model.FeedForward.load(prefix, 7)
    assert loaded.begin_epoch == 7
    for other in (loaded, pickle.loads(pickle.dumps(loaded))):
        assert (other.predict(X) == trained.predict(X)).all()


def test_epochs_and_callbacks():
    seen = []
    model = made(num_epoch=2, epoch_size=3, learning_rate=0.1)
    model.fit(
        batches(),
        eval_data=(X, Y),
        batch_end_callback=lambda param: seen.append((param.epoch, param.nbatch)),
        epoch_end_callback=lambda epoch, symbol, arguments, states: seen.append((epoch, sorted(arguments))),
        eval_end_callback=lambda param: seen.append(param.eval_metric.get()[0]),
    )
    names = ["fc_bias", "fc_weight"]
    assert seen == [step for e in (0, 1) for step in ((e, 1), (e, 2), (e, 3), (e, names), "accuracy")]


def test_create_from_arrays():
    mx.random.seed(1)
    model = mx.model.FeedForward.create(NET, X, Y[:, None], num_epoch=5, learning_rate=0.5, numpy_batch_size=10)
    assert model.score(batches()) > 0.9


def test_errors():
    for error, text, data in (
        (TypeError, "X must be DataIter, NDArray or numpy.ndarray", (X.tolist(), Y)),
        (ValueError, "y must be specified", (X,)),
        (ValueError, "numbers of data points and labels not equal", (X, Y[:5])),
        (ValueError, "Label must be 1D or 2D", (X, np.stack([Y, Y], 1))),
        (TypeError, "Eval data must be", (X, Y, X)),
    ):
        with pytest.raises(error, match=text):
            made(num_epoch=1).fit(*data)
    with pytest.raises(MXNetError, match="num_epoch is not given"):
        made().fit(batches())
    with pytest.raises(MXNetError, match="there are no parameters yet"):
        mx.model.FeedForward(NET).predict(X)
    with pytest.raises(MXNetError, match=r"use mod\.BucketingModule"):
        mx.model.FeedForward(lambda key: NET)
