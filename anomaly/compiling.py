"""How kernels are compiled, and when what was compiled before is still good.

Numba keeps machine code beside the sources, in `__pycache__`, or where that cannot be written in the user's
cache folder; `NUMBA_CACHE_DIR` names another place. It looks at the file of a function only, and not at those
of the functions called from it, which are compiled into it. So the stamp here is of all the sources: new code
is never answered by old.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from numba import njit
from numpy.typing import NDArray

from kernel.log import get_logger

log = get_logger(__name__)

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {
    # Division by zero gives infinity, as in NumPy, instead of an error in the middle of a frame.
    "error_model": "numpy",
    "nogil": True,
}
# No reference counts, for functions that allocate nothing: whoever calls them holds the arrays, and counting
# each row that is looked at takes nine tenths of the time of a pass.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def lean_kernel(function: _Function) -> _Function:
    """Compile a function that only other kernels call: it becomes part of them.

    Like them it makes no arrays.
    """
    compiled: _Function = njit(**_OPTIONS, **_UNCOUNTED)(function)
    return compiled


def lean_entry(*modules: ModuleType) -> Callable[[_Function], _Function]:
    """Compile a function that Python calls, and keep the machine code for later processes.

    Args:
        modules: where the kernels that it calls are written, other than in its own package.
    """
    return _keeping(modules, _OPTIONS | _UNCOUNTED)


def _keeping(
    modules: Sequence[ModuleType], options: dict[str, Any]
) -> Callable[[_Function], _Function]:
    def compiling(function: _Function) -> _Function:
        try:
            compiled = njit(cache=True, **options)(function)
        except RuntimeError as error:
            log.warning(
                "compiled code cannot be kept", function=function.__name__, error=str(error)
            )
            compiled = njit(**options)(function)
        else:
            _stamp(compiled, _digest(function, modules))
        kept: _Function = compiled
        return kept

    return compiling


def _stamp(compiled: Any, digest: str) -> None:
    # Numba has no public way. A test holds that code which is called has its part in the stamp.
    cache_file = compiled._cache._cache_file  # noqa: SLF001
    stamp = cache_file._source_stamp  # noqa: SLF001
    cache_file._source_stamp = (stamp, digest)  # noqa: SLF001


def _digest(function: Callable[..., Any], modules: Sequence[ModuleType]) -> str:
    files = sorted(Path(function.__code__.co_filename).parent.glob("*.py"))
    files += [Path(module.__file__) for module in modules if module.__file__]
    digest = sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as compiled code takes it: contiguous, and its own."""
    return array if array.flags.carray else array.copy()
