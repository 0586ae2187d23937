"""What objects print, and which exception a mistake raises: small functions of the framework ``mx``."""

import numpy as np

PRINTED = {
    "scalar": lambda mx: mx.nd.array(5),
    "one": lambda mx: mx.nd.array([5]),
    "empty": lambda mx: mx.nd.array([]),
    "three axes": lambda mx: mx.nd.arange(8).reshape((2, 2, 2)),
    "int32": lambda mx: mx.nd.array([1, 2], dtype="int32"),
    "float16": lambda mx: mx.nd.array([1, 2.5], dtype="float16"),
    "float64": lambda mx: mx.nd.array([1 / 3], dtype="float64"),
    "bool": lambda mx: mx.nd.array([1, 0], dtype="bool"),
    "uint8": lambda mx: mx.nd.array([1, 255], dtype="uint8"),
    "extremes": lambda mx: mx.nd.array([np.nan, np.inf, -1e10, 1e-10]),
    "other context": lambda mx: mx.nd.ones((2, 2), ctx=mx.cpu(1)),
    "pinned": lambda mx: mx.nd.ones(1, ctx=mx.cpu_pinned()),
    "large": lambda mx: mx.nd.arange(10000).reshape((100, 100)),
    "long": lambda mx: mx.nd.arange(1001),
    "list": lambda mx: [mx.nd.ones(2), mx.nd.array([3])],
    "format": lambda mx: f"{mx.nd.ones(2)}{mx.nd.ones(2)!r}",
    "contexts": lambda mx: [mx.cpu(), mx.gpu(1), mx.cpu_pinned(), mx.Context("cpu_shared", 0), mx.Context(mx.cpu(2))],
    "context facts": lambda mx: [mx.gpu(3).device_id, mx.gpu().device_type, mx.cpu_pinned().device_typeid],
    "dtypes": lambda mx: [mx.nd.ones(1).dtype, mx.nd.ones(1, dtype="uint8").dtype],
    "variable": lambda mx: mx.sym.Variable("a"),
    "sum": lambda mx: mx.sym.Variable("a") + mx.sym.Variable("b"),
    "group": lambda mx: mx.sym.Group([mx.sym.Variable("a"), mx.sym.Variable("b")]),
    "internals": lambda mx: mx.sym.FullyConnected(mx.sym.Variable("a"), num_hidden=1, name="f").get_internals(),
    "two outputs": lambda mx: mx.sym.split(mx.sym.Variable("a"), num_outputs=2),
    "debug_str": lambda mx: mx.sym.FullyConnected(mx.sym.Variable("a"), num_hidden=3, name="fc").debug_str(),
    "DataDesc": lambda mx: [mx.io.DataDesc("data", (2, 3)), mx.io.DataDesc("data", (2, 3), "int32", "NC")],
    "DataBatch": lambda mx: mx.io.DataBatch([mx.nd.ones((2, 3))], [mx.nd.ones(2)]),
    "DataBatch without label": lambda mx: mx.io.DataBatch([mx.nd.ones((2, 3))]),
    "iterator": lambda mx: mx.io.NDArrayIter(np.ones((4, 3)), np.ones(4), 2).provide_data,
    "Accuracy": lambda mx: mx.metric.Accuracy(),
    "composite metric": lambda mx: mx.metric.create(["acc", "ce", "mse"]),
    "metric values": lambda mx: mx.metric.create(["acc", "ce"]).get_name_value(),
    "Dense": lambda mx: mx.gluon.nn.Dense(3, in_units=4, activation="tanh"),
    "Dense unknown": lambda mx: mx.gluon.nn.Dense(10, use_bias=False, flatten=False),
    "Conv1D": lambda mx: mx.gluon.nn.Conv1D(3, 2),
    "Conv2D": lambda mx: mx.gluon.nn.Conv2D(8, 3, padding=1, groups=2, in_channels=4, use_bias=False),
    "Conv2D activation": lambda mx: mx.gluon.nn.Conv2D(8, (3, 1), strides=2, activation="relu"),
    "Conv3D": lambda mx: mx.gluon.nn.Conv3D(3, 2, dilation=2),
    "pooling": lambda mx: [
        mx.gluon.nn.MaxPool2D(),
        mx.gluon.nn.AvgPool2D(3, 2, 1),
        mx.gluon.nn.MaxPool1D(),
        mx.gluon.nn.AvgPool1D(2, 1),
        mx.gluon.nn.MaxPool3D(ceil_mode=True),
        mx.gluon.nn.GlobalAvgPool2D(),
        mx.gluon.nn.GlobalMaxPool1D(),
    ],
    "layers": lambda mx: [
        mx.gluon.nn.BatchNorm(),
        mx.gluon.nn.BatchNorm(in_channels=3, scale=False, center=False, axis=-1),
        mx.gluon.nn.Activation("relu"),
        mx.gluon.nn.Flatten(),
        mx.gluon.nn.Dropout(0.5),
        mx.gluon.nn.Embedding(10, 4),
    ],
    "empty blocks": lambda mx: [mx.gluon.nn.Sequential(), mx.gluon.nn.HybridSequential()],
    "nested blocks": lambda mx: nested(mx),
    "parameters": lambda mx: nested(mx).collect_params(),
    "parameter names": lambda mx: [list(nested(mx).collect_params()), list(nested(mx).collect_params(".*weight"))],
    "structure names": lambda mx: sorted(nested(mx)._collect_params_with_prefix()),
    "Parameter": lambda mx: mx.gluon.Parameter("w", shape=(3, 0)),
    "losses": lambda mx: [mx.gluon.loss.L2Loss(), mx.gluon.loss.SoftmaxCrossEntropyLoss(weight=2.0)],
    "initializers": lambda mx: [
        mx.init.Xavier(magnitude=2.5).dumps(),
        mx.init.Zero().dumps(),
        mx.init.Uniform(0.1).dumps(),
        mx.init.Constant(2).dumps(),
        mx.init.Normal().dumps(),
    ],
    "reshape codes": lambda mx: [
        mx.nd.zeros((2, 3, 4)).reshape(code).shape
        for code in ((4, 0, 2), (0, -1), (-2,), (2, -2), (-3, 4), (0, -3), (-4, 1, 2, -2), (2, -4, -1, 3, -2), (-3, -2))
    ],
    "views": lambda mx: views(mx),
    "assignments": lambda mx: assignments(mx),
    "pad iterator": lambda mx: [
        (b.data[0].asnumpy().tolist(), b.label[0].asnumpy().tolist(), b.pad)
        for b in mx.io.NDArrayIter(np.arange(10).reshape(5, 2), np.arange(5), 2)
    ],
    "autograd.grad": lambda mx: mx.autograd.grad(*recorded(mx)[::-1]),
}


def nested(mx):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        inner = mx.gluon.nn.HybridSequential()
        with inner.name_scope():
            inner.add(mx.gluon.nn.Dense(2), mx.gluon.nn.BatchNorm())
        net.add(mx.gluon.nn.Dense(3, activation="relu"), inner, mx.gluon.nn.Dense(1, use_bias=False))
    return net


def views(mx):
    """After writing 9 to x[key]: which elements of the source changed."""
    changed = []
    for key in (1, -1, slice(1, 3), (1, 2), (1, slice(1, 3)), (slice(0, 1), slice(1, 3)), (slice(None), 1), None, ...):
        x = mx.nd.zeros((3, 4))
        part = x[key]
        part[:] = 9
        changed.append([part.shape, int((x.asnumpy() == 9).sum())])
    for key in (slice(None, None, 2), slice(None, None, -1), [0, 1], (slice(None), slice(1, 3))):
        x = mx.nd.zeros((3, 4))
        part = x[key]
        part[:] = 9
        changed.append([part.shape, int((x.asnumpy() == 9).sum())])
    return changed


def assignments(mx):
    results = []
    for key, value in (
        (slice(None), [1, 2, 3, 4]),
        (1, 7),
        ((1, 2), [7]),
        ((slice(None), 1), [7, 8, 9]),
        (slice(None, None, 2), 1),
        (slice(None, None, -1), np.arange(12).reshape(3, 4)),
        (slice(2, 0, -1), np.array([[1], [2]])),
        ([0, 2], 1),
        (([0, 2], [1, 3]), [7, 8]),
        ([0, 0], np.array([[1] * 4, [2] * 4])),
        ((slice(1, None), [0, 2]), np.array([[1, 2], [3, 4]])),
        ((Ellipsis, 1), 0),
        ((None, 1), 0),
        (slice(7, 9), 5),
    ):
        x = mx.nd.arange(12).reshape((3, 4))
        x[key] = value
        results.append(x.asnumpy().tolist())
    return results


def recorded(mx, retain=False):
    x = mx.nd.array([1.0, 2.0])
    x.attach_grad()
    with mx.autograd.record():
        y = x * x
    return x, y


def second_backward(mx):
    y = recorded(mx)[1]
    y.backward()
    y.backward()


def recording(change):
    """Run ``change(x, y)`` while recording."""

    def run(mx):
        x, y = recorded(mx)
        with mx.autograd.record():
            change(x, y)

    return run


def set_item(x, key, value):
    x[key] = value


def module(mx):
    x = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2, name="fc")
    return mx.mod.Module(mx.sym.SoftmaxOutput(x, name="softmax"))


def bound(mx):
    made = module(mx)
    made.bind([("data", (2, 3))], [("softmax_label", (2,))])
    return made


def unnoticed_step(mx):
    net = mx.gluon.nn.Dense(2, in_units=2)
    net.initialize()
    mx.gluon.Trainer(net.collect_params(), "sgd").step(1)


def deferred_step(mx):
    net = mx.gluon.nn.Dense(2)
    net.initialize()
    mx.gluon.Trainer(net.collect_params(), "sgd").step(1)


def dense(mx, **params):
    net = mx.gluon.nn.Dense(2, **params)
    net.initialize()
    return net


ERRORS = {
    "index too large": lambda mx: mx.nd.ones(3)[3],
    "index too small": lambda mx: mx.nd.ones(3)[-4],
    "second index too large": lambda mx: mx.nd.ones((2, 3))[0, 3],
    "too many indices": lambda mx: mx.nd.ones(3)[0, 0],
    "float index": lambda mx: mx.nd.ones(3)[1.0],
    "string index": lambda mx: mx.nd.ones(3)["x"],
    "list index too large": lambda mx: mx.nd.ones(3)[[5]],
    "bool of several": lambda mx: bool(mx.nd.ones(3)),
    "asscalar of several": lambda mx: mx.nd.ones(3).asscalar(),
    "compare with None": lambda mx: mx.nd.ones(3) == None,  # noqa: E711
    "add list": lambda mx: mx.nd.ones(3) + [1, 2, 3],
    "add NumPy array": lambda mx: mx.nd.ones(3) + np.ones(3),
    "add str": lambda mx: mx.nd.ones(3) + "x",
    "add other dtype": lambda mx: mx.nd.ones(3) + mx.nd.ones(3, dtype="float64"),
    "add other shape": lambda mx: mx.nd.ones(3) + mx.nd.ones(2),
    "add into smaller": lambda mx: mx.nd.ones(2).__iadd__(mx.nd.ones((2, 2))),
    "assign wrong shape": lambda mx: set_item(mx.nd.ones((3, 4)), slice(None), mx.nd.ones(3)),
    "assign wrong NumPy shape": lambda mx: set_item(mx.nd.ones((3, 4)), 1, np.ones(3)),
    "assign str": lambda mx: set_item(mx.nd.ones(3), slice(None), "x"),
    "assign out of range": lambda mx: set_item(mx.nd.ones(3), 3, 1),
    "unsupported dtype": lambda mx: mx.nd.array([1], dtype="complex64"),
    "array of strings": lambda mx: mx.nd.array(["x"]),
    "ragged array": lambda mx: mx.nd.array([[1, 2], [3]]),
    "reshape wrong size": lambda mx: mx.nd.ones(6).reshape((4, -1)),
    "reshape two unknown": lambda mx: mx.nd.ones(6).reshape((-1, -1)),
    "set shape": lambda mx: setattr(mx.nd.ones(6), "shape", (2, 3)),
    "unknown context": lambda mx: mx.Context("tpu"),
    "unknown parameter": lambda mx: mx.nd.sum(mx.nd.ones(3), foo=1),
    "bad enum": lambda mx: mx.nd.Activation(mx.nd.ones(3), act_type="foo"),
    "missing parameter": lambda mx: mx.nd.Activation(mx.nd.ones(3)),
    "missing input": lambda mx: mx.nd.FullyConnected(mx.nd.ones((2, 3)), num_hidden=3),
    "bad number": lambda mx: mx.nd.Dropout(mx.nd.ones(3), p="x"),
    "number out of range": lambda mx: mx.nd.Dropout(mx.nd.ones(3), p=2),
    "NumPy input": lambda mx: mx.nd.exp(np.ones(3)),
    "list input": lambda mx: mx.nd.exp([1, 2]),
    "out of other shape": lambda mx: mx.nd.exp(mx.nd.ones(3), out=mx.nd.ones(2)),
    "out of other dtype": lambda mx: mx.nd.exp(mx.nd.ones(3), out=mx.nd.ones(3, dtype="float64")),
    "axis out of range": lambda mx: mx.nd.sum(mx.nd.ones(3), axis=1),
    "repeated axis": lambda mx: mx.nd.sum(mx.nd.ones((2, 2)), axis=(0, 0)),
    "dot shapes": lambda mx: mx.nd.dot(mx.nd.ones((2, 3)), mx.nd.ones((2, 3))),
    "concat shapes": lambda mx: mx.nd.concat(mx.nd.ones((2, 3)), mx.nd.ones((3, 3))),
    "uneven split": lambda mx: mx.nd.split(mx.nd.ones((2, 3)), num_outputs=2),
    "squeeze wide axis": lambda mx: mx.nd.squeeze(mx.nd.ones((2, 1)), axis=0),
    "broadcast_to": lambda mx: mx.nd.ones(3).broadcast_to((3, 2)),
    "load missing file": lambda mx: mx.nd.load("/nonexistent/file"),
    "save tuple": lambda mx: mx.nd.save("unused", (mx.nd.ones(1),)),
    "save NumPy": lambda mx: mx.nd.save("unused", [np.ones(1)]),
    "save int key": lambda mx: mx.nd.save("unused", {1: mx.nd.ones(1)}),
    "save to missing folder": lambda mx: mx.nd.save("/nonexistent/file", [mx.nd.ones(1)]),
    "load missing symbol": lambda mx: mx.sym.load("/nonexistent/file"),
    "symbol from nonsense": lambda mx: mx.sym.load_json("nope"),
    "symbol from empty object": lambda mx: mx.sym.load_json("{}"),
    "infer_shape contradiction": lambda mx: (mx.sym.Variable("a") + mx.sym.Variable("b")).infer_shape(a=(2,), b=(3,)),
    "infer_shape positional and keyword": lambda mx: mx.sym.Variable("a").infer_shape((2,), a=(2,)),
    "symbol of array": lambda mx: mx.sym.exp(mx.nd.ones(1)),
    "symbol plus str": lambda mx: mx.sym.Variable("a") + "x",
    "symbol truth": lambda mx: bool(mx.sym.Variable("a") == mx.sym.Variable("b")),
    "symbol output name": lambda mx: mx.sym.Variable("a")["b"],
    "symbol output index": lambda mx: mx.sym.Variable("a")[1],
    "symbol attribute not str": lambda mx: mx.AttrScope(x=1),
    "variable name": lambda mx: mx.sym.Variable(3),
    "bind missing argument": lambda mx: mx.sym.exp(mx.sym.Variable("a")).bind(mx.cpu(), {}),
    "simple_bind without shape": lambda mx: mx.sym.exp(mx.sym.Variable("a")).simple_bind(mx.cpu()),
    "executor unknown input": lambda mx: (
        mx.sym.exp(mx.sym.Variable("a")).simple_bind(mx.cpu(), a=(2,)).forward(b=mx.nd.ones(2))
    ),
    "backward unrecorded": lambda mx: mx.nd.ones(2).backward(),
    "second backward": second_backward,
    "add to recorded": recording(lambda x, y: y.__iadd__(1)),
    "assign to recorded": recording(lambda x, y: set_item(y, 0, 3)),
    "add to variable while recording": recording(lambda x, y: x.__iadd__(1)),
    "assign to view while recording": recording(lambda x, y: set_item(x[0:1], slice(None), 3)),
    "head_grads count": lambda mx: mx.autograd.backward([recorded(mx)[1]], [None, None]),
    "grad of unmarked": lambda mx: mx.autograd.grad(recorded(mx)[1], mx.nd.ones(2)),
    "unknown grad_req": lambda mx: mx.nd.ones(2).attach_grad("foo"),
    "uninitialised": lambda mx: mx.gluon.nn.Dense(2)(mx.nd.ones((1, 2))),
    "uninitialised data": lambda mx: mx.gluon.nn.Dense(2).weight.data(),
    "deferred data": lambda mx: dense(mx).weight.data(),
    "wrong input size": lambda mx: dense(mx, in_units=2)(mx.nd.ones((1, 3))),
    "parameter on other context": lambda mx: dense(mx, in_units=2).weight.data(mx.cpu(1)),
    "set_data shape": lambda mx: dense(mx, in_units=2).weight.set_data(mx.nd.ones((3, 3))),
    "parameter grad_req": lambda mx: setattr(dense(mx).weight, "grad_req", "foo"),
    "parameter without shape": lambda mx: mx.gluon.Parameter("w", shape=(0, 3)).initialize(),
    "NumPy to block": lambda mx: dense(mx, in_units=2)(np.ones((1, 2))),
    "child is no HybridBlock": lambda mx: mx.gluon.nn.HybridSequential().add(mx.gluon.nn.Sequential()),
    "replace parameter": lambda mx: setattr(dense(mx), "weight", 3),
    "export too early": lambda mx: dense(mx, in_units=2).export("unused"),
    "save deferred": lambda mx: dense(mx).save_parameters("unused"),
    "trainer of ints": lambda mx: mx.gluon.Trainer([1], "sgd"),
    "step without backward": unnoticed_step,
    "step deferred": deferred_step,
    "kvstore pull unknown key": lambda mx: mx.kv.create().pull(9, out=mx.nd.ones(1)),
    "kvstore push unknown key": lambda mx: mx.kv.create().push(9, mx.nd.ones(1)),
    "module forward unbound": lambda mx: module(mx).forward(mx.io.DataBatch([mx.nd.ones((2, 3))])),
    "module init unbound": lambda mx: module(mx).init_params(),
    "module params uninitialised": lambda mx: bound(mx).get_params(),
    "module update without optimizer": lambda mx: bound(mx).update(),
    "module unknown data": lambda mx: mx.mod.Module(mx.sym.Variable("data"), data_names=["x"]),
    "module set_params missing": lambda mx: bound(mx).set_params({}, {}),
    "module load missing": lambda mx: mx.mod.Module.load("/nonexistent/model", 1),
    "initializer name": lambda mx: mx.init.Uniform()(mx.init.InitDesc("foo"), mx.nd.ones(2)),
    "Xavier of vector": lambda mx: mx.init.Xavier()(mx.init.InitDesc("w_weight"), mx.nd.ones(2)),
    "unknown optimizer": lambda mx: mx.optimizer.create("foo"),
    "unknown metric": lambda mx: mx.metric.create("foo"),
    "metric sizes": lambda mx: mx.metric.Accuracy().update([mx.nd.ones(3)], [mx.nd.ones((2, 2))]),
}


def text(mx, name):
    """The printed form, with the package's name taken out."""
    with mx.name.NameManager():
        value = PRINTED[name](mx)
    return str(value).replace(mx.__name__ + ".", "mx.")


def error(mx, name):
    """The exception that is raised, or None."""
    try:
        ERRORS[name](mx)
        mx.nd.waitall()
    except Exception as caught:
        return caught
    return None
