"""Operators at the sizes of real networks, forward and with their gradients."""

from __future__ import annotations

from functools import partial

from ..case import Case, Expression, numbers

IMAGES = (32, 64, 28, 28)


def functional(torch):
    """`torch.nn.functional`."""
    return torch.nn.functional


def convolution(name, x, w, stride=1, pad=0):
    """A convolution without bias."""
    return Expression(
        name, {"x": x, "w": w},
        lambda mx, x, w: mx.nd.Convolution(
            x, w, kernel=w.shape[2:], num_filter=w.shape[0], stride=(stride, stride), pad=(pad, pad), no_bias=True
        ),
        lambda torch, x, w: functional(torch).conv2d(x, w, stride=stride, padding=pad),
    )  # fmt: skip


def pooling(kind, kernel, stride):
    """A pooling."""
    return Expression(
        f"{kind} pooling {kernel}x{kernel}/{stride}", {"x": IMAGES},
        lambda mx, x: mx.nd.Pooling(x, kernel=(kernel, kernel), stride=(stride, stride), pool_type=kind),
        lambda torch, x: getattr(functional(torch), kind + "_pool2d")(x, kernel, stride),
    )  # fmt: skip


def unary(name, mx=None, torch=None, x=IMAGES):
    """An operator of one large array."""
    return Expression(
        name, {"x": x},
        mx or (lambda mx, x: getattr(mx.nd, name)(x)),
        torch or (lambda torch, x: getattr(torch, name)(x)),
    )  # fmt: skip


def integers(name, dtype, mx, torch):
    """An operator of one large array of whole numbers; of torch's result the dtype is given, else it is int64."""
    return index(name, (dtype, IMAGES, 100), mx, lambda torch_, x: torch(torch_, x, getattr(torch_, dtype)))


def cast(source, target):
    """The numbers of one large array in another dtype."""
    return index(
        f"cast of {source} to {target}", (source, IMAGES, 100),
        lambda mx, x: x.astype(target), lambda torch, x: x.to(getattr(torch, target)),
    )  # fmt: skip


def power(exponent):
    """One large array to the power of a number."""
    return unary(f"power {exponent:g}", lambda mx, x: x**exponent, lambda torch, x: x**exponent)


def typed(name, dtype):
    """An operator of one large array of another dtype."""
    return unary(
        f"{name} of {dtype}",
        lambda mx, x: getattr(mx.nd, name)(x), lambda torch, x: getattr(torch, name)(x), (dtype, IMAGES),
    )  # fmt: skip


def padding(mode, other):
    """A border of one pixel."""
    return unary(
        f"pad, {mode}", lambda mx, x: mx.nd.pad(x, mode=mode, pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
        lambda torch, x: functional(torch).pad(x, (1, 1, 1, 1), other),
    )  # fmt: skip


def row(name, mx, torch):
    """An operator of rows of scores."""
    return Expression(name, {"x": (128, 1000)}, mx, torch)


class index(Expression):
    """An operator without a gradient, for example because it gives or takes indices."""

    def __init__(self, name, x, mx, torch):
        super().__init__(name, {"x": x}, mx, torch)

    def backward(self):
        """None."""


def batch_norm(mx, x, gamma, beta, mean, var):
    """With the statistics of the batch."""
    with mx.autograd.train_mode():
        return mx.nd.BatchNorm(x, gamma, beta, mean, var, fix_gamma=False, eps=1e-5, momentum=0.9)


def dropout(mx, x):
    """As in training."""
    with mx.autograd.train_mode():
        return mx.nd.Dropout(x, p=0.5)


ELEMENTARY = (  # each with its name in PyTorch
    *[(name, name) for name in ("expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "erf")],
    *[("arctan", "atan"), ("arcsinh", "asinh"), ("gammaln", "lgamma")],
)
INVERSE = (("arcsin", "asin"), ("arccos", "acos"), ("arctanh", "atanh"), ("erfinv", "erfinv"))  # of numbers below 1


def elementary(name, theirs, scale=None):
    """A function of one number, or of `scale` times it."""
    if scale is None:
        return unary(name, torch=lambda torch, x: getattr(torch, theirs)(x))
    return unary(
        f"{name} of a product",
        lambda mx, x: getattr(mx.nd, name)(x * scale),
        lambda torch, x: getattr(torch, theirs)(x * scale),
    )


CHANNEL = (1, 64, 1, 1)
EXPRESSIONS = (
    Expression("add", {"a": IMAGES, "b": IMAGES}, lambda mx, a, b: a + b, lambda torch, a, b: a + b),
    Expression("multiply", {"a": IMAGES, "b": IMAGES}, lambda mx, a, b: a * b, lambda torch, a, b: a * b),
    unary("multiply by scalar", lambda mx, x: x * 2.5, lambda torch, x: x * 2.5),
    unary("relu"),
    unary("exp"),
    unary("tanh"),
    unary("sigmoid"),
    unary(
        "gelu", lambda mx, x: mx.nd.LeakyReLU(x, act_type="gelu"), lambda torch, x: functional(torch).gelu(x)
    ),
    unary(
        "elu of a difference", lambda mx, x: mx.nd.LeakyReLU(x - 0.6, act_type="elu"),
        lambda torch, x: functional(torch).elu(x - 0.6, 0.25),
    ),
    unary(
        "softrelu", lambda mx, x: mx.nd.Activation(x, act_type="softrelu"),
        lambda torch, x: functional(torch).softplus(x),
    ),
    unary("clip", lambda mx, x: mx.nd.clip(x, 0.3, 0.8), lambda torch, x: x.clamp(0.3, 0.8)),
    *(elementary(*names) for names in ELEMENTARY),
    *(typed(name, "float64") for name in ("exp", "log", "sin", "cos", "tanh", "sigmoid", "erf")),
    unary("power of float64", lambda mx, x: x**2.5, lambda torch, x: x**2.5, ("float64", IMAGES)),
    *(typed(name, "float16") for name in ("exp", "relu", "mean")),
    Expression(
        "add of float16", {"a": ("float16", IMAGES), "b": ("float16", IMAGES)},
        lambda mx, a, b: a + b, lambda torch, a, b: a + b,
    ),
    *(elementary(*names, scale=0.9) for names in INVERSE),
    unary("square by a power", lambda mx, x: x**2, lambda torch, x: x**2),
    *map(power, (3, 4, -0.5, -1, -2, -3, 1.5)),
    unary("power with a scalar", lambda mx, x: x**2.5, lambda torch, x: x**2.5),
    unary("power of a scalar", lambda mx, x: 2.5**x, lambda torch, x: 2.5**x),
    unary("cbrt", torch=lambda torch, x: x ** (1 / 3)),
    Expression("power", {"a": IMAGES, "b": IMAGES}, lambda mx, a, b: a**b, lambda torch, a, b: a**b),
    Expression("modulo", {"a": IMAGES, "b": IMAGES}, lambda mx, a, b: a % b, lambda torch, a, b: a % b),
    Expression(
        "hypot", {"a": IMAGES, "b": IMAGES}, lambda mx, a, b: mx.nd.broadcast_hypot(a, b),
        lambda torch, a, b: torch.hypot(a, b),
    ),
    Expression(
        "broadcast add (channels)", {"a": IMAGES, "b": CHANNEL},
        lambda mx, a, b: mx.nd.broadcast_add(a, b), lambda torch, a, b: a + b,
    ),
    Expression(
        "broadcast multiply (rows)", {"a": (4096, 512), "b": (1, 512)},
        lambda mx, a, b: mx.nd.broadcast_mul(a, b), lambda torch, a, b: a * b,
    ),
    unary("sum", lambda mx, x: mx.nd.sum(x), lambda torch, x: x.sum()),
    unary("mean of channels", lambda mx, x: mx.nd.mean(x, axis=(0, 2, 3)), lambda torch, x: x.mean((0, 2, 3))),
    unary("sum of rows", lambda mx, x: mx.nd.sum(x, axis=3), lambda torch, x: x.sum(3)),
    unary("max of channels", lambda mx, x: mx.nd.max(x, axis=1), lambda torch, x: torch.amax(x, 1)),
    Expression(
        "broadcast add of int32", {"a": ("int32", IMAGES, 100), "b": ("int32", CHANNEL, 100)},
        lambda mx, a, b: mx.nd.broadcast_add(a, b), lambda torch, a, b: a + b,
    ),
    integers("relu of int8", "int8", lambda mx, x: mx.nd.relu(x), lambda torch, x, _: torch.relu(x)),
    *(
        integers(f"clip of {dtype}", dtype, lambda mx, x: mx.nd.clip(x, 10, 80), lambda torch, x, _: x.clamp(10, 80))
        for dtype in ("int8", "uint8", "int32")
    ),
    integers("multiply by scalar of uint8", "uint8", lambda mx, x: x * 3, lambda torch, x, _: x * 3),
    integers("maximum of int32", "int32", lambda mx, x: mx.nd.maximum(x, 9), lambda torch, x, _: x.clamp_min(9)),
    integers("square by a power of int32", "int32", lambda mx, x: x**2, lambda torch, x, _: x**2),
    integers("power 5 of int32", "int32", lambda mx, x: x**5, lambda torch, x, _: x**5),
    integers("sum of int32", "int32", lambda mx, x: mx.nd.sum(x), lambda torch, x, dtype: x.sum(dtype=dtype)),
    integers(
        "sum of channels of int32", "int32", lambda mx, x: mx.nd.sum(x, axis=1),
        lambda torch, x, dtype: x.sum(1, dtype=dtype),
    ),
    integers("max of channels of uint8", "uint8", lambda mx, x: mx.nd.max(x, axis=1), lambda torch, x, _: x.amax(1)),
    unary("running sum of rows", lambda mx, x: mx.nd.cumsum(x, axis=3), lambda torch, x: x.cumsum(3)),
    unary("running sum of channels", lambda mx, x: mx.nd.cumsum(x, axis=1), lambda torch, x: x.cumsum(1)),
    unary(
        "transpose", lambda mx, x: mx.nd.transpose(x, axes=(0, 2, 3, 1)),
        lambda torch, x: x.permute(0, 2, 3, 1).contiguous(),
    ),
    Expression(
        "concat", {"a": IMAGES, "b": IMAGES},
        lambda mx, a, b: mx.nd.concat(a, b, dim=1), lambda torch, a, b: torch.cat((a, b), 1),
    ),
    unary(
        "transpose of the last axes", lambda mx, x: mx.nd.swapaxes(x, 2, 3),
        lambda torch, x: x.transpose(2, 3).contiguous(),
    ),
    unary(
        "transpose of heads", lambda mx, x: mx.nd.transpose(x, axes=(0, 2, 1, 3)),
        lambda torch, x: x.permute(0, 2, 1, 3).contiguous(),
    ),
    unary("flip", lambda mx, x: mx.nd.flip(x, axis=3), lambda torch, x: x.flip(3)),
    unary(
        "repeat channels", lambda mx, x: mx.nd.repeat(x, repeats=2, axis=1),
        lambda torch, x: x.repeat_interleave(2, 1),
    ),
    unary(
        "repeat pixels", lambda mx, x: mx.nd.repeat(x, repeats=2, axis=3), lambda torch, x: x.repeat_interleave(2, 3),
    ),
    unary("tile", lambda mx, x: mx.nd.tile(x, (1, 2, 1, 1)), lambda torch, x: x.repeat(1, 2, 1, 1)),
    padding("constant", "constant"),
    padding("edge", "replicate"),
    padding("reflect", "reflect"),
    unary("slice", lambda mx, x: x[:, 16:48], lambda torch, x: x[:, 16:48].contiguous()),
    unary(
        "split (copied on both sides)", lambda mx, x: mx.nd.split(x, 2, axis=1)[1],
        lambda torch, x: [part.contiguous() for part in torch.split(x, 32, 1)][1],
    ),
    Expression(
        "stack", {"a": IMAGES, "b": IMAGES},
        lambda mx, a, b: mx.nd.stack(a, b, axis=1), lambda torch, a, b: torch.stack((a, b), 1),
    ),
    Expression(
        "concat of small arrays", {"a": (16, 32), "b": (16, 32)},
        lambda mx, a, b: mx.nd.concat(a, b, dim=1), lambda torch, a, b: torch.cat((a, b), 1),
    ),
    Expression(
        "where", {"c": ("int", IMAGES, 2), "a": IMAGES, "b": IMAGES},
        lambda mx, c, a, b: mx.nd.where(c, a, b), lambda torch, c, a, b: torch.where(c != 0, a, b),
    ),
    unary("sum of channels", lambda mx, x: mx.nd.sum(x, axis=1), lambda torch, x: x.sum(1)),
    unary("norm", lambda mx, x: mx.nd.norm(x), lambda torch, x: torch.linalg.vector_norm(x)),
    index("argmax", (128, 1000), lambda mx, x: mx.nd.argmax(x, axis=1), lambda torch, x: x.argmax(1)),
    index(
        "argmax of channels", IMAGES, lambda mx, x: mx.nd.argmax(x, axis=1), lambda torch, x: x.argmax(1),
    ),
    row("topk 5 of 1000", lambda mx, x: mx.nd.topk(x, k=5, ret_typ="value"), lambda torch, x: x.topk(5).values),
    row("sort 1000", lambda mx, x: mx.nd.sort(x), lambda torch, x: x.sort(-1).values),
    index("argsort 1000", (128, 1000), lambda mx, x: mx.nd.argsort(x), lambda torch, x: x.argsort(-1)),
    index(
        "argsort of lines of 14", (3584, 14), lambda mx, x: mx.nd.argsort(x), lambda torch, x: x.argsort(-1),
    ),
    row(
        "topk 50 of 1000, with indices", lambda mx, x: mx.nd.topk(x, k=50, ret_typ="both")[0],
        lambda torch, x: x.topk(50).values,
    ),
    row(
        "topk 5 of each column", lambda mx, x: mx.nd.topk(x, k=5, axis=0, ret_typ="value"),
        lambda torch, x: x.topk(5, 0).values,
    ),
    index(
        "histogram", (200000,), lambda mx, x: mx.nd.histogram(x, bins=10)[0], lambda torch, x: torch.histc(x, 10),
    ),
    index(
        "one_hot", ("int", (2048,), 1000), lambda mx, x: mx.nd.one_hot(x, 1000),
        lambda torch, x: functional(torch).one_hot(x, 1000),
    ),
    Expression(
        "take", {"x": (10000, 128), "i": ("int", (2048,), 10000)},
        lambda mx, x, i: mx.nd.take(x, i), lambda torch, x, i: torch.index_select(x, 0, i),
    ),
    Expression(
        "take of float16", {"x": ("float16", (10000, 128)), "i": ("int", (2048,), 10000)},
        lambda mx, x, i: mx.nd.take(x, i), lambda torch, x, i: torch.index_select(x, 0, i),
    ),
    Expression(
        "take along channels", {"x": IMAGES, "i": ("int", (64,), 64)},
        lambda mx, x, i: mx.nd.take(x, i, axis=1), lambda torch, x, i: torch.index_select(x, 1, i),
    ),
    Expression(
        "gather_nd", {"x": IMAGES, "i": ("int", (2, 2048), 32)},
        lambda mx, x, i: mx.nd.gather_nd(x, i), lambda torch, x, i: x[i[0], i[1]],
    ),
    unary("cast to float16", lambda mx, x: x.astype("float16"), lambda torch, x: x.half()),
    cast("uint8", "float32"),
    cast("int32", "float32"),
    cast("int32", "float16"),
    unary(
        "cast of float64 to float16", lambda mx, x: x.astype("float16"), lambda torch, x: x.half(),
        ("float64", IMAGES),
    ),
    index(
        "cast of float32 to int32", IMAGES, lambda mx, x: x.astype("int32"), lambda torch, x: x.to(torch.int32),
    ),
    index(
        "cast of float16 to uint8", ("float16", IMAGES), lambda mx, x: x.astype("uint8"),
        lambda torch, x: x.to(torch.uint8),
    ),
    Expression(
        "pick", {"x": (2048, 1000), "i": ("int", (2048,), 1000)},
        lambda mx, x, i: mx.nd.pick(x, i), lambda torch, x, i: x.gather(1, i[:, None]).squeeze(1),
    ),
    Expression(
        "softmax (128, 1000)", {"x": (128, 1000)},
        lambda mx, x: mx.nd.softmax(x), lambda torch, x: torch.softmax(x, -1),
    ),
    Expression(
        "softmax with lengths (128, 1000)", {"x": (128, 1000), "n": ("int32", (128,), 1000)},
        lambda mx, x, n: mx.nd.softmax(x, length=n + 1, use_length=True),
        lambda torch, x, n: x.masked_fill(torch.arange(1000) > n[:, None], -float("inf")).softmax(-1),
    ),
    Expression(
        "log_softmax (128, 10)", {"x": (128, 10)},
        lambda mx, x: mx.nd.log_softmax(x), lambda torch, x: torch.log_softmax(x, -1),
    ),
    Expression(
        "batch norm", {"x": IMAGES, "gamma": (64,), "beta": (64,), "mean": ("int", (64,), 1), "var": ("int", (64,), 1)},
        batch_norm,
        lambda torch, x, gamma, beta, mean, var: functional(torch).batch_norm(
            x, mean.float(), var.float(), gamma, beta, True, 0.1, 1e-5
        ),
    ),
    Expression(
        "layer norm", {"x": (2048, 512), "gamma": (512,), "beta": (512,)},
        lambda mx, x, gamma, beta: mx.nd.LayerNorm(x, gamma, beta, eps=1e-5),
        lambda torch, x, gamma, beta: functional(torch).layer_norm(x, (512,), gamma, beta, 1e-5),
    ),
    Expression(
        "group norm", {"x": IMAGES, "gamma": (8,), "beta": (8,)},
        lambda mx, x, gamma, beta: mx.nd.GroupNorm(x, gamma, beta, num_groups=8, eps=1e-5),
        lambda torch, x, gamma, beta: functional(torch).group_norm(
            x, 8, gamma.repeat_interleave(8), beta.repeat_interleave(8), 1e-5
        ),
    ),
    Expression(
        "instance norm", {"x": IMAGES, "gamma": (64,), "beta": (64,)},
        lambda mx, x, gamma, beta: mx.nd.InstanceNorm(x, gamma, beta, eps=1e-5),
        lambda torch, x, gamma, beta: functional(torch).instance_norm(x, None, None, gamma, beta, True, 0.1, 1e-5),
    ),
    unary(
        "unit length of channels", lambda mx, x: mx.nd.L2Normalization(x, mode="channel"),
        lambda torch, x: functional(torch).normalize(x, dim=1),
    ),
    unary(
        "local response norm", lambda mx, x: mx.nd.LRN(x, nsize=5),
        lambda torch, x: functional(torch).local_response_norm(x, 5, 1e-4, 0.75, 2.0),
    ),
    unary(
        "global pooling", lambda mx, x: mx.nd.Pooling(x, global_pool=True, pool_type="avg"),
        lambda torch, x: functional(torch).adaptive_avg_pool2d(x, 1),
    ),
    pooling("max", 2, 2),
    pooling("max", 3, 2),
    pooling("avg", 2, 2),
    pooling("avg", 3, 2),
    convolution("convolution 5x5, 1 to 20, 28x28", (64, 1, 28, 28), (20, 1, 5, 5)),
    convolution("convolution 5x5, 20 to 50, 12x12", (64, 20, 12, 12), (50, 20, 5, 5)),
    convolution("convolution 3x3, 64, 28x28", (16, 64, 28, 28), (64, 64, 3, 3), pad=1),
    convolution("convolution 1x1, 256 to 64, 14x14", (16, 256, 14, 14), (64, 256, 1, 1)),
    convolution("convolution 3x3/2, 64 to 128, 28x28", (16, 64, 28, 28), (128, 64, 3, 3), stride=2, pad=1),
    Expression(
        "dense (64, 800) to 500", {"x": (64, 800), "w": (500, 800), "b": (500,)},
        lambda mx, x, w, b: mx.nd.FullyConnected(x, w, b, num_hidden=500),
        lambda torch, x, w, b: functional(torch).linear(x, w, b),
    ),
    Expression(
        "dot 512", {"a": (512, 512), "b": (512, 512)},
        lambda mx, a, b: mx.nd.dot(a, b), lambda torch, a, b: torch.mm(a, b),
    ),
    Expression(
        "dot 65, odd sizes", {"a": (65, 65), "b": (65, 65)},
        lambda mx, a, b: mx.nd.dot(a, b), lambda torch, a, b: torch.mm(a, b),
    ),
    Expression(
        "dot 300, a transposed", {"a": (300, 300), "b": (300, 300)},
        lambda mx, a, b: mx.nd.dot(a, b, transpose_a=True), lambda torch, a, b: torch.mm(a.T, b),
    ),
    Expression(
        "dot, matrix and vector", {"a": (1000, 1000), "b": (1000,)},
        lambda mx, a, b: mx.nd.dot(a, b), lambda torch, a, b: torch.mv(a, b),
    ),
    Expression(
        "batch_dot", {"a": (64, 32, 64), "b": (64, 64, 32)},
        lambda mx, a, b: mx.nd.batch_dot(a, b), lambda torch, a, b: torch.bmm(a, b),
    ),
    Expression(
        "embedding", {"x": ("int", (32, 64), 10000), "w": (10000, 128)},
        lambda mx, x, w: mx.nd.Embedding(x, w, input_dim=10000, output_dim=128),
        lambda torch, x, w: functional(torch).embedding(x, w),
    ),
    Expression(
        "dropout", {"x": IMAGES}, dropout, lambda torch, x: functional(torch).dropout(x, 0.5, True), digest=False
    ),
    Expression(
        "sampling of images at a grid", {"x": (8, 16, 56, 56), "grid": (8, 2, 56, 56)},
        lambda mx, x, grid: mx.nd.BilinearSampler(x, grid),
        lambda torch, x, grid: functional(torch).grid_sample(
            x, grid.permute(0, 2, 3, 1), padding_mode="zeros", align_corners=True
        ),
    ),
    Expression(
        "softmax cross-entropy (128, 1000)", {"x": (128, 1000), "y": ("int", (128,), 1000)},
        lambda mx, x, y: mx.gluon.loss.SoftmaxCrossEntropyLoss()(x, y),
        lambda torch, x, y: functional(torch).cross_entropy(x, y, reduction="none"),
    ),
)  # fmt: skip

DRAWS = {
    "uniform": (lambda mx: mx.nd.random.uniform(shape=IMAGES), lambda torch: torch.rand(IMAGES)),
    "normal": (lambda mx: mx.nd.random.normal(shape=IMAGES), lambda torch: torch.randn(IMAGES)),
    "exponential": (
        lambda mx: mx.nd.random.exponential(shape=IMAGES), lambda torch: torch.empty(IMAGES).exponential_(),
    ),
    "gamma": (
        lambda mx: mx.nd.random.gamma(2.5, 1, shape=(10**5,)),
        lambda torch: torch._standard_gamma(torch.full((10**5,), 2.5)),
    ),
    "poisson": (
        lambda mx: mx.nd.random.poisson(4, shape=(10**5,)), lambda torch: torch.poisson(torch.full((10**5,), 4.0)),
    ),
    "classes of 1000": (
        lambda mx: mx.nd.random.multinomial(mx.nd.full((128, 1000), 0.001), shape=100),
        lambda torch: torch.multinomial(torch.full((128, 1000), 0.001), 100, True),
    ),
    "whole numbers": (
        lambda mx: mx.nd.random.randint(0, 100, shape=IMAGES),
        lambda torch: torch.randint(0, 100, IMAGES, dtype=torch.int32),
    ),
    "permutation": (lambda mx: mx.nd.random.shuffle(mx.nd.arange(10**5)), lambda torch: torch.randperm(10**5)),
}  # fmt: skip

PARAMETERS = {"large": [(500, 800)], "60 small": [(64,)] * 60}
OPTIMIZERS = {
    "sgd": ("SGD", {"momentum": 0.9, "weight_decay": 1e-4}, {"momentum": 0.9, "wd": 1e-4}),
    "adam": ("Adam", {}, {}),
}


def update(name, sizes):
    """An optimizer's step on parameters of some sizes."""
    torch_name, torch_options, mx_options = OPTIMIZERS[name]
    shapes = PARAMETERS[sizes]

    def mx_step(mx):
        optimizer = mx.optimizer.create(name, learning_rate=0.01, **mx_options)
        updater = mx.optimizer.get_updater(optimizer)
        weights = [mx.nd.array(numbers(s, 1)) for s in shapes]
        grads = [mx.nd.array(numbers(s, 2)) for s in shapes]

        def step():
            for i, (weight, grad) in enumerate(zip(weights, grads)):
                updater(i, grad, weight)

        return step

    def torch_step(torch):
        weights = [torch.nn.Parameter(torch.tensor(numbers(s, 1))) for s in shapes]
        for w in weights:
            w.grad = torch.tensor(numbers(w.shape, 2))
        return getattr(torch.optim, torch_name)(weights, lr=0.01, **torch_options).step

    return Case(f"{name} update, {sizes}", mx_step, torch_step)


def cases():
    """Each operator forward and with its gradients, then random numbers and the optimizers."""
    found = [case for e in EXPRESSIONS for case in (e.plain(), e.backward()) if case]
    found += [
        Case(
            f"full of {dtype}", lambda mx, dtype=dtype: lambda: mx.nd.full((10**5,), 2, dtype=dtype),
            lambda torch, dtype=dtype: lambda: torch.full((10**5,), 2, dtype=getattr(torch, dtype)), digest=True,
        )
        for dtype in ("float32", "int32")
    ]  # fmt: skip
    found += [Case(f"random numbers, {name}", *(partial(partial, f) for f in draw)) for name, draw in DRAWS.items()]
    return found + [update(name, sizes) for name in OPTIMIZERS for sizes in PARAMETERS]
