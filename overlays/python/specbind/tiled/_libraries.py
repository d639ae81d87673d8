"""The libraries of numbers and tables, each loaded when something first needs it.

What they give is `Any` for those that have no usable types. Nothing else in the package imports them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from types import ModuleType

    from numpy import dtype, ndarray

    Dtype: TypeAlias = dtype[Any]
    Array: TypeAlias = ndarray[Any, dtype[Any]]

__all__ = ["Array", "Dtype", "MissingLibraryError", "load"]

if not TYPE_CHECKING:
    Array = Dtype = Any  # names for annotations; numpy is not loaded for them


class MissingLibraryError(ImportError):
    """A library that this call needs is not installed. Its name is `name`."""


def load(name: str) -> Any:  # noqa: ANN401 - most of these libraries have no types
    """Give a module, for instance `load("pyarrow.ipc")`.

    Raises:
        MissingLibraryError: it is not installed.
    """
    try:
        module: ModuleType = importlib.import_module(name)
    except ModuleNotFoundError as error:
        root = name.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != root:
            raise  # the library is there, and something of its own is not
        message = f"this call needs {root}, which is not installed; it comes with: pip install 'specbind[tiled]'"
        raise MissingLibraryError(message, name=root) from error
    return module
