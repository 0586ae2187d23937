"""Models written by MXNet 1.9.1 load here and predict the same; ours load in MXNet 1.9.1 (with MXNET_PYTHON set)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

GOLDEN = Path(__file__).parent / "golden"
FOLDER = GOLDEN / "checkpoints"
sys.path.insert(0, str(GOLDEN))

import crosscheck  # noqa: E402
import lenet  # noqa: E402
import pack  # noqa: E402

RECORDED = pack.load(FOLDER / "predictions.npz")


def close(got, expected, atol=2e-5):
    np.testing.assert_allclose(got.asnumpy(), expected, atol=atol, rtol=1e-5)


def data():
    return mx.nd.array(RECORDED["data"])


def bound(module, **kinds):
    module.bind([("data", (6, 1, 8, 8))], [("softmax_label", (6,))], **kinds)
    return module


def test_module_load():
    module = bound(mx.mod.Module.load(str(FOLDER / "module"), 3), for_training=False)
    close(module.predict(mx.io.NDArrayIter(data(), mx.nd.zeros(6), batch_size=6)), RECORDED["module"])


def test_load_checkpoint():
    symbol, arguments, states = mx.model.load_checkpoint(str(FOLDER / "module"), 3)
    assert sorted(arguments) == sorted(lenet.SHAPES)
    assert sorted(states) == sorted(lenet.AUX)
    executor = symbol.simple_bind(mx.cpu(), data=(6, 1, 8, 8), grad_req="null")
    executor.copy_params_from(arguments, states)
    close(executor.forward(is_train=False, data=data())[0], RECORDED["module"])


def test_module_symbol_is_written_as_mxnet_writes_it(tmp_path):
    path = FOLDER / "module-symbol.json"
    symbol = mx.sym.load(str(path))
    symbol.save(str(tmp_path / "s.json"))
    assert (tmp_path / "s.json").read_text() == path.read_text()


def test_params_file_is_written_as_mxnet_writes_it(tmp_path):
    for name in ("module-0003.params", "gluon-new.params", "gluon-old.params", "export-0002.params"):
        mx.nd.save(str(tmp_path / name), mx.nd.load(str(FOLDER / name)))
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


@pytest.mark.filterwarnings("ignore:load_params")
@pytest.mark.parametrize("name", ["gluon-new.params", "gluon-old.params"])
def test_gluon_parameters(name):
    net = lenet.block(mx)
    getattr(net, "load_parameters" if "new" in name else "load_params")(str(FOLDER / name))
    close(net(data()), RECORDED["gluon"])
    net.hybridize()
    close(net(data()), RECORDED["gluon"])


def test_gluon_parameters_of_an_export():
    net = lenet.block(mx)
    net.load_parameters(str(FOLDER / "export-0002.params"))
    close(net(data()), RECORDED["gluon"])


def test_symbol_block_imports():
    if not hasattr(mx.gluon, "SymbolBlock"):
        pytest.skip("gluon.SymbolBlock does not exist yet")
    net = mx.gluon.SymbolBlock.imports(str(FOLDER / "export-symbol.json"), ["data"], str(FOLDER / "export-0002.params"))
    close(net(data()), RECORDED["gluon"])


def test_exported_symbol_runs():
    symbol, arguments, states = mx.model.load_checkpoint(str(FOLDER / "export"), 2)
    executor = symbol.simple_bind(mx.cpu(), data=(6, 1, 8, 8), grad_req="null")
    executor.copy_params_from(arguments, states)
    close(executor.forward(is_train=False, data=data())[0], RECORDED["gluon"])


def facts(node):
    """What matters of a node of a symbol file; an entry's third number counts writes to an auxiliary state."""
    name = node["name"] if node["op"] == "null" else ""  # automatic names count all blocks of the process
    return node["op"], name, [entry[:2] for entry in node["inputs"]], node.get("attrs")


def test_export_equals_mxnets(tmp_path):
    net = lenet.block(mx)
    weights = mx.nd.load(str(FOLDER / "gluon-old.params"))
    lenet.fill(mx, net, {name.replace("running", "moving"): value for name, value in weights.items()})
    net.hybridize()
    net(data())
    net.export(str(tmp_path / "export"), epoch=2)
    ours, theirs = (json.loads((folder / "export-symbol.json").read_text()) for folder in (tmp_path, FOLDER))
    assert [facts(node) for node in ours["nodes"]] == [facts(node) for node in theirs["nodes"]]
    ours, theirs = (mx.nd.load(str(folder / "export-0002.params")) for folder in (tmp_path, FOLDER))
    assert list(ours) == list(theirs)


def test_module_optimizer_states():
    """The momentum that MXNet wrote is the one that we reach after the same steps."""
    recorded = pack.load(GOLDEN / "lenet.npz")
    weights = {name: recorded["initial " + name] for name in (*lenet.SHAPES, *lenet.AUX)}
    ours, _ = lenet.trained_module(mx, weights, recorded["images"], recorded["labels"])
    theirs = bound(mx.mod.Module.load(str(FOLDER / "module"), 3, load_optimizer_states=True))
    theirs.init_optimizer(optimizer="sgd", optimizer_params=dict(lenet.SGD))
    batch = mx.io.DataBatch([data()], [mx.nd.arange(6)])
    ours.reshape([("data", (6, 1, 8, 8))], [("softmax_label", (6,))])
    theirs._optimizer.rescale_grad = ours._optimizer.rescale_grad
    for module in (ours, theirs):
        module.forward(batch, is_train=True)
        module.backward()
        module.update()
    for name, value in theirs.get_params()[0].items():
        np.testing.assert_allclose(ours.get_params()[0][name].asnumpy(), value.asnumpy(), atol=1e-3, err_msg=name)


def test_trainer_states():
    net = lenet.block(mx)
    net.load_parameters(str(FOLDER / "gluon-new.params"))
    net.hybridize()
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", dict(lenet.SGD))
    for step, name in enumerate(("after step", "after two steps")):
        with mx.autograd.record():
            loss = net(data()).sum()
        loss.backward()
        if step:  # the state that MXNet wrote after the first step replaces ours
            trainer.load_states(str(FOLDER / "trainer.states"))
        trainer.step(6)
        close(net(data()), RECORDED[name], atol=2e-3)


def test_block_load_and_save(tmp_path):
    for suffix, name in ((".json", "gluon-model.json"), (".params", "gluon-new.params")):
        (tmp_path / f"gluon-model{suffix}").write_bytes((FOLDER / name).read_bytes())
    with mx.name.NameManager():
        net = lenet.block(mx)
    net.load(str(tmp_path / "gluon"))
    close(net(data()), RECORDED["gluon"])
    net.save(str(tmp_path / "again"))
    assert (tmp_path / "again-model.json").read_text() == (FOLDER / "gluon-model.json").read_text()
    assert (tmp_path / "again-model.params").read_bytes() == (FOLDER / "gluon-new.params").read_bytes()


@pytest.mark.filterwarnings("ignore:save_params")
def test_mxnet_reads_what_we_write(tmp_path):
    python = os.environ.get("MXNET_PYTHON")
    if not python:
        pytest.skip("MXNET_PYTHON is not set to a Python that has mxnet 1.9.1")
    crosscheck.write(tmp_path)
    script = str(GOLDEN / "crosscheck.py")
    done = subprocess.run([python, "-W", "ignore", script, "read", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
