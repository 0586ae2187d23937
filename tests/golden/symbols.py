"""Symbols built by the same code on MXNet and on mxnb, and all that can be asked about them."""

SYMBOLS = {}  # name -> (builder, keyword shapes for infer_shape)


def symbol(**shapes):
    def keep(builder):
        SYMBOLS[builder.__name__] = (builder, shapes)
        return builder

    return keep


def variables(mx, *names):
    return [mx.sym.Variable(name) for name in names]


@symbol(a=(2, 3), b=(2, 3))
def arithmetic(mx):
    a, b = variables(mx, "a", "b")
    return 2 * a + b - 1 / (a * b) ** 2 + (3 - a) / b + 2**a + a % 2 + 3 % b - (-a) + abs(b) / 2


@symbol(a=(2, 3), b=(2, 3))
def comparison(mx):
    a, b = variables(mx, "a", "b")
    return mx.sym.Group([a > b, a >= 1, b < a, a <= b, a == b, a != 2, mx.sym.maximum(a, b), mx.sym.minimum(a, 2)])


@symbol(a=(2, 1), b=(1, 3))
def broadcast(mx):
    a, b = variables(mx, "a", "b")
    return mx.sym.broadcast_add(a, b) * mx.sym.broadcast_hypot(a, b, name="h")


@symbol(data=(32, 10), softmax_label=(32,))
def mlp(mx):
    x = mx.sym.Variable("data")
    x = mx.sym.Activation(mx.sym.FullyConnected(x, num_hidden=128, name="fc1"), act_type="relu", name="relu1")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=10, name="fc2"), name="softmax")


@symbol(data=(4, 1, 8, 8))
def lenet(mx):
    from lenet import symbol as build

    return build(mx)


@symbol(data=(4, 3, 8, 8))
def automatic_names(mx):
    x = mx.sym.Variable("data")
    for _ in range(2):
        x = mx.sym.Convolution(x, kernel=(3, 3), num_filter=4, pad=(1, 1))
        x = mx.sym.Pooling(mx.sym.BatchNorm(x), kernel=(2, 2), stride=(2, 2))
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.Dropout(mx.sym.Flatten(x)), num_hidden=3))


@symbol(data=(4, 3, 8, 8))
def prefixed(mx):
    with mx.name.Prefix("net_"):
        x = mx.sym.Convolution(mx.sym.Variable("data"), kernel=(1, 1), num_filter=2, name="named")
        return mx.sym.mean(mx.sym.LeakyReLU(x), axis=(2, 3)) + 1


@symbol(data=(4, 6))
def attributes(mx):
    with mx.AttrScope(ctx_group="one", lr_mult="0.5"):
        x = mx.sym.Variable("data", shape=(4, 6), lr_mult=2.0, init=mx.init.Constant(3), dtype="float32")
        y = mx.sym.FullyConnected(x, num_hidden=3, attr={"__mine__": "yes"})
    w = mx.sym.Variable("w", wd_mult=0.0, attr={"__note__": "n"})
    return mx.sym.FullyConnected(y, weight=w, num_hidden=2, no_bias=True, name="last")


@symbol(x=(4, 6), y=(4, 6))
def several_outputs(mx):
    x, y = variables(mx, "x", "y")
    parts = mx.sym.split(x, num_outputs=3, axis=1, name="parts")
    return mx.sym.Group(
        [parts[0] + parts[2], mx.sym.concat(*parts, y, dim=1), mx.sym.stack(x, y), mx.sym.add_n(x, y, x)]
    )


@symbol(data=(4, 3, 5, 5))
def batch_norm_outputs(mx):
    return mx.sym.BatchNorm(mx.sym.Variable("data"), output_mean_var=True, name="bn", fix_gamma=False)


@symbol(x=(7, 2))
def composed(mx):
    inner = mx.sym.FullyConnected(mx.sym.Variable("z"), num_hidden=3, name="inner")
    outer = mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=4, name="outer")
    return inner(z=outer, name="joined")


@symbol(data=(2, 3, 4))
def shapes(mx):
    x = mx.sym.Variable("data")
    x = mx.sym.Reshape(mx.sym.transpose(x, axes=(0, 2, 1)), shape=(0, -1))
    x = mx.sym.slice_axis(mx.sym.expand_dims(x, axis=1), axis=-1, begin=0, end=5)
    return mx.sym.Embedding(mx.sym.sum(x, axis=1, keepdims=True), input_dim=9, output_dim=2, name="embed")


@symbol(a=(2, 3))
def methods(mx):
    a = mx.sym.Variable("a")
    return (a.reshape((3, 2)).sum(axis=1).exp() + a.transpose().mean(axis=1)).astype("float64").expand_dims(0).square()


@symbol(data=(0, 5), w_weight=(4, 0))
def partly_known(mx):
    return mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=4, name="w")


@symbol(a=(3,))
def created(mx):
    return mx.sym.Variable("a") + mx.sym.zeros((3,)) + mx.sym.ones(3) * mx.sym.arange(0, 3)


FACTS = {
    "json": lambda s, shapes: s.tojson(),
    "name": lambda s, shapes: s.name,
    "repr": lambda s, shapes: repr(s),
    "arguments": lambda s, shapes: s.list_arguments(),
    "outputs": lambda s, shapes: s.list_outputs(),
    "states": lambda s, shapes: s.list_auxiliary_states(),
    "internals": lambda s, shapes: s.get_internals().list_outputs(),
    "inputs": lambda s, shapes: s.list_inputs(),
    "attr_dict": lambda s, shapes: s.attr_dict(),
    "list_attr": lambda s, shapes: s.list_attr() if len(s.list_outputs()) == 1 else None,
    "shapes": lambda s, shapes: [[list(x) for x in group] for group in s.infer_shape_partial(**shapes)],
    "types": lambda s, shapes: [
        [t.__name__ for t in group] for group in s.infer_type(**{s.list_arguments()[0]: "float32"})
    ],
}


def describe(mx, name, fact):
    """One fact about a symbol, as JSON types."""
    builder, shapes = SYMBOLS[name]
    with mx.name.NameManager():
        s = builder(mx)
    return FACTS[fact](s, shapes)
