"""The operator calls recorded on MXNet 1.9.1 (record.py) and compared with ours (test_golden_ops.py)."""

from case import Given, Rand, Table

case = Table()
FLOATS = ("float32", "float64", "float16")
ALL = (*FLOATS, "int32", "int64", "int8", "uint8")


def words(text):
    return text.split()


def ints(*shape, high, low=0, dtype=None):
    return Rand(*shape, low=low, high=high, integer=True, dtype=dtype)


# ---------------------------------------------------------------- element-wise, one input
UNARY = {
    (-2, 2): "abs arcsinh arctan cbrt ceil cos cosh degrees erf exp expm1 fix floor hard_sigmoid identity negative "
    "ones_like radians relu rint round sigmoid sign sin sinh softsign square tan tanh trunc zeros_like logical_not "
    "BlockGrad stop_gradient make_loss Flatten",
    (-0.9, 0.9): "arccos arcsin arctanh erfinv log1p",
    (0.2, 3): "gamma gammaln log log10 log2 rcbrt reciprocal rsqrt sqrt",
    (1.2, 3): "arccosh",
}
for (low, high), names in UNARY.items():
    for op in words(names):
        case(op, Rand(2, 5, low=low, high=high), of=FLOATS)
case("logical_not", Given([0, 1, -2, 0.5]))
for op in words("rint round fix trunc ceil floor sign abs"):
    case(op, Given([-2.5, -1.5, -0.5, -0.2, 0, 0.2, 0.5, 1.5, 2.5]))
for op in words("relu sign abs sqrt reciprocal cbrt hard_sigmoid smooth_l1"):
    case(op, Given([-4, -1, 0, 1, 9]), **({"scalar": 1.0} if op == "smooth_l1" else {}))
for op in words("sqrt exp square negative abs sign relu"):
    case(op, Given([0, 1, 2, 9]), of=("int32", "int64"))
case("hard_sigmoid", (2, 3), alpha=0.3, beta=0.4)
case("smooth_l1", (2, 5), scalar=1.0)
case("smooth_l1", (2, 5), scalar=2.0)
case("clip", Given([-2, -1, 0, 0.5, 1, 3]), a_min=-1, a_max=1)
case("clip", Given([0, 1, 2, 9]), a_min=1, a_max=5, of="int32")
for target in ("float64", "float16", "int32", "uint8", "int8", "int64"):
    case("Cast", Given([0.2, 1.7, 2.5, 100.9]), dtype=target, grad="float" in target)
for act in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    case("Activation", (2, 5), act_type=act, of=FLOATS)
case("Activation", Given([-100, -20, 0, 20, 100]), act_type="softrelu")
for act, params in (("leaky", {"slope": 0.1}), ("leaky", {}), ("elu", {"slope": 0.3}), ("gelu", {})):
    case("LeakyReLU", (2, 5), act_type=act, **params)
case("LeakyReLU", (2, 5), act_type="selu", grad=False)  # 1.9.1's gradient is wrong below 0: scale * (alpha + y)
case("LeakyReLU", (2, 3, 4), Rand(3, low=0.1, high=0.5), act_type="prelu")
case("LeakyReLU", (2, 3), Rand(1, low=0.1, high=0.5), act_type="prelu")
case("LeakyReLU", (2, 5), act_type="rrelu", train=False, grad=False)  # 1.9.1 differentiates with an unwritten mask
case("Dropout", (3, 4), p=0.0)
case("Dropout", (3, 4), p=0.5, train=False)

# ---------------------------------------------------------------- element-wise, two inputs
for op in words("add sub mul div"):
    case("elemwise_" + op, (2, 3), Rand(2, 3, low=0.5, high=2), of=ALL if op != "div" else FLOATS)
    case("broadcast_" + op, (2, 1, 3), Rand(1, 4, 3, low=0.5, high=2), of=FLOATS)
    case("broadcast_" + op, Rand(2, 1, low=1, high=9), Rand(1, 3, low=1, high=5), of=("int32", "int64", "uint8"))
for op in words("mod power maximum minimum hypot"):
    x, y = Rand(2, 1, 3, low=0.5, high=5), Rand(1, 4, 3, low=0.5, high=2)
    case("broadcast_" + op, x, y, of=FLOATS)
    case("broadcast_" + op, ints(2, 3, high=6, low=1), ints(2, 1, high=4, low=1), of=("int32",))
case("broadcast_mod", Given([-5, 5, -5, 5, 0, 2.5]), Given([3, -3, -3, 3, 2, 0]))
case("broadcast_mod", Given([-5, 5, -5, 5, 0]), Given([3, -3, -3, 3, 2]), of="int32")
case("broadcast_maximum", Given([1, 2, 3]), Given([1, 3, 2]))
case("broadcast_minimum", Given([1, 2, 3]), Given([1, 3, 2]))
case("broadcast_power", Given([0, 2, -2, 4]), Given([2, -1, 3, 0.5]))
for op in words("equal not_equal greater greater_equal lesser lesser_equal logical_and logical_or logical_xor"):
    for dtype in ("float32", "int32"):
        case("broadcast_" + op, ints(2, 3, high=3), ints(1, 3, high=3), of=dtype)
for op in words("_maximum _minimum _power _mod _hypot _equal _not_equal _greater _greater_equal _lesser _lesser_equal"):
    case("_internal." + op, ints(2, 3, low=1, high=4), ints(2, 3, low=1, high=4))
for op in words("_logical_and _logical_or _logical_xor"):
    case("_internal." + op, ints(2, 3, high=2), ints(2, 3, high=2))
case("_internal._grad_add", (2, 3), (2, 3), grad=False)
case("add_n", (2, 3), (2, 3), (2, 3))
case("add_n", (2, 3))
case("add_n", ints(2, 3, high=9), ints(2, 3, high=9), of="int32")

# ---------------------------------------------------------------- element-wise with a number
SCALAR = "_plus _minus _rminus _mul _div _rdiv _mod _rmod _power _rpower _maximum _minimum _hypot"
for op in words(SCALAR):
    case(f"_internal.{op}_scalar", Rand(2, 3, low=0.5, high=4), scalar=1.5, of=FLOATS)
    case(f"_internal.{op}_scalar", ints(2, 3, low=1, high=6), scalar=2.0, of=("int32", "uint8"))
for op in words(
    "_equal _not_equal _greater _greater_equal _lesser _lesser_equal _logical_and _logical_or _logical_xor"
):
    case(f"_internal.{op}_scalar", ints(2, 3, high=3), scalar=1.0, of=("float32", "int32"))
case("_internal._mod_scalar", Given([-5, 5, -2.5, 0]), scalar=3.0)
case("_internal._mod_scalar", Given([-5, 5, -2.5, 0]), scalar=-3.0)
OPERATORS = {
    "x + y": lambda mx, x, y: x + y,
    "x - y * 2": lambda mx, x, y: x - y * 2,
    "1 / x + 3 % y": lambda mx, x, y: 1 / x + 3 % y,
    "x ** y": lambda mx, x, y: x**y,
    "2 ** x - 1": lambda mx, x, y: 2**x - 1,
    "abs(-x)": lambda mx, x, y: abs(-x),
    "(x > y) * x": lambda mx, x, y: (x > y) * x,
    "x <= 2, x == y, x != 1": lambda mx, x, y: [x <= 2, x == y, x != 1],
    "maximum, minimum": lambda mx, x, y: [mx.nd.maximum(x, y), mx.nd.maximum(2, y), mx.nd.minimum(x, 2)],
    "modulo, power, hypot": lambda mx, x, y: [mx.nd.modulo(x, 2), mx.nd.power(x, y), mx.nd.broadcast_hypot(x, y)],
}
for label, function in OPERATORS.items():
    case(function, Rand(2, 1, low=1, high=4), Rand(1, 3, low=1, high=4), label=label)
for label, function in {
    "int x + 1.5": lambda mx, x: x + 1.5,
    "int x / 2": lambda mx, x: x / 2,
    "int 7 / x": lambda mx, x: 7 / x,
    "int x % 3": lambda mx, x: x % 3,
    "int x > 1.5": lambda mx, x: x > 1.5,
    "int x == 1.5": lambda mx, x: x == 1.5,
    "int -x": lambda mx, x: -x,
}.items():
    case(function, Given([-5, 1, 5, 7]), label=label, of=("int32", "int8"))
    case(function, Given([1, 3, 7, 250]), label=label, of="uint8")

# ---------------------------------------------------------------- reductions
AXES = ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": 1, "exclude": True}, {"axis": ()})
for op in words("sum mean prod max min nansum nanprod"):
    for params in (*AXES, {"axis": (0, 2), "exclude": True, "keepdims": True}):
        case(op, (2, 3, 4), **params)
    case(op, (2, 3), axis=1, of=("float64", "float16"))
    case(op, ints(2, 3, low=1, high=4), axis=1, of=("int32", "int64"))
for op in ("sum", "nansum", "nanprod"):
    case(op, Given([[1, float("nan")], [2, 3]]), axis=0)
case("prod", Given([[2, 0, 3], [0, 0, 4]]), axis=1)
case("max", Given([[2, 3, 3], [1, 1, 1]]), axis=1)
case("min", Given([[2, 2, 3], [1, 1, 1]]), axis=1)
for params in ({}, {"ord": 1}, {"axis": 1}, {"ord": 1, "axis": 1}, {"axis": (0, 1), "keepdims": True}, {"axis": -1}):
    case("norm", (3, 4), **params)
case("norm", (2, 3, 4), ord=2, axis=(1, 2))
for op in ("argmax", "argmin"):
    for params in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": -1}):
        case(op, (3, 4, 2), **params)
    case(op, Given([[2, 3, 3, 2], [1, 1, 1, 1]]), axis=1)
    case(op, Given([[2, 3, 3, 2], [1, 1, 0, 1]]), axis=1, of="int32")
case("argmax_channel", (3, 4), grad=False)
case("L2Normalization", (2, 3, 4), mode="instance")
case("L2Normalization", (2, 3, 4), mode="channel")
case("L2Normalization", (2, 3, 4), mode="spatial")
case("broadcast_to", (1, 3, 1), shape=(2, 3, 4))
case("broadcast_to", (1, 3, 1), shape=(2, 0, 4))
case("broadcast_axis", (1, 3, 1), axis=(0, 2), size=(2, 4))
case("broadcast_axis", (1, 3), axis=0, size=2)
case("broadcast_like", (1, 3), (5, 3))
case("broadcast_like", (1, 3), (4, 2), lhs_axes=(0,), rhs_axes=(0,))
case("cumsum", (2, 3, 4), axis=1)
case("cumsum", (2, 3))

# ---------------------------------------------------------------- matrix products
case("dot", (3, 4), (4, 2), of=FLOATS[:2])
case("dot", (4, 3), (4, 2), transpose_a=True)
case("dot", (3, 4), (2, 4), transpose_b=True)
case("dot", (4, 3), (2, 4), transpose_a=True, transpose_b=True)
case("dot", (4,), (4,))
case("dot", (3, 4), (4,))
case("dot", (2, 3, 4), (4, 5))
case("dot", (2, 3, 4), (4, 2, 3))
case("dot", (4, 2, 3), (4, 5), transpose_a=True)
case("dot", (2, 3, 4), (5, 4), transpose_b=True)
case("batch_dot", (2, 3, 4), (2, 4, 5), of=FLOATS[:2])
case("batch_dot", (2, 4, 3), (2, 4, 5), transpose_a=True)
case("batch_dot", (2, 3, 4), (2, 5, 4), transpose_b=True)
case("batch_dot", (2, 4, 3), (2, 5, 4), transpose_a=True, transpose_b=True)
case("FullyConnected", (3, 4), (5, 4), (5,), num_hidden=5, of=FLOATS[:2])
case("FullyConnected", (3, 4), (5, 4), num_hidden=5, no_bias=True)
case("FullyConnected", (2, 3, 4), (5, 12), (5,), num_hidden=5)
case("FullyConnected", (2, 3, 4), (5, 4), (5,), num_hidden=5, flatten=False)
case("FullyConnected", (4,), (5, 1), (5,), num_hidden=5)

# ---------------------------------------------------------------- convolution and pooling
case("Convolution", (2, 3, 9), (4, 3, 3), (4,), kernel=(3,), num_filter=4)
case("Convolution", (2, 4, 9), (6, 2, 3), (6,), kernel=(3,), num_filter=6, num_group=2, stride=2, pad=1)
case("Convolution", (1, 2, 9), (2, 2, 3), kernel=(3,), num_filter=2, dilate=(2,), pad=(2,), no_bias=True)
case("Convolution", (2, 3, 6, 5), (4, 3, 3, 3), (4,), kernel=(3, 3), num_filter=4, of=FLOATS[:2])
case("Convolution", (2, 3, 6, 5), (4, 3, 3, 2), (4,), kernel=(3, 2), num_filter=4, stride=(2, 1), pad=(1, 0))
case("Convolution", (2, 3, 7, 7), (4, 3, 3, 3), kernel=(3, 3), num_filter=4, pad=(1, 1), no_bias=True)
case("Convolution", (1, 4, 7, 8), (6, 2, 3, 3), (6,), kernel=(3, 3), num_filter=6, num_group=2, pad=(2, 1))
case("Convolution", (1, 4, 6, 6), (4, 1, 3, 3), (4,), kernel=(3, 3), num_filter=4, num_group=4, stride=(2, 2))
case("Convolution", (1, 2, 8, 8), (3, 2, 3, 3), (3,), kernel=(3, 3), num_filter=3, dilate=(2, 2), pad=(2, 2))
case("Convolution", (2, 3, 4, 4), (5, 3, 1, 1), (5,), kernel=(1, 1), num_filter=5)
case("Convolution", (2, 3, 4, 4), (5, 3, 1, 1), (5,), kernel=(1, 1), num_filter=5, stride=(2, 2))
case("Convolution", (2, 3, 4, 4), (5, 3, 4, 4), (5,), kernel=(4, 4), num_filter=5)
case("Convolution", (2, 3, 3, 3), (2, 3, 5, 5), (2,), kernel=(5, 5), num_filter=2, pad=(2, 2))
case("Convolution", (1, 2, 4, 5, 4), (3, 2, 2, 3, 2), (3,), kernel=(2, 3, 2), num_filter=3)
case(
    "Convolution",
    (1, 2, 5, 5, 5),
    (4, 1, 3, 3, 3),
    kernel=(3, 3, 3),
    num_filter=4,
    num_group=2,
    stride=(2, 2, 2),
    pad=(1, 1, 1),
    no_bias=True,
)
for kind in ("max", "avg", "sum", "lp"):
    extra = {"p_value": 2} if kind == "lp" else {}
    case("Pooling", (2, 2, 8), kernel=(3,), stride=(2,), pad=(1,), pool_type=kind, **extra)
    case("Pooling", (2, 2, 5, 6), kernel=(2, 2), pool_type=kind, **extra)
    for convention in ("valid", "full"):
        case(
            "Pooling",
            (1, 2, 6, 7),
            kernel=(3, 2),
            stride=(2, 2),
            pad=(1, 0),
            pool_type=kind,
            pooling_convention=convention,
            **extra,
        )
    case("Pooling", (2, 3, 4, 5), kernel=(1, 1), global_pool=True, pool_type=kind, **extra)
    case("Pooling", (2, 3, 4, 5), global_pool=True, pool_type=kind, **extra)
    case("Pooling", (1, 2, 4, 5, 4), kernel=(2, 3, 2), stride=(2, 1, 2), pad=(0, 1, 0), pool_type=kind, **extra)
for convention in ("valid", "full"):
    for include in (True, False):
        case(
            "Pooling",
            (1, 1, 5, 6),
            kernel=(3, 3),
            stride=(2, 2),
            pad=(1, 1),
            pool_type="avg",
            pooling_convention=convention,
            count_include_pad=include,
        )
case("Pooling", (1, 2, 5, 5), kernel=(2, 2), stride=(2, 2), pool_type="lp", p_value=1)
case("Pooling", (1, 2, 5, 5), kernel=(2, 2), stride=(2, 2), pool_type="lp", p_value=3)
case("Pooling", (1, 2, 4, 4), kernel=(2, 2), stride=(2, 2), pool_type="max", of=("float64", "float16"))
case("Pooling", Given([[[[1, 1, 2, 2], [1, 1, 2, 2]]]]), kernel=(2, 2), pool_type="max")

# ---------------------------------------------------------------- normalisation
SPREAD = Rand(3, low=0.5, high=2)
for params in (
    {},
    {"fix_gamma": False},
    {"fix_gamma": False, "use_global_stats": True},
    {"use_global_stats": True},
    {"fix_gamma": False, "eps": 1e-5, "momentum": 0.5},
    {"fix_gamma": False, "output_mean_var": True},
):
    for train in (True, False):
        case(
            "BatchNorm",
            (4, 3, 2, 2),
            SPREAD,
            (3,),
            (3,),
            SPREAD,
            aux=(1, 3, 4) if not params or "use" in str(params) else (3, 4),
            train=train,
            **params,
        )
case("BatchNorm", (4, 3), SPREAD, (3,), (3,), SPREAD, fix_gamma=False, aux=(3, 4))
case("BatchNorm", (4, 2, 3), SPREAD, (3,), (3,), SPREAD, fix_gamma=False, axis=2, aux=(3, 4))
case("BatchNorm", (4, 2, 2, 3), SPREAD, (3,), (3,), SPREAD, fix_gamma=False, axis=-1, aux=(3, 4))
case("BatchNorm", (2, 3, 2, 2, 2), SPREAD, (3,), (3,), SPREAD, fix_gamma=False, aux=(3, 4))
case("BatchNorm", (4, 3, 2, 2), SPREAD, (3,), (3,), SPREAD, fix_gamma=False, aux=(3, 4), of="float64")
case("LayerNorm", (2, 3, 4), Rand(4, low=0.5, high=2), (4,))
case("LayerNorm", (2, 3, 4), SPREAD, (3,), axis=1, eps=1e-3)

# ---------------------------------------------------------------- softmax family and losses
for op in ("softmax", "log_softmax", "softmin"):
    case(op, (3, 4), of=FLOATS)
    case(op, (2, 3, 4), axis=1)
    case(op, (2, 3, 4), axis=0, temperature=2.0)
case("softmax", Given([[1000, 1001, 1002], [-1000, 0, 1000]]))
case("log_softmax", Given([[1000, 1001, 1002], [-1000, 0, 1000]]))
case("softmax", (2, 4), Given([2, 4], "int32"), use_length=True)
case("softmax", (2, 3), of="float16", dtype="float32")
case("SoftmaxActivation", (3, 4))
case("SoftmaxActivation", (2, 3, 4), grad=False)  # 1.9.1 takes its gradient along another axis
case("SoftmaxActivation", (2, 3, 4), mode="channel")
LABEL = ints(4, high=3)
case("SoftmaxOutput", (4, 3), LABEL, of=("float32", "float64"))
for params in (
    {"grad_scale": 0.5},
    {"normalization": "batch"},
    {"normalization": "valid"},
    {"use_ignore": True, "ignore_label": 1},
    {"use_ignore": True, "ignore_label": 1, "normalization": "valid"},
    {"use_ignore": True, "ignore_label": 1, "normalization": "batch"},
    {"smooth_alpha": 0.1},
):
    case("SoftmaxOutput", (4, 3), Given([0, 1, 2, 1]), **params)
for params in (
    {},
    {"normalization": "valid"},
    {"normalization": "batch"},
    {"use_ignore": True, "ignore_label": 1},
    {"smooth_alpha": 0.2},
):
    case("SoftmaxOutput", (2, 3, 4), ints(2, 4, high=3), multi_output=True, **params)
case("SoftmaxOutput", (2, 3, 2, 2), ints(2, 2, 2, high=3), multi_output=True)
case("SoftmaxOutput", (4, 3), LABEL, out_grad=True, grad=False)  # 1.9.1 multiplies by the output instead
case("SoftmaxOutput", (2, 3, 4), ints(2, 3, high=4), preserve_shape=True)
case("SoftmaxOutput", (2, 3, 2), ints(2, 3, high=2))
case("SoftmaxOutput", (4, 3), Rand(4, 3, low=0, high=1))
case("softmax_cross_entropy", (4, 3), LABEL, aux=(1,))
for op in ("LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput"):
    case(op, (4, 3), (4, 3))
    case(op, (4, 1), (4,))
    case(op, (4, 3), (4, 3), grad_scale=2.0)
case("MakeLoss", (3, 4))
case("MakeLoss", (3, 4), grad_scale=0.5, normalization="batch")
case("MakeLoss", (3, 4), valid_thresh=0.2, normalization="valid")

# ---------------------------------------------------------------- indexing
WILD = Given([[0, 2], [-1, 7]])
case("take", (4, 3), WILD)
case("take", (4, 3), WILD, mode="wrap")
case("take", (4, 3), Given([[0, 2], [1, 1]]), axis=1)
case("take", (2, 4, 3), Given([0, 2, 3], "int32"), axis=-2)
case("take", (4, 3), Given([0, 3, 3], "int64"), mode="clip")
case("take", ints(4, 3, high=9, dtype="int32"), Given([1, 0]), grad=False)
case("Embedding", Given([[0, 2], [3, 2]]), (4, 3), input_dim=4, output_dim=3, aux=(0,))
case("Embedding", Given([-1, 9, 1]), (4, 3), input_dim=4, output_dim=3, aux=(0,))
case("Embedding", Given([1, 2, 1], "int32"), (4, 3), input_dim=4, output_dim=3, aux=(0,))
case("pick", (4, 3), Given([0, 2, 5, -1]))
case("pick", (4, 3), Given([0, 2, 5, -1]), mode="wrap")
case("pick", (4, 3), Given([0, 2, 3]), axis=0)
case("pick", (2, 4, 3), Given([[0, 2, 3], [1, 1, 1]]), axis=1, keepdims=True)
case("one_hot", Given([[0, 2], [3, -1]]), depth=3, grad=False)
case("one_hot", Given([1, 0]), depth=3, on_value=5.0, off_value=-1.0, grad=False)
case("one_hot", Given([1, 0], "int32"), depth=2, grad=False)
case("gather_nd", (3, 4), Given([[0, 2, 2], [1, 3, 3]]))
case("gather_nd", (3, 4, 2), Given([[0, 2, 2]]))
case("gather_nd", (3, 4, 2), Given([[[0, 1], [2, 2]], [[0, 1], [3, 3]]]))
case("scatter_nd", (3,), Given([[0, 2, 1], [1, 3, 3]]), shape=(3, 4))
case("batch_take", (3, 4), Given([0, 3, 1], "int32"), grad=False)
case("where", Given([[1, 0], [0, 1]]), (2, 2), (2, 2))
case("where", Given([1, 0]), (2, 3), (2, 3))
case("where", Given([1, 0], "int32"), (2, 3), (2, 3))
GETITEM = {
    "x[1]": lambda mx, x: x[1],
    "x[-1, 2]": lambda mx, x: x[-1, 2],
    "x[1:3]": lambda mx, x: x[1:3],
    "x[:, 1]": lambda mx, x: x[:, 1],
    "x[:, 1:3]": lambda mx, x: x[:, 1:3],
    "x[::2, ::-1]": lambda mx, x: x[::2, ::-1],
    "x[..., None, 1]": lambda mx, x: x[..., None, 1],
    "x[[0, 2, 2]]": lambda mx, x: x[[0, 2, 2]],
    "x[[0, 2], [1, 3]]": lambda mx, x: x[[0, 2], [1, 3]],
    "x[nd.array, 1:3]": lambda mx, x: x[mx.nd.array([0, 2]), 1:3],
    "x[x > 0]": lambda mx, x: x[x > 0],
    "x.reshape x.T": lambda mx, x: [x.reshape((4, 3)), x.T, x.reshape(-1)],
}
for label, function in GETITEM.items():
    case(function, (3, 4), label=label)

# ---------------------------------------------------------------- shapes
case("transpose", (2, 3, 4))
case("transpose", (2, 3, 4), axes=(0, 2, 1))
case("transpose", (2, 3, 4), axes=(2, 0, 1))
case("transpose", (2, 3, 2, 2), axes=(0, 2, 3, 1))
case("swapaxes", (2, 3, 4), dim1=0, dim2=2)
case("SwapAxis", (2, 3, 4), dim1=1, dim2=-1)
case("slice", (4, 5), begin=(1, 0), end=(3, 4))
case("slice", (4, 5), begin=(None, 4), end=(None, 0), step=(2, -2))
case("slice", (4, 5), begin=(-3,), end=(-1,))
case("slice_axis", (4, 5), axis=1, begin=1, end=3)
case("slice_axis", (4, 5), axis=0, begin=-3, end=None)
case("slice_axis", (4, 5), axis=-1, begin=0, end=-1)
case("slice_like", (4, 5), (2, 3))
case("slice_like", (4, 5), (2, 9), axes=(0,))
case("concat", (2, 3), (2, 2))
case("concat", (2, 3), (1, 3), dim=0)
case("Concat", (2, 3, 2), (2, 3, 1), (2, 3, 2), dim=-1)
case("stack", (2, 3), (2, 3))
case("stack", (2, 3), (2, 3), axis=-1)
case("split", (2, 4), num_outputs=2)
case("split", (2, 3, 4), num_outputs=3, squeeze_axis=True)
case("SliceChannel", (4, 3), num_outputs=2, axis=0)
case("split", (2, 4), num_outputs=1)
case("expand_dims", (2, 3), axis=1)
case("expand_dims", (2, 3), axis=-1)
case("squeeze", (1, 3, 1))
case("squeeze", (1, 3, 1), axis=0)
case("squeeze", (1, 3, 1, 2), axis=(0, 2))
case("flip", (2, 3), axis=1)
case("reverse", (2, 3, 2), axis=(0, 2))
case("tile", (2, 3), reps=(2, 2))
case("tile", (3,), reps=(2, 2))
case("tile", (2, 3, 2), reps=(2,))
case("repeat", (2, 3), repeats=2)
case("repeat", (2, 3), repeats=2, axis=0)
case("repeat", (2, 3), repeats=3, axis=-1)
for mode in ("constant", "edge", "reflect"):
    case("pad", (1, 2, 3, 4), mode=mode, pad_width=(0, 0, 0, 0, 1, 2, 2, 1))
    case("pad", (1, 1, 3, 3, 4), mode=mode, pad_width=(0, 0, 0, 0, 1, 1, 2, 1, 0, 2))
case("Pad", (1, 2, 3, 4), mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1), constant_value=2.5)
RESHAPES = (
    (4, 0, 2),
    (-1,),
    (0, -1),
    (-1, 0),
    (-2,),
    (2, -2),
    (-2, 1, 1),
    (-3, 4),
    (0, -3),
    (-4, 1, 2, -2),
    (2, -4, -1, 3, -2),
    (-4, -1, 2, -2),
    (-3, -2),
    (6, 1, -1),
)
for shape in RESHAPES:
    case("reshape", (2, 3, 4), shape=shape)
for shape in ((-1, 0), (0, -1), (-3, 0), (0, 0, -1)):
    case("Reshape", (2, 3, 4), shape=shape, reverse=True)
case("reshape_like", (6, 4), (2, 3, 4))
case("Flatten", (2, 3, 4))
case("depth_to_space", (1, 4, 2, 3), block_size=2)
case("space_to_depth", (1, 1, 4, 6), block_size=2)
case("diag", (3, 4))
case("diag", (3,), k=1)
case("shape_array", (2, 3), grad=False)
case("size_array", (2, 3), grad=False)

# ---------------------------------------------------------------- order
TIES = Given([[3, 1, 2, 1], [0, 0, 5, -1]])
for params in ({}, {"axis": 0}, {"is_ascend": False}, {"axis": None}):
    case("sort", (3, 4), **({"grad": False} if "axis" not in params else {}), **params)
    case("argsort", (3, 4), **params)
case("sort", (3, 4), axis=1)
case("argsort", TIES)
case("argsort", (3, 4), dtype="int32", grad=False)
for ret in ("value", "indices", "mask", "both"):
    case("topk", (3, 4), k=2, ret_typ=ret)
    case("topk", (3, 4), k=2, ret_typ=ret, axis=0, is_ascend=True)
case("topk", (3, 4))
case("topk", (3, 4), axis=None, k=3)
case("topk", TIES, k=3, ret_typ="both")
case("topk", ints(3, 4, high=20), k=2, ret_typ="value", of="int32")

# ---------------------------------------------------------------- optimizer updates (first input is also the output)
W = (2, 3)
POSITIVE = Rand(2, 3, low=0.1, high=1)
CLIPPED = {"lr": 0.1, "wd": 0.01, "rescale_grad": 0.5, "clip_gradient": 0.2}
for extra in ({"lr": 0.1}, CLIPPED):
    case("sgd_update", W, W, update=True, grad=False, **extra)
    case("sgd_mom_update", W, W, W, update=True, grad=False, momentum=0.9, **extra)
    case("nag_mom_update", W, W, W, update=True, grad=False, momentum=0.9, **extra)
    case("adam_update", W, W, W, POSITIVE, update=True, grad=False, **extra)
    case("rmsprop_update", W, W, POSITIVE, update=True, grad=False, **extra)
    case(
        "rmspropalex_update",
        W,
        W,
        Rand(2, 3, low=4, high=5),
        Rand(2, 3, low=-0.1, high=0.1),
        W,
        update=True,
        grad=False,
        **extra,
    )
    case("ftrl_update", W, W, W, POSITIVE, update=True, grad=False, **extra)
    case("signsgd_update", W, W, update=True, grad=False, **extra)
    case("signum_update", W, W, W, update=True, grad=False, momentum=0.9, wd_lh=0.01, **extra)
case(
    "ftml_update",
    W,
    W,
    POSITIVE,
    POSITIVE,
    W,
    update=True,
    grad=False,
    lr=0.1,
    t=3,
    wd=0.01,
    rescale_grad=0.5,
    clip_grad=0.2,
)
MASTER = Rand(2, 3, dtype="float32")
case("mp_sgd_update", W, W, MASTER, update=True, grad=False, of="float16", **CLIPPED)
case(
    "mp_sgd_mom_update",
    W,
    W,
    Rand(2, 3, dtype="float32"),
    MASTER,
    update=True,
    grad=False,
    of="float16",
    momentum=0.9,
    **CLIPPED,
)
case(
    "mp_nag_mom_update",
    W,
    W,
    Rand(2, 3, dtype="float32"),
    MASTER,
    update=True,
    grad=False,
    of="float16",
    momentum=0.9,
    **CLIPPED,
)

CASES = case.cases
