"""Tables and drawings of networks; the expected text is what MXNet 1.9.1 prints, but for what it does not count."""

import sys
import types

import pytest

import mxnb as mx

NODE = {"fixedsize": "true", "width": "1.3", "height": "0.8034", "style": "filled"}
EDGE = {"dir": "back", "arrowtail": "open"}

TABLE = """\
________________________________________________________________________________
Layer (type)            Output Shape    Param #         Previous Layer
================================================================================
data(null)              3x8x8           0
________________________________________________________________________________
conv0(Convolution)      8x8x8           224             data
________________________________________________________________________________
bn0(BatchNorm)          8x8x8           16              conv0
________________________________________________________________________________
pool0(Pooling)          8x4x4           0               bn0
________________________________________________________________________________
conv1(Convolution)      8x4x4           64              pool0
________________________________________________________________________________
_plus0(elemwise_add)    8x4x4           0               pool0
                                                        conv1
________________________________________________________________________________
fc_with_a_name_that_is_t10              1290            _plus0
________________________________________________________________________________
softmax(SoftmaxOutput)  10              0               fc_with_a_name_that_is_t
================================================================================
Total params: 1594
________________________________________________________________________________
"""


def net():
    with mx.name.NameManager():
        x = mx.sym.Convolution(mx.sym.Variable("data"), kernel=(3, 3), num_filter=8, pad=(1, 1), name="conv0")
        x = mx.sym.BatchNorm(x, name="bn0")
        x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool0")
        x = x + mx.sym.Convolution(x, kernel=(1, 1), num_filter=8, no_bias=True, name="conv1")
        x = mx.sym.FullyConnected(x, num_hidden=10, name="fc_with_a_name_that_is_too_long")
        return mx.sym.SoftmaxOutput(x, name="softmax")


def summary(capsys, *args, **kwargs):
    mx.viz.print_summary(*args, **kwargs)
    return capsys.readouterr().out


def test_summary(capsys):
    positions = [0.3, 0.5, 0.7, 1.0]
    text = summary(capsys, net(), shape={"data": (2, 3, 8, 8)}, line_length=80, positions=positions)
    assert [line.rstrip() for line in text.splitlines()] == TABLE.splitlines()
    assert {len(line) for line in text.splitlines() if "Total" not in line} == {80}
    assert summary(capsys, net(), {"data": (2, 3, 8, 8)}, 80, [24, 40, 56, 80]) == text


def test_summary_without_shapes(capsys):
    lines = summary(capsys, net()).splitlines()
    assert lines[3].split() == ["data(null)", "0"]
    assert all(len(line) == 120 for line in lines[:-2])


def test_summary_counts_what_mxnet_does_not(capsys):
    x, y = mx.sym.Variable("x"), mx.sym.Variable("y")
    shared = mx.sym.Variable("w")
    a = mx.sym.FullyConnected(x, weight=shared, num_hidden=3, no_bias=True, name="a")
    b = mx.sym.FullyConnected(y, weight=shared, num_hidden=3, no_bias=True, name="b")
    text = summary(capsys, a + b, shape={"x": (2, 4), "y": (2, 4)})
    assert "Total params: 12" in text
    assert "y(null)" in text
    deconvolution = mx.sym.Deconvolution(x, kernel=(1, 1), num_filter=2, name="d")
    assert "Total params: 6" in summary(capsys, deconvolution, shape={"x": (1, 3, 2, 2)})


def test_summary_refuses():
    with pytest.raises(TypeError, match="symbol must be a Symbol, got int"):
        mx.viz.print_summary(3)
    with pytest.raises(ValueError, match="Input shape is incomplete"):
        mx.viz.print_summary(net(), shape={"data": (0, 3, 8, 8)})
    with pytest.raises(mx.MXNetError, match="no argument named 'nope'"):
        mx.viz.print_summary(net(), shape={"nope": (1,)})
    with pytest.raises(mx.MXNetError, match="Convolution 'conv0'"):
        mx.viz.print_summary(net(), shape={"data": (2, 3)})


class Digraph:
    """Stands in for graphviz.Digraph and remembers what is drawn."""

    def __init__(self, **kwargs):
        self.made, self.nodes, self.edges = kwargs, {}, []

    def node(self, name, **kwargs):
        self.nodes[name] = kwargs

    def edge(self, tail_name, head_name, **kwargs):
        self.edges.append((tail_name, head_name, kwargs))


@pytest.fixture
def graphviz(monkeypatch):
    module = types.ModuleType("graphviz")
    module.Digraph = Digraph
    monkeypatch.setitem(sys.modules, "graphviz", module)


@pytest.mark.usefixtures("graphviz")
def test_plot():
    dot = mx.viz.plot_network(net(), shape={"data": (2, 3, 8, 8)})
    assert dot.made == {"name": "plot", "format": "pdf"}
    fc = "fc_with_a_name_that_is_too_long"
    assert list(dot.nodes) == ["data", "conv0", "bn0", "pool0", "conv1", "_plus0", fc, "softmax_label", "softmax"]
    assert dot.nodes["data"] == {**NODE, "label": "data", "shape": "oval", "fillcolor": "#8dd3c7"}
    assert dot.nodes["conv0"] == {**NODE, "label": "Convolution\n3x3/1, 8", "shape": "box", "fillcolor": "#fb8072"}
    assert dot.nodes["pool0"]["label"] == "Pooling\nmax, 2x2/2x2"
    assert [(tail, head, looks["label"]) for tail, head, looks in dot.edges] == [
        ("conv0", "data", "3x8x8"),
        ("bn0", "conv0", "8x8x8"),
        ("pool0", "bn0", "8x8x8"),
        ("conv1", "pool0", "8x4x4"),
        ("_plus0", "pool0", "8x4x4"),
        ("_plus0", "conv1", "8x4x4"),
        (fc, "_plus0", "8x4x4"),
        ("softmax", fc, "10"),
        ("softmax", "softmax_label", ""),
    ]
    assert {**dot.edges[0][2], "label": ""} == {**EDGE, "label": ""}


@pytest.mark.usefixtures("graphviz")
def test_plot_options():
    dot = mx.viz.plot_network(
        net(), "t", "png", dtype={"data": "float16"}, node_attrs={"fixedsize": "false"}, hide_weights=False
    )
    assert dot.made == {"name": "t", "format": "png"}
    assert dot.nodes["conv0_weight"]["shape"] == "oval"
    assert dot.nodes["conv0"]["fixedsize"] == "false"
    assert dot.edges[0][2]["label"] == "float16"
    assert ("bn0", "bn0_moving_mean") in [edge[:2] for edge in dot.edges]


def test_plot_needs_graphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match=r"pip install 'mxnb\[viz\]'"):
        mx.viz.plot_network(net())
