"""The other direction: mxnb writes files, MXNet 1.9.1 reads them and predicts the same.

::

    python tests/golden/crosscheck.py write FOLDER       # with mxnb
    python3.8 tests/golden/crosscheck.py read FOLDER     # with mxnet==1.9.1

or both at once through the test suite with ``MXNET_PYTHON=/path/to/that/python pytest tests/test_checkpoints.py``.
"""

import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import lenet  # noqa: E402
import pack  # noqa: E402

DTYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")


def write(folder):
    """Write a checkpoint, Gluon parameters, an export, optimizer states and arrays with mxnb."""
    import mxnb as mx

    at = lambda name: os.path.join(str(folder), name)
    recorded = pack.load(os.path.join(HERE, "lenet.npz"))
    weights = {name: recorded["initial " + name] for name in list(lenet.SHAPES) + list(lenet.AUX)}
    module, _ = lenet.trained_module(mx, weights, recorded["images"], recorded["labels"])
    module.save_checkpoint(at("module"), 1, save_optimizer_states=True)
    x = mx.nd.array(recorded["images"][:6].reshape(-1, 1, 8, 8).astype("float32") / 255)
    expected = {"data": x.asnumpy()}
    expected["module"] = module.predict(mx.io.NDArrayIter(x, mx.nd.zeros(6), batch_size=6)).asnumpy()
    arguments, states = module.get_params()
    net = lenet.block(mx)
    lenet.fill(mx, net, {k: v.asnumpy() for k, v in {**arguments, **states}.items()})
    expected["gluon"] = net(x).asnumpy()
    net.save_parameters(at("new.params"))
    net.save_params(at("old.params"))
    net.hybridize()
    net(x)
    net.export(at("export"))
    net.save(at("saved"))
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", dict(lenet.SGD))
    with mx.autograd.record():
        loss = net(x).sum()
    loss.backward()
    trainer.step(6)
    trainer.save_states(at("trainer.states"))
    arrays = {d: mx.nd.array(np.arange(6).reshape(2, 3) % 2, dtype=d) for d in DTYPES}
    mx.nd.save(at("dict.params"), arrays)
    mx.nd.save(at("list.params"), list(arrays.values()))
    pack.save(at("expected.npz"), expected)


def read(folder):
    """Read all of it with MXNet and compare."""
    import mxnet as mx

    at = lambda name: os.path.join(str(folder), name)
    expected = pack.load(at("expected.npz"))
    x = mx.nd.array(expected["data"])

    def check(what, got, wanted):
        np.testing.assert_allclose(got.asnumpy(), wanted, atol=2e-5, rtol=1e-5, err_msg=what)
        print("equal:", what)

    module = mx.mod.Module.load(at("module"), 1, load_optimizer_states=True)
    module.bind([("data", (6, 1, 8, 8))], [("softmax_label", (6,))])
    module.init_optimizer(optimizer="sgd", optimizer_params=dict(lenet.SGD))
    check("module", module.predict(mx.io.NDArrayIter(x, mx.nd.zeros(6), batch_size=6)), expected["module"])
    module.forward(mx.io.DataBatch([x], [mx.nd.zeros(6)]), is_train=True)
    module.backward()
    module.update()
    for file, method in (("new.params", "load_parameters"), ("old.params", "load_params")):
        net = lenet.block(mx)
        getattr(net, method)(at(file))
        check(file, net(x), expected["gluon"])
    net = lenet.block(mx)
    net.load(at("saved"))
    check("saved", net(x), expected["gluon"])
    imported = mx.gluon.SymbolBlock.imports(at("export-symbol.json"), ["data"], at("export-0000.params"))
    check("export", imported(x), expected["gluon"])
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", dict(lenet.SGD))
    with mx.autograd.record():
        loss = net(x).sum()
    loss.backward()
    trainer.load_states(at("trainer.states"))
    trainer.step(6)
    arrays = mx.nd.load(at("dict.params"))
    for dtype, array in zip(DTYPES, mx.nd.load(at("list.params"))):
        assert array.dtype == arrays[dtype].dtype == np.dtype(dtype), dtype
        check(dtype, array, np.arange(6).reshape(2, 3) % 2)
        check(dtype, arrays[dtype], np.arange(6).reshape(2, 3) % 2)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
