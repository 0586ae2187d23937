"""How numba compiles the functions of a kernel: only what a kernel needs is done for them.

numba's own way makes each function ready to be called: optimised, as machine code, linked into the process.  Here a
function that a kernel calls stays as it was written down in LLVM's language until the kernel is optimised as a whole.
And of numba's passes over a function those are left out that kernels have no use for: there are no array expressions,
parallel loops or exceptions made at run time in them.  Together that takes half the time.

Imported only when something must be compiled.
"""

from __future__ import annotations

import inspect
import types as python_types
from typing import Any

from numba import types
from numba.core import compiler, typed_passes, typing, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import PassManager
from numba.core.imputils import lower_constant
from numba.core.registry import cpu_target
from numba.extending import models, register_model

# without reference counting (_nrt) and the interpreter's own entry points compilation takes half the time
OPTIONS = {"nogil": True, "error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Library(JITCodeLibrary):
    """Functions in LLVM's language that are optimised by those who link them."""

    def add_llvm_module(self, module: Any) -> None:
        """Add functions as they are."""
        self._final_module.link_in(module)

    def finalize(self) -> None:
        """Add the functions that these call."""
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def optimized(self) -> Any:
        """The module with all that it calls, optimised."""
        self._ensure_finalized()
        self._optimize_final_module()
        return self._final_module


class Pipeline(compiler.CompilerBase):
    """numba's passes over a function that kernels need."""

    def define_pipelines(self) -> list[PassManager]:
        """The passes, in order."""
        closures = any(isinstance(item, python_types.CodeType) for item in self.state.func_id.code.co_consts)
        passes = [
            untyped_passes.TranslateByteCode,
            untyped_passes.FixupArgs,
            *([untyped_passes.InlineClosureLikes] if closures else []),
            untyped_passes.DeadBranchPrune,
            untyped_passes.GenericRewrites,
            *([untyped_passes.MakeFunctionToJitFunction] if closures else []),
            untyped_passes.ReconstructSSA,
            untyped_passes.DeadBranchPrune,
            typed_passes.NopythonTypeInference,
            typed_passes.PreLowerStripPhis,
            typed_passes.IRLegalization,
            typed_passes.NativeLowering,
            typed_passes.NoPythonBackend,
        ]
        manager = PassManager("kernel")
        for each in passes:
            manager.add_pass(each, each.__name__)
        manager.finalize()
        return [manager]


class Remembering:
    """numba's typing context, which finds out the type of a call of a known function once."""

    def __init__(self, context: Any) -> None:
        self._context, self._known = context, {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve_function_type(self, function: Any, args: Any, kws: Any) -> Any:
        """The signature of a call."""
        if kws or not isinstance(function, types.Function):
            return self._context.resolve_function_type(function, args, kws)
        key = function, args
        if key not in self._known:
            self._known[key] = self._context.resolve_function_type(function, args, kws)
        return self._known[key]


_typing = Remembering(cpu_target.typing_context)


def compiled(function: Any, args: tuple[Any, ...], **options: Any) -> Any:
    """numba's result for a function of arguments of these types; its library is a `Library`."""
    flags = compiler.Flags()
    cpu_target.options.parse_as_flags(flags, {**OPTIONS, **options, "nopython": True})
    flags.no_compile = True
    context = cpu_target.target_context
    library = Library(context.codegen(), function.__qualname__)
    return compiler.compile_extra(_typing, context, function, args, None, flags, {}, library, Pipeline)


class PartType(types.Callable, types.Opaque):
    """Type of a `Part`."""

    def __init__(self, part: Part) -> None:
        self.part = part
        super().__init__(f"Part({part.function.__module__}.{part.function.__qualname__} at {id(part)})")

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """The signature of a call."""
        return self.part.called(args, kws)

    def get_call_signatures(self) -> Any:
        """What it was compiled for."""
        return [typing.signature(result, *args) for args, result in self.part.versions.items()], True

    def get_impl_key(self, sig: Any) -> Any:
        """What finds the compiled function."""
        return self.part, sig.args


class Part:
    """A function that kernels call; it is compiled for the types of arguments that it is called with."""

    def __init__(self, function: Any, **options: Any) -> None:
        self.function, self.options = function, options
        self.signature = inspect.signature(function)
        self.versions: dict[tuple[Any, ...], Any] = {}
        self._numba_type_ = PartType(self)

    def called(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """The signature of a call."""
        args = typing.fold_arguments(
            self.signature,
            args,
            kws,
            lambda index, parameter, value: value,
            lambda index, parameter, default: types.Omitted(default),
            lambda index, parameter, values: types.StarArgTuple(values),
        )
        if args not in self.versions:
            made = compiled(self.function, args, **self.options)
            cpu_target.target_context.insert_user_function((self, args), made.fndesc, [made.library])
            self.versions[args] = made.signature.return_type
        return typing.signature(self.versions[args], *args).replace(pysig=self.signature)


register_model(PartType)(models.OpaqueModel)


@lower_constant(PartType)
def _constant(context: Any, builder: Any, part: Any, value: Any) -> Any:
    return context.get_dummy_value()
