"""Small questions about symbols, asked to MXNet 1.9.1 and to mxnb.

``python tests/golden/symbol_calls.py``, where MXNet 1.9.1 is installed, records the answers. Kept to Python 3.8.
"""

import copy
import json
import operator
import pickle
import sys
import warnings
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).parent / "symbol_calls.json"

METHODS = [
    ("reshape", ((2, 3),), {}),
    ("flatten", (), {}),
    ("split", (), {"num_outputs": 2, "axis": 0}),
    ("split_v2", (2,), {}),
    ("slice_axis", (), {"axis": 0, "begin": 0, "end": 1}),
    ("expand_dims", (1,), {}),
    ("transpose", ((1, 0),), {}),
    ("zeros_like", (), {}),
    ("log_softmax", (), {}),
    ("squeeze", (), {}),
    ("diag", (), {}),
    ("mean", (), {"axis": 1}),
    ("clip", (0, 1), {}),
    ("tile", ((2, 2),), {}),
    ("topk", (), {"k": 2}),
    ("one_hot", (3,), {}),
    ("repeat", (2,), {}),
    ("broadcast_to", ((2, 3),), {}),
    ("swapaxes", (0, 1), {}),
    ("slice", (0, 1), {}),
    ("sort", (), {}),
    ("argmax", (), {"axis": 1}),
    ("norm", (), {}),
    ("relu", (), {}),
    ("astype", ("float16",), {}),
]

OPERATORS = {
    "Activation": {"act_type": "relu"},
    "BatchNorm": {},
    "BilinearSampler": {},
    "BlockGrad": {},
    "Convolution": {"kernel": (2,), "num_filter": 2},
    "CTCLoss": {},
    "Deconvolution": {"kernel": (2, 2), "num_filter": 2},
    "Dropout": {},
    "Embedding": {"input_dim": 2, "output_dim": 2},
    "Flatten": {},
    "FullyConnected": {"num_hidden": 3},
    "GroupNorm": {},
    "InstanceNorm": {},
    "L2Normalization": {},
    "LRN": {"nsize": 3},
    "LayerNorm": {},
    "LeakyReLU": {"act_type": "prelu"},
    "LinearRegressionOutput": {},
    "MakeLoss": {},
    "Pooling": {"kernel": (2, 2), "pool_type": "max"},
    "RNN": {"state_size": 2, "num_layers": 1, "mode": "lstm"},
    "SVMOutput": {},
    "SequenceLast": {},
    "SequenceMask": {"use_sequence_length": True},
    "SliceChannel": {"num_outputs": 2},
    "SoftmaxOutput": {},
    "UpSampling": {"scale": 2, "sample_type": "bilinear", "num_args": 2, "num_filter": 1},
    "argsort": {},
    "batch_take": {},
    "broadcast_plus": {},
    "concat": {"num_args": 2},
    "dot": {},
    "flatten": {},
    "linalg_gelqf": {},
    "log_softmax": {},
    "max": {},
    "moments": {},
    "norm": {},
    "one_hot": {"depth": 2},
    "pick": {},
    "reshape_like": {},
    "softmax": {},
    "softmax_cross_entropy": {},
    "sort": {},
    "stack": {"num_args": 2},
    "stop_gradient": {},
    "topk": {"ret_typ": "both"},
    "where": {},
}


def calls(mx):
    """From the name of a question to a function that answers it."""
    sym = mx.sym
    x, y, z = (sym.Variable(name) for name in "xyz")
    fc = sym.FullyConnected(x, num_hidden=3, name="fc")
    top = sym.FullyConnected(y, num_hidden=4, name="top")
    both = sym.Group([fc, top])
    found = {}

    def ask(name, function):
        assert name not in found, name
        found[name] = function

    for name in ("add", "sub", "mul", "truediv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"):
        f = getattr(operator, name)
        ask(f"{name} symbols", lambda f=f: f(x, y).tojson())
        ask(f"{name} right", lambda f=f: f(x, 2).tojson())
        ask(f"{name} left", lambda f=f: f(2.5, x).tojson())
        ask(f"{name} None", lambda f=f: f(x, None))
        ask(f"{name} bool", lambda f=f: f(x, True))
    for name in ("maximum", "minimum", "hypot", "power"):
        f = getattr(sym, name)
        ask(f"{name} symbols", lambda f=f: f(x, y).tojson())
        ask(f"{name} right", lambda f=f: f(x, 2).tojson())
        ask(f"{name} left", lambda f=f: f(2.5, x).tojson())
        ask(f"{name} numbers", lambda f=f: f(2, 3))
    ask("neg", lambda: (-x).tojson())
    ask("abs", lambda: abs(x).tojson())
    ask("sum", lambda: sum([x, y, z]).tojson())
    ask("numpy scalar", lambda: (x + np.float32(3)).tojson())
    ask("bool", lambda: bool(x))
    ask("hash", lambda: hash(x))
    ask("iadd", lambda: x.__iadd__(y))

    ask("compose", lambda: top(y=fc, name="joined").tojson())
    ask("compose without a name", lambda: [top(y=fc).name, top(y=fc).list_arguments(), top.list_arguments()])
    ask("compose by position", lambda: top(fc))
    ask("compose unknown", lambda: top(q=fc))
    ask("compose mixed", lambda: top(fc, y=fc))
    ask("compose number", lambda: top(y=3))
    ask("compose group", lambda: top(y=sym.Group([x, z])))
    ask("compose a group", lambda: [both(y=z).list_arguments(), both(y=z, name="g").list_outputs()])
    ask("compose a variable", lambda: [x(name="new").list_outputs(), x(fc).list_outputs()])

    ask("index", lambda: [both[0].name, both[1].name, both["fc_output"].name])
    ask("index too large", lambda: both[2])
    ask("index unknown", lambda: both["nope"])
    ask("index by node", lambda: both["fc"])
    ask("index float", lambda: both[1.0])
    ask("index twice there", lambda: sym.Group([fc, fc])["fc_output"])
    ask("iterate", lambda: list(both))
    ask("group of equals", lambda: sym.Group([fc, fc]).list_outputs())
    ask("group of nothing", lambda: sym.Group([]))
    ask("group of numbers", lambda: sym.Group([3]))
    ask("group of a tuple", lambda: sym.Group((fc, top)).list_outputs())
    ask("equal names", lambda: (sym.Variable("x") + sym.Variable("x")).list_arguments())
    ask("internals", lambda: [both.get_internals().list_outputs(), both.get_internals()["fc_output"]])
    ask("internal variable", lambda: both.get_internals()["x"])
    ask("children", lambda: [fc.get_children().list_outputs(), x.get_children(), both.get_children()])
    ask("children of a part", lambda: sym.split(fc, num_outputs=2)[1].get_children().list_outputs())
    ask("children twice", lambda: (x + x).get_children().list_outputs())
    ask("several outputs as operand", lambda: sym.split(x, num_outputs=2) + 1)
    ask("several outputs as input", lambda: sym.FullyConnected(sym.split(x, num_outputs=2), num_hidden=3))
    ask("names", lambda: [both.name, sym.split(x, num_outputs=2).name, sym.split(x, num_outputs=2)[1].name])

    ask("attr", lambda: [fc.attr("num_hidden"), fc.attr("nope"), x.attr("a"), both.attr("num_hidden")])
    ask("list_attr of a group", both.list_attr)
    ask("list_attr recursive", lambda: both.list_attr(recursive=True))
    ask("attr_dict", both.attr_dict)

    def set_attributes():
        s = sym.Variable("q")
        s._set_attr(a="1", lr_mult="3", __x__="3")
        return [s.list_attr(), s.attr("lr_mult"), s.attr("__lr_mult__"), s.attr("a"), s.tojson()]

    def set_parameter():
        s = sym.FullyConnected(x, num_hidden=3)
        s._set_attr(num_hidden="5")
        return [s.list_attr(), s.infer_shape(x=(1, 2))]

    def set_in_copy():
        s = copy.copy(x)
        s._set_attr(copied="1")
        return [x.list_attr(), s.list_attr()]

    ask("set attributes", set_attributes)
    ask("set parameter", set_parameter)
    ask("set in a copy", set_in_copy)
    ask("set unknown", lambda: copy.copy(fc)._set_attr(foo="5"))
    ask("set number", lambda: x._set_attr(a=1))
    ask("set on group", lambda: both._set_attr(a="1"))

    ask("variable shape", lambda: [sym.Variable("q", shape=s).list_attr() for s in ((2, 3), 3, [2, 3], (0, 2))])
    ask(
        "variable init",
        lambda: [sym.Variable("q", init=i).list_attr() for i in ("xavier", mx.init.One(), mx.init.Xavier(magnitude=2))],
    )
    dtypes = ["float32", np.float16, np.int64, np.dtype("int8"), bool, float, int]
    ask("variable dtype", lambda: [sym.Variable("q", dtype=dtype).list_attr() for dtype in dtypes])
    ask("variable multipliers", lambda: sym.Variable("q", lr_mult=0, wd_mult=1.0).list_attr())
    ask("variable stype", lambda: sym.Variable("q", stype="default").list_attr())
    ask("variable number", lambda: sym.Variable(3))
    ask("variable attr number", lambda: sym.Variable("q", attr={"a": 1}))
    ask("variable keyword", lambda: sym.Variable("q", foo="bar"))
    ask("variable dunder", lambda: sym.Variable("q", __foo__="bar", __n__=3).list_attr())
    ask("escapes", lambda: sym.Variable('a"b\\c\n\té', attr={"k": "x/y\u20ac\r"}).tojson())

    def prefixed():
        with mx.name.Prefix("p_"):
            v = sym.Variable("q")
            layers = [sym.FullyConnected(v, num_hidden=2, name=name) for name in ("fc", None)]
            return [v.name, [layer.list_arguments() for layer in layers], (v + 1).name]

    ask("prefix", prefixed)
    for key in ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "__mine__", "mine", "shape"):
        ask(f"attribute {key}", lambda k=key: sym.FullyConnected(x, num_hidden=3, attr={k: "1"}, name="f").tojson())

        def scoped(key=key):
            with mx.AttrScope(**{key: "1"}):
                return sym.Variable("q").tojson()

        ask(f"scope {key}", scoped)
    ask("attribute weight_lr_mult", lambda: sym.FullyConnected(x, num_hidden=3, attr={"weight_lr_mult": "1"}))
    ask("attribute as keyword", lambda: sym.FullyConnected(x, num_hidden=3, name="f", lr_mult=3).tojson())

    ask("parameter missing", lambda: sym.FullyConnected(x))
    ask("parameter unknown", lambda: sym.FullyConnected(x, num_hidden=3, foo=3))
    ask("parameter by position", lambda: sym.FullyConnected(x, y, z, 3).tojson())
    ask("parameter None", lambda: sym.sum(x, axis=None).tojson())
    ask(
        "parameters of NumPy",
        lambda: [sym.Cast(x, dtype=np.float16).list_attr(), sym.sum(x, axis=np.int64(1)).list_attr()],
    )
    ask("parameters of floats", lambda: sym.clip(x, a_min=1e-20, a_max=np.float32(0.1)).list_attr())
    ask("input missing", lambda: sym.FullyConnected(num_hidden=3).list_arguments())
    ask(
        "input None",
        lambda: [
            sym.FullyConnected(x, None, num_hidden=3).list_arguments(),
            sym.FullyConnected(x, weight=None, num_hidden=3).list_arguments(),
        ],
    )
    ask("input by name", lambda: sym.FullyConnected(x, bias=z, num_hidden=3).list_arguments())
    ask("input not used", lambda: sym.FullyConnected(x, bias=z, num_hidden=3, no_bias=True))
    ask("inputs in any number", lambda: sym.Concat(*[x, y], dim=1).tojson())
    ask("inputs by number", lambda: sym.Concat(arg0=x, arg1=y, num_args=2).tojson())
    ask("inputs missing", lambda: sym.Concat(num_args=3, name="c").list_arguments())
    ask("inputs none", lambda: sym.Concat(name="c"))
    many = [sym.Variable(f"v{i}") for i in range(12)]
    ask("many inputs", lambda: sym.add_n(*many, name="s").tojson())
    ask("many heads", lambda: sym.Group(many).tojson())

    mean, var = sym.Variable("mean"), sym.Variable("var")

    def shared_states():
        first = sym.BatchNorm(x, moving_mean=mean, moving_var=var, name="b1")
        second = sym.BatchNorm(first, moving_mean=mean, moving_var=var, name="b2") + mean
        return [second.tojson(), second.list_arguments(), second.list_auxiliary_states(), second.list_inputs()]

    ask("shared states", shared_states)
    ask("state computed", lambda: sym.BatchNorm(x, moving_mean=y + z))
    ask("debug_str", lambda: [sym.BatchNorm(fc, name="b").debug_str(), x.debug_str(), both.debug_str()])

    ask("pickle", lambda: [pickle.loads(pickle.dumps(both)).tojson() == both.tojson(), copy.deepcopy(both).tojson()])
    for name in ("asnumpy", "copy", "wait_to_read", "asscalar", "detach", "backward", "as_in_context"):
        ask(name, lambda name=name: getattr(fc, name)())
    ask("gradient", lambda: fc.gradient(["x"]))
    ask("save number", lambda: fc.save(3))
    ask("load number", lambda: sym.load(3))
    ask("load missing", lambda: sym.load("no-such-file"))
    ask("load_json number", lambda: sym.load_json(3))
    ask("load_json empty", lambda: sym.load_json("{}"))

    created = {
        "zeros": lambda: sym.zeros(3),
        "zeros unknown": lambda: sym.zeros((0, 2), dtype="int32", name="n"),
        "ones": lambda: sym.ones((2,)),
        "arange": lambda: sym.arange(3),
        "arange step": lambda: sym.arange(1, 5, 2, name="n"),
        "full": lambda: sym.full((2,), 3),
        "eye": lambda: sym.eye(3, 4, 1),
        "linspace": lambda: sym.linspace(0, 1, 5, endpoint=False),
        "histogram": lambda: sym.histogram(x, bins=10, range=(0, 1)),
        "split_v2 at": lambda: sym.split_v2(x, (1, 2)),
        "split_v2 into": lambda: sym.split_v2(x, 3, axis=1, squeeze_axis=True),
        "uniform": lambda: sym.random.uniform(0, 1, shape=(2,)),
        "uniform operator": lambda: sym.uniform(shape=(2,)),
        "normal of symbols": lambda: sym.random.normal(x, y),
        "normal mixed": lambda: sym.random.normal(x, 1.0),
        "randn": lambda: sym.random.randn(2, loc=1, scale=3, dtype="float16"),
        "randint": lambda: sym.random.randint(0, 3),
        "exponential": lambda: sym.random.exponential(2.0, shape=2),
        "exponential of a symbol": lambda: sym.random.exponential(x),
        "negative_binomial": lambda: sym.random.negative_binomial(2, 0.5, shape=(2,)),
        "multinomial": lambda: sym.random.multinomial(x),
        "shuffle": lambda: sym.random.shuffle(x),
        "linalg": lambda: sym.linalg.gemm2(x, y),
    }
    for name, function in created.items():
        ask(name, lambda function=function: function().tojson())
    for name, args, kwargs in METHODS:
        ask(f"method {name}", lambda n=name, a=args, k=kwargs: getattr(x, n)(*a, **k).tojson())
    for name, kwargs in OPERATORS.items():
        ask(f"operator {name}", lambda n=name, k=kwargs: getattr(sym, n)(name="n", **k).tojson())
        ask(f"inputs of {name}", lambda n=name, k=kwargs: getattr(sym, n)(**k).list_inputs())

    norm = sym.BatchNorm(x, name="b")
    shaped = sym.Variable("q", shape=(2, 3)) + y
    shape_questions = [
        ("fc", fc, [{}, {"x": (2, 4)}, {"q": (2, 4)}, {"x": (0, 4)}, {"x": (-1, 4)}, {"x": ()}, {"fc_weight": (0, 4)}]),
        ("fc wrong", fc, [{"x": (2, 4), "fc_weight": (3, 5)}]),
        ("add", x + y, [{"x": (2, 3)}, {"x": (2, 0), "y": (0, 3)}, {"x": (2, 3), "y": (2, 4)}]),
        ("backwards", (x + y) * fc, [{"y": (2, 3)}]),
        ("group", sym.Group([fc, x + y]), [{"y": (2, 4)}]),
        ("variable", x, [{}, {"x": (2,)}]),
        ("attribute", shaped, [{}, {"q": (4,)}, {"y": (4,)}]),
        ("partial attribute", sym.Variable("q", shape=(0, 3)) + y, [{"y": (4, 3)}]),
        ("reshape", x.reshape((0, -1)), [{"x": (0, 3, 4)}, {"x": (2, 3, 4)}]),
        ("convolution", sym.Convolution(x, kernel=(3, 3), num_filter=4), [{"x": (0, 3, 0, 8)}, {"x": (1, 3, 8)}]),
        ("batch norm", norm, [{"x": (1, 3, 8)}, {}]),
        ("zeros", sym.zeros((0, 3)) + x, [{}, {"x": (4, 3)}]),
        ("softmax", sym.SoftmaxOutput(fc, name="sm"), [{"x": (2, 3)}, {"sm_label": (2,)}]),
        ("equal names", sym.Variable("x") + sym.Variable("x"), [{"x": (2,)}]),
    ]
    type_questions = [
        (
            "fc",
            fc,
            [{}, {"x": "float16"}, {"fc_weight": "float64"}, {"x": "float16", "fc_weight": "float32"}, {"q": "int8"}],
        ),
        ("add", x + y, [{}, {"x": "float16", "y": "float32"}]),
        ("attribute", sym.Variable("q", dtype="float16") + y, [{}, {"q": "float32"}]),
        ("cast", sym.cast(x, dtype="int8"), [{}, {"x": "int32"}]),
        ("zeros", sym.zeros((2,)) + x, [{}]),
        ("embedding", sym.Embedding(x, input_dim=2, output_dim=3), [{"x": "int32"}]),
        ("batch norm", norm, [{"x": "float16"}]),
    ]
    for what, questions in (("shape", shape_questions), ("type", type_questions)):
        for name, s, given in questions:
            for kwargs in given:
                for method in (f"infer_{what}", f"infer_{what}_partial"):
                    ask(f"{method} {name} {kwargs}", lambda s=s, m=method, k=kwargs: getattr(s, m)(**k))
    return found


def answer(mx, function):
    """The answer as text; of an error, its kind."""
    with mx.name.NameManager(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return plain(function())
        except mx.MXNetError as error:
            kind = "MXNetError" if "NotImplemented" not in type(error).__name__ else type(error).__name__
            return f"raises {kind}"
        except Exception as error:
            return f"raises {type(error).__name__}"


def plain(value):
    """`repr` with dicts in order, and types by their names."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {plain(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain(item) for item in value) + "]"
    return value if isinstance(value, str) else value.__name__ if isinstance(value, type) else repr(value)


def main():
    import mxnet

    mxnet.MXNetError = mxnet.base.MXNetError
    answers = {name: answer(mxnet, function) for name, function in calls(mxnet).items()}
    ANSWERS.write_text(json.dumps(answers, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(len(answers), "answers", file=sys.stderr)


if __name__ == "__main__":
    main()
