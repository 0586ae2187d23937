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
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


@pytest.mark.filterwarnings("ignore:learning rate from")
@pytest.mark.parametrize("name", EXAMPLES)
def test_example_prints_what_mxnet_prints(name):
    code, _, comment = source(name).partition("\n# prints:\n")
    expected = tidy("\n".join(line[2:] for line in comment.splitlines()))
    printed = tidy(run(name)[1])
    if "\n# random:" in code:  # compare the layout: lines are wrapped at NumPy's width, which depends on the values
        printed, expected = (re.sub(r"\s+", " ", NUMBER.sub("#", text)) for text in (printed, expected))
    assert printed == expected
