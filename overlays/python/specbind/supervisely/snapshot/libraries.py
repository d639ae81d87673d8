"""The libraries that only snapshots need, loaded when the first one is read or written."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from specbind.supervisely.exceptions import LibraryMissingError

__all__ = ["arrow", "arrow_compute", "parquet", "zstandard"]


def _load(name: str) -> Any:  # noqa: ANN401 - it may not be installed, so checkers do not know it
    try:
        return import_module(name)
    except ImportError as error:
        message = (
            f"snapshots of projects need {name.partition('.')[0]}; install it: pip install 'specbind[supervisely]'"
        )
        raise LibraryMissingError(message) from error


def arrow() -> Any:  # noqa: ANN401 - as above
    """The module pyarrow. Raises LibraryMissingError."""
    return _load("pyarrow")


def arrow_compute() -> Any:  # noqa: ANN401 - as above
    """The module pyarrow.compute. Raises LibraryMissingError."""
    return _load("pyarrow.compute")


def parquet() -> Any:  # noqa: ANN401 - as above
    """The module pyarrow.parquet. Raises LibraryMissingError."""
    return _load("pyarrow.parquet")


def zstandard() -> Any:  # noqa: ANN401 - as above
    """The module zstandard. Raises LibraryMissingError."""
    return _load("zstandard")
