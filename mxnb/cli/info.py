"""``python -m mxnb info``: what a report of a problem needs to say about the machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from importlib import metadata

from .. import config
from ..base import MXNetError

PACKAGES = ("mxnb", "numpy", "numba", "llvmlite", "pillow", "numba-cuda", "matplotlib", "tqdm", "graphviz")
FEATURES = ("sse4.2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512fp16", "neon", "sve")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Print what `collect` finds."""
    found = collect()
    if args.json:
        print(json.dumps(found, indent=2))
        return 0
    width = max(map(len, found))
    for key, value in found.items():
        print(f"{key:<{width}}  {value}")
    return 0


def collect() -> dict[str, str]:
    """Return what there is to say, in the order of printing.

    Returns
    -------
    dict
        Texts by name. A part that cannot be found out says why instead.
    """
    found = {"python": f"{platform.python_version()} ({platform.python_implementation()}), {platform.platform()}"}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    if found["mxnb"] == "not installed":
        found["mxnb"] = f"not installed, used from {os.path.dirname(os.path.dirname(os.path.dirname(__file__)))}"
    found["cpu"], found["cpu features"] = _cpu()
    found["threads"] = _ask(lambda: f"{config.num_threads()} of {os.cpu_count()} CPUs")
    found["kernel cache"] = _ask(lambda: f"{config.kernel_cache_mode()}, {_folder(config.cache_dir())}")
    found["data folder"] = config.data_dir()
    found["cuda"] = _cuda()
    return found


def _ask(question) -> str:
    try:
        return question()
    except MXNetError as error:
        return str(error)


def _cpu() -> tuple[str, str]:
    """Return the name of the CPU, and the vector instructions that kernels are compiled for."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
            name = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), name)
    except OSError:
        pass  # not Linux
    try:
        from llvmlite import binding

        features = binding.get_host_cpu_features()
        return f"{name} ({binding.get_host_cpu_name()})", ", ".join(f for f in FEATURES if features.get(f))
    except Exception as error:  # a broken llvmlite is what this command is to bring to light
        return name, f"unknown: {type(error).__name__}: {error}"


def _folder(path: str) -> str:
    """Describe the folder of the cache: place, content, and whether it can be written to."""
    if not os.path.isdir(path):
        above = path
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        state = "can be created" if os.access(above, os.W_OK | os.X_OK) else "cannot be created"
        return f"{path} (does not exist, {state})"
    count = size = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                size += os.path.getsize(os.path.join(folder, name))
                count += 1
            except OSError:
                pass  # deleted since
    try:
        with tempfile.TemporaryFile(dir=path):
            state = "writable"
    except OSError as error:
        state = f"not writable: {error.strerror}"
    return f"{path} ({count} files, {size / 1e6:.1f} MB, {state})"


def _cuda() -> str:
    """Describe the CUDA devices, or say why there is none."""
    from ..kernels import device

    cuda, why = device.cuda_state()
    if cuda is None:
        return f"not usable: {why}"
    if device.SIMULATED:
        return "simulator of numba"
    names = []
    for gpu in cuda.gpus:
        name = gpu.name.decode() if isinstance(gpu.name, bytes) else gpu.name
        major, minor = gpu.compute_capability
        free, total = device.memory_info(gpu.id)
        names.append(f"gpu({gpu.id}): {name}, sm_{major}{minor}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free")
    return "; ".join(names)
