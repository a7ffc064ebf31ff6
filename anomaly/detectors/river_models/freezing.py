"""River's objects as bytes and back.

River keeps its state in Python objects and in compiled ones, and `pickle` is what both support. A pickle
can name any callable; this reader resolves the classes River's models are made of and nothing else, so
that bytes from the database can at worst be unreadable. Bytes of another version of River are refused:
they are learnt anew.
"""

import io
import pickle  # read with a closed list of names, see _Reader
from importlib import import_module
from importlib.metadata import version
from typing import Any

_VERSION = version("river")

# Packages whose classes models consist of; of River's, those that touch neither files nor the network.
_PACKAGES = (
    "river._river_rust",
    "river.anomaly",
    "river.base",
    "river.compose",
    "river.drift.adwin",
    "river.drift.binary",
    "river.drift.kswin",
    "river.drift.page_hinkley",
    "river.feature_extraction",
    "river.linear_model",
    "river.neighbors",
    "river.optim",
    "river.preprocessing",
    "river.proba",
    "river.sketch",
    "river.stats",
    "river.time_series",
    "river.tree.padded",
    "river.utils",
    "anomaly.detectors.river_models.predictive",
    "anomaly.detectors.river_models.unit_interval",
)
_NAMES = frozenset(
    {
        ("builtins", "float"),
        ("builtins", "int"),
        ("builtins", "list"),
        ("builtins", "object"),
        ("builtins", "set"),
        ("builtins", "tuple"),
        ("collections", "Counter"),
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("collections", "deque"),
        ("copyreg", "_reconstructor"),
        ("functools", "partial"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "scalar"),
        ("random", "Random"),
        ("river._river_rust.vectordict", "euclidean_distance_tuple"),
    }
)


def _method(owner: object, name: str) -> Any:
    """Stand in for `getattr`, which pickle asks for where a model keeps one of its own methods."""
    if not _is_ours(type(owner).__module__) or name.startswith("__"):
        raise pickle.UnpicklingError(f"no method {name!r} of {type(owner).__name__}")
    return getattr(owner, name)


def _is_ours(module: str) -> bool:
    return any(module == name or module.startswith(name + ".") for name in _PACKAGES)


class _Reader(pickle.Unpickler):
    """Resolves the names models consist of."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _method
        if (module, name) in _NAMES:
            return getattr(import_module(module), name)
        if _is_ours(module) and "." not in name:
            found = getattr(import_module(module), name, None)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a model")


def freeze(model: object) -> dict[str, Any]:
    """Return a model of River's as MessagePack-ready values."""
    return {"river": _VERSION, "pickle": pickle.dumps(model, protocol=5)}


def thaw(state: dict[str, Any]) -> Any:
    """Return the model `freeze` was given.

    Raises:
        KeyError, TypeError, ValueError: it is of another version of River, or no model at all.
    """
    if state["river"] != _VERSION:
        raise ValueError(f"a model of River {state['river']}, this is {_VERSION}")
    try:
        return _Reader(io.BytesIO(state["pickle"])).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError) as error:
        raise ValueError(f"not a model: {error}") from error
