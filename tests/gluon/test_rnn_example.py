"""examples/language_model.py, shortened, in a process of its own."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from pydoc_data.topics import topics

import mxnb as mx

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = str(ROOT / "examples" / "language_model.py")


def test_language_model(tmp_path):
    options = ["--epochs", "6", "--characters", "60000", "--hidden", "64", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, EXAMPLE, *options],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    lines = re.findall(r"^epoch +\d/6: (\S+) bits, held out (\S+), ", done.stdout, re.MULTILINE)
    assert len(lines) == 6
    assert float(lines[-1][0]) < 4.3 < float(lines[0][0]), "it learned more than how frequent characters are"
    assert (tmp_path / "language.png").read_bytes().startswith(b"\x89PNG")
    # what was saved predicts what the program said
    example = runpy.run_path(EXAMPLE)
    args = example["parse"](options)
    text = example["Text"]("\n".join(topics[name] for name in sorted(topics))[:60000])
    net = example["LanguageModel"](len(text.alphabet), 64, args.layers, args.dropout)
    net.load_parameters(str(tmp_path / "language.params"))
    bits = example["bits"](net, text, text.numbers[54000:], args, mx.cpu())
    assert f"held out {bits:.3f}" in done.stdout
    assert len(example["write"](net, text, "The ", 20, mx.cpu())) == 24
