"""Record what MXNet 1.9.1 does, for the tests to compare with.

Run with a Python that has ``mxnet==1.9.1``::

    python tests/golden/record.py [part ...]

writes the files of this folder. Parts: ops, lenet (with checkpoints), symbols, printed (default: all).
"""

import gzip
import json
import os
import sys

import mxnet as mx
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import lenet  # noqa: E402
import pack  # noqa: E402
import printed  # noqa: E402
import symbols  # noqa: E402
from cases import CASES  # noqa: E402

DIGITS = os.path.join(HERE, "..", "..", "mxnb", "data", "digits")
CHECKPOINTS = os.path.join(HERE, "checkpoints")


def record_ops():
    arrays, failed = {}, []
    for name, case in CASES.items():
        inputs = case.make_inputs()
        try:
            result = case.run(mx, inputs)
            mx.nd.waitall()
        except Exception as error:  # report all at the end
            failed.append((name, str(error).strip().splitlines()[-1][:150]))
            continue
        arrays.update({f"{name} in{i}": x for i, x in enumerate(inputs)})
        arrays.update({f"{name} {key}": value for key, value in result.items()})
    pack.save(os.path.join(HERE, "ops.npz"), arrays)
    print(f"{len(CASES) - len(failed)} cases, {len(arrays)} arrays")
    for name, message in failed:
        print("FAILED", name, "-", message)


def digits(name, header):
    with gzip.open(os.path.join(DIGITS, name)) as file:
        return np.frombuffer(file.read(), dtype=np.uint8)[header:]


def record_lenet():
    count = lenet.STEPS * lenet.BATCH
    images = digits("train-images-idx3-ubyte.gz", 16).reshape(-1, 8, 8)[:count]
    labels = digits("train-labels-idx1-ubyte.gz", 8)[:count]
    weights = lenet.initial_weights()
    arrays = {"images": images, "labels": labels, **{"initial " + k: v for k, v in weights.items()}}
    runs = {
        "gluon": lenet.train_gluon(mx, weights, images, labels),
        "hybrid": lenet.train_gluon(mx, weights, images, labels, hybridize=True),
        "module": lenet.train_module(mx, weights, images, labels),
    }
    for name, (losses, final) in runs.items():
        arrays["losses " + name] = np.array(losses, dtype=np.float32)
        if name == "gluon":
            arrays.update({"final " + k: v for k, v in final.items()})
    pack.save(os.path.join(HERE, "lenet.npz"), arrays)
    record_checkpoints(weights, images, labels)


def record_checkpoints(weights, images, labels):
    """One trained LeNet in every form in which MXNet writes a model, and what it predicts."""
    if not os.path.isdir(CHECKPOINTS):
        os.makedirs(CHECKPOINTS)
    at = lambda name: os.path.join(CHECKPOINTS, name)
    x = mx.nd.array(images[-6:].reshape(-1, 1, 8, 8).astype("float32") / 255)
    module, _ = lenet.trained_module(mx, weights, images, labels)
    module.save_checkpoint(at("module"), 3, save_optimizer_states=True)
    arrays = {
        "data": x.asnumpy(),
        "module": module.predict(mx.io.NDArrayIter(x, mx.nd.zeros(6), batch_size=6)).asnumpy(),
    }
    arguments, states = module.get_params()
    net = lenet.block(mx)
    lenet.fill(mx, net, {k: v.asnumpy() for k, v in {**arguments, **states}.items()})
    arrays["gluon"] = net(x).asnumpy()
    net.save_parameters(at("gluon-new.params"))
    net.save_params(at("gluon-old.params"))
    net.hybridize()
    net(x)
    net.export(at("export"), epoch=2)
    net.save(at("gluon"))
    os.remove(at("gluon-model.params"))  # equal to gluon-new.params
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", dict(lenet.SGD))
    with mx.autograd.record():
        loss = net(x).sum()
    loss.backward()
    trainer.step(6)
    trainer.save_states(at("trainer.states"))
    arrays["after step"] = net(x).asnumpy()
    with mx.autograd.record():
        loss = net(x).sum()
    loss.backward()
    trainer.step(6)
    arrays["after two steps"] = net(x).asnumpy()
    pack.save(at("predictions.npz"), arrays)


def write_json(name, content):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(content, file, indent=1, sort_keys=True)
        file.write("\n")


def record_symbols():
    write_json(
        "symbols.json",
        {name: {fact: symbols.describe(mx, name, fact) for fact in symbols.FACTS} for name in symbols.SYMBOLS},
    )


def record_printed():
    texts = {name: printed.text(mx, name) for name in printed.PRINTED}
    errors = {name: type(printed.error(mx, name)).__name__ for name in printed.ERRORS}
    write_json("printed.json", {"printed": texts, "errors": errors})


PARTS = {"ops": record_ops, "lenet": record_lenet, "symbols": record_symbols, "printed": record_printed}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
