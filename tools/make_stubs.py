"""Write the .pyi files of everything that is made from the operators' declarations.

    python tools/make_stubs.py            # write them
    python tools/make_stubs.py --check    # say which are out of date, and fail

Editors and type checkers cannot see functions that are made at run time. A stub is written for each module that has
such functions, and for the methods of NDArray and Symbol; what is written by hand is imported there from its place.
"""

from __future__ import annotations

import argparse
import inspect
import keyword
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mxnb.ops import Operator, registry  # noqa: E402
from mxnb.ops import params as kinds  # noqa: E402

PREFIXES = {"linalg": "_linalg_", "contrib": "_contrib_", "image": "_image_", "sparse": "_sparse_"}
HEADER = '''"""{doc}

Written by tools/make_stubs.py from the operators' declarations; change those, not this file.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

{imports}
_DType = str | type[Any] | np.dtype[Any]
'''
TYPES: list[tuple[type, str]] = [
    (kinds.Bool, "bool"),
    (kinds.Int, "int"),
    (kinds.Float, "float"),
    (kinds.Str, "str"),
    (kinds.DType, "_DType"),
    (kinds.Shape, "int | Sequence[int]"),
    (kinds.Floats, "float | Sequence[float]"),
]


def parameter_type(name: str, param: kinds.Param) -> str:
    """Return the annotation of a parameter."""
    if name == "ctx":
        return "Context | str | None"
    if isinstance(param, kinds.Enum):
        text = f"Literal[{', '.join(map(quoted, param.choices))}]"
        if name.endswith("dtype"):
            text = "_DType"
    else:
        text = next((text for kind, text in TYPES if isinstance(param, kind)), "Any")
        if isinstance(param, kinds.Shape) and param.elements_optional:
            text = "int | Sequence[int | None] | None"
    optional = param.optional and not text.endswith("| None") and text != "Any"
    return f"{text} | None" if optional else text


def quoted(value: Any) -> str:
    """Return the source of a value, with double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def default_text(value: Any) -> str:
    """Return the source of a default, dots where it has none."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return "..." if isinstance(value, float) and value != value else quoted(value)
    if isinstance(value, np.dtype):
        return quoted(value.name)
    if isinstance(value, tuple) and all(isinstance(item, (int, float, type(None))) for item in value):
        return repr(value)
    return "..."


def result_type(cls: type[Operator], array: str) -> str:
    """Return the annotation of what an operator's function returns."""
    counted = any(
        name in vars(kind)
        for kind in cls.__mro__
        for name in ("total_outputs", "num_visible")
        if kind is not Operator and kind is not object
    )
    if array == "Symbol":
        return array
    if counted:
        return "Any"
    return array if len(cls.outputs) - cls.hidden == 1 else f"list[{array}]"


def operator_parameters(cls: type[Operator], array: str, method: bool) -> Iterator[str]:
    """Yield the parameters of an operator's function or method."""
    variadic = cls.variadic()
    inputs = list(cls.inputs.items())[1 if method else 0 :]
    count = cls.inputs[variadic].count if variadic else None
    loose = array == "Symbol" or any(
        "active_inputs" in vars(kind) for kind in cls.__mro__ if kind is not Operator and kind is not object
    )
    defaults = False  # whether all that follows must have one
    if variadic:
        yield f"*{variadic}: {array} | Sequence[{array}]"
    for name, declared in inputs:
        if name == variadic:
            continue
        if declared.optional or (loose and name != next(iter(cls.inputs))) or variadic or defaults:
            defaults = True
            yield f"{name}: {array} | None = None"
        else:
            yield f"{name}: {array}"
    for name, param in cls.params.items():
        if name == count or keyword.iskeyword(name):
            continue
        annotation = parameter_type(name, param)
        if param.default is kinds.REQUIRED:
            yield f"{name}: {annotation} = ..." if defaults else f"{name}: {annotation}"
        else:
            defaults = True
            yield f"{name}: {annotation} = {default_text(param.default)}"
    if not variadic:
        yield "*"
    if array == "NDArray":
        yield "out: Any = None"
        yield "name: str | None = None"
    else:
        yield "name: str | None = None"
        yield "attr: dict[str, str] | None = None"
    yield "**kwargs: Any"


def operator_source(name: str, cls: type[Operator], array: str, method: bool = False) -> str:
    """Return the declaration of an operator's function or method."""
    parameters = ", ".join([*(["self"] if method else []), *operator_parameters(cls, array, method)])
    summary = (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ").replace('"""', "'''")
    indent = "    " if method else ""
    head = f"{indent}def {name}({parameters}) -> {result_type(cls, array)}:"
    if not summary or inspect.getdoc(cls) == inspect.getdoc(Operator):
        return f"{head} ...\n"
    raw = "r" if "\\" in summary else ""
    return f'{head}\n{indent}    {raw}"""{summary}"""\n'


def function_source(name: str, function: Callable[..., Any], indent: str = "") -> str:
    """Return the declaration of a function by its own signature."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return f"{indent}{name}: Any\n"
    texts = []
    star = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            texts.append("*")
        star = star or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        text = str(parameter).split(":")[0].split("=")[0].strip()  # with its stars
        if parameter.annotation is not parameter.empty:
            text += f": {annotation_text(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {default_text(parameter.default)}"
        texts.append(text)
    result = "Any" if signature.return_annotation is signature.empty else annotation_text(signature.return_annotation)
    return f"{indent}def {name}({', '.join(texts)}) -> {result}: ...\n"


def annotation_text(annotation: Any) -> str:
    """Return the source of an annotation where the stub's names suffice for it, else Any."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "Any")
    plain = {"Any", "NDArray", "Symbol", "int", "float", "str", "bool", "bytes", "None", "dict", "list", "tuple", "np"}
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
    return text if words <= plain | {"Sequence", "ndarray", "Context"} else "Any"


def origin(name: str, value: Any, module: ModuleType) -> str | None:
    """Return the module that a value written by hand is to be imported from."""
    place = getattr(value, "__module__", None)
    if place is None or not place.startswith("mxnb") or place == module.__name__ or "__signature__" in vars(value):
        return None
    return place if getattr(sys.modules.get(place), name, None) is value else None


def module_source(module: ModuleType, array: str, package: ModuleType | None = None) -> str:
    """Return the stub of a module; what it shares with its package is imported from there."""
    namespace = module.__name__.rsplit(".", 1)[-1]
    prefix = PREFIXES.get(namespace, "")
    imports, body = [], []
    for name in sorted(dir(module)):
        if (name.startswith("_") and namespace != "_internal") or keyword.iskeyword(name) or name.startswith("__"):
            continue
        value = getattr(module, name)
        cls = registry.get(prefix + name)
        if package is not None and not isinstance(value, ModuleType) and getattr(package, name, None) is value:
            imports.append(f"from {package.__name__} import {name} as {name}")
        elif isinstance(value, ModuleType):
            if value.__name__ == f"{module.__name__}.{name}":
                imports.append(f"from . import {name} as {name}")
        elif (place := origin(name, value, module)) is not None:
            imports.append(f"from {place} import {name} as {name}")
        elif cls is not None and not cls.internal and callable(value):
            body.append(operator_source(name, cls, array))
        elif callable(value):
            if getattr(value, "__module__", "").startswith("mxnb"):
                body.append(function_source(name, value))
        elif not inspect.isfunction(value) and getattr(value, "__module__", None) is None and name.isupper():
            body.append(f"{name}: Any\n")
    if not any(line.endswith(f"import {array} as {array}") for line in imports):
        imports.append(f"from mxnb.{'ndarray.ndarray' if array == 'NDArray' else 'symbol.symbol'} import {array}")
    if any("Context" in text for text in body):
        imports.append("from mxnb.context import Context")
    doc = (module.__doc__ or namespace).strip().split("\n")[0]
    return HEADER.format(doc=doc, imports="\n".join(sorted(imports))) + "\n" + "".join(body)


def methods_source(module: ModuleType, array: str) -> str:
    """Return the stub of the module that defines `OperatorMethods`."""
    body = ["class OperatorMethods:\n"]
    for name, value in sorted(vars(module.OperatorMethods).items()):
        if name.startswith("_") or not callable(value):
            continue
        cls = registry.get(name)
        # written by hand: a name of this file, not that of the closure which makes the others
        if cls is not None and value.__code__.co_name != name:
            body.append(operator_source(name, cls, array, method=True))
        else:
            body.append(function_source(name, value, "    "))
    others = [
        function_source(name, value)
        for name, value in sorted(vars(module).items())
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    imports = [f"from mxnb.{'ndarray.ndarray' if array == 'NDArray' else 'symbol.symbol'} import {array}"]
    text = "".join([*body, "\n", *others])
    if "Context" in text:
        imports.insert(0, "from mxnb.context import Context")
    return HEADER.format(doc=(module.__doc__ or "").split("\n")[0], imports="\n".join(imports)) + "\n" + text


def stubs() -> dict[Path, str]:
    """Return the text of every stub by its path."""
    found = {}
    for package, array in (("ndarray", "NDArray"), ("symbol", "Symbol")):
        module = import_module(f"mxnb.{package}")
        folder = ROOT / "mxnb" / package
        found[folder / "__init__.pyi"] = module_source(module, array)
        found[folder / "methods.pyi"] = methods_source(import_module(f"mxnb.{package}.methods"), array)
        for name in sorted(dir(module)):
            part = getattr(module, name)
            if not isinstance(part, ModuleType) or part.__name__ != f"mxnb.{package}.{name}":
                continue
            if getattr(part, "__file__", None) is None or "__getattr__" in vars(part):
                found[folder / f"{name}.pyi"] = module_source(part, array, module)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a stub is out of date")
    args = parser.parse_args()
    wanted = stubs()
    there = set((ROOT / "mxnb").rglob("*.pyi"))
    stale = [path for path, text in wanted.items() if path not in there or path.read_text(encoding="utf-8") != text]
    extra = sorted(there - set(wanted))
    if args.check:
        for path in [*stale, *extra]:
            print(f"{path.relative_to(ROOT)} is out of date; run python tools/make_stubs.py")
        return 1 if stale or extra else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    for path in extra:
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
