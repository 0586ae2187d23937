"""Symbol files of 2015 to 2020 written by hand, and what MXNet 1.9.1 makes of them.

``python tests/golden/symbol_files.py``, where MXNet 1.9.1 is installed, records its answers. Kept to Python 3.8.
"""

import json
from pathlib import Path

ANSWERS = Path(__file__).parent / "symbol_files.json"


def old_variable(name, **more):
    return {"op": "null", "param": {}, "name": name, "inputs": [], "backward_source_id": -1, **more}


def old_node(op, name, param, inputs, **more):
    return {"op": op, "param": param, "name": name, "inputs": inputs, "backward_source_id": -1, **more}


def graph(nodes, heads, version=None):
    variables = [i for i, node in enumerate(nodes) if node["op"] == "null"]
    attrs = {} if version is None else {"attrs": {"mxnet_version": ["int", version]}}
    return {"nodes": nodes, "arg_nodes": variables, "heads": heads, **attrs}


def mlp_of_2015(**more):
    return [
        old_variable("data"),
        old_variable("fc_weight"),
        old_variable("fc_bias"),
        old_node("FullyConnected", "fc", {"no_bias": "False", "num_hidden": "3"}, [[0, 0], [1, 0], [2, 0]], **more),
        old_variable("bn_gamma"),
        old_variable("bn_beta"),
        old_node("BatchNorm", "bn", {"eps": "0.001", "fix_gamma": "True"}, [[3, 0], [4, 0], [5, 0]]),
    ]


def relu(version, **more):
    x = {"op": "null", "name": "x", "inputs": [], "attr": {"lr_mult": "2", "mine": "3"}}
    a = {"op": "Activation", "name": "a", "inputs": [[0, 0, 0]], "attr": {"act_type": "relu", **more}}
    return graph([x, a], [[1, 0, 0]], version)


def argmax(version):
    nodes = [old_variable("x"), old_node("argmax", "m", {"axis": "-1"}, [[0, 0]])]
    return graph(nodes, [[1, 0]], version)


TWO_INPUTS = [old_variable("x"), old_variable("l")]
CHAIN = [
    ("Dropout", {"p": "0.5"}),
    ("LeakyReLU", {"act_type": "leaky", "lower_bound": "0.125", "slope": "0.1", "upper_bound": "0.334"}),
    ("Pooling", {"kernel": "(2,2)", "pool_type": "max", "stride": "(2,2)", "global_pool": "False", "pad": "(0,0)"}),
    ("Flatten", {}),
    ("SoftmaxActivation", {}),
]

GOOD = {
    "2015": graph(mlp_of_2015(), [[6, 0]]),
    "2015 attributes": graph(mlp_of_2015(attr={"ctx_group": "a", "weight_lr_mult": "3", "lr_mult": "2"}), [[6, 0]]),
    "2015 variable": graph(
        [
            old_variable("x", attr={"lr_mult": "2", "mine": "b", "ctx_group": "z", "__shape__": "(2,)"}),
            old_node("Activation", "a", {"act_type": "relu"}, [[0, 0]]),
        ],
        [[1, 0]],
    ),
    "2015 names": graph(
        [
            *TWO_INPUTS,
            old_node("_Plus", "s", {}, [[0, 0], [1, 0]]),
            old_node("_PlusScalar", "t", {"scalar": "2"}, [[2, 0]]),
            old_node("ElementWiseSum", "u", {"num_args": "2"}, [[2, 0], [3, 0]]),
            old_node("Concat", "c", {"num_args": "2", "dim": "1"}, [[2, 0], [3, 0]]),
        ],
        [[5, 0], [4, 0]],
    ),
    "2015 layers": graph(
        [old_variable("x"), *(old_node(op, f"n{i}", param, [[i, 0]]) for i, (op, param) in enumerate(CHAIN))],
        [[len(CHAIN), 0]],
    ),
    "2015 Softmax": graph([*TWO_INPUTS, old_node("Softmax", "s", {"grad_scale": "1"}, [[0, 0], [1, 0]])], [[2, 0]]),
    "2015 missing inputs": graph(
        [old_variable("x"), old_node("FullyConnected", "fc", {"num_hidden": "3"}, [[0, 0]])], [[1, 0]]
    ),
    "0.9.5": relu(905),
    "0.9.5 attributes": relu(905, ctx_group="1", __mine__="2"),
    "1.0": relu(10000),
    "2.0": relu(20000),
    "no version": relu(None),
    "argmax": argmax(None),
    "argmax 0.9.4": argmax(904),
    "argmax 0.9.5": argmax(905),
    "argmax 0.9.6": argmax(906),
    "any order": graph(
        [old_node("Activation", "a", {"act_type": "relu"}, [[1, 0]]), old_variable("x")], [[0, 0]], 10901
    ),
    "unused nodes": graph(TWO_INPUTS, [[1, 0]], 10901),
}

BAD = {
    "unknown operator": graph([old_variable("x"), old_node("Nope", "a", {}, [[0, 0]])], [[1, 0]]),
    "unknown parameter": relu(10901, weird="1"),
    "unknown old parameter": relu(905, weird="1"),
    "no such node": graph([old_variable("x"), old_node("Flatten", "a", {}, [[7, 0]])], [[1, 0]]),
    "no such head": graph([old_variable("x")], [[5, 0]]),
    "no name": graph([{"op": "null", "inputs": []}], [[0, 0]]),
    "short head": graph([old_variable("x")], [[0]]),
    "attribute is a number": graph([{"op": "null", "name": "x", "attrs": {"a": 1}, "inputs": []}], [[0, 0]]),
    "wrong parameter": graph([old_variable("x"), old_node("Activation", "a", {"act_type": "no"}, [[0, 0]])], [[1, 0]]),
}


def main():
    import mxnet

    answers = {name: mxnet.sym.load_json(json.dumps(content)).tojson() for name, content in GOOD.items()}
    for name, content in BAD.items():
        try:
            mxnet.sym.load_json(json.dumps(content))
        except mxnet.base.MXNetError:
            continue
        raise AssertionError(name)
    ANSWERS.write_text(json.dumps(answers, indent=0) + "\n")


if __name__ == "__main__":
    main()
