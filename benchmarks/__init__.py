"""Benchmarks: mxnb beside PyTorch (eager, CPU) and MXNet 1.9.1, all measured in one run.

    python -m benchmarks [--quick] [--only NAME] [--threads 1 2] [--mxnet PYTHON] [--json FILE] [--markdown FILE] …

Each library runs in a process of its own (`worker.py`); the processes take turns, block after block, so that whatever
else the machine does falls on all of them alike.  What counts is the ratio of the other's time to ours in the same
round: above 1 mxnb is faster.  MXNet 1.9.1 needs an old Python: ``--mxnet`` or the variable MXNET_PYTHON names the
interpreter that has it; without one it is left out, as PyTorch is where it is not installed.

`case.py`, `worker.py` and `cases/` run on Python 3.8 too, since MXNet's process reads them.
"""
