"""The examples of the API reference and of the article print what MXNet 1.9.1 prints.

``seed_examples/<id>.py`` is one example; the comment after its ``# prints:`` is the output of 1.9.1 (with the package's
name changed). An example with ``# continues: <id>`` runs after that one, in its namespace.
"""

import contextlib
import functools
import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

FOLDER = Path(__file__).parent / "seed_examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py"))
NUMBER = re.compile(r"[-+]?\d+\.\d*(e[-+]\d+)?")


@functools.cache
def run(name):
    """Namespace and output of an example after those that it continues."""
    before = re.search(r"^# continues: (\w+)", source(name), re.MULTILINE)
    namespace = run(before[1])[0] if before else {}
    namespace = {k: v for k, v in namespace.items() if not k.startswith("__")}
    # the names of automatic symbols and blocks start at 0 in every group; NumPy 2 writes np.float32(1.0) for 1.0
    fresh = contextlib.nullcontext() if before else mx.name.NameManager()
    with contextlib.redirect_stdout(io.StringIO()) as output, np.printoptions(legacy="1.25"), fresh:
        namespace = runpy.run_path(str(FOLDER / f"{name}.py"), namespace)
    return namespace, output.getvalue()


def source(name):
    return (FOLDER / f"{name}.py").read_text()


def tidy(text):
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    return "\n".join(line for line in lines if not line.startswith("learning rate from"))  # a warning of 1.9.1


def layout(text):
    """The text without its numbers and line breaks (which depend on the numbers)."""
    return re.sub(r"\s+", " ", NUMBER.sub("#", text)).replace("[ #", "[#").replace("# ]", "#]")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", EXAMPLES)
def test_example_prints_what_mxnet_prints(name):
    code, _, comment = source(name).partition("\n# prints:\n")
    expected = tidy("\n".join(line[2:] for line in comment.splitlines()))
    printed = tidy(run(name)[1])
    if "\n# random:" not in code:
        assert printed == expected
        return
    assert layout(printed) == layout(expected)
    if "\n# random: rounding" in code:
        got, wanted = ([float(x[0]) for x in NUMBER.finditer(text)] for text in (printed, expected))
        np.testing.assert_allclose(got, wanted, atol=5e-6)
