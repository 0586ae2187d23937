"""What README and documentation say is run: code, links, and the examples of differences from MXNet 1.9.1."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnb as mx

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DIFFERENCES = ROOT / "docs" / "differences.md"


def blocks(path, language):
    """The code blocks of a page, and the line each begins on."""
    text = path.read_text(encoding="utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(match[1], text.count("\n", 0, match.start(1)) + 1) for match in found]


@pytest.mark.slow
def test_readme_code_runs(tmp_path):
    """All of it in one process, from top to bottom."""
    program = tmp_path / "readme.py"
    program.write_text("\n".join(code for code, _ in blocks(ROOT / "README.md", "python")), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-W", "error", program.name],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "[[2. 4.]\n [6. 8.]]" in done.stdout  # 2 x
    (accuracy,) = re.findall(r"\('accuracy', ([\d.]+)\)", done.stdout)
    assert float(accuracy) > 0.9
    assert "[[3. 3. 3.]\n [3. 3. 3.]]" in done.stdout
    assert "[0.36787945 1.         0.36787945]" in done.stdout
    assert {"dense-symbol.json", "dense-0000.params", "digits-0010.params"} <= {f.name for f in tmp_path.iterdir()}


def test_readme_commands():
    """The continuous integration runs them as they stand: block one trains, block two tests."""
    (train, _), (check, _) = blocks(ROOT / "README.md", "sh")
    assert "examples/train_digits.py" in train
    assert "pytest" in check


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page):
    """Files that a page links to exist."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://", "#")):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_every_kernel_file_is_in_the_index():
    index = (ROOT / "docs" / "kernels" / "README.md").read_text(encoding="utf-8")
    found = {file.name if file.is_file() else file.name + "/" for file in (ROOT / "mxnb" / "kernels").iterdir()}
    assert not [name for name in found - {"__init__.py", "__pycache__/"} if f"`{name}`" not in index]


def test_differences(tmp_path, monkeypatch):
    """The examples of differences from 1.9.1, one after the other, print what the page says."""
    monkeypatch.chdir(tmp_path)
    names = {"mx": mx, "nd": mx.nd, "np": np, "autograd": mx.autograd, "gluon": mx.gluon}
    runner, report = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS), []
    for code, line in blocks(DIFFERENCES, "pycon"):
        test = doctest.DocTestParser().get_doctest(code, {}, "example", str(DIFFERENCES), line - 1)
        test.globs = names  # what one example defines the next ones use
        runner.run(test, out=report.append, clear_globs=False)
    assert runner.failures == 0, "".join(report)
