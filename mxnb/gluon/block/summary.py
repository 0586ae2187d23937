"""The table that ``Block.summary`` prints."""

from __future__ import annotations

import numpy as np

from ...ndarray import NDArray

__all__ = ["print_summary"]


def _shapes(value):
    """Shapes of an array or of nested lists of arrays."""
    if isinstance(value, (list, tuple)):
        return [_shapes(item) for item in value]
    return value.shape if isinstance(value, NDArray) else value


def print_summary(block, inputs):
    """Run `block` on `inputs` and print its layers in the order in which they finish.

    Parameters
    ----------
    block : Block
    inputs : tuple of NDArray
    """
    from ..nn import HybridSequential, Sequential  # it imports the blocks

    rows: list[tuple[str, object, int, int]] = []  # (label, shape, parameters, trainable ones)
    seen, shared = set(), 0
    handles = []

    def finished(layer, _, outputs):
        nonlocal shared
        total = trainable = 0
        for param in layer._reg_params.values():
            size = int(np.prod(param.shape))
            total += size
            trainable += size if param.grad_req != "null" else 0
            shared += size if param in seen else 0
            seen.add(param)
        rows.append((f"{type(layer).__name__}-{len(rows) + 1}", _shapes(outputs), total, trainable))

    def refuse_hybridized(layer):
        assert not getattr(layer, "_active", False), f'"{layer.name}" must not be hybridized to print summary.'

    def watch(layer):
        if not isinstance(layer, (Sequential, HybridSequential)):  # containers have nothing to tell
            handles.append(layer.register_forward_hook(finished))

    block.apply(refuse_hybridized)
    try:
        # A first pass finishes deferred initialization, whose symbolic passes are none of the user's layers.
        if any(param._deferred_init for param in block.collect_params().values()):
            block(*inputs)
        block.apply(watch)
        block(*inputs)
    finally:
        for handle in handles:
            handle.detach()

    line = "{:>20}  {:>42} {:>15}"
    shapes = _shapes(inputs)
    print("-" * 80)
    print(line.format("Layer (type)", "Output Shape", "Param #"))
    print("=" * 80)
    print(line.format("Input", str(shapes[0] if len(shapes) == 1 else shapes), 0))
    for label, shape, total, _ in rows:
        print(line.format(label, str(shape), total))
    print("=" * 80)
    total, trainable = sum(row[2] for row in rows), sum(row[3] for row in rows)
    print("Parameters in forward computation graph, duplicate included")
    print(f"   Total params: {total}")
    print(f"   Trainable params: {trainable}")
    print(f"   Non-trainable params: {total - trainable}")
    print(f"Shared params in forward computation graph: {shared}")
    print(f"Unique parameters in model: {total - shared}")
    print("-" * 80)
