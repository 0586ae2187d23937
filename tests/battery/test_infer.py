"""Inference: what is inferred is what comes out, and knowing less never contradicts it."""

import pytest
from running import each, main_dtype

from mxnb.base import MXNetError


def truth(sample):
    """Shapes and dtypes of all inputs and outputs."""
    import mxnb as mx

    arrays = sample.arrays(main_dtype(sample))
    plan = sample.op.bind(mx.cpu(), sample.train, tuple((a.shape, a.dtype) for a in arrays))
    outs = plan.out_specs
    return ([a.shape for a in arrays], [s for s, _ in outs]), ([a.dtype for a in arrays], [d for _, d in outs])


def agrees(found, true):
    """Whether a partly known shape is compatible with the true one."""
    return found is None or (len(found) == len(true) and all(a is None or a == b for a, b in zip(found, true)))


def check(sample, ins, outs, shapes):
    got_ins, got_outs = sample.op.infer_shape(list(ins), list(outs))
    assert len(got_ins) == len(shapes[0])
    assert len(got_outs) == len(shapes[1])
    for name, got, true in zip(sample.op.input_names(len(ins)), got_ins, shapes[0]):
        assert name in sample.free or agrees(got, true), (
            f"knowing {ins} -> {outs}, input {name} is said to be {got}, it is {true}"
        )
    for got, true in zip(got_outs, shapes[1]):
        assert agrees(got, true), f"knowing {ins} -> {outs}, an output is said to be {got}, it is {true}"
    return got_ins, got_outs


@each()
def test_everything_known(sample):
    shapes, dtypes = truth(sample)
    nothing = [None] * len(shapes[1])
    ins, outs = check(sample, shapes[0], nothing, shapes)
    assert [tuple(s) for s in outs] == shapes[1]
    ins, outs = check(sample, shapes[0], shapes[1], shapes)
    assert [tuple(s) for s in ins] == shapes[0]
    assert sample.op.infer_dtype(list(dtypes[0]), nothing)[1] == dtypes[1]
    if not sample.random:
        visible = sample.op.num_visible()
        expected = sample.expected(sample.arrays(main_dtype(sample)))[:visible]
        assert shapes[1][:visible] == [e.shape for e in expected]


@each()
def test_partly_known_shapes(sample):
    """Nothing, outputs only, one input left out, one dimension left out."""
    shapes, _ = truth(sample)
    ins, outs = shapes
    none_in, none_out = [None] * len(ins), [None] * len(outs)
    check(sample, none_in, none_out, shapes)
    check(sample, none_in, outs, shapes)
    for i in range(len(ins)):
        others = [None if j == i else s for j, s in enumerate(ins)]
        check(sample, [s if j == i else None for j, s in enumerate(ins)], none_out, shapes)
        check(sample, others, none_out, shapes)
        check(sample, others, outs, shapes)
        for axis in range(len(ins[i])):
            holed = (*ins[i][:axis], None, *ins[i][axis + 1 :])
            check(sample, [holed if j == i else s for j, s in enumerate(ins)], none_out, shapes)
            check(sample, [holed if j == i else s for j, s in enumerate(ins)], outs, shapes)


@each(lambda s: s.follows)
def test_shapes_that_follow(sample):
    """Shapes of parameters from that of the data."""
    shapes, _ = truth(sample)
    names = sample.op.input_names(len(shapes[0]))
    known = [None if n in sample.follows else s for n, s in zip(names, shapes[0])]
    assert None in known
    ins, outs = check(sample, known, [None] * len(shapes[1]), shapes)
    assert [tuple(s) for s in ins] == shapes[0]
    assert [tuple(s) for s in outs] == shapes[1]


@each()
def test_partly_known_dtypes(sample):
    _, (ins, outs) = truth(sample)
    for known in range(-1, len(ins)):
        for known_outs in ([None] * len(outs), outs):
            given = [d if i == known else None for i, d in enumerate(ins)]
            got_ins, got_outs = sample.op.infer_dtype(list(given), list(known_outs))
            for got, true in zip([*got_ins, *got_outs], [*ins, *outs]):
                # where too little is known an operator may fall back to its parameter, or to float32
                assert got is None or got == true or got == getattr(sample.op, "dtype", None) or known < 0


@each(lambda s: s.inputs)
def test_contradictions(sample):
    """An output of another shape is refused."""
    shapes, _ = truth(sample)
    wrong = [(*s, 7) for s in shapes[1]]
    with pytest.raises(MXNetError, match=sample.name):
        sample.op.infer_shape(list(shapes[0]), wrong)
