"""Fused graphs on gpu(0) and on cpu(0), with broadcasting and gradients; run by test_fusion.py."""

import numpy as np

import mxnb as mx
from mxnb import fusion, nd, sym
from mxnb.fusion import Fused

fusion.SMALL, fusion.ROW = 1, 8
x, y, row, column, half = (sym.Variable(n) for n in ("x", "y", "row", "column", "half"))
hidden = sym.tanh(sym.broadcast_add(sym.broadcast_mul(x, column), row)) * sym.sigmoid(y)
symbol = sym.Group([
    sym.where(y > 0, hidden, x - 2 * hidden), sym.clip(hidden, a_min=-0.3, a_max=0.4),
    sym.mean(sym.square(hidden - y), axis=-1), sym.max(sym.abs(x - y), axis=(0, 2)), sym.norm(x * y),
    sym.pick(sym.log_softmax(x), sym.max(y, axis=2) * 4),
    sym.cast(sym.Dropout(x * y + 1, p=0.4) * sym.cast(half, dtype="float32"), dtype="float16"),
])  # fmt: skip
SHAPES = {"x": (2, 3, 9), "y": (2, 3, 9), "row": (1, 1, 9), "column": (2, 1, 1), "half": (2, 3, 9)}
ARGS = {n: np.random.RandomState(i).uniform(-1, 1, s) for i, (n, s) in enumerate(SHAPES.items())}


def run(ctx):
    mx.random.seed(5)
    dtypes = {n: "float16" if n == "half" else "float32" for n in symbol.list_arguments()}
    args = {n: nd.array(ARGS[n], ctx=ctx, dtype=dtype) for n, dtype in dtypes.items()}
    grads = {n: nd.ones(a.shape, ctx=ctx, dtype=a.dtype) for n, a in args.items()}
    executor = symbol.bind(ctx, args, grads, grad_req={**dict.fromkeys(args, "write"), "y": "add"})
    outs = [o.asnumpy() for o in executor.forward(is_train=True)]
    executor.backward([nd.ones(o.shape, ctx=ctx, dtype=o.dtype) for o in executor.outputs])
    names = [step.op.name for step in executor._program(True, True)[0].steps]
    assert "Dropout" not in names and "Cast" not in names and "_draw" in names
    fused = [step.plan.out_specs for step in executor._program(True, True)[0].steps if isinstance(step.op, Fused)]
    assert len(fused) >= 2 and any(len({shape for shape, _ in specs}) > 1 for specs in fused)  # a reduction joined
    return outs + [g.asnumpy() for g in grads.values()]


for got, want in zip(run(mx.gpu(0)), run(mx.cpu(0))):
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
print("equal")
